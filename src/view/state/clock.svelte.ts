import type { Attachment } from 'svelte/attachments';

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
  alphaSteps: 11,
} as const;
const VOICES = 12;

/** Seconds of a frame of a screen that refreshes sixty times a second. */
const FRAME = 1 / 60;
/** Turns until each kind of work had its own. */
const ROUND = 5;
/** Turns in one frame, at most. */
const MOST_TURNS = 3;

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
  #turns = 0;
  /** The voice that has spoken last. */
  #speaker = -1;
  readonly #told: number[] = $state(Array.from({ length: VOICES }, () => 0));
  readonly #shown: number[] = $state(Array.from({ length: VOICES }, () => 0));
  readonly #unseen = new Set<number>();

  /** Epochs that can be shown. */
  length = $state(0);
  /** Where training is now: the epochs that the run in training has finished, else the length. */
  edge = $state(0);
  /** 0..length, with fractions between two epochs; 0 is before training. Moves in every frame. */
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

  /**
   * Attached to a voice's chart, lets the voice rest while that is out of sight and the clock plays:
   * a page has more charts than fit a screen, and a frame has time for those on it only.
   */
  heed(voice: number): Attachment {
    return (element) => {
      const observer = new IntersectionObserver((entries) =>
        this.#see(voice, entries.at(-1)!.isIntersecting),
      );
      observer.observe(element);
      return () => {
        observer.disconnect();
        this.#unseen.delete(voice);
      };
    };
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
    for (let left = turnsIn(elapsed); left > 0; left--) this.#turn(this.#turns++);
    if (this.#exact >= end) this.pause();
    else this.#request();
  }

  #set(position: number): void {
    this.#exact = position;
    this.position = this.#still() ? Math.floor(position + 1e-9) : position;
    if (!this.playing) this.#tellAll();
  }

  /**
   * A part of the work of drawing all, in rounds of five turns: the cell, half of the charts' cursors,
   * the cell, the other cursors, one voice's words. Of sixty turns a second that is twenty-four
   * pictures of the cell and twelve moves of each cursor; the timeline's moves with either half. Words
   * are the dearest: they come alone. A cursor that moves, if only one, has the browser put all layers of
   * the page together anew, so that no frame beside those two pays for it.
   */
  #turn(turn: number): void {
    const place = turn % ROUND;
    if (place === ROUND - 1) this.#tellNext();
    else if (place % 2 === 0) this.#show(VOICE.cell);
    else {
      for (let voice = place >> 1; voice < VOICES; voice += 2) {
        if (voice !== VOICE.cell) this.#show(voice);
      }
      this.#show(VOICE.timeline);
    }
  }

  #show(voice: number): void {
    if (!this.#unseen.has(voice)) this.#shown[voice] = this.position;
  }

  #tellNext(): void {
    do this.#speaker = (this.#speaker + 1) % VOICES;
    while (this.#unseen.has(this.#speaker) && this.#unseen.size < VOICES);
    this.#told[this.#speaker] = this.epoch;
  }

  #see(voice: number, seen: boolean): void {
    if (!seen) {
      this.#unseen.add(voice);
      return;
    }
    this.#unseen.delete(voice);
    this.#told[voice] = this.epoch;
    this.#shown[voice] = this.position;
  }

  #tellAll(): void {
    this.#told.fill(this.epoch);
    this.#shown.fill(this.position);
  }
}

/** Turns for a frame that took so long: more of them when frames are slow, so that no voice waits long. */
function turnsIn(seconds: number): number {
  return Math.min(Math.max(Math.round(seconds / FRAME), 1), MOST_TURNS);
}
