import type { WriteStream } from 'node:tty';
import type { EpochRecord } from '../../src/trace/types';
import type { Job } from './order';
import type { TaskReport } from './pool';

const BAR = 24;
/** Milliseconds between two drawings of the bars. */
const REDRAW = 100;

interface Row {
  readonly job: Job;
  readonly total: number;
  readonly startedAt: number;
  /** Epochs that were there already when the row began. */
  readonly before: number;
  epoch: number;
  step: number;
}

/**
 * Shows how far the runs are: a bar for each that trains when the output is a terminal, else a line
 * for each epoch.
 */
export class Progress {
  readonly #rows = new Map<number, Row>();
  #drawn = 0;
  #drawnAt = 0;

  constructor(
    private readonly jobs: readonly { readonly job: Job; readonly before: number }[],
    private readonly output: NodeJS.WriteStream | WriteStream,
  ) {}

  hear(position: number, report: TaskReport): void {
    const { job, before } = this.jobs[position]!;
    const { effective } = job.config;
    const total = effective.warmup + effective.epochs;
    const name = `${job.label}, seed ${job.seed}`;
    const row = this.#rows.get(position);
    switch (report.type) {
      case 'start':
        this.#rows.set(position, {
          job,
          total,
          before,
          startedAt: performance.now(),
          epoch: before,
          step: 0,
        });
        if (before > 0) this.say(`${name}: goes on after epoch ${before} of ${total}`);
        break;
      case 'step':
        if (row) row.step = report.step;
        this.#draw(false);
        break;
      case 'epoch':
        if (row) Object.assign(row, { epoch: report.record.epoch, step: 0 });
        if (this.output.isTTY) this.#draw(true);
        else this.say(`${name}: ${epochLine(report.record, total)}`);
        break;
      case 'done':
        this.#rows.delete(position);
        this.say(
          `${name}: ${job.file}, ${(report.bytes / 1e6).toFixed(2)} MB, digest ${report.digest}`,
        );
        break;
      case 'failed':
        this.#rows.delete(position);
        this.say(`${name}: failed: ${report.message}`);
        break;
    }
  }

  /** A line above the bars. */
  say(text: string): void {
    this.clear();
    this.output.write(`${text}\n`);
    this.#draw(true);
  }

  /** Takes the bars away. */
  clear(): void {
    if (this.#drawn > 0) this.output.write(`\u001b[${this.#drawn}A\u001b[J`);
    this.#drawn = 0;
  }

  #draw(now: boolean): void {
    if (!this.output.isTTY) return;
    if (!now && performance.now() - this.#drawnAt < REDRAW) return;
    this.#drawnAt = performance.now();
    this.clear();
    const width = this.output.columns || 80;
    // A line that wraps would count as two.
    const lines = [...this.#rows.values()].map((row) => barLine(row).slice(0, width - 1));
    this.output.write(lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
  }
}

function barLine({ job, total, before, epoch, step, startedAt }: Row): string {
  const done = epoch + step / job.config.effective.stepsPerEpoch;
  const filled = Math.min(BAR, Math.floor((BAR * done) / total));
  const bar = '#'.repeat(filled) + '-'.repeat(BAR - filled);
  const seconds = (performance.now() - startedAt) / 1000;
  const left = done > before ? duration((seconds / (done - before)) * (total - done)) : '';
  return `[${bar}] ${epoch}/${total} ${left.padStart(8)} left  ${job.label}, seed ${job.seed}`;
}

function epochLine(record: EpochRecord, total: number): string {
  const { epoch, seconds, lossValid, accValid, arch } = record;
  return (
    `epoch ${epoch}/${total} ${seconds.toFixed(1)} s, valid loss ${lossValid.toFixed(3)}, ` +
    `accuracy ${(100 * accValid).toFixed(1)} % ${arch}`
  );
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown
    .map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, '0')))
    .join(':');
}
