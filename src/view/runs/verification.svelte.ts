import type { TrainerClient } from '../../trainer/client';
import type { BackendName } from '../../trace/types';
import type { VerifyReport, VerifyRequest } from '../../trainer/protocol';
import type { Bench } from '../bench/bench.svelte';
import type { Trainer } from '../state/trainer.svelte';
import { NOT_STARTED, type VerifiedLine } from './verification-words';

/** Epochs that are trained again unless the visitor asks for more. */
const FIRST = 2;

/** On what runs are trained again: each on its own backend, or all on this one. */
export type VerifyBackend = 'own' | BackendName;

/** What is to be verified. */
export interface VerifySubject {
  /** `baseline`, in the title. */
  readonly name: string;
  /** @throws Error when the runs cannot be had */
  readonly source: () => Promise<VerifyRequest['source']>;
}

/** Runs whose first epochs are trained again, how far that is, and what came of it. */
export class Verification {
  readonly #client: TrainerClient;
  readonly #trainer: Trainer;
  readonly #bench: Bench;
  #abort: AbortController | null = null;
  #epochs = FIRST;

  /** Null while nothing was asked for. */
  subject = $state.raw<VerifySubject | null>(null);
  running = $state(false);
  /** One for every run. */
  lines = $state.raw<readonly VerifiedLine[]>([]);
  /** Why nothing, or not all, was compared; null when it was. */
  problem = $state<string | null>(null);

  backend = $state<VerifyBackend>('own');
  /** As entered; empty for what the backend can keep. */
  tolerance = $state('');

  readonly toleranceProblem: string | null = $derived.by(() => {
    const text = this.tolerance.trim();
    const value = Number(text);
    return text === '' || (value >= 0 && value < 1) ? null : 'A number from 0 to below 1.';
  });
  /** Why nothing can be verified now; null when it can. */
  readonly refusal: string | null = $derived.by(() => {
    if (this.#trainer.busy) return 'A run is in training: stop it, or wait for its end.';
    if (this.#bench.running) return 'A benchmark is running: stop it, or wait for its end.';
    return this.running ? 'Other runs are being verified.' : null;
  });
  /** Epochs of the longest run that were not trained again. */
  readonly left: number = $derived(
    Math.max(0, ...this.lines.map(({ total, epochs }) => total - epochs.length)),
  );

  constructor(client: TrainerClient, trainer: Trainer, bench: Bench) {
    this.#client = client;
    this.#trainer = trainer;
    this.#bench = bench;
  }

  /** Trains the first epochs of all runs again; whatever goes wrong becomes {@link problem}. */
  async run(subject: VerifySubject, epochs = FIRST): Promise<void> {
    if (this.refusal !== null || this.toleranceProblem !== null) return;
    this.#epochs = epochs;
    const abort = new AbortController();
    this.#abort = abort;
    this.subject = subject;
    this.running = true;
    this.lines = [];
    this.problem = null;
    try {
      await this.#trainer.hold();
      const source = await subject.source();
      abort.signal.throwIfAborted();
      const hear = (report: VerifyReport) => this.#hear(report);
      const backend = this.backend === 'own' ? null : this.backend;
      const tolerance = this.tolerance.trim() === '' ? null : Number(this.tolerance);
      await this.#client.verify({ source, epochs, backend, tolerance }, hear, abort.signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.problem = abort.signal.aborted ? 'Stopped before the end.' : reason;
    } finally {
      this.running = false;
      this.#trainer.release();
    }
  }

  /** The same with every epoch that the runs have. */
  async runAll(): Promise<void> {
    if (this.subject !== null) await this.run(this.subject, Number.MAX_SAFE_INTEGER);
  }

  /** The same epochs once more, as the fields say now. */
  async again(): Promise<void> {
    if (this.subject !== null) await this.run(this.subject, this.#epochs);
  }

  stop(): void {
    this.#abort?.abort();
  }

  /** Stops, and takes what was found and asked for away. */
  dismiss(): void {
    this.stop();
    this.subject = null;
    this.backend = 'own';
    this.tolerance = '';
  }

  #hear(report: VerifyReport): void {
    switch (report.type) {
      case 'verify-runs':
        this.lines = report.runs.map(({ epochs: total, ...run }) => {
          return { ...run, total, ...NOT_STARTED };
        });
        return;
      case 'verify-start':
        return this.#change(report.uid, () => ({ state: 'training', caveats: report.caveats }));
      case 'verify-epoch':
        return this.#change(report.uid, ({ epochs }) => {
          return { epochs: [...epochs, report.comparison] };
        });
      case 'verify-run':
        return this.#change(report.uid, () => ({ state: 'done', result: report.result }));
      case 'verify-failed':
        return this.#change(report.uid, () => ({ state: 'failed', message: report.message }));
      default:
    }
  }

  #change(uid: string, change: (line: VerifiedLine) => Partial<VerifiedLine>): void {
    this.lines = this.lines.map((line) => (line.uid === uid ? { ...line, ...change(line) } : line));
  }
}
