import type { Deviation } from '../config';
import { ETA_ARM_KEYS, METHOD_ARM_KEYS, type ArmKey } from './arm';

export const EXPERIMENT_KEYS = [
  'baseline',
  'exp5',
  'exp7',
  'exp4',
  'exp1',
  'exp3',
  'exp2',
  'exp6',
  'sweep',
  'exp8',
  'methods',
  'eta',
  'hessian',
  'stages',
] as const;

export type ExperimentKey = (typeof EXPERIMENT_KEYS)[number];

/** A number that the paper prints for an arm: accuracy of the derived cell, percent. */
export interface Printed {
  readonly arm: ArmKey;
  readonly what: string;
  readonly mean: number;
  readonly std: number;
  readonly source: string;
}

/** An experiment of the paper: what is run, at which cost, and what it bears on. */
export interface Experiment {
  readonly key: ExperimentKey;
  /** `Exp.5`, as the paper counts. */
  readonly name: string;
  readonly title: string;
  /** Its own arms; claims may compare them with the baseline's. */
  readonly arms: readonly ArmKey[];
  /** Verdict seeds. */
  readonly seeds: readonly number[];
  /** Figures and tables of the paper that it redraws. */
  readonly figures: readonly string[];
  /** Claims to which its runs are evidence (claim/registry.ts). */
  readonly claims: readonly string[];
  /** What the paper leaves open here or does otherwise; every run lists its own size and rates. */
  readonly deviations: readonly Deviation[];
  readonly printed: readonly Printed[];
}

const VERDICT_SEEDS: readonly number[] = [0, 1, 2, 3, 4];
const THREE_SEEDS: readonly number[] = [0, 1, 2];

const WARM_UP_RATE: Deviation = {
  key: 'warmup-schedule',
  paper: 'weight rate during the warm-up not given',
  here: 'constant at the rate of the first joint epoch, then the 50-epoch cosine',
  why: 'The joint epochs then run as in the baseline, and only they are compared.',
};

