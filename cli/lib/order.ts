import { availableParallelism } from 'node:os';
import path from 'node:path';
import { officialName, officialNames } from '../../src/paper/alias';
import { METHOD_NAMES, type RunConfig, type Settings } from '../../src/paper/config';
import { armByKey } from '../../src/paper/experiment/arm';
import { armConfig } from '../../src/paper/experiment/config';
import { experimentByKey, type ExperimentKey } from '../../src/paper/experiment/experiments';
import { optionsOf } from '../../src/paper/method/recipe';
import { DEFAULT_SETTINGS, regimeLabel } from '../../src/paper/regime';
import { resolveConfig } from '../../src/paper/resolve';
import { parseSeeds } from '../../src/paper/seeds';
import { validateSettings } from '../../src/paper/validate';
import { LIMITS } from '../../src/trace/schema';
import { readSettingsFile, type SettingsFile } from './config-file';
import { oneOf, SHARED, UsageError, wholeNumber, type Command, type Given } from './flags';
import { dealt, readShard, type Shard } from './shard';

/** Each with the method that has it. */
const OPTION_HELP = METHOD_NAMES.flatMap((method) =>
  optionsOf(method).map((option) => `${option} (${method})`),
).join(', ');

const FLAGS = {
  out: { value: 'DIR', help: 'folder for the traces, one file a seed; needed' },
  exp: {
    value: 'N',
    help: 'every arm of an experiment of the paper: 0 (baseline) to 8, sweep (weight rates\n.003, .009 and .015), hessian (baseline and sweep with the Hessian measured, for\nDARTS-ES), methods (every other method, and GAEA with swapped rates), eta\n(Amended-DARTS with eta 0, .01, .1 and 1, four times as many epochs) or stages\n(alphas for each stage, as DARTS+ has them);\nnot together with --method, --eta, --options, --swap, --warmup, --l2, --ops, --stop, --hessian and\n--stages',
  },
  arm: { value: 'LIST', help: 'some arms of the experiment only, such as drnas,gdas' },
  config: { value: 'FILE', help: 'settings from a JSON file; a flag beside it counts more' },
  scale: SHARED.scale,
  seeds: { value: 'LIST', help: 'such as 0-4 (the default) or 1,3' },
  epochs: { value: 'N', help: 'joint epochs, 50 by default; Exp.7 takes ten times as many' },
  swap: { value: null, help: 'exchange the learning rates of weights and alpha' },
  warmup: { value: 'N', help: 'epochs with alpha frozen before the joint ones' },
  l2: { value: 'X', help: "alpha's L2, 0.001 by default" },
  ops: {
    value: 'LIST',
    help: 'candidate operations: none, skip, 1x1, 3x3, avg, or their official names',
  },
  stop: {
    value: 'RULE',
    help: "end a run early: ss:3x3:10 after 10 epochs without a new peak of 3x3's magnitude",
  },
  hessian: {
    value: null,
    help: "measure the Hessian's largest eigenvalue every second joint epoch, for DARTS-ES",
  },
  stages: {
    value: null,
    help: 'alphas, and a derived cell, for each of the three stages, as DARTS+ has them; darts-v1 only',
  },
  method: {
    value: 'NAME',
    help: `search method: ${METHOD_NAMES.join(', ')};\ndarts-v1 by default; not together with --exp`,
  },
  options: {
    value: 'LIST',
    help: `options of the method: ${OPTION_HELP}`,
  },
  eta: { value: 'X', help: "weight of Amended-DARTS's second-order term, 0.1 by default" },
  backend: { value: 'NAME', help: 'wasm (the default) or webgpu' },
  half: {
    value: null,
    help: 'webgpu only: store results of convolutions as 16-bit floats, in half the memory;\nthe trace says so',
  },
  workers: { value: 'N', help: 'seeds side by side on wasm; one per core by default and at most' },
  resume: { value: null, help: 'go on with runs of DIR that were interrupted' },
  shard: {
    value: 'i/n',
    help: 'train only the i-th of n parts of the runs, i from 1; tasks of a Slurm array job or a\nKubernetes Indexed Job take theirs from the environment (docs/many-machines.md)',
  },
} as const;

