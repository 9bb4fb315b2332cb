import type { Lesson } from '../lesson';
import { leads, mostEdges } from '../questions';

export const NO_SKIP: Lesson = {
  number: 6,
  title: 'Without skip-connect',
  idea: 'Take the winner out of the race and see whether the rest still goes wrong.',
  steps: [
    {
      title: 'Four operations',
      text: [
        'Overfitting the [[alpha-half]] is the usual explanation of the [[degradation]]. If it were all, it should not matter which operations there are.',
        'Exp.6 takes [[skip]] out of the search and changes nothing else. Each edge is left with four operations: 4,096 cells.',
      ],
      show: { arm: 'no-skip', clock: [0, 5], panels: ['cell'] },
    },
    {
      title: 'Predict: who takes its place?',
      text: [
        'Two of the four have no [[weights]] either: none and average pooling. Two are convolutions.',
      ],
      show: { arm: 'no-skip', clock: 5, panels: ['cell'] },
      question: mostEdges(
        { key: 'heir', ask: 'Which operation holds most of the six edges in the last epoch?' },
        'no-skip',
      ),
      reveal: { arm: 'no-skip', clock: [5, 'end'], panels: ['cell', 'magnitude', 'derived'] },
    },
    {
      title: 'What the paper concludes',
      text: [
        'In the paper the accuracy of the derived cell no longer falls: the degradation is tied to particular operations (OS.5). Its cause is then not overfitting alone but the [[selection-bias]].',
        'That is a statement about accuracies. Where no table has them for every cell, it cannot be judged, and the [[verdict]] says so.',
      ],
      show: { arm: 'no-skip', clock: 'end', panels: ['magnitude', 'derived'] },
      claims: ['OS.5'],
    },
    {
      title: 'Predict: your own search without it',
      text: ['In the playground you can take out any operation.'],
      show: { arm: 'no-skip', clock: 0, panels: ['cell'], own: true },
      question: leads(
        {
          key: 'own',
          ask: 'Which operation has the largest magnitude when the search ends?',
          own: true,
        },
        'no-skip',
        'end',
      ),
      reveal: {
        arm: 'no-skip',
        clock: [0, 'end'],
        panels: ['cell', 'magnitude', 'derived'],
        own: true,
      },
      run: 'no-skip',
    },
  ],
};
