/** A pause between two steps that is told, in milliseconds. */
const LONG = 5000;
/** What is no pause but a slow step: so many times the median. */
const SLOW = 20;

/**
 * Watches the wall clock over the steps of a run for a time in which nothing ran: the browser froze
 * the page, or the machine slept. A monotonic clock may stand still meanwhile, hence `Date.now`.
 */
export class Heartbeat {
  #last: number | null = null;

  constructor(private readonly now: () => number = () => Date.now()) {}

  /**
   * A step was taken.
   *
   * @param typical seconds of a step
   * @returns seconds since the one before, when that is far too long; else null
   */
  beat(typical: number): number | null {
    const now = this.now();
    const gap = this.#last === null ? 0 : now - this.#last;
    this.#last = now;
    return gap > Math.max(LONG, SLOW * 1000 * typical) ? gap / 1000 : null;
  }

  /** Whatever comes now may take its time: a pause that was asked for, a compilation, an evaluation. */
  rest(): void {
    this.#last = null;
  }
}