type FlagName = keyof typeof FLAGS;

export const SEARCH: Command<FlagName> = {
  name: 'search',
  operand: null,
  summary: `Trains every seed of one regime, or of every arm of an experiment, by the page's own run loop.
Each seed gives one trace in DIR, which the page imports. A seed whose finished trace is in DIR
already is passed over.`,
  flags: FLAGS,
  notes: `A file for --config holds one JSON object with any of these keys, named and meant as the flags:
  exp: a number, sweep, hessian, methods, eta or stages;  arm: a list of texts;  epochs, warmup, l2, eta, workers: numbers;  scale, stop, method, backend, out: texts;
  swap, half, hessian, stages: true or false;  seeds: a text or a list of numbers;  ops, options: lists of texts.

Exit status: 0 done; 2 wrong usage; 130 interrupted, to be continued with --resume; 1 anything else.`,
};

/** One run to be trained. */
export interface Job {
  readonly label: string;
  readonly seed: number;
  readonly config: RunConfig;
  /** Of the trace, absolute; the checkpoint's name begins with it. */
  readonly file: string;
}

export interface Order {
  /** Those of the shard. */
  readonly jobs: readonly Job[];
  /** Null when one process trains all. */
  readonly shard: Shard | null;
  readonly backend: (typeof BACKENDS)[number];
  /** Results of convolutions are stored as 16-bit floats. */
  readonly half: boolean;
  readonly workers: number;
  readonly out: string;
  readonly resume: boolean;
}

const BACKENDS = ['wasm', 'webgpu'] as const;
/** What an experiment's arms set themselves. */
const OF_REGIMES = [
  'method',
  'eta',
  'options',
  'swap',
  'warmup',
  'l2',
  'ops',
  'stop',
  'hessian',
  'stages',
] as const;
/** Values of `--exp`. */
export const EXPERIMENT_FLAGS: Readonly<Record<string, ExperimentKey>> = {
  0: 'baseline',
  1: 'exp1',
  2: 'exp2',
  3: 'exp3',
  4: 'exp4',
  5: 'exp5',
  6: 'exp6',
  7: 'exp7',
  8: 'exp8',
  sweep: 'sweep',
  hessian: 'hessian',
  methods: 'methods',
  eta: 'eta',
  stages: 'stages',
};
const SETTABLE = ['scale', 'epochs', ...OF_REGIMES] as const;

/** A value and what to blame for it. */
interface Source {
  readonly value: unknown;
  readonly source: string;
}

