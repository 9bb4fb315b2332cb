import type { Settings } from './config';
import { METHOD_FACTS } from './method/registry';
import { OPERATIONS, SHORT_NAME, type Operation } from './operation';
import { spaceOf } from './space/registry';
import { earlyStopLabel } from './stop/early-stop';

/** The paper's baseline at the smallest scale: what a visitor finds on the first visit. */
export const DEFAULT_SETTINGS: Settings = {
  method: 'darts-v1',
  ops: OPERATIONS,
  swap: false,
  warmup: 0,
  epochs: 50,
  l2: 1e-3,
  scale: 'tiny',
};

/** What makes a regime; method, epochs and scale are the frame in which it runs. */
type RegimeSettings = Pick<Settings, 'ops' | 'swap' | 'warmup' | 'l2'>;

export interface Regime {
  readonly key: string;
  readonly label: string;
  /** One sentence for the visitor, with the experiment's number. */
  readonly description: string;
  /** The regime in the frame of `settings`: method, epochs and scale stay. */
  readonly apply: (settings: Settings) => Settings;
}

const BASELINE: RegimeSettings = {
  ops: DEFAULT_SETTINGS.ops,
  swap: DEFAULT_SETTINGS.swap,
  warmup: DEFAULT_SETTINGS.warmup,
  l2: DEFAULT_SETTINGS.l2,
};

/** The regimes of the paper that the page offers by name; each is the baseline with one change. */
export const REGIMES: readonly Regime[] = [
  regime('baseline', 'Baseline', 'The method as it is, nothing changed.', {}),
  regime(
    'swapped',
    'Swapped rates',
    'The learning rates of weights and alpha exchanged (EX-DARTS, Exp.5).',
    { swap: true },
  ),
  regime(
    'warmup',
    'Warm-up 30',
    'Weights train alone for 30 epochs before alpha may move (Exp.1).',
    { warmup: 30 },
  ),
  regime('l2', 'Strong L2', 'Alpha’s L2 ten times as strong, on all operations alike (Exp.2).', {
    l2: 0.01,
  }),
  regime('no-skip', 'No skip-connect', 'Skip-connect taken out of the search space (Exp.6).', {
    ops: OPERATIONS.filter((operation) => operation !== 'skip_connect'),
  }),
];

/** Key of the named regime that these settings are, in whatever frame; null for any other. */
export function matchRegime(settings: Settings): string | null {
  return REGIMES.find(({ apply }) => sameRegime(apply(settings), settings))?.key ?? null;
}

/**
 * A short name for any settings: `baseline`, `swapped rates`, `warm-up 30, L2 0.01, no skip`. It says
 * what differs from the baseline, the method first; epochs and scale are not in it.
 */
export function regimeLabel(settings: Settings): string {
  const parts: string[] = [];
  const { title, l2 } = METHOD_FACTS[settings.method];
  if (settings.method !== DEFAULT_SETTINGS.method) parts.push(title);
  if (settings.space) parts.push(spaceOf(settings).label);
  if (settings.stages) parts.push('alphas for each stage');
  if (settings.swap) parts.push('swapped rates');
  if (settings.warmup > 0) parts.push(`warm-up ${settings.warmup}`);
  if (l2 && settings.l2 !== BASELINE.l2) parts.push(`L2 ${settings.l2}`);
  const missing = settings.space
    ? []
    : OPERATIONS.filter((operation) => !settings.ops.includes(operation));
  if (settings.eta !== undefined) parts.push(`eta ${settings.eta}`);
  if (settings.options !== undefined) parts.push(...settings.options);
  if (missing.length > 2) parts.push(`only ${listed(settings.ops)}`);
  else if (missing.length > 0) parts.push(`no ${listed(missing)}`);
  if (settings.stop !== undefined) parts.push(earlyStopLabel(settings.stop));
  if (settings.hessian && settings.stop?.rule !== 'es') parts.push('Hessian measured');
  return parts.length === 0 ? 'baseline' : parts.join(', ');
}

function regime(
  key: string,
  label: string,
  description: string,
  change: Partial<RegimeSettings>,
): Regime {
  return {
    key,
    label,
    description,
    apply: (settings) => ({ ...settings, ...BASELINE, ...change }),
  };
}

function sameRegime(a: RegimeSettings, b: RegimeSettings): boolean {
  return (
    a.swap === b.swap &&
    a.warmup === b.warmup &&
    a.l2 === b.l2 &&
    a.ops.length === b.ops.length &&
    a.ops.every((operation) => b.ops.includes(operation))
  );
}

function listed(ops: readonly Operation[]): string {
  return ops.map((operation) => SHORT_NAME[operation]).join(' and ');
}
