import * as v from 'valibot';
import { EDGES } from '../paper/cell';
import { METHOD_NAMES, METHOD_OPTIONS } from '../paper/config';
import { ONE_SHOT_OPERATIONS, OPERATIONS } from '../paper/operation';
import { SEED_LIMIT } from '../paper/seeds';
import { spaceByKey } from '../paper/space/registry';
import { STAGES } from '../paper/space/stages';
import {
  CELL_SPACE_KEYS,
  NAMED_SPACE_KEYS,
  ONE_SHOT_KEYS,
  operationNames,
  SPACE_KEYS,
  type SpaceKey,
} from '../paper/space/space';
import { isWellFormed } from './canonical';
import { TRACE_FORMAT, TRACE_VERSION } from './types';

/**
 * What a trace may hold. Both the reader and the published JSON Schema come from here; laws that tie
 * fields together are in rules.ts. All objects are strict: an unknown key is an error, because a key
 * that an older reader drops in silence could change what the rest means.
 */

/** Largest sizes of what a trace holds; far above any real run, low enough to stop a hostile one. */
export const LIMITS = {
  runs: 10_000,
  epochs: 4_000,
  /** Snapshots of alpha inside one epoch. */
  steps: 8,
  events: 10_000,
  toggles: 4_000,
  deviations: 200,
  options: 20,
  name: 200,
  text: 2_000,
} as const;

export const text = (longest: number) =>
  v.pipe(
    v.string(),
    v.maxLength(longest),
    v.check(isWellFormed, 'has half of a surrogate pair, which is no text'),
  );
export const label = v.pipe(text(LIMITS.name), v.minLength(1));
export const list = <const Item extends v.GenericSchema>(item: Item, longest: number) =>
  v.pipe(v.array(item), v.maxLength(longest));

const finite = v.pipe(v.number(), v.finite());
const positive = v.pipe(finite, v.gtValue(0));
export const nonNegative = v.pipe(finite, v.minValue(0));
export const fraction = v.pipe(finite, v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
export const epochNumber = v.pipe(size, v.maxValue(LIMITS.epochs));

export const uuid = v.pipe(
  v.string(),
  v.regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    'is no UUID in lower case',
  ),
);
export const sha256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in lower-case hex'),
);
export const instant = v.pipe(
  v.string(),
  v.regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
    'is no UTC time such as 2026-01-31T12:00:00.000Z',
  ),
  v.check((at) => !Number.isNaN(Date.parse(at)), 'is no date of the calendar'),
);
/** Arch strings are parsed by rules.ts; here only what a pattern can say. */
const archOf = (cells: number) =>
  v.pipe(v.string(), v.maxLength(cells * LIMITS.name), v.regex(/^\|.+\|$/, 'is no cell'));
export const arch = archOf(1);

/** Which operations, and how many rows of how many columns a space has, is for rules.ts to say. */
const operation = v.picklist([...OPERATIONS, ...ONE_SHOT_OPERATIONS]);
const ops = v.pipe(v.array(operation), v.minLength(2), v.maxLength(OPERATIONS.length));
const alphaOf = (keys: readonly SpaceKey[]) => {
  const rows = keys.map(spaceByKey).map((space) => space.rows(operationNames(space)));
  return v.pipe(
    v.array(
      v.pipe(
        v.array(finite),
        v.minLength(2),
        v.maxLength(Math.max(...rows.flat().map(({ columns }) => columns.length))),
      ),
    ),
    v.minLength(EDGES.length),
    v.maxLength(Math.max(...rows.map(({ length }) => length))),
  );
};

const WeightOptimiserSchema = v.strictObject({
  rate: nonNegative,
  rateMin: nonNegative,
  schedule: v.picklist(['cosine', 'constant']),
  momentum: fraction,
  decay: nonNegative,
  clip: positive,
});
/** The optimiser of stand-alone training. */
export const UnclippedSchema = v.omit(WeightOptimiserSchema, ['clip']);

const AlphaOptimiserSchema = v.strictObject({
  rate: nonNegative,
  beta1: fraction,
  beta2: fraction,
  epsilon: nonNegative,
  l2: nonNegative,
  init: nonNegative,
});

const ScaleSchema = v.strictObject({
  name: label,
  channels: size,
  cells: size,
  resolution: v.picklist([8, 16, 32]),
  images: size,
  batch: size,
  weightFactor: positive,
  alphaFactor: positive,
});

const PeakStopSchema = v.strictObject({
  rule: v.literal('ss'),
  operation,
  patience: size,
});

const EarlyStopSchema = v.variant('rule', [
  PeakStopSchema,
  v.strictObject({ rule: v.literal('es') }),
]);

const firstRegime = {
  method: v.picklist(METHOD_NAMES),
  space: v.exactOptional(v.picklist(ONE_SHOT_KEYS)),
  ops,
  swap: v.boolean(),
  warmup: v.pipe(count, v.maxValue(LIMITS.epochs)),
  epochs: epochNumber,
  weights: WeightOptimiserSchema,
  alpha: AlphaOptimiserSchema,
  eta: v.exactOptional(nonNegative),
  stop: v.exactOptional(PeakStopSchema),
};
const regime = {
  ...firstRegime,
  space: v.exactOptional(v.picklist(NAMED_SPACE_KEYS)),
  stop: v.exactOptional(EarlyStopSchema),
  options: v.exactOptional(v.pipe(v.array(v.picklist(METHOD_OPTIONS)), v.minLength(1))),
  hessian: v.exactOptional(v.literal(true)),
};

