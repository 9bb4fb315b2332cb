import type { Lesson } from '../lesson';
import { skipsAgainst, skipsAtEnd } from '../questions';

export const WARM_UP: Lesson = {
  number: 3,
  title: 'Warm-up and strong L2',
  idea: 'Two obvious cures: give the weights a start, or hold alpha back.',
  steps: [
    {
      title: 'Perhaps the weights are not ready',
      text: [
        'Skip-connect has no [[weights]] to learn. At the start the convolutions are random, so perhaps alpha only prefers what works at once.',
        'Exp.1 therefore freezes alpha: a [[warm-up]] of 10, 20 or 30 epochs in which the weights train alone. Then 50 joint epochs follow as before.',
      ],
      show: { arm: 'warmup-30', clock: [0, 36], panels: ['cell', 'losses'] },
    },
    {
      title: 'Predict: does a start of 30 epochs help?',
      text: ['Alpha has just been released. The weights are no longer random.'],
      show: { arm: 'warmup-30', clock: 30, panels: ['cell'] },
      question: skipsAgainst(
        {
          key: 'warm-up',
          ask: 'Against no warm-up at all, the last cell then holds …',
          paper: {
            text: 'The paper reports that warm-up does not prevent the degradation. Fewer is not none: what the rule says of these runs stands in step 5.',
          },
        },
        'warmup-30',
        'baseline',
      ),
      reveal: {
        arm: 'warmup-30',
        clock: [30, 'end'],
        panels: ['cell', 'magnitude'],
        operation: 'skip_connect',
      },
    },
    {
      title: 'Longer still: 100 epochs',
      text: [
        'Exp.3 waits for 100 epochs. The paper finds the opposite of a cure: the longer the warm-up, the faster the collapse once alpha is free (OS.2). From this it concludes that well-trained weights are not what is missing.',
        'The figure counts epochs from the release of alpha, and skip-connects of the [[genotype]].',
      ],
      show: { arm: 'warmup-100', clock: [95, 'end'], panels: [{ figure: '2(h)' }, 'magnitude'] },
      claims: ['OS.2'],
    },
    {
      title: 'Perhaps alpha should be held back',
      text: [
        'The other common cure is a stronger [[l2]] on alpha: every alpha is pulled towards zero, so that no share can run away. Exp.2 makes it five and ten times as strong, on all operations alike.',
      ],
      equations: ['decay'],
      show: {
        arm: 'l2-.01',
        against: 'baseline',
        clock: [0, 'end'],
        panels: ['magnitude', 'cell'],
        operation: 'skip_connect',
      },
    },
    {
      title: 'Do they help, then?',
      text: [
        'The paper’s first observation, OS.1: neither prevents the degradation. The rule asks for four or more skip-connects at the end of every one of the six arms; a single arm that stays below decides against it.',
      ],
      show: { arm: 'l2-.01', clock: 'end', panels: ['derived', 'magnitude'] },
      claims: ['OS.1'],
    },
    {
      title: 'Predict: your own warm-up',
      text: ['Thirty epochs of warm-up and fifty joint ones, with a [[seed]] of your own.'],
      show: { arm: 'warmup-30', clock: 0, panels: ['cell'], own: true },
      question: skipsAtEnd(
        { key: 'own', ask: 'How many skip-connects does the last cell hold?', own: true },
        'warmup-30',
      ),
      reveal: {
        arm: 'warmup-30',
        clock: [28, 'end'],
        panels: ['cell', 'magnitude', 'derived'],
        operation: 'skip_connect',
        own: true,
      },
      run: 'warmup-30',
    },
  ],
};
