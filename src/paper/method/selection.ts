import type { Deviation } from '../config';

/** Of methods that try cells with the shared weights. */
export const SELECTION: Deviation = {
  key: 'selection',
  paper: 'each candidate is tried on a batch of 512 images, with running or batch statistics',
  here: 'on a batch as large as those of the training, with batch statistics, after every epoch',
  why: 'Every epoch then has the cell with which the search could have ended.',
};
