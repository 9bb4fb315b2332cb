import { untrack } from 'svelte';
import { BENCH_SCALE } from '../../paper/experiment/bench';
import { armOf } from '../../paper/experiment/config';
import type { DataSet } from '../../paper/table/table';
import type { RecordingEntry } from '../../trace/recordings';
import { LoadedRuns } from '../experiments/loaded.svelte';
import type { Library } from '../state/library.svelte';
import type { Tables } from '../state/tables.svelte';
import { SWEEP_ARMS, sweepArms, sweepScales, type SweepTables } from './sweep';

/** The runs behind tables 2 and 3: weight rates .003, .009 and .015, stored or recorded. */
export class SweepRuns {
  readonly #library: Library;
  readonly #tables: Tables;
  readonly #recordings: () => readonly RecordingEntry[];
  readonly #loaded: LoadedRuns;
  #scale = $state<string>(BENCH_SCALE);
  dataSet = $state<DataSet>('CIFAR-10');

  readonly #runs = $derived.by(() => [
    ...this.#loaded.own.values(),
    ...[...this.#loaded.recorded.values()].flat(),
  ]);
  readonly scales: readonly string[] = $derived(sweepScales(this.#runs));
  readonly arms = $derived(sweepArms(this.#runs, this.scale));

  /** Accuracies on the data set, as far as the table in use has them. */
  readonly tables: SweepTables = $derived.by(() => ({
    validation: this.#tables.columnOf(this.dataSet, 'validation'),
    test: this.#tables.columnOf(this.dataSet, 'test'),
  }));

  constructor(
    library: Library,
    tables: Tables,
    recordings: () => readonly RecordingEntry[],
    folder: URL,
  ) {
    this.#library = library;
    this.#tables = tables;
    this.#recordings = recordings;
    this.#loaded = new LoadedRuns(library.database, folder);
  }

  get scale(): string {
    return this.scales.includes(this.#scale) ? this.#scale : (this.scales[0] ?? BENCH_SCALE);
  }

  set scale(scale: string) {
    this.#scale = scale;
  }

  get loading(): boolean {
    return this.#loaded.pending > 0;
  }

  get problems(): readonly string[] {
    return this.#loaded.problems;
  }

  /** Reads what the store and the recordings have of the sweep. Never rejects. */
  load(): Promise<void> {
    const heads = this.#library.runs.filter(({ config }) => {
      const arm = armOf(config);
      return arm !== null && SWEEP_ARMS.includes(arm.key);
    });
    const entries = this.#recordings().filter(
      ({ arm, kind }) => kind === 'verdict' && SWEEP_ARMS.includes(arm),
    );
    // What is read becomes state itself, on which an effect that asks for it must not depend.
    return untrack(() => this.#loaded.load(heads, entries));
  }
}