const paperSize = { batch: size, channels: size, cells: size, resolution: size, images: size };
const effectiveSize = { scale: ScaleSchema, stepsPerEpoch: size };
const FirstConfigSchema = v.strictObject({
  paper: v.strictObject({ ...firstRegime, ...paperSize }),
  effective: v.strictObject({ ...firstRegime, ...effectiveSize }),
});
const RunConfigSchema = v.strictObject({
  paper: v.strictObject({ ...regime, ...paperSize }),
  effective: v.strictObject({ ...regime, ...effectiveSize }),
});

export const RunEventSchema = v.strictObject({
  kind: v.picklist([
    'started',
    'paused',
    'resumed',
    'stopped',
    'finished',
    'interrupted',
    'toggle',
    'error',
    'device-lost',
    'imported',
  ]),
  epoch: v.pipe(count, v.maxValue(LIMITS.epochs)),
  at: instant,
  detail: text(LIMITS.text),
});

const change = {
  swap: v.exactOptional(v.boolean()),
  l2: v.exactOptional(nonNegative),
  frozen: v.exactOptional(v.boolean()),
};

const ToggleSchema = v.strictObject({ fromEpoch: epochNumber, ...change });

const ForkSchema = v.strictObject({
  parent: uuid,
  epoch: v.pipe(count, v.maxValue(LIMITS.epochs)),
  digest: sha256,
  change: v.strictObject(change),
});

const stepsOf = (alpha: ReturnType<typeof alphaOf>) =>
  list(v.strictObject({ step: size, alpha }), LIMITS.steps);

const firstAlpha = alphaOf(CELL_SPACE_KEYS);
const firstRecord = {
  epoch: epochNumber,
  phase: v.picklist(['warmup', 'joint']),
  alpha: firstAlpha,
  arch,
  lossTrain: nonNegative,
  accTrain: fraction,
  lossAlpha: v.nullable(nonNegative),
  accAlpha: v.nullable(fraction),
  lossValid: nonNegative,
  accValid: fraction,
  rateWeights: nonNegative,
  rateAlpha: nonNegative,
  l2: nonNegative,
  gradNorm: nonNegative,
  steps: stepsOf(firstAlpha),
  seconds: nonNegative,
};
const alpha = alphaOf(SPACE_KEYS);
export const EpochRecordSchema = v.strictObject({
  ...firstRecord,
  alpha,
  arch: archOf(STAGES),
  steps: stepsOf(alpha),
  eigenvalue: v.exactOptional(finite),
});

export const seed = v.pipe(count, v.maxValue(SEED_LIMIT - 1));

export const EnvironmentSchema = v.strictObject({
  build: text(LIMITS.name),
  backend: v.picklist(['webgpu', 'wasm', 'cpu']),
  adapter: text(LIMITS.text),
  code: v.exactOptional(v.picklist(['wgsl', 'simd', 'stock'])),
  selfTest: v.exactOptional(v.picklist(['passed', 'failed'])),
  options: v.exactOptional(list(label, LIMITS.options)),
});

export const DataIdentitySchema = v.strictObject({
  name: label,
  digest: sha256,
  split: label,
  resolution: size,
  images: size,
});

const firstHead = {
  uid: uuid,
  name: label,
  seed,
  createdAt: instant,
  state: v.picklist(['running', 'paused', 'finished', 'stopped', 'error']),
  config: FirstConfigSchema,
  configDigest: sha256,
  deviations: list(
    v.strictObject({
      key: label,
      paper: text(LIMITS.text),
      here: text(LIMITS.text),
      why: text(LIMITS.text),
    }),
    LIMITS.deviations,
  ),
  environment: EnvironmentSchema,
  data: DataIdentitySchema,
  toggles: list(ToggleSchema, LIMITS.toggles),
  events: list(RunEventSchema, LIMITS.events),
};
const head = { ...firstHead, config: RunConfigSchema, fork: v.exactOptional(ForkSchema) };

export const RunHeadSchema = v.strictObject(head);

export const TraceRunSchema = v.strictObject({
  ...head,
  epochs: list(EpochRecordSchema, LIMITS.epochs),
  digest: sha256,
});
/** A run of version 1 of the format. */
export const FirstRunSchema = v.strictObject({
  ...firstHead,
  epochs: list(v.strictObject(firstRecord), LIMITS.epochs),
  digest: sha256,
});

/** By version, from 1 on. */
export const TRACE_DOCUMENT_SCHEMAS = [
  v.strictObject({
    format: v.literal(TRACE_FORMAT),
    version: v.literal(1),
    runs: list(FirstRunSchema, LIMITS.runs),
  }),
  v.strictObject({
    format: v.literal(TRACE_FORMAT),
    version: v.literal(TRACE_VERSION),
    runs: list(TraceRunSchema, LIMITS.runs),
  }),
] as const;
