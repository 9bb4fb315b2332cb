import type { Lesson } from '../lesson';
import { mostEdges, skipsAtEnd } from '../questions';

export const DEGRADATION: Lesson = {
  number: 2,
  title: 'The degradation',
  idea: 'Train on, and the supernet improves while the cell taken out of it gets worse.',
  steps: [
    {
      title: 'The first epochs',
      text: [
        'This is [[darts]] in its default setting, five [[seed|seeds]], shown as their mean. The shares leave the even mixture and part.',
        'Point at an edge, or touch it, to see its five shares. A label names the operation that would be chosen now.',
      ],
      show: { arm: 'baseline', clock: [0, 5], panels: ['cell'] },
    },
    {
      title: 'Predict: who takes the cell?',
      text: ['Forty-five epochs are left. Nothing about the setting changes from here on.'],
      show: { arm: 'baseline', clock: 5, panels: ['cell'] },
      question: mostEdges(
        {
          key: 'winner',
          ask: 'Which operation holds most of the six edges in the last epoch?',
          paper: {
            choice: 'skip_connect',
            text: 'The paper reports that skip-connect takes the cell over.',
          },
        },
        'baseline',
      ),
      reveal: {
        arm: 'baseline',
        clock: [5, 'end'],
        panels: ['cell', 'magnitude'],
        operation: 'skip_connect',
      },
    },
    {
      title: 'One number for an operation',
      text: [
        'To see a bias one has to look at all edges together. The [[magnitude]] of an operation is its mean share over the six edges.',
        'If one magnitude keeps growing, the search favours that operation wherever it stands. The paper calls this [[selection-bias]].',
      ],
      equations: ['magnitude'],
      show: { arm: 'baseline', clock: 'end', panels: ['magnitude', 'over-time'] },
    },
    {
      title: 'Does the supernet suffer?',
      text: [
        'Loss and accuracy here are the supernet’s own, of the mixture. Watch them while the cell changes: do they give a warning?',
        'The cell that is cut out of it is another network, and one without [[weights]] on its edges can learn little. That the one improves while the other gets worse is the [[degradation]].',
      ],
      show: { arm: 'baseline', clock: [0, 'end'], panels: ['losses', 'cell'] },
    },
    {
      title: 'Is it really so?',
      text: [
        'One seed proves nothing. The rule below was written down before the first recorded run; it looks at every seed and at their mean. Choose a seed under the sentence to look at it alone.',
        'The paper prints 54.30 % on CIFAR-10 for the cell of DARTS-V1 (table 1), the same in all its runs. Here networks are smaller ([[bench]]), and what is counted is edges of the cell: four or more skip-connects are a [[collapse]].',
      ],
      show: { arm: 'baseline', clock: 'end', panels: ['derived', 'cell'] },
      claims: ['baseline'],
    },
    {
      title: 'Predict: your own run',
      text: [
        'Train a [[seed]] that is not recorded, or go on with the recorded ones. Predict before you look.',
      ],
      show: { arm: 'baseline', clock: 0, panels: ['cell'], own: true },
      question: skipsAtEnd(
        {
          key: 'own',
          ask: 'How many of the six edges hold skip-connect in the end?',
          own: true,
        },
        'baseline',
      ),
      reveal: {
        arm: 'baseline',
        clock: [0, 'end'],
        panels: ['cell', 'magnitude', 'derived'],
        operation: 'skip_connect',
        own: true,
      },
      run: 'baseline',
    },
  ],
};
