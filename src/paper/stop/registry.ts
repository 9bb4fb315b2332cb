import { rankStability, skipCount } from './darts-plus';
import { eigenvalueStop } from './eigenvalue';
import { handDrawn } from './line';
import { onlineSelectiveStop, selectiveStop } from './selective-stop';
import type { StopRule } from './stop';

/** What a family of rules may be asked for. */
export interface StopParameters {
  /** The operation whose magnitude is watched. */
  readonly operation: string;
  /** Count, patience or epoch, at least 1. */
  readonly k: number;
}

/** A stop rule with its parameters still open. One file and one entry each. */
export interface StopFamily {
  readonly key: string;
  readonly label: string;
  /** What the rule looks at, in a sentence. */
  readonly description: string;
  readonly uses: readonly (keyof StopParameters)[];
  readonly defaults: StopParameters;
  readonly make: (parameters: StopParameters) => StopRule;
}

const CONV = 'nor_conv_3x3';

export const STOP_FAMILIES: readonly StopFamily[] = [
  {
    key: 'ss-eq12',
    label: 'SS, Eq. 12',
    description: 'After the search, the epoch in which an operation’s magnitude is largest.',
    uses: ['operation'],
    defaults: { operation: CONV, k: 1 },
    make: ({ operation }) => selectiveStop(12, operation),
  },
  {
    key: 'ss-eq13',
    label: 'SS, Eq. 13',
    description:
      'After the search, the epoch in which an operation’s magnitude exceeds the others’ by most. Always the epoch of Eq. 12, because magnitudes sum to one.',
    uses: ['operation'],
    defaults: { operation: CONV, k: 1 },
    make: ({ operation }) => selectiveStop(13, operation),
  },
  {
    key: 'ss-online',
    label: 'SS online (Algorithm 1)',
    description: 'While training: stop after k epochs in which the magnitude made no new maximum.',
    uses: ['operation', 'k'],
    defaults: { operation: CONV, k: 10 },
    make: ({ operation, k }) => onlineSelectiveStop(13, operation, k),
  },
  {
    key: 'sc',
    label: 'DARTS+ sc_k',
    description: 'The first epoch whose cell has at least k skip-connects.',
    uses: ['k'],
    defaults: { operation: CONV, k: 2 },
    make: ({ k }) => skipCount(k),
  },
  {
    key: 'rt',
    label: 'DARTS+ rt_k',
    description:
      'The first epoch at which the ranking of the convolutions has not changed on any edge for k epochs.',
    uses: ['k'],
    defaults: { operation: CONV, k: 10 },
    make: ({ k }) => rankStability(k),
  },
  {
    key: 'es',
    label: 'DARTS-ES',
    description:
      'Stops when the Hessian’s largest eigenvalue has grown by more than 30 %, and goes back twelve epochs. Only of runs in which it was measured.',
    uses: [],
    defaults: { operation: CONV, k: 1 },
    make: () => eigenvalueStop(),
  },
  {
    key: 'line',
    label: 'A line by hand',
    description: 'The same epoch for every seed.',
    uses: ['k'],
    defaults: { operation: CONV, k: 25 },
    make: ({ k }) => handDrawn(k),
  },
];

/** The rows of table 3 that need nothing but a trajectory, in its order. */
export const TABLE_3_RULES: readonly StopRule[] = [
  skipCount(2),
  skipCount(3),
  skipCount(4),
  rankStability(10),
  rankStability(2),
  rankStability(3),
  rankStability(4),
  selectiveStop(13, CONV),
];
