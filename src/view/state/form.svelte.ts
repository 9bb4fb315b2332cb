import type { EarlyStop, MethodName, MethodOption, RunConfig, Settings } from '../../paper/config';
import { USUAL_ETA } from '../../paper/method/amended-darts';
import { etaOf, optionsOf } from '../../paper/method/recipe';
import { METHOD_FACTS } from '../../paper/method/registry';
import { OPERATIONS, type Operation } from '../../paper/operation';
import { deviations } from '../../paper/deviations';
import { DEFAULT_SETTINGS, matchRegime, REGIMES } from '../../paper/regime';
import { resolveConfig } from '../../paper/resolve';
import { scaleByName, ScaleError, SCALES, type ScalePart } from '../../paper/scale';
import { formatSeeds, parseSeeds } from '../../paper/seeds';
import { DEFAULT_PATIENCE } from '../../paper/stop/early-stop';
import { validateSettings, whyNoStages, type Problem } from '../../paper/validate';
import { OWN_SEED, type LinkRequest } from '../link';
import { ownSeed } from '../own-seed';

export const CUSTOM = 'custom';
/** One seed: the first result soonest. The hint beside the field tells how to get a band. */
const DEFAULT_SEEDS = '0';

/** Fields that make a regime. */
const REGIME_FIELDS: readonly string[] = ['Alpha L2', 'Warm-up epochs', 'Operations'];

export const SIZE_FIELDS = [
  { part: 'channels', label: 'Channels', note: 'C' },
  { part: 'cells', label: 'Cells per stage', note: 'N' },
  { part: 'resolution', label: 'Resolution', note: '8, 16 or 32' },
  { part: 'images', label: 'Images', note: 'per half' },
  { part: 'batch', label: 'Batch', note: 'images a step' },
] as const;
type SizePart = (typeof SIZE_FIELDS)[number]['part'];

/** By which rule training ends by itself. */
export type StopChoice = 'none' | EarlyStop['rule'];

/**
 * What the visitor has entered, as entered: text stays text until it is read. Everything derived is
 * null while something is invalid, and {@link problems} then says what.
 */
export class RegimeForm {
  method = $state<MethodName>(DEFAULT_SETTINGS.method);
  /** Counts where the method has one. */
  eta = $state(String(USUAL_ETA));
  /** Those of them count that the method has. */
  options = $state.raw<readonly MethodOption[]>([]);
  swap = $state(DEFAULT_SETTINGS.swap);
  warmup = $state(String(DEFAULT_SETTINGS.warmup));
  l2 = $state(String(DEFAULT_SETTINGS.l2));
  epochs = $state(String(DEFAULT_SETTINGS.epochs));
  seeds = $state(DEFAULT_SEEDS);
  /** A link gave this tab a seed of its own: one member's of a class. */
  isOwnSeed = $state(false);
  scale = $state(DEFAULT_SETTINGS.scale);
  size = $state<Record<SizePart, string>>(sizeOf(DEFAULT_SETTINGS.scale));
  ops = $state.raw<readonly Operation[]>(DEFAULT_SETTINGS.ops);
  /** By `ss`: on whose peak, and after how many epochs without a new one. */
  stop = $state<StopChoice>('none');
  stopOperation = $state<Operation>('nor_conv_3x3');
  patience = $state(String(DEFAULT_PATIENCE));
  hessian = $state(false);
  /** Alphas for each stage; counts where the method has them. */
  stages = $state(false);

  /** Whether the method has a second-order term whose weight can be set. */
  readonly hasEta: boolean = $derived(METHOD_FACTS[this.method].eta !== undefined);

  /** Whether the method searches with alphas for each stage. */
  readonly hasStages: boolean = $derived(whyNoStages({ method: this.method }) === null);

