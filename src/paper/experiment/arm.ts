import {
  METHOD_NAMES,
  type MethodName,
  type MethodOption,
  type PaperConfig,
  type Schedule,
  type Settings,
} from '../config';
import { etaOf } from '../method/recipe';
import { METHOD_FACTS } from '../method/registry';
import { ONE_SHOT_OPERATIONS, OPERATIONS, type Operation } from '../operation';
import { resolveConfig } from '../resolve';
import type { SpaceKey } from '../space/space';

/** Arms of the paper's experiments on DARTS-V1. */
const DARTS_V1_ARMS = [
  'baseline',
  'warmup-10',
  'warmup-20',
  'warmup-30',
  'warmup-100',
  'l2-.005',
  'l2-.01',
  'alpha-.001',
  'alpha-.002',
  'alpha-.003',
  'swapped',
  'no-skip',
  'long',
  'sweep-.003',
  'sweep-.009',
  'sweep-.015',
  'hessian',
  'hessian-.003',
  'hessian-.009',
  'hessian-.015',
  'one-shot-1',
  'one-shot-2',
  'one-shot-3',
  'stages',
] as const;

/** Methods with an arm of their own: all but the baseline's. */
type OtherMethod = Exclude<MethodName, 'darts-v1'>;

/** Methods whose rates are swapped in an arm more: EX- in table 2. */
const EX_METHODS = ['gaea-bilevel', 'gaea-erm'] as const satisfies OtherMethod[];

/** One for each method of the registry, by its name, then those with swapped rates. */
export const METHOD_ARM_KEYS: readonly (OtherMethod | `ex-${(typeof EX_METHODS)[number]}`)[] = [
  ...METHOD_NAMES.filter((name) => name !== 'darts-v1'),
  ...EX_METHODS.map((name) => `ex-${name}` as const),
];

/** Weights of Amended-DARTS's second-order term, by the names of their arms. */
const ETAS = { 'eta-0': 0, 'eta-.01': 0.01, 'eta-.1': 0.1, 'eta-1': 1 } as const;
type EtaArm = keyof typeof ETAS;

/** The sweep over them, in the order in which it is run: the ends first (docs/protocol.md). */
export const ETA_ARM_KEYS = ['eta-0', 'eta-1', 'eta-.1', 'eta-.01'] as const satisfies EtaArm[];

export const ARM_KEYS: readonly ArmKey[] = [...DARTS_V1_ARMS, ...METHOD_ARM_KEYS, ...ETA_ARM_KEYS];

export type ArmKey = (typeof DARTS_V1_ARMS)[number] | (typeof METHOD_ARM_KEYS)[number] | EtaArm;

/** What tells an arm from the others, in the paper's terms: values at full scale, after a swap. */
export interface ArmValues {
  readonly method: MethodName;
  /** Null in a method without a second-order term that is weighed. */
  readonly eta: number | null;
  /** Of the method, those that are on. */
  readonly options: readonly MethodOption[];
  readonly space: SpaceKey;
  readonly ops: readonly Operation[];
  /** Epochs with alpha frozen. */
  readonly warmup: number;
  /** Joint epochs. */
  readonly epochs: number;
  readonly swap: boolean;
  readonly weightRate: number;
  readonly weightSchedule: Schedule;
  readonly alphaRate: number;
  readonly l2: number;
  /** Whether the Hessian by alpha is measured, which changes nothing of the search. */
  readonly hessian: boolean;
}

/** One line of a bench: a regime that is run over seeds. */
export interface Arm {
  readonly key: ArmKey;
  readonly label: string;
  readonly values: ArmValues;
}

const BASELINE: ArmValues = {
  method: 'darts-v1',
  eta: null,
  options: [],
  space: 'nas-bench-201',
  ops: OPERATIONS,
  warmup: 0,
  epochs: 50,
  swap: false,
  weightRate: 0.025,
  weightSchedule: 'cosine',
  alphaRate: 3e-4,
  l2: 1e-3,
  hessian: false,
};

/** Four times the baseline's epochs: Amended-DARTS was searched for 200 and 500 where others take 50. */
const LONGER = 4 * BASELINE.epochs;
/** Ten times: Exp.7 and Exp.8. */
const LONG = 10 * BASELINE.epochs;

/** Weight rates of table 3. */
const SWEEP_RATES = [
  ['.003', { weightRate: 0.003, alphaRate: 0.001 }],
  ['.009', { weightRate: 0.009, alphaRate: 0.001 }],
  ['.015', { weightRate: 0.015, alphaRate: 0.001 }],
] as const;

