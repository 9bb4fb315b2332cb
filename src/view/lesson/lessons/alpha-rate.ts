import type { Lesson, Panel } from '../lesson';
import { PRINTED_RECOVERIES } from '../../../paper/softmax-study';
import { inertiaAtRates } from '../inertia-question';
import { skipsAgainst, skipsAtEnd } from '../questions';

/** The study at the paper's two rates. */
const [SLOW, FAST] = PRINTED_RECOVERIES.map(({ rate }) => ({ inertia: rate })) as [Panel, Panel];

export const ALPHA_RATE: Lesson = {
  number: 4,
  title: 'A larger alpha rate, and inertia',
  idea: 'If early gradients mislead alpha, can a faster alpha correct itself?',
  steps: [
    {
      title: 'Alpha is slow',
      text: [
        'By default alpha’s [[rate|learning rate]] is .0003, the weights’ .025: about a hundredth. Exp.4 turns alpha up to .001, .002 and .003 and leaves the weights alone.',
        'Here is the fastest. [[adam]] moves alpha by about its rate in every step, so its reach is ten times the baseline’s.',
      ],
      show: { arm: 'alpha-.003', clock: [0, 8], panels: ['cell', 'rates'] },
    },
    {
      title: 'Predict: ten times the rate',
      text: ['Forty-two epochs are left at alpha rate .003.'],
      show: { arm: 'alpha-.003', clock: 8, panels: ['cell'] },
      question: skipsAgainst(
        {
          key: 'rate',
          ask: 'Against the default rate .0003, the last cell then holds …',
          paper: {
            choice: 'fewer',
            text: 'The paper reports that a larger alpha rate alleviates the degradation by and by.',
          },
        },
        'alpha-.003',
        'baseline',
      ),
      reveal: {
        arm: 'alpha-.003',
        against: 'baseline',
        clock: [8, 'end'],
        panels: ['magnitude', 'cell'],
        operation: 'skip_connect',
      },
    },
    {
      title: 'Rate by rate',
      text: [
        'All four rates side by side. OS.3 asks that each larger rate ends no worse than the one before, and that the last is better than the first.',
      ],
      show: { arm: 'alpha-.001', clock: 'end', panels: [{ figure: '3(a)' }, 'derived'] },
      claims: ['OS.3'],
    },
    {
      title: 'Why a softmax comes back late',
      text: [
        'Suppose the gradient has favoured one operation and now turns. The [[softmax]] stands near a corner, where its derivative is small, and lets little of the gradient through. This is [[inertia]].',
        'The picture is the paper’s own numerical study, with two operations and plain momentum. See how long x₁ goes on after the gradient has turned.',
      ],
      equations: ['jacobian'],
      show: { arm: 'baseline', clock: 'end', panels: [SLOW] },
    },
    {
      title: 'Predict: inertia and the rate',
      text: [
        'In the study the gradient points one way for 25 epochs and then the other. How many epochs until all is back where it began? The picture shows the way back at rate .001; now take ten times the rate.',
      ],
      show: { arm: 'baseline', clock: 'end', panels: [SLOW] },
      question: inertiaAtRates({
        key: 'inertia',
        ask: 'At rate .01 in place of .001, the way back takes …',
        paper: { choice: 'longer', text: 'The paper prints 34 epochs at .001 and 44 at .01.' },
      }),
      reveal: { arm: 'baseline', clock: 'end', panels: [FAST, SLOW] },
      link: { hash: '#/softmax', label: 'Turn the study’s knobs yourself' },
    },
    {
      title: 'Predict: your own fast alpha',
      text: ['Alpha rate .003, all else as in the baseline, with a [[seed]] of your own.'],
      show: { arm: 'alpha-.003', clock: 0, panels: ['cell'], own: true },
      question: skipsAtEnd(
        { key: 'own', ask: 'How many skip-connects does the last cell hold?', own: true },
        'alpha-.003',
      ),
      reveal: {
        arm: 'alpha-.003',
        clock: [0, 'end'],
        panels: ['cell', 'magnitude', 'derived'],
        operation: 'skip_connect',
        own: true,
      },
      run: 'alpha-.003',
    },
  ],
};
