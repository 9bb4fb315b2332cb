import type { Lesson } from '../lesson';
import { skipsAtEnd } from '../questions';
import { fewestSkips, stopOverRates } from '../stop-questions';

export const STOPPING: Lesson = {
  number: 8,
  title: 'Stopping at the right moment',
  idea: 'If every operation has its time, stop the search at the time of the one you want.',
  steps: [
    {
      title: 'Use the bias',
      text: [
        'In [[nas-bench-201]] cells with many 3×3 convolutions do well. If the search favours them for a while, the cell of that moment is worth keeping: [[selective-stop]].',
        'The search is trained to its end, every epoch’s alpha is kept, and the epoch is picked afterwards. The paper searches with weight rate .003 and alpha rate .001.',
      ],
      equations: ['stop'],
      show: {
        arm: 'sweep-.003',
        clock: [0, 'end'],
        panels: ['magnitude', 'cell'],
        operation: 'nor_conv_3x3',
      },
    },
    {
      title: 'The competitor',
      text: [
        '[[darts-plus|DARTS+]] looks at skip-connect instead: sc_k stops in the first epoch whose cell holds k of them. It needs no chosen operation, but the answer depends on k.',
        'Both rules read the same recorded searches; nothing is trained again.',
      ],
      equations: ['skips'],
      show: {
        arm: 'sweep-.003',
        clock: [0, 10],
        panels: ['cell', 'derived'],
        operation: 'skip_connect',
      },
    },
    {
      title: 'Predict: which rule?',
      text: [
        'Three ways to end the same searches, and three cells. Skip-connects are counted here, since no table has the accuracy of every cell at this scale.',
      ],
      show: { arm: 'sweep-.003', clock: 0, panels: ['cell'] },
      question: fewestSkips(
        {
          key: 'rule',
          ask: 'Which of them returns the cells with the fewest skip-connects?',
          paper: {
            text: 'The paper counts accuracies and prints the best for selective stop: 94.01 % on CIFAR-10, against 93.49 % for sc_2 (table 2).',
          },
        },
        'sweep-.003',
      ),
      reveal: { arm: 'sweep-.003', clock: 'end', panels: ['stops'] },
    },
    {
      title: 'Predict: another rate',
      text: [
        'A rule is worth more if it does not depend on the setting. Table 3 repeats the search with the weight rates .009 and .015.',
      ],
      show: { arm: 'sweep-.015', clock: 0, panels: ['cell'] },
      question: stopOverRates(
        {
          key: 'rates',
          paper: {
            text: 'In the paper’s accuracies every rule gets worse as the rate grows, selective stop least: 94.01 % at .003, 93.43 % at .015 (table 3).',
          },
          ask: 'At weight rate .015, against .003, the cell at the peak of 3×3 convolution holds …',
        },
        ['sweep-.003', 'sweep-.009', 'sweep-.015'],
      ),
      reveal: {
        arm: 'sweep-.015',
        against: 'sweep-.003',
        clock: 'end',
        panels: ['magnitude', 'stops'],
        operation: 'nor_conv_3x3',
      },
      link: { hash: '#/stop-rules', label: 'Try other rules in the stop-rule laboratory' },
    },
    {
      title: 'Predict: your own search',
      text: [
        'You have seen what was tried: time for the weights, a tighter rein, a faster alpha, a swap, a smaller space, and patience. Which of it convinced you, and on how many seeds?',
        'Train the setting of selective stop with a [[seed]] of your own, and stop it yourself in the laboratory.',
      ],
      show: { arm: 'sweep-.003', clock: 0, panels: ['cell'], own: true },
      question: skipsAtEnd(
        {
          key: 'own',
          ask: 'Trained to the end, how many skip-connects does its last cell hold?',
          own: true,
        },
        'sweep-.003',
      ),
      reveal: {
        arm: 'sweep-.003',
        clock: [0, 'end'],
        panels: ['cell', 'magnitude', 'derived'],
        own: true,
      },
      run: 'sweep-.003',
      link: { hash: '#/stop-rules', label: 'Stop it yourself in the laboratory' },
    },
  ],
};
