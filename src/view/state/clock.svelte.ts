/** Epochs a second: a trajectory of 50 plays in twelve seconds, one of five in five, 500 in forty. */
function speedFor(length: number): number {
  return Math.min(Math.max(length / 12, 1), 12.5);
}

/** Who shows the clock: each chart is a voice, with its cursor, its sentence, its legend and numbers. */
export const VOICE = {
  stage: 0,
  cell: 1,
  magnitude: 2,
  heatMap: 3,
  alphaOverTime: 4,
  timeline: 5,
  /** The first of the small charts. */
  small: 6,
  accuracy: 10,
} as const;
const VOICES = 11;

/** Frames of a round in which every voice speaks once: five rounds a second, faster than one reads. */
const ROUND = 12;
/** Seconds of a frame of a screen that refreshes sixty times a second. */
const FRAME = 1 / 60;
/** Turns in one frame, at most. */
const MOST_TURNS = 3;
/** Frames in which every chart moves its cursor once: twenty moves a second are a smooth one still. */
const MOVES = 3;

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
  /** Where playing ends. */
  #until = 0;
  /** Turns so far. */
  #count = 0;
  #moves = 0;
  readonly #told: number[] = $state(Array.from({ length: VOICES }, () => 0));
  readonly #shown: number[] = $state(Array.from({ length: VOICES }, () => 0));

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

  /**
   * The epoch that a voice speaks of. While the clock plays, words follow in turns: writing them
   * moves other text about, which is what a frame has least time for.
   */
  told(voice: number): number {
    return this.#told[voice]!;
  }

  /**
   * Where the cursor of a voice's chart stands: the position, in turns while the clock plays, so that
   * no frame has to draw all charts anew.
   */
  shown(voice: number): number {
    return this.#shown[voice]!;
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

  /** Plays on, to an epoch or to the end; from the start when at the end. */
  play(until = Infinity): void {
    if (this.playing || this.length === 0) return;
    if (this.#exact >= this.length) this.#set(0);
    this.#until = until;
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
    this.#tellAll();
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
    const end = Math.min(this.length, this.#until);
    this.#set(Math.min(this.#exact + elapsed * speedFor(this.length), end));
    const turns = turnsIn(elapsed);
    this.#tellNext(turns);
    this.#showNext(turns);
    if (this.#exact >= end) this.pause();
    else this.#request();
  }

  #set(position: number): void {
    this.#exact = position;
    this.position = this.#still() ? Math.floor(position + 1e-9) : position;
    if (!this.playing) this.#tellAll();
  }

  #tellNext(turns: number): void {
    for (let turn = 0; turn < turns; turn++) {
      const voice = this.#count++ % ROUND;
      if (voice < VOICES) this.#told[voice] = this.epoch;
    }
  }

  #showNext(turns: number): void {
    for (let turn = 0; turn < turns; turn++) {
      for (let voice = this.#moves++ % MOVES; voice < VOICES; voice += MOVES) {
        this.#shown[voice] = this.position;
      }
    }
  }

  #tellAll(): void {
    this.#told.fill(this.epoch);
    this.#shown.fill(this.position);
  }
}

/** Turns of a frame that took so long: more of them when frames are slow, so that a round stays short. */
function turnsIn(seconds: number): number {
  return Math.min(Math.max(Math.round(seconds / FRAME), 1), MOST_TURNS);
}
