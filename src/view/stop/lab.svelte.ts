import type { Lookup } from '../../paper/table/lookup';
import { trajectoryOf } from '../../trace/bench-run';
import type { RecordingEntry } from '../../trace/recordings';
import {
  readSource,
  searchSources,
  spaceOfSource,
  versionOf,
  type SearchSource,
} from '../runs/source';
import type { Library } from '../state/library.svelte';
import type { Tables } from '../state/tables.svelte';
import { isMeasured, outcomesOf, stopSeed, type Outcome, type StopSeed } from './outcome';
import { lineAt, newEntry, type RuleEntry } from './rules';

export const ALL_SEEDS = 'all';

/** Searches of a source, and as of which state of it. */
interface Loaded {
  readonly version: string;
  readonly seeds: readonly StopSeed[];
  /** Runs without a joint epoch, on which no rule can stop. */
  readonly empty: number;
}

const FIRST_RULES = ['ss-eq12', 'ss-eq13', 'ss-online', 'sc', 'rt'] as const;
const FIRST_LINE = 25;

/** The stop-rule laboratory: rules, the searches they are tried on, and what comes of it. */
export class StopLab {
  readonly #library: Library;
  readonly #tables: Tables;
  readonly #folder: URL;
  readonly #recordings: () => readonly RecordingEntry[];
  #ids = FIRST_RULES.length;
  readonly #asked = new Map<string, string>();

  /** What the visitor has chosen; null until then. */
  #chosen = $state<string | null>(null);
  #loaded = $state.raw<ReadonlyMap<string, Loaded>>(new Map());
  /** A seed, or all of them. */
  #seed = $state<number | typeof ALL_SEEDS>(ALL_SEEDS);
  rules = $state.raw<readonly RuleEntry[]>(FIRST_RULES.map((key, at) => newEntry(at + 1, key)));
  #line = $state(FIRST_LINE);
  /** Why the chosen searches could not be read; null when they could. */
  problem = $state<string | null>(null);

  readonly sources: readonly SearchSource[] = $derived.by(() =>
    searchSources(this.#library.groups, this.#recordings()).filter(hasOneCell),
  );
  readonly source: SearchSource | null = $derived(
    this.sources.find(({ key }) => key === this.#chosen) ?? this.sources[0] ?? null,
  );
  readonly #current: Loaded | null = $derived(
    this.source === null ? null : (this.#loaded.get(this.source.key) ?? null),
  );
  /** Seeds of the source that have a joint epoch. */
  readonly available: readonly StopSeed[] = $derived(this.#current?.seeds ?? []);
  readonly seeds: readonly StopSeed[] = $derived.by(() => {
    const own = this.available.filter(({ seed }) => seed === this.#seed);
    return own.length > 0 ? own : this.available;
  });
  readonly loading: boolean = $derived(
    this.source !== null && this.#current === null && this.problem === null,
  );
  readonly empty: number = $derived(this.#current?.empty ?? 0);
  readonly ops: readonly string[] = $derived(this.available[0]?.trajectory.ops ?? []);
  /** Whether the Hessian's eigenvalues are known. */
  readonly measured: boolean = $derived(isMeasured(this.seeds));
  /** Joint epochs of the longest search, at least 1. */
  readonly epochs: number = $derived(Math.max(1, ...this.seeds.map(({ curves }) => curves.epochs)));
  /** What the returned cells are looked up in; null without a table of their space. */
  readonly table: Lookup | null = $derived.by(() => {
    const [first] = this.seeds;
    return first === undefined ? null : this.#tables.of(first.trajectory.space.key);
  });
  readonly outcomes: readonly Outcome[] = $derived(
    this.seeds.length === 0
      ? []
      : outcomesOf([...this.rules, lineAt(this.line)], this.seeds, this.table),
  );

  constructor(
    library: Library,
    tables: Tables,
    recordings: () => readonly RecordingEntry[],
    folder: URL,
  ) {
    this.#library = library;
    this.#tables = tables;
    this.#recordings = recordings;
    this.#folder = folder;
  }

  get seed(): number | typeof ALL_SEEDS {
    return this.available.some(({ seed }) => seed === this.#seed) ? this.#seed : ALL_SEEDS;
  }

  chooseSeed(seed: number | typeof ALL_SEEDS): void {
    this.#seed = seed;
  }

  /** Epoch of the line drawn by hand. */
  get line(): number {
    return Math.min(this.#line, this.epochs);
  }

  set line(epoch: number) {
    this.#line = Math.min(Math.max(1, Math.round(epoch)), this.epochs);
  }

  choose(key: string): void {
    this.#chosen = key;
  }

  add(family: string): void {
    this.rules = [...this.rules, newEntry(++this.#ids, family)];
  }

  change(id: number, change: Partial<Pick<RuleEntry, 'operation' | 'k'>>): void {
    this.rules = this.rules.map((entry) => (entry.id === id ? { ...entry, ...change } : entry));
  }

  remove(id: number): void {
    this.rules = this.rules.filter((entry) => entry.id !== id);
  }

  /** Reads the chosen searches unless they are here as they are now. Never rejects. */
  async load(): Promise<void> {
    const { source } = this;
    if (source === null) return;
    const { key, from } = source;
    const version = versionOf(from);
    if (this.#asked.get(key) === version) return;
    this.#asked.set(key, version);
    try {
      const runs = await readSource(source, () => this.#library.store(), this.#folder);
      if (this.#asked.get(key) !== version) return;
      const seeds = runs.flatMap(({ head, epochs }) => {
        const trajectory = trajectoryOf({ config: head.config, epochs });
        return trajectory.alphas.length === 0
          ? []
          : [stopSeed(head, trajectory, head.config.effective.epochs)];
      });
      this.#loaded = new Map([
        ...this.#loaded,
        [key, { version, seeds, empty: runs.length - seeds.length }],
      ]);
      this.problem = null;
    } catch (error) {
      this.#asked.delete(key);
      const reason = error instanceof Error ? error.message : String(error);
      this.problem = `${source.label} could not be read: ${reason}`;
    }
  }
}

/** Rules read one cell; where each stage has alphas of its own, there are three. */
function hasOneCell(source: SearchSource): boolean {
  return spaceOfSource(source).stage === undefined;
}
