import { formatSeeds } from '../../paper/seeds';
import { addToPool, type Pool, type Refusal } from '../../trace/pool';
import { doFileJob } from '../files/run-job';
import { Clock } from '../state/clock.svelte';
import { sceneSource } from '../state/scene-source';
import { Scene, type SceneSource } from '../state/scene.svelte';
import { save } from '../state/transfer.svelte';

/** What came of a run that is not in the pool, or of a file that could not be read. */
export interface Refused {
  readonly file: string;
  readonly reason: string;
}

/** Runs of a class, from everybody's files. They are in the page's memory alone. */
export class ClassPool {
  readonly clock = new Clock();
  readonly scene: Scene;

  runs = $state.raw<Pool>([]);
  /** The latest first. */
  refused = $state.raw<readonly Refused[]>([]);
  /** Files that are still to be read. */
  waiting = $state(0);
  /** Files that have given a run. */
  files = $state(0);

  /** The pool before the files that came last; null when there was none. */
  before = $state.raw<SceneSource | null>(null);

  readonly #source: SceneSource | null = $derived.by(() => {
    const [first] = this.runs;
    if (first === undefined) return null;
    const read = this.runs.map((run) => ({ head: run, epochs: run.epochs }));
    return sceneSource(first.configDigest, first.name, read);
  });

  constructor() {
    this.scene = new Scene(() => this.#source, this.clock);
  }

  /** Reads files one after the other and takes what belongs into the pool; never rejects. */
  async add(files: readonly File[]): Promise<void> {
    if (this.waiting === 0) this.before = this.#source;
    this.waiting += files.length;
    for (const file of files) {
      try {
        const runs = await doFileJob({ type: 'read', file });
        const before = this.runs;
        const { pool, refused } = addToPool(before, runs);
        this.runs = pool;
        if (pool.length > before.length) this.files++;
        if (runs.length === 0) this.#refuse([{ file: file.name, reason: 'holds no run.' }]);
        this.#refuse(together(refused).map((reason) => ({ file: file.name, reason })));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#refuse([{ file: file.name, reason }]);
      }
      this.waiting--;
      this.#follow();
    }
  }

  clear(): void {
    this.runs = [];
    this.before = null;
    this.refused = [];
    this.files = 0;
    this.#follow();
  }

  /** Downloads the pool as one trace file. */
  async save(): Promise<void> {
    const { blob } = await doFileJob({ type: 'write', runs: this.runs, format: 'json' });
    save(`alphascope-class-${this.runs.length}-seeds.json`, blob);
  }

  #refuse(refused: readonly Refused[]): void {
    this.refused = [...refused, ...this.refused];
  }

  /** The clock keeps its place while the pool grows. */
  #follow(): void {
    const { total } = this.scene;
    if (this.clock.length !== total) this.clock.load(total);
  }
}

/** A sentence for each reason: `Seeds 0-4: in the pool already.` */
function together(refused: readonly Refusal[]): string[] {
  const seeds = new Map<string, number[]>();
  for (const { run, reason } of refused)
    seeds.set(reason, [...(seeds.get(reason) ?? []), run.seed]);
  return [...seeds].map(
    ([reason, of]) =>
      `${of.length === 1 ? 'seed' : 'seeds'} ${formatSeeds(of.sort((a, b) => a - b))}: ${reason}.`,
  );
}
