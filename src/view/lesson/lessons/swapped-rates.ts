import type { Lesson } from '../lesson';
import { leads, skipsAgainst, skipsAtEnd } from '../questions';

export const SWAPPED_RATES: Lesson = {
  number: 5,
  title: 'Swapping the rates',
  idea: 'Let alpha learn from early gradients: exchange the two learning rates.',
  steps: [
    {
      title: 'One swap',
      text: [
        'If well-trained weights do not help, perhaps alpha should decide while they are still young. Exp.5 exchanges the two rates: .0003 for the weights, .025 for alpha. The paper calls it [[ex-darts]].',
        'The weights now crawl and alpha runs. Both rates are constant here; the paper leaves their schedules open.',
      ],
      show: { arm: 'swapped', clock: [0, 4], panels: ['rates', 'cell'] },
    },
    {
      title: 'Predict: who leads first?',
      text: ['The shares move within the first [[epoch]] already.'],
      show: { arm: 'swapped', clock: 0, panels: ['cell'] },
      question: leads(
        {
          key: 'first',
          ask: 'Which operation has the largest magnitude after one epoch?',
          paper: {
            choice: 'avg_pool_3x3',
            text: 'The paper reports that average pooling is preferred first.',
          },
        },
        'swapped',
        1,
      ),
      reveal: { arm: 'swapped', clock: [0, 'end'], panels: ['magnitude', 'cell'] },
      claims: ['OS.6'],
      ruling:
        'OS.6 asks for more than one epoch: average pooling leads first and 3×3 convolution is the next to lead, in the mean and in four of five seeds.',
    },
    {
      title: 'Predict: is the degradation gone?',
      text: ['The same supernet, the same images, the same number of steps as in the baseline.'],
      show: { arm: 'swapped', clock: 3, panels: ['cell'] },
      question: skipsAgainst(
        {
          key: 'swap',
          ask: 'Against the default rates, the last cell then holds …',
          paper: {
            text: 'The paper reports that the swap prevents the degradation: 92.97 ± 0.82 % on CIFAR-10 against 54.30 % (table 1).',
          },
        },
        'swapped',
        'baseline',
      ),
      reveal: {
        arm: 'swapped',
        against: 'baseline',
        clock: [3, 'end'],
        panels: ['magnitude', 'derived', 'cell'],
        operation: 'skip_connect',
      },
    },
    {
      title: 'The rule asks for more',
      text: [
        'A few skip-connects less would not do. The [[verdict]] on OS.4 asks for at most one in the last cell, in the mean and in four of five seeds.',
        'Look at the figure seed by seed: the thin lines are single searches.',
      ],
      show: { arm: 'swapped', clock: 'end', panels: [{ figure: '3(b)' }, 'derived'] },
      claims: ['OS.4'],
    },
    {
      title: 'Predict: your own swap',
      text: ['In the playground you can also swap the rates in the middle of a run.'],
      show: { arm: 'swapped', clock: 0, panels: ['cell'], own: true },
      question: skipsAtEnd(
        { key: 'own', ask: 'How many skip-connects does the last cell hold?', own: true },
        'swapped',
      ),
      reveal: {
        arm: 'swapped',
        clock: [0, 'end'],
        panels: ['cell', 'magnitude', 'derived'],
        own: true,
      },
      run: 'swapped',
    },
  ],
};
