import { EDGES, type Genotype } from '../../paper/cell';
import { formatGenotype, parseGenotype } from '../../paper/genotype';
import type { OneShotCell } from '../../paper/space/one-shot';
import { formatOneShot, parseOneShot } from '../../paper/space/one-shot-string';
import { oneShotKeyOf, oneShotSpaceByKey } from '../../paper/space/registry';
import type { OneShotKey, CellSpaceKey } from '../../paper/space/space';
import { tableOfResults } from '../../trace/results-table';
import { writeScaledTable } from '../../trace/scaled-table';
import { OPERATIONS, type Operation } from '../../paper/operation';
import { scaleByName } from '../../paper/scale';
import { formatSeeds, parseSeeds } from '../../paper/seeds';
import {
  resolveStandAlone,
  type ScheduleKey,
  type StandAloneConfig,
} from '../../paper/stand-alone';
import type { CellOrder } from '../../trainer/protocol';
import { formatCellLink, OWN_SEED, type LinkRequest } from '../link';
import { ownSeed } from '../own-seed';
import { RECORDINGS } from '../recording';
import type { App } from '../state/app.svelte';
import { CellCosts } from './cost.svelte';
import { CellQueue } from './queue.svelte';
import { firstOneShot } from './one-shot';
import { CellResults, type MeasuredCell, type MeasuredUnder } from './results.svelte';
import { VisitedCells } from './visited.svelte';

const every = (operation: Operation): Genotype => EDGES.map(() => operation);

/** Cells to start from. */
export const PRESETS: readonly { readonly label: string; readonly genotype: Genotype }[] = [
  { label: 'All 3×3', genotype: every('nor_conv_3x3') },
  {
    // Two 3x3 convolutions and a shortcut around the second: NAS-Bench-201's stand-in for a ResNet.
    label: 'ResNet-like',
    genotype: parseGenotype(
      '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|',
    ),
  },
  { label: 'All skip', genotype: every('skip_connect') },
];

/** A cell of a space of NAS-Bench-1Shot1, loose ends included. */
export interface ShownOneShot {
  readonly space: OneShotKey;
  readonly cell: OneShotCell;
}

/** The page of cells: the one on screen, how it shall be trained, and what is known of it. */
export class Cells {
  readonly #app: App;
  /** The string as entered; the cell on screen is the last that it named. */
  arch = $state(formatGenotype(PRESETS[0]!.genotype));
  /** The last cell of NAS-Bench-201; on screen unless one of another space is. */
  genotype = $state.raw<Genotype>(PRESETS[0]!.genotype);
  /** The cell on screen where it is of another space. */
  oneShot = $state.raw<ShownOneShot | null>(null);
  scale = $state<string>('tiny');
  schedule = $state<ScheduleKey>('short');
  seeds = $state('0');

  readonly queue: CellQueue;
  readonly results: CellResults;
  readonly visited: VisitedCells;
  /** Of the cell on screen, and of what is left of the cells that a search visited. */
  readonly cost: CellCosts;
  readonly visitedCost: CellCosts;