/** In the order in which they are run and recorded (docs/protocol.md). */
export const EXPERIMENTS: readonly Experiment[] = [
  experiment('baseline', 'Baseline', 'DARTS-V1 as NAS-Bench-201 runs it', {
    arms: ['baseline'],
    figures: ['2(a)', '2(h)', 'table 1'],
    claims: [
      'baseline',
      'OS.1',
      'OS.2',
      'OS.3',
      'OS.4',
      'OS.5',
      'M.1',
      'M.7',
      'M.8',
      'M.9',
      'M.10',
      'M.13',
      'M.14',
      'M.19',
    ],
    printed: [printedTest('baseline', 54.3, 0, 'table 1, DARTS-V1')],
  }),
  experiment('exp5', 'Exp.5', 'Swapped learning rates (EX-DARTS)', {
    arms: ['swapped'],
    figures: ['3(b)', '3(d)', 'table 1'],
    claims: ['OS.4', 'OS.6'],
    deviations: [
      {
        key: 'swapped-schedules',
        paper: 'schedules of the swapped rates not given',
        here: 'both constant',
        why: 'The default cosine would climb from .0003 to .001; alpha’s rate is constant elsewhere.',
      },
    ],
    printed: [printedTest('swapped', 92.97, 0.82, 'table 1, EX-DARTS')],
  }),
  experiment('exp7', 'Exp.7', 'Small weight rate, moderate alpha rate, ten times as long', {
    arms: ['long'],
    figures: ['5'],
    claims: ['OS.7'],
  }),
  experiment('exp4', 'Exp.4', 'Larger alpha rates', {
    arms: ['alpha-.001', 'alpha-.002', 'alpha-.003'],
    figures: ['3(a)'],
    claims: ['OS.3'],
  }),
  experiment('exp1', 'Exp.1', 'Alpha frozen for the first epochs', {
    arms: ['warmup-10', 'warmup-20', 'warmup-30'],
    figures: ['2(b)', '2(c)', '2(d)', '2(h)'],
    claims: ['OS.1', 'OS.2'],
    deviations: [WARM_UP_RATE],
  }),
  experiment('exp3', 'Exp.3', 'Long pretraining of the weights', {
    arms: ['warmup-100'],
    figures: ['2(e)', '2(h)'],
    claims: ['OS.1', 'OS.2'],
    deviations: [WARM_UP_RATE],
  }),
  experiment('exp2', 'Exp.2', 'Stronger L2 on all alphas alike', {
    arms: ['l2-.005', 'l2-.01'],
    figures: ['2(f)', '2(g)'],
    claims: ['OS.1'],
  }),
  experiment('exp6', 'Exp.6', 'Search without skip-connect', {
    arms: ['no-skip'],
    figures: ['3(c)'],
    claims: ['OS.5'],
  }),
  experiment('sweep', 'Weight rates', 'Stop rules over three weight rates', {
    arms: ['sweep-.003', 'sweep-.009', 'sweep-.015'],
    figures: ['table 2', 'table 3'],
    claims: [],
    deviations: [
      {
        key: 'sweep-schedule',
        paper: 'schedule of the weight rates .003, .009 and .015 not given',
        here: 'the default cosine to .001',
        why: 'Nothing else of the default setting is said to change.',
      },
    ],
  }),
  experiment('exp8', 'Exp.8', 'The three spaces of NAS-Bench-1Shot1, ten times as long', {
    arms: ['one-shot-1', 'one-shot-2', 'one-shot-3'],
    seeds: THREE_SEEDS,
    figures: ['4(a)', '4(b)', '4(c)', '4(d)', '4(e)', '4(f)'],
    claims: ['OS.8', 'OS.9', 'HP.3'],
    deviations: [
      {
        key: 'one-shot-batch',
        paper: 'batches of 96, 261 steps in an epoch',
        here: 'batch, images and rate factors of the scale, as in every arm',
        why: 'One scale serves all claims. Alpha’s budget is 1.5 times that of full scale, the ratio of the budgets is that of the other arms.',
      },
      {
        key: 'one-shot-depth',
        paper: 'three cells a stage',
        here: 'as many cells a stage as the scale has',
        why: 'So that a search of ten times the length fits.',
      },
    ],
  }),
  experiment('methods', 'Methods', 'Every other search method, and GAEA with swapped rates', {
    arms: METHOD_ARM_KEYS,
    figures: ['table 1', 'table 2'],
    claims: [
      'M.1',
      'M.2',
      'M.3',
      'M.4',
      'M.5',
      'M.6',
      'M.7',
      'M.8',
      'M.9',
      'M.10',
      'M.11',
      'M.12',
      'M.13',
    ],
    deviations: [
      {
        key: 'method-epochs',
        paper: '250 epochs for GDAS, SETN, RSPS and ENAS, 100 for Amended-DARTS',
        here: '50 for all',
        why: 'Table 2 has 50 for all its rows. One budget makes the methods comparable.',
      },
    ],
    printed: [
      printedTest('darts-v2', 54.3, 0, 'table 1, DARTS-V2'),
      printedTest('gaea-bilevel', 54.3, 0, 'table 2, GAEA-bilevel'),
      printedTest('gaea-erm', 86.61, 0.04, 'table 2, GAEA-ERM'),
      printedTest('drnas', 93.74, 0.03, 'table 2, DrNAS'),
      printedTest('gdas', 93.51, 0.13, 'table 1, GDAS'),
      printedTest('setn', 86.19, 4.63, 'table 1, SETN'),
      printedTest('rsps', 87.66, 1.69, 'table 1, RSPS'),
      printedTest('enas', 54.3, 0, 'table 1, ENAS'),
      printedTest('ex-gaea-bilevel', 93.43, 0.25, 'table 2, EX-GAEA-bilevel'),
      printedTest('ex-gaea-erm', 93.2, 0.23, 'table 2, EX-GAEA-ERM'),
    ],
  }),
  experiment('eta', 'Eta sweep', 'Amended-DARTS with eta 0, .01, .1 and 1, four times as long', {
    arms: ETA_ARM_KEYS,
    seeds: THREE_SEEDS,
    figures: [],
    claims: ['M.15', 'M.16', 'M.17', 'M.18'],
    deviations: [
      {
        key: 'eta-epochs',
        paper: '500 epochs in its own sweep',
        here: '200',
        why: 'Four times the 50 of the other methods.',
      },
    ],
  }),
  experiment('hessian', 'DARTS-ES', 'The baseline and the sweep with the Hessian measured', {
    arms: ['hessian', 'hessian-.003', 'hessian-.009', 'hessian-.015'],
    figures: ['7', 'table 2', 'table 3'],
    claims: ['M.14', 'M.19', 'M.20'],
    printed: [
      printedTest('hessian-.003', 88.23, 11.4, 'table 3, DARTS-ES'),
      printedTest('hessian-.009', 79.87, 13.36, 'table 3, DARTS-ES'),
      printedTest('hessian-.015', 67.15, 15.03, 'table 3, DARTS-ES'),
    ],
  }),
  experiment('stages', 'Stages', 'Alphas for each of the three stages (DARTS+)', {
    arms: ['stages'],
    figures: [],
    claims: ['M.21'],
    deviations: [
      {
        key: 'stages-space',
        paper: 'DARTS+ searches another space',
        here: 'the cell of NAS-Bench-201, 50 epochs, as the baseline',
        why: 'So that nothing but the alphas differs from it.',
      },
    ],
  }),
];

export function experimentByKey(key: ExperimentKey): Experiment {
  return EXPERIMENTS.find((candidate) => candidate.key === key)!;
}

/** The experiment that runs an arm. */
export function experimentOf(arm: ArmKey): Experiment {
  return EXPERIMENTS.find(({ arms }) => arms.includes(arm))!;
}

type Details = Pick<Experiment, 'arms' | 'figures' | 'claims'> &
  Partial<Pick<Experiment, 'seeds' | 'deviations' | 'printed'>>;

function experiment(key: ExperimentKey, name: string, title: string, details: Details): Experiment {
  return { seeds: VERDICT_SEEDS, deviations: [], printed: [], ...details, key, name, title };
}

function printedTest(arm: ArmKey, mean: number, std: number, source: string): Printed {
  return { arm, what: 'CIFAR-10 test', mean, std, source };
}