  readonly #checked = $derived(
    validateSettings({
      method: this.method,
      eta: this.hasEta ? this.eta : null,
      options: optionsOf(this.method).filter((option) => this.options.includes(option)),
      ops: this.ops,
      swap: this.swap,
      warmup: this.warmup,
      l2: this.l2,
      epochs: this.epochs,
      scale: this.#scaleText,
      hessian: this.hessian,
      stop: this.#stopText,
      stages: this.hasStages && this.stages,
    }),
  );
  readonly #seedsChecked = $derived.by(() => readSeeds(this.seeds));

  /** All that is wrong, in the order of the fields on the page. */
  readonly problems: readonly Problem[] = $derived([
    ...this.#checked.problems,
    ...(this.#seedsChecked.problem === null ? [] : [this.#seedsChecked.problem]),
  ]);
  /** Which part of a custom scale is wrong; null when none is or no custom scale is chosen. */
  readonly wrongPart: ScalePart | null = $derived(
    this.scale === CUSTOM ? wrongPartOf(this.#scaleText) : null,
  );
  readonly settings: Settings | null = $derived(
    this.#checked.problems.length === 0 ? this.#checked.settings : null,
  );
  /** Whether alpha has an L2 in the method chosen. */
  readonly hasL2: boolean = $derived(METHOD_FACTS[this.method].l2);
  readonly seedList: readonly number[] | null = $derived(this.#seedsChecked.seeds);
  /** Key of the named regime that is entered, whatever is wrong with epochs, seeds or scale. */
  readonly regime: string | null = $derived(
    this.#checked.problems.some(({ field }) => REGIME_FIELDS.includes(field))
      ? null
      : matchRegime(this.#checked.settings),
  );
  readonly config: RunConfig | null = $derived(
    this.settings === null ? null : resolveConfig(this.settings),
  );
  readonly deviations = $derived(this.config === null ? [] : deviations(this.config));

  /** The sentence about one field, without the field's name in front; undefined when it is fine. */
  problemOf(field: string): string | undefined {
    return this.problems.find((problem) => problem.field === field)?.message;
  }

  /** Sets a named regime in the frame of what is entered: epochs, seeds and scale stay. */
  chooseRegime(key: string): void {
    const regime = REGIMES.find((named) => named.key === key);
    if (regime === undefined) return;
    const { swap, warmup, l2, ops } = regime.apply(this.#checked.settings);
    this.swap = swap;
    this.warmup = String(warmup);
    this.l2 = String(l2);
    this.ops = ops;
  }

  /** Switches an option of the method. */
  switchOption(option: MethodOption, on: boolean): void {
    const others = this.options.filter((other) => other !== option);
    this.options = on ? [...others, option] : others;
  }

  /** A named scale, or `custom` starting from the size that was chosen before. */
  chooseScale(name: string): void {
    if (name === CUSTOM && this.scale !== CUSTOM) this.size = sizeOf(this.scale);
    this.scale = name;
  }

  /** Lays what a link names over the defaults. A link that names nothing changes nothing. */
  follow(link: LinkRequest): void {
    if (Object.keys(link.settings).length === 0 && link.seeds === undefined) return;
    this.show({ ...DEFAULT_SETTINGS, ...link.settings });
    this.isOwnSeed = link.seeds === OWN_SEED;
    this.seeds =
      link.seeds === undefined
        ? DEFAULT_SEEDS
        : formatSeeds(link.seeds === OWN_SEED ? [ownSeed()] : link.seeds);
  }

  /** Shows settings as if they had been entered. */
  show(settings: Settings): void {
    this.method = settings.method;
    this.eta = String(etaOf(settings) ?? USUAL_ETA);
    this.options = settings.options ?? [];
    this.swap = settings.swap;
    this.warmup = String(settings.warmup);
    this.l2 = String(settings.l2);
    this.epochs = String(settings.epochs);
    this.ops = OPERATIONS.filter((operation) => settings.ops.includes(operation));
    this.hessian = settings.hessian === true && settings.stop?.rule !== 'es';
    this.stages = settings.stages === true;
    this.stop = settings.stop?.rule ?? 'none';
    if (settings.stop?.rule === 'ss') {
      this.stopOperation = settings.stop.operation;
      this.patience = String(settings.stop.patience);
    }
    this.size = sizeOf(settings.scale);
    this.scale = SCALES.some(({ name }) => name === settings.scale) ? settings.scale : CUSTOM;
  }

  get #stopText(): string | null {
    if (this.stop === 'none') return null;
    return this.stop === 'es' ? 'es' : `ss:${this.stopOperation}:${this.patience.trim()}`;
  }

  get #scaleText(): string {
    if (this.scale !== CUSTOM) return this.scale;
    const { channels, cells, resolution, images, batch } = this.size;
    const size = `c${channels.trim()}-n${cells.trim()}-r${resolution.trim()}-i${images.trim()}`;
    return `${size}-b${batch.trim()}`;
  }
}

function sizeOf(scale: string): Record<SizePart, string> {
  const { channels, cells, resolution, images, batch } = scaleByName(scale);
  return {
    channels: String(channels),
    cells: String(cells),
    resolution: String(resolution),
    images: String(images),
    batch: String(batch),
  };
}

function wrongPartOf(text: string): ScalePart | null {
  try {
    scaleByName(text);
    return null;
  } catch (error) {
    if (error instanceof ScaleError) return error.part;
    throw error;
  }
}

function readSeeds(
  text: string,
): { seeds: number[]; problem: null } | { seeds: null; problem: Problem } {
  try {
    return { seeds: parseSeeds(text), problem: null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { seeds: null, problem: { field: 'Seeds', message } };
  }
}