/** @throws UsageError naming the flag, or the key in the settings file */
export async function readOrder({ values }: Given<FlagName>): Promise<Order> {
  const file = typeof values.config === 'string' ? path.resolve(values.config) : null;
  const fromFile: SettingsFile = file === null ? {} : await readSettingsFile(file);
  const given = (key: FlagName): Source | null => {
    if (values[key] !== undefined) return { value: values[key], source: `--${key}` };
    const value = (fromFile as Readonly<Record<string, unknown>>)[key];
    return value === undefined ? null : { value, source: `--config: ${file}: $.${key}` };
  };
  const whole = ({ value, source }: Source, least: number, most: number) =>
    wholeNumber(source, String(value), least, most);

  const settings = readSettings(given);
  const seeds = readSeeds(given('seeds') ?? { value: '0-4', source: '--seeds' });
  const backendGiven = given('backend') ?? { value: 'wasm', source: '--backend' };
  const backend = oneOf(backendGiven.source, String(backendGiven.value), BACKENDS);
  const halfGiven = given('half');
  const half = halfGiven?.value === true;
  if (halfGiven && half && backend !== 'webgpu') {
    throw new UsageError(`${halfGiven.source}: only webgpu stores 16-bit floats.`);
  }
  const cores = availableParallelism();
  const workersGiven = given('workers');
  if (workersGiven && backend === 'webgpu') {
    throw new UsageError(`${workersGiven.source}: webgpu trains one seed at a time.`);
  }
  const most = workersGiven ? whole(workersGiven, 1, cores) : cores;
  const outGiven = given('out');
  if (!outGiven) throw new UsageError('--out is missing: the folder for the traces.');
  const out = path.resolve(String(outGiven.value));

  const expGiven = given('exp');
  const armGiven = given('arm');
  if (armGiven && !expGiven) {
    throw new UsageError(`${armGiven.source}: names arms of an experiment; give it with --exp.`);
  }
  const arms = expGiven
    ? readArms(expGiven, settings, given)
    : [{ label: regimeLabel(settings), config: resolveConfig(settings) }];
  const all = arms.flatMap(({ label, config }) =>
    seeds.map((seed): Job => {
      const name = `${label}-${settings.scale}-s${seed}`;
      const slug = name.replaceAll(/[^a-z0-9.]+/gi, '-').toLowerCase();
      return { label, seed, config, file: path.join(out, `${slug}.json`) };
    }),
  );
  if (half && all.some(({ config }) => config.effective.hessian)) {
    throw new UsageError(
      '--half: differences of gradients need all digits; leave it out with --hessian.',
    );
  }
  const shard = readShard(typeof values.shard === 'string' ? values.shard : null, process.env);
  const jobs = shard === null ? all : dealt(all, shard);
  const workers = backend === 'webgpu' ? 1 : Math.min(most, jobs.length);
  return { jobs, shard, backend, half, workers, out, resume: values.resume === true };
}

function readSettings(given: (key: FlagName) => Source | null): Settings {
  return SETTABLE.reduce<Settings>((settings, key) => {
    const found = given(key);
    if (!found) return settings;
    const value = key === 'ops' ? operationsOf(found.value) : found.value;
    const checked = validateSettings({ [key]: value }, settings);
    const [problem] = checked.problems;
    if (problem) throw new UsageError(`${found.source}: ${problem.message}`);
    return checked.settings;
  }, DEFAULT_SETTINGS);
}

function operationsOf(value: unknown): unknown {
  if (typeof value === 'string') return officialNames(value);
  return Array.isArray(value) ? value.map((name) => officialName(String(name).trim())) : value;
}

function readSeeds({ value, source }: Source): number[] {
  try {
    return parseSeeds(Array.isArray(value) ? value.join(',') : String(value));
  } catch (error) {
    throw new UsageError(`${source}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function listed({ value }: Source): string[] {
  return (Array.isArray(value) ? value : String(value).split(',')).map(String);
}

function readArms(
  { value, source }: Source,
  frame: Settings,
  given: (key: FlagName) => Source | null,
): { label: string; config: RunConfig }[] {
  for (const key of OF_REGIMES) {
    const spare = given(key);
    if (spare) {
      throw new UsageError(
        `${spare.source}: the arms of an experiment set this; leave out one of ${source} and --${key}.`,
      );
    }
  }
  const key = EXPERIMENT_FLAGS[String(value)];
  if (!key) {
    throw new UsageError(
      `${source}: must be a number from 0 to 8, sweep, hessian, methods, eta or stages, not "${String(value)}".`,
    );
  }
  const experiment = experimentByKey(key);
  const { name } = experiment;
  const arms = given('arm');
  const keys = arms ? listed(arms).map((one) => oneOf(arms.source, one, experiment.arms)) : null;
  const chosen = experiment.arms.filter((key) => keys?.includes(key) ?? true);
  return chosen.map((key) => {
    const arm = armByKey(key);
    const epochs = (arm.values.epochs / DEFAULT_SETTINGS.epochs) * frame.epochs;
    const config = armConfig({ ...arm, values: { ...arm.values, epochs } }, frame.scale);
    const { warmup } = config.effective;
    if (warmup + epochs > LIMITS.epochs) {
      throw new UsageError(
        `--epochs: ${name} would train ${warmup + epochs} epochs a run; ` +
          `a trace keeps at most ${LIMITS.epochs}.`,
      );
    }
    return { label: arm.label, config };
  });
}
