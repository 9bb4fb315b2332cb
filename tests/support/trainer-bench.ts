import { spawnTrainer } from '../../src/trainer/client';
import type { Command, Report, Status } from '../../src/trainer/protocol';

type Of<Type extends Report['type']> = Extract<Report, { readonly type: Type }>;

/** The real worker and everything that it has said. */
export class TrainerBench {
  readonly reports: Report[] = [];
  readonly #worker: Worker;
  #wake: () => void = () => undefined;

  constructor(worker = spawnTrainer()) {
    this.#worker = worker;
    this.#worker.addEventListener('message', (event: MessageEvent<Report>) => {
      this.reports.push(event.data);
      this.#wake();
    });
    this.#worker.addEventListener('error', (event) => {
      throw new Error(event.message);
    });
  }

  send(command: Command): void {
    this.post(command);
  }

  /** Whatever a worker made for a test understands. */
  post(message: unknown): void {
    this.#worker.postMessage(message);
  }

  /** The first report of a type, from now or earlier, that fits. */
  async until<Type extends Report['type']>(
    type: Type,
    fits: (report: Of<Type>) => boolean = () => true,
  ): Promise<Of<Type>> {
    for (;;) {
      const found = this.reports.find(
        (report): report is Of<Type> => report.type === type && fits(report as Of<Type>),
      );
      if (found) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async state(state: Status['state']): Promise<Status> {
    return (await this.until('status', ({ status }) => status.state === state)).status;
  }

  kill(): void {
    this.#worker.terminate();
  }
}
