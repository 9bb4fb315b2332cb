import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Alpha } from '../../src/paper/cell';
import type { EffectiveConfig, RunConfig, Settings } from '../../src/paper/config';
import { deviations } from '../../src/paper/deviations';
import { isOperation, PARAMETER_FREE } from '../../src/paper/operation';
import { DEFAULT_SETTINGS, regimeLabel } from '../../src/paper/regime';
import { resolveConfig } from '../../src/paper/resolve';
import { spaceOf } from '../../src/paper/space/registry';
import { rateAt } from '../../src/paper/schedule';
import { configDigest, runDigest } from '../../src/trace/digest';
import { forkOf } from '../../src/trace/fork';
import { liveAt } from '../../src/trace/toggle';
import type {
  EpochRecord,
  LiveChange,
  RunHead,
  RunState,
  Toggle,
  TraceRun,
} from '../../src/trace/types';
import { without } from '../../src/trace/without';

export interface SyntheticOptions {
  readonly seed: number;
  /** Records to make; fewer than warm-up + joint epochs makes a run that was stopped. */
  readonly epochs: number;
  /** Over the paper's baseline at `tiny`; its own `epochs` default to what the records need. */
  readonly settings?: Partial<Settings>;
  /** In place of settings, as of an arm. */
  readonly config?: RunConfig;
  readonly uid?: string;
  readonly name?: string;
  readonly state?: RunState;
  /** ISO 8601; later seeds are created later by default. */
  readonly createdAt?: string;
  readonly toggles?: readonly Toggle[];
}

/**
 * An INVENTED run for tests: valid in every rule of the format, the same for the same options, and
 * smooth (skip-connect slowly wins where it is searched). It was never trained; no number in it
 * means anything, and it must never be shown or shipped as data.
 */
export async function syntheticRun(options: SyntheticOptions): Promise<TraceRun> {
  const head = await syntheticHead(options);
  const epochs = syntheticEpochs(head, options.epochs);
  return { ...head, epochs, digest: await runDigest({ ...head, epochs }) };
}

/** The head of {@link syntheticRun}. */
export async function syntheticHead(options: SyntheticOptions): Promise<RunHead> {
  const warmup = options.settings?.warmup ?? 0;
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    epochs: Math.max(1, options.epochs - warmup),
    ...options.settings,
  };
  const config = options.config ?? resolveConfig(settings);
  const { scale, warmup: frozen, epochs: joint } = config.effective;
  const data = {
    name: 'synthetic',
    digest: 'd'.repeat(64),
    split: 'synthetic',
    resolution: scale.resolution,
    images: scale.images,
  };
  const total = frozen + joint;
  const createdAt =
    options.createdAt ?? new Date(Date.UTC(2026, 0, 1, 12, options.seed)).toISOString();
  const finished = options.epochs >= total;
  return {
    uid: options.uid ?? syntheticUid(options.seed),
    name: options.name ?? regimeLabel(settings),
    seed: options.seed,
    createdAt,
    state: options.state ?? (finished ? 'finished' : 'stopped'),
    config,
    configDigest: await configDigest({ config, data }),
    deviations: deviations(config),
    environment: { build: 'test', backend: 'cpu', adapter: 'none, synthetic' },
    data,
    toggles: options.toggles ?? [],
    events: [{ kind: 'started', epoch: 0, at: createdAt, detail: 'synthetic' }],
  };
}

/**
 * An invented branch of an invented run. Alpha of these follows from seed and freezes alone: whatever
 * else is changed, the numbers are the parent's.
 */
export async function syntheticFork(
  parent: TraceRun,
  epoch: number,
  change: LiveChange,
  options: Partial<Pick<TraceRun, 'uid' | 'name' | 'createdAt' | 'state'>> & {
    readonly epochs?: number;
  } = {},
): Promise<TraceRun> {
  const { epochs: count = parent.epochs.length, ...rest } = options;
  const head = {
    ...without(without(parent, 'epochs'), 'digest'),
    uid: syntheticUid(1000 + parent.seed),
    ...rest,
    ...(await forkOf(parent, epoch, change)),
  };
  const epochs = syntheticEpochs(head, count);
  return { ...head, epochs, digest: await runDigest({ ...head, epochs }) };
}

/** A UUID that is the same for the same number. */
export function syntheticUid(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** The first `count` records of a synthetic run. */
export function syntheticEpochs(head: RunHead, count: number): EpochRecord[] {
  const { effective } = head.config;
  const target = targetAlpha(head);
  let moved = 0;
  return Array.from({ length: count }, (_, at) => {
    const epoch = at + 1;
    const { frozen, l2 } = liveAt(effective, head.toggles, epoch);
    const before = moved;
    if (!frozen) moved += 1;
    const now = alphaAt(target, moved / effective.epochs);
    const learnt = 1 - Math.exp(-epoch / 12);
    return {
      epoch,
      phase: frozen ? 'warmup' : 'joint',
      alpha: now,
      arch: spaceOf(effective).derive(now, effective.ops),
      lossTrain: 2.3 - 1.4 * learnt,
      accTrain: 0.1 + 0.5 * learnt,
      lossAlpha: frozen ? null : 2.3 - 1.2 * learnt,
      accAlpha: frozen ? null : 0.1 + 0.45 * learnt,
      lossValid: 2.3 - 1.25 * learnt,
      accValid: 0.1 + 0.46 * learnt,
      rateWeights: rateAt(
        effective.weights,
        Math.min(before, effective.epochs - 1),
        effective.epochs,
      ),
      rateAlpha: frozen ? 0 : effective.alpha.rate,
      l2,
      gradNorm: 1 + learnt,
      steps: snapshots(target, effective, before, moved),
      seconds: 1.5,
    } satisfies EpochRecord;
  });
}

function snapshots(
  target: Alpha,
  { stepsPerEpoch, epochs }: EffectiveConfig,
  before: number,
  after: number,
): EpochRecord['steps'] {
  const count = Math.min(4, stepsPerEpoch);
  return Array.from({ length: count }, (_, at) => ({
    step: Math.ceil(((at + 1) * stepsPerEpoch) / count),
    alpha: alphaAt(target, (before + ((at + 1) / count) * (after - before)) / epochs),
  }));
}

/** Where alpha heads: skip-connect first, average pooling and 3x3 behind it, a seeded spread. */
function targetAlpha({ seed, config }: RunHead): number[][] {
  const random = xoroshiro128plus(seed);
  const uniform = () => (random.next() >>> 0) / 2 ** 32;
  const { effective } = config;
  return spaceOf(effective)
    .rows(effective.ops)
    .map(({ columns }) =>
      columns.map((operation) => {
        const bias = operation === 'skip_connect' ? 1.6 : operation === 'none' ? -0.8 : 0.3;
        const isFree = isOperation(operation) && PARAMETER_FREE.has(operation);
        return bias + (isFree ? 0.3 : 0.9) * (uniform() - 0.5);
      }),
    );
}

/** Alpha at a part of the joint phase, 0 to 1: parametric operations rise first and are overtaken. */
function alphaAt(target: Alpha, part: number): number[][] {
  return target.map((row) =>
    row.map((end) => {
      const start = 1e-3 * Math.sin(9 * end);
      const detour = 0.4 * Math.sin(3 * end) * part * (1 - part);
      return Math.fround(start + detour + end * part ** 2);
    }),
  );
}
