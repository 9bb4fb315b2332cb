import type { Lesson, Show, Stage } from '../lesson';
import { decidedness } from '../questions';

/** The epoch whose first steps are shown in slow motion, and an edge of it. */
const EPOCH = 13;
const EDGE = 3;

export const SUPERNET: Lesson = {
  number: 1,
  title: 'A supernet and its alphas',
  idea: 'All operations are trained at once, mixed; alpha says how much of each.',
  steps: [
    {
      title: 'One network with every cell in it',
      text: [
        'A [[cell]] has four nodes and six [[edge|edges]]. A search has to choose one of five [[operation|operations]] for each edge: 15,625 cells in all, too many to train one by one.',
        'So nothing is chosen yet. In a [[supernet]] every edge holds all five at once, mixed. Before training the mixture is even: look at the ribbons, all of one width.',
      ],
      equations: ['mixture'],
      show: { arm: 'baseline', seed: 0, clock: 0, panels: ['cell'] },
    },
    {
      title: 'Alpha sets the shares',
      text: [
        'Each operation of each edge has a number, its [[alpha]]. [[softmax|Softmax]] turns the five numbers of an edge into five shares that sum to one. A ribbon is as wide as its share. Marked is the edge from the input to the output, with its five shares: watch them part while twelve epochs go by.',
        'Thirty alphas, then, beside the thousands of [[weights]] inside the convolutions. Both are learnt by gradient descent.',
      ],
      equations: ['share'],
      show: {
        arm: 'baseline',
        seed: 0,
        clock: [0, EPOCH - 1],
        panels: ['cell', 'shares'],
        edge: EDGE,
      },
    },
    {
      title: 'Slow motion, 1: a batch for the weights',
      text: [
        'The clock stands after epoch 12; we take the next step apart. The training images are cut in two halves. A [[bilevel]] step begins with a [[batch]] of the [[weights-half]]: what would the supernet, as it is mixed now, say to these images?',
      ],
      equations: ['bilevel'],
      show: slow('batch'),
    },
    {
      title: 'Slow motion, 2: the weights step',
      text: [
        'The [[weights]] go a step down the loss on that batch. Alpha stands still. How far a step goes is the [[rate|learning rate]] of the weights.',
      ],
      equations: ['weights'],
      show: slow('weights'),
    },
    {
      title: 'Slow motion, 3: a batch for alpha',
      text: [
        'Now a batch of the other half, the [[alpha-half]]. The weights have never been trained on it, so it can tell which operation helps on images that are new.',
      ],
      show: slow('validation'),
    },
    {
      title: 'Slow motion, 4: the alpha step',
      text: [
        'Alpha goes a step down the loss on that batch, by [[adam]], while the weights stand still. That is one bilevel step; the next begins at once.',
        'The numbers are those of the recorded run. It keeps alpha a few times in an epoch, so the table shows what several steps made of one edge.',
      ],
      equations: ['alpha'],
      show: slow('alpha'),
    },
    {
      title: 'Predict: how decided is it in the end?',
      text: [
        'After the last [[epoch]] the search returns the [[genotype]]: on each edge the operation with the largest alpha, the others cut off.',
      ],
      equations: ['derive'],
      show: { arm: 'baseline', clock: 0, panels: ['cell'] },
      question: decidedness(
        {
          key: 'decided',
          ask: 'When 50 epochs are over, how much of its edge does the strongest operation have, in the mean over the edges?',
          own: true,
        },
        'baseline',
      ),
      reveal: {
        arm: 'baseline',
        clock: [0, 'end'],
        panels: ['cell', 'derived', 'shares'],
        own: true,
      },
      run: 'baseline',
    },
  ],
};

function slow(stage: Stage): Show {
  return {
    arm: 'baseline',
    seed: 0,
    clock: EPOCH - 1,
    panels: [{ stage, epoch: EPOCH }, 'cell'],
    edge: EDGE,
  };
}
