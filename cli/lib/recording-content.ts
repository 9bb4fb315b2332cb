import type { ArmKey } from '../../src/paper/experiment/arm';
import { BENCH_SCALE, CALIBRATION_SEEDS } from '../../src/paper/experiment/bench';
import { armOf } from '../../src/paper/experiment/config';
import { experimentOf } from '../../src/paper/experiment/experiments';
import { DEFAULT_SETTINGS, REGIMES } from '../../src/paper/regime';
import { resolveConfig } from '../../src/paper/resolve';
import { formatScale } from '../../src/paper/scale';
import { formatSeeds } from '../../src/paper/seeds';
import { regimeKey } from '../../src/trace/digest';
import type { RecordingEntry } from '../../src/trace/recordings';
import type { TraceRun } from '../../src/trace/types';

/** What an entry of the index says about its runs, and they about themselves. */
export type RecordingContent = Omit<RecordingEntry, 'command' | 'machine' | 'bytes'>;

type Place = Pick<RecordingEntry, 'file' | 'kind' | 'experiment' | 'arm' | 'scale'> & {
  readonly label: string;
};

/** Where a run is to be recorded; null for one that is of no arm of an experiment. */
export function placeOf({ config, seed }: TraceRun): Place | null {
  const arm = armOf(config);
  if (arm === null) return null;
  const { key, label } = arm;
  // By its size: calibration runs bear the name that the size had before it was chosen.
  const scale = formatScale(config.effective.scale);
  const calibrates = CALIBRATION_SEEDS.includes(seed);
  return {
    file: `${calibrates ? 'calibration' : key}-${scale}.json.gz`,
    kind: calibrates ? 'calibration' : scale === BENCH_SCALE ? 'verdict' : 'demonstration',
    experiment: experimentOf(key).key,
    arm: key,
    scale,
    label,
  };
}

/**
 * What the index has to say about these runs.
 *
 * @throws RangeError when they do not belong in one recording.
 */
export function contentOf(runs: readonly TraceRun[]): RecordingContent {
  const [first, ...others] = runs;
  const place = first === undefined ? null : placeOf(first);
  if (first === undefined || place === null) throw new RangeError('it holds no run of an arm');
  if (others.some((run) => placeOf(run)?.file !== place.file)) {
    throw new RangeError('its runs are of different arms or scales');
  }
  if (others.some((run) => regimeKey(run) !== regimeKey(first))) {
    throw new RangeError('its runs differ in configuration');
  }
  const seeds = runs.map((run) => run.seed).sort((a, b) => a - b);
  if (new Set(seeds).size < seeds.length) throw new RangeError('it holds a seed twice');

  const { label, ...content } = place;
  const ends = runs.map(({ events, createdAt }) => events.at(-1)?.at ?? createdAt).sort();
  return {
    ...content,
    title: titleOf(first, label, place, seeds),
    regime: REGIME_OF_ARM.get(place.arm) ?? null,
    seeds,
    build: [...new Set(runs.map(({ environment }) => environment.build))].sort().join(', '),
    date: ends.at(-1)!.slice(0, 10),
  };
}

/** `Warm-up 30, scale tiny, seeds 0-2, 30 + 50 epochs on wasm`. */
function titleOf(
  { config, environment }: TraceRun,
  label: string,
  { kind, scale }: Place,
  seeds: readonly number[],
): string {
  const { warmup, epochs } = config.effective;
  const name = kind === 'calibration' ? `calibration, ${label}` : label;
  const length = warmup > 0 ? `${warmup} + ${epochs}` : String(epochs);
  const seedList = `${seeds.length === 1 ? 'seed' : 'seeds'} ${formatSeeds(seeds)}`;
  const title = `${name}, scale ${scale}, ${seedList}, ${length} epochs on ${environment.backend}`;
  return title.charAt(0).toUpperCase() + title.slice(1);
}

const REGIME_OF_ARM: ReadonlyMap<ArmKey, string> = new Map(
  REGIMES.flatMap(({ key, apply }) => {
    const arm = armOf(resolveConfig(apply(DEFAULT_SETTINGS)));
    return arm === null ? [] : [[arm.key, key] as const];
  }),
);
