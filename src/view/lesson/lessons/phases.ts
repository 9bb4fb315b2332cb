import type { Lesson } from '../lesson';
import { claimHolds, leads, peakOrder } from '../questions';

export const PHASES: Lesson = {
  number: 7,
  title: 'Three phases, other spaces',
  idea: 'Given time, one operation after the other is preferred; is that so elsewhere?',
  steps: [
    {
      title: 'A very long look',
      text: [
        'If the bias comes and goes in phases, a slow search should show them one by one. Exp.7 takes a small rate for the weights, .0003, a moderate one for alpha, .001, and trains for 500 [[epoch|epochs]] in place of 50.',
      ],
      show: { arm: 'long', clock: [0, 60], panels: ['cell', 'rates'] },
    },
    {
      title: 'Predict: in which order?',
      text: [
        'Average pooling has no weights but smooths; 3×3 convolution has the most weights; skip-connect has none. Each [[magnitude]] has one highest point.',
      ],
      show: { arm: 'long', clock: 0, panels: ['cell'] },
      question: peakOrder(
        {
          key: 'order',
          ask: 'In which order do the three magnitudes reach their peaks?',
          paper: {
            choice: 'avg_pool_3x3,nor_conv_3x3,skip_connect',
            text: 'The paper reports average pooling, then 3×3 convolution, then skip-connect.',
          },
        },
        'long',
        [
          ['avg_pool_3x3', 'nor_conv_3x3', 'skip_connect'],
          ['nor_conv_3x3', 'avg_pool_3x3', 'skip_connect'],
          ['skip_connect', 'avg_pool_3x3', 'nor_conv_3x3'],
        ],
      ),
      reveal: { arm: 'long', clock: [0, 'end'], panels: ['magnitude', 'cell'] },
    },
    {
      title: 'Seed by seed',
      text: [
        'A mean can show an order that no single search has. The rows under the clock are the seeds, coloured by the operation that leads; choose one to see its cell.',
        'OS.7 asks for more than the order of the peaks: at the end skip-connect must have the largest magnitude and hold at least four edges, in the mean and in four of five seeds.',
      ],
      show: { arm: 'long', clock: 'end', panels: ['over-time', 'derived'] },
      claims: ['OS.7'],
    },
    {
      title: 'Predict: other spaces',
      text: [
        'Is the bias a matter of this one space? Exp.8 searches the three spaces of [[nas-bench-1shot1]], 500 epochs each. There is no skip-connect among their operations. The first space is played here; the other two are drawn below it once you have predicted.',
      ],
      show: { arm: 'one-shot-1', clock: 0, panels: ['magnitude'] },
      question: claimHolds(
        {
          key: 'spaces',
          ask: 'The paper reports 3×3 convolution, then max pooling, then 1×1 convolution in all three spaces (OS.8). Is that seen here?',
        },
        'OS.8',
      ),
      reveal: {
        arm: 'one-shot-1',
        clock: [0, 'end'],
        panels: ['magnitude', { figure: '4(b)' }, { figure: '4(c)' }],
      },
      claims: ['OS.8'],
    },
    {
      title: 'Predict: your own long run',
      text: [
        'This one takes ten times as long as the others. It goes on if the page is closed and opened again.',
      ],
      show: { arm: 'long', clock: 0, panels: ['cell'], own: true },
      question: leads(
        {
          key: 'own',
          ask: 'Which operation has the largest magnitude after 500 epochs?',
          own: true,
        },
        'long',
        'end',
      ),
      reveal: {
        arm: 'long',
        clock: [0, 'end'],
        panels: ['cell', 'magnitude', 'derived'],
        own: true,
      },
      run: 'long',
    },
  ],
};