  /** What is wrong with each field; null for nothing. */
  readonly archProblem: string | null = $derived.by(() => problemOf(() => readArch(this.arch)));
  /** Of the cell on screen. */
  readonly space: CellSpaceKey = $derived.by(() => this.oneShot?.space ?? 'nas-bench-201');
  readonly scaleProblem: string | null = $derived.by(() =>
    problemOf(() => this.#resolve(this.space)),
  );
  readonly seedsProblem: string | null = $derived.by(() => problemOf(() => parseSeeds(this.seeds)));
  readonly config: StandAloneConfig | null = $derived.by(() =>
    this.scaleProblem === null ? this.#resolve(this.space) : null,
  );
  readonly seedList: readonly number[] | null = $derived.by(() =>
    this.seedsProblem === null ? parseSeeds(this.seeds) : null,
  );
  /** As its space writes the cell on screen. */
  readonly name: string = $derived.by(() =>
    this.oneShot === null ? formatGenotype(this.genotype) : formatOneShot(this.oneShot.cell),
  );
  /** What is measured of it, or of cells that count as it, under what is chosen; null for nothing. */
  readonly measured: MeasuredCell | null = $derived.by(() =>
    this.config === null ? null : this.results.of(this.results.formOf(this.name), this.config),
  );
  /** What Train would train; null while something is wrong. */
  readonly order: CellOrder | null = $derived.by(() =>
    this.archProblem === null ? this.#orderOf([this.#trained], this.config) : null,
  );
  /** How the visited cells would be trained; null where they cannot be. */
  readonly visitedConfig: StandAloneConfig | null = $derived.by(() => {
    const space = this.visited.visited?.space ?? 'nas-bench-201';
    return problemOf(() => this.#resolve(space)) === null ? this.#resolve(space) : null;
  });
  /** What is left to train of the visited cells; null while there is nothing to tell. */
  readonly visitedOrder: CellOrder | null = $derived.by(() =>
    this.visited.visited === null
      ? null
      : this.#orderOf(this.visited.visited.distinct, this.visitedConfig),
  );
  /** Why nothing can be trained now; null when it can. */
  readonly refusal: string | null = $derived.by(() => {
    const { busy, status } = this.#app.trainer;
    const isPaused = status.state === 'paused';
    if (this.queue.running) {
      return isPaused ? 'The training of cells is paused.' : 'Cells are in training.';
    }
    if (busy) {
      return isPaused
        ? 'A run is paused: stop it, or resume it and wait for its end.'
        : 'A run is in training: stop it, or wait for its end.';
    }
    if (this.#app.bench.running) return 'A benchmark is running: stop it, or wait for its end.';
    if (this.queue.elsewhere) return 'Cells are in training in another tab.';
    return null;
  });
  /** The hash of what is on screen. */
  readonly link: string = $derived.by(() => {
    const { arch, scale, schedule, seeds } = this;
    return formatCellLink({ arch, scale: scale.trim(), schedule, seeds: seeds.trim() });
  });

  constructor(app: App) {
    this.#app = app;
    this.queue = new CellQueue(app.trainer, app.library);
    this.results = new CellResults(app.library, app.toasts);
    this.visited = new VisitedCells(app.library, () => app.recordings, RECORDINGS);
    this.cost = new CellCosts(app.trainer);
    this.visitedCost = new CellCosts(app.trainer);
  }

  /** Takes over what a link names; the rest stays. */
  follow({ arch, settings, schedule, seeds, backend, run }: LinkRequest): void {
    if (arch !== undefined) this.write(arch);
    if (settings.scale !== undefined) this.scale = settings.scale;
    if (schedule !== undefined) this.schedule = schedule;
    if (seeds !== undefined) this.seeds = formatSeeds(seeds === OWN_SEED ? [ownSeed()] : seeds);
    if (backend !== undefined && !this.#app.trainer.busy) this.#app.trainer.choose(backend);
    if (run !== undefined) this.visited.chooseRun(run);
  }

  /** Takes the string as it is written; a cell that it names comes on screen. */
  write(arch: string): void {
    this.arch = arch;
    try {
      const { genotype = this.genotype, oneShot = null } = readArch(arch);
      this.genotype = genotype;
      this.oneShot = oneShot;
    } catch {
      // The field says what is wrong; the last cell stays.
    }
  }

  show(genotype: Genotype): void {
    this.genotype = genotype;
    this.oneShot = null;
    this.arch = formatGenotype(genotype);
  }

  showOneShot(space: OneShotKey, cell: OneShotCell): void {
    this.oneShot = { space, cell };
    this.arch = formatOneShot(cell);
  }

  /** Brings a cell of this space on screen, unless one is. */
  chooseSpace(space: CellSpaceKey): void {
    if (space === 'nas-bench-201') this.show(this.genotype);
    else if (space !== this.space) {
      this.showOneShot(space, firstOneShot(oneShotSpaceByKey(space).shape));
    }
  }

  /** Makes a table of accuracies of what was measured, and uses it for runs of its space. */
  async useAsTable({ cells, config }: MeasuredUnder): Promise<void> {
    const table = await tableOfResults(cells.flatMap(({ results }) => results));
    const name = `cells-${config.scale}-${config.schedule}.json`;
    await this.#app.tables.import([new File([writeScaledTable(table)], name)]);
  }

  choose(edge: number, operation: Operation): void {
    this.show(this.genotype.map((before, at) => (at === edge ? operation : before)));
  }

  /** Moves an edge on to the operation after its own. */
  advance(edge: number): void {
    this.choose(edge, nextOperation(this.genotype[edge]!));
  }

  /** Reads results and orders as the store has them. Never rejects. */
  async load(): Promise<void> {
    await Promise.all([this.results.refresh(), this.queue.restore()]);
  }

  async train(order: CellOrder | null): Promise<void> {
    if (order === null || this.refusal !== null) return;
    await this.queue.start(order);
  }

  /**
   * The string under which the cell on screen is trained: in NAS-Bench-1Shot1 that of the cell which
   * stands for it, as in a table.
   */
  get #trained(): string {
    const { oneShot, name } = this;
    return oneShot === null ? name : oneShotSpaceByKey(oneShot.space).form(name);
  }

  /** @throws ScaleError */
  #resolve(space: CellSpaceKey): StandAloneConfig {
    const scale = scaleByName(this.scale.trim());
    return resolveStandAlone(this.schedule, scale, space === 'nas-bench-201' ? null : space);
  }

  #orderOf(archs: readonly string[], config: StandAloneConfig | null): CellOrder | null {
    const { seedList, schedule } = this;
    if (config === null || seedList === null) return null;
    // Seed by seed, so that every cell has a value before any has two.
    const cells = seedList.flatMap((seed) =>
      archs
        .filter((arch) => !this.results.isMeasured(arch, seed, config))
        .map((arch) => ({ arch, seed })),
    );
    const space = config.space === undefined ? {} : { space: config.space };
    return { schedule, ...space, scale: config.scale, cells };
  }
}

/** What a string names. @throws GenotypeError */
function readArch(text: string): { genotype?: Genotype; oneShot?: ShownOneShot } {
  const arch = text.trim();
  const space = oneShotKeyOf(arch);
  if (space === null) return { genotype: parseGenotype(arch) };
  return { oneShot: { space, cell: parseOneShot(oneShotSpaceByKey(space).shape, arch) } };
}

/** In the order of the benchmark, the first after the last. */
export function nextOperation(operation: Operation): Operation {
  const at = (OPERATIONS as readonly Operation[]).indexOf(operation);
  return OPERATIONS[(at + 1) % OPERATIONS.length]!;
}

function problemOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
