/** Epochs a second: a trajectory of 50 plays in twelve seconds, one of five in five, 500 in forty. */
function speedFor(length: number): number {
  return Math.min(Math.max(length / 12, 1), 12.5);
}

/** Where frames come from; a test passes its own. */
export interface Frames {
  request(callback: (milliseconds: number) => void): number;
  cancel(handle: number): void;
}

const browserFrames: Frames = {
  request: (callback) =>
    requestAnimationFrame((now) => {
      const start = performance.now();
      callback(now);
      afterRendering(() => performance.measure(TICK, { start }));
    }),
  cancel: (handle) => cancelAnimationFrame(handle),
};

/**
 * Name of the performance measures of the last play: one for each frame, from its start until style,
 * layout and painting are done. `npm run ticks` reads them.
 */
const TICK = 'clock-tick';

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** A message sent in an animation frame arrives when that frame has been rendered. */
function afterRendering(callback: () => void): void {
  waiting.push(callback);
  channel.port2.postMessage(null);
}

/**
 * The one clock that every panel reads. Its position counts finished epochs and may lie between two
 * of them while it plays; `length` is the number of epochs there are to show.
 *
 * It follows the end of a growing trajectory until the visitor takes hold of it (seek, step, play);
 * {@link follow} lets go again.
 */
export class Clock {
  #frames: Frames;
  #still: () => boolean;
  #handle: number | null = null;
  #last: number | null = null;
  /** Position as played; with reduced motion only whole epochs are published. */
  #exact = 0;

  /** Epochs that can be shown. */
  length = $state(0);
  /** Where training is now: the epochs that the run in training has finished, else the length. */
  edge = $state(0);
  /** 0..length, with fractions between two epochs; 0 is before training. */
  position = $state(0);
  playing = $state(false);
  following = $state(true);
  /** The last epoch that the position has reached. */
  readonly epoch = $derived(Math.floor(this.position + 1e-9));

  /** `still` tells whether the visitor asked for reduced motion. */
  constructor(frames: Frames = browserFrames, still: () => boolean = () => false) {
    this.#frames = frames;
    this.#still = still;
  }

  /** A different trajectory: start at its end, or play it from its start. */
  load(length: number, { edge = length, play = false } = {}): void {
    this.pause();
    this.length = length;
    this.edge = edge;
    this.following = !play;
    this.#set(play ? 0 : edge);
    if (play) this.play();
  }

  /** The trajectory grew (or shrank): keep to its edge while following, else stay. */
  grow(length: number, edge = length): void {
    this.length = length;
    this.edge = edge;
    if (this.following) this.#set(edge);
    else if (this.#exact > length) this.#set(length);
  }

  /** Moves to an epoch and stops following. */
  seek(epoch: number): void {
    this.following = false;
    this.#set(Math.min(Math.max(epoch, 0), this.length));
  }

  /** Moves by whole epochs. */
  step(epochs: number): void {
    this.pause();
    this.seek(Math.round(this.position) + epochs);
  }

  /** Plays on; from the start when at the end. */
  play(): void {
    if (this.playing || this.length === 0) return;
    if (this.#exact >= this.length) this.#set(0);
    this.following = false;
    this.playing = true;
    this.#last = null;
    performance.clearMeasures(TICK);
    this.#request();
  }

  pause(): void {
    this.playing = false;
    if (this.#handle !== null) this.#frames.cancel(this.#handle);
    this.#handle = null;
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Back to the edge of training, and stay there while it moves. */
  follow(): void {
    this.pause();
    this.following = true;
    this.#set(this.edge);
  }

  #request(): void {
    this.#handle = this.#frames.request((now) => this.#frame(now));
  }

  #frame(now: number): void {
    if (!this.playing) return;
    const elapsed = this.#last === null ? 0 : Math.min((now - this.#last) / 1000, 0.25);
    this.#last = now;
    this.#set(Math.min(this.#exact + elapsed * speedFor(this.length), this.length));
    if (this.#exact >= this.length) this.pause();
    else this.#request();
  }

  #set(position: number): void {
    this.#exact = position;
    this.position = this.#still() ? Math.floor(position + 1e-9) : position;
  }
}