/** Every arm: the baseline with what its experiment changes. */
export const ARMS: readonly Arm[] = [
  arm('baseline', 'baseline', {}),
  ...([10, 20, 30, 100] as const).map((warmup) =>
    arm(`warmup-${warmup}`, `warm-up ${warmup}`, { warmup }),
  ),
  arm('l2-.005', 'L2 .005', { l2: 0.005 }),
  arm('l2-.01', 'L2 .01', { l2: 0.01 }),
  arm('alpha-.001', 'alpha rate .001', { alphaRate: 0.001 }),
  arm('alpha-.002', 'alpha rate .002', { alphaRate: 0.002 }),
  arm('alpha-.003', 'alpha rate .003', { alphaRate: 0.003 }),
  arm('swapped', 'swapped rates', {
    swap: true,
    weightRate: BASELINE.alphaRate,
    weightSchedule: 'constant',
    alphaRate: BASELINE.weightRate,
  }),
  arm('no-skip', 'no skip-connect', {
    ops: OPERATIONS.filter((operation) => operation !== 'skip_connect'),
  }),
  arm('long', 'weight rate .0003, alpha rate .001, long', {
    epochs: LONG,
    weightRate: 3e-4,
    weightSchedule: 'constant',
    alphaRate: 0.001,
  }),
  ...SWEEP_RATES.map(([name, rates]) => arm(`sweep-${name}`, `weight rate ${name}`, rates)),
  arm('hessian', 'baseline, Hessian measured', { hessian: true }),
  ...SWEEP_RATES.map(([name, rates]) =>
    arm(`hessian-${name}`, `weight rate ${name}, Hessian measured`, { ...rates, hessian: true }),
  ),
  ...([1, 2, 3] as const).map((number) =>
    arm(`one-shot-${number}`, `1Shot1 space ${number}`, {
      space: `nas-bench-1shot1-${number}`,
      ops: ONE_SHOT_OPERATIONS,
      epochs: LONG,
    }),
  ),
  arm('stages', 'alphas for each stage', { space: 'nas-bench-201-stages' }),
  ...METHOD_NAMES.filter((name) => name !== 'darts-v1').map((name) =>
    methodArm(name, name, METHOD_FACTS[name].title, {}),
  ),
  ...EX_METHODS.map((name) =>
    methodArm(`ex-${name}`, name, `EX-${METHOD_FACTS[name].title}`, { swap: true }),
  ),
  ...ETA_ARM_KEYS.map((key) => {
    const label = `eta ${key.slice('eta-'.length)}`;
    return methodArm(key, 'amended-darts', label, { eta: ETAS[key], epochs: LONGER });
  }),
];

export function armByKey(key: ArmKey): Arm {
  return ARMS.find((candidate) => candidate.key === key)!;
}

/** What tells a configuration from those of other arms. */
export function valuesOf(paper: PaperConfig): ArmValues {
  return {
    method: paper.method,
    eta: etaOf(paper),
    options: paper.options ?? [],
    space: paper.space ?? 'nas-bench-201',
    ops: paper.ops,
    warmup: paper.warmup,
    epochs: paper.epochs,
    swap: paper.swap,
    weightRate: paper.weights.rate,
    weightSchedule: paper.weights.schedule,
    alphaRate: paper.alpha.rate,
    l2: paper.alpha.l2,
    hessian: paper.hessian ?? false,
  };
}

/** The arm with these values; null when there is none, as for other epochs or operations. */
export function armWith(values: ArmValues): Arm | null {
  return ARMS.find((candidate) => sameValues(candidate.values, values)) ?? null;
}

function sameValues(a: ArmValues, b: ArmValues): boolean {
  return (
    a.method === b.method &&
    a.eta === b.eta &&
    a.options.join() === b.options.join() &&
    a.space === b.space &&
    a.ops.join() === b.ops.join() &&
    a.warmup === b.warmup &&
    a.epochs === b.epochs &&
    a.swap === b.swap &&
    a.weightRate === b.weightRate &&
    a.weightSchedule === b.weightSchedule &&
    a.alphaRate === b.alphaRate &&
    a.l2 === b.l2 &&
    a.hessian === b.hessian
  );
}

function arm(key: ArmKey, label: string, change: Partial<ArmValues>): Arm {
  return { key, label, values: { ...BASELINE, ...change } };
}

/** A method as its own code sets it but for a change, for as many epochs as the baseline unless told. */
function methodArm(
  key: ArmKey,
  method: MethodName,
  label: string,
  change: Partial<Pick<Settings, 'swap' | 'epochs' | 'eta'>>,
): Arm {
  const { swap, warmup, epochs, l2, ops } = BASELINE;
  const settings = { method, ops, swap, warmup, epochs, l2, scale: 'paper', ...change };
  return { key, label, values: valuesOf(resolveConfig(settings).paper) };
}
