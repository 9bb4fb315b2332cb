/** A gap that is told, in milliseconds. */
const LONG = 5000;
/** What is no gap but a slow step: so many times the median. */
const SLOW = 10;

/**
 * Watches the wall clock for a time in which nothing ran: the browser froze the page, or the machine
 * slept. A monotonic clock may stand still meanwhile, hence `Date.now`.
 */
export class Heartbeat {
  #last: number | null = null;

  constructor(private readonly now: () => number = () => Date.now()) {}

  /**
   * Something was done.
   *
   * @param typical seconds of what was done
   * @returns seconds since the last time, when that is far too long; else null
   */
  beat(typical: number): number | null {
    const now = this.now();
    const gap = this.#last === null ? 0 : now - this.#last;
    this.#last = now;
    return gap > Math.max(LONG, SLOW * 1000 * typical) ? gap / 1000 : null;
  }

  /** What was done just now may have taken its time: a pause, a compilation. */
  rest(): void {
    this.#last = null;
  }
}
