import { describe, expect, test } from 'vitest';
import { Clock, VOICE, type Frames } from '../../../src/view/state/clock.svelte';

/** Frames by hand: `run` lets time pass in frames of 16 ms. */
class HandFrames implements Frames {
  #next: ((now: number) => void) | null = null;
  #now = 0;

  request(callback: (now: number) => void): number {
    this.#next = callback;
    return 1;
  }

  cancel(): void {
    this.#next = null;
  }

  run(seconds: number): void {
    for (const end = this.#now + seconds * 1000; this.#now < end; this.#now += 16) {
      const callback = this.#next;
      this.#next = null;
      callback?.(this.#now);
    }
  }

  get waiting(): boolean {
    return this.#next !== null;
  }
}

describe('following', () => {
  test('keeps to the edge of training until the visitor takes hold', () => {
    const clock = new Clock(new HandFrames());
    clock.load(0);
    clock.grow(1);
    clock.grow(2);
    expect(clock.position).toBe(2);
    clock.seek(1);
    clock.grow(3);
    expect(clock).toMatchObject({ position: 1, following: false });
    clock.follow();
    clock.grow(4);
    expect(clock).toMatchObject({ position: 4, following: true });
  });

  test('the edge is where the run in training is, not the end of the seeds before it', () => {
    const clock = new Clock(new HandFrames());
    clock.load(50, { edge: 0 });
    clock.grow(50, 3);
    expect(clock).toMatchObject({ position: 3, length: 50 });
    clock.seek(40);
    expect(clock.position).toBe(40);
  });

  test('a trajectory that shrinks takes the position with it', () => {
    const clock = new Clock(new HandFrames());
    clock.load(10);
    clock.seek(9);
    clock.grow(4);
    expect(clock.position).toBe(4);
  });
});

describe('playing', () => {
  test('goes as far as it was told to, and on from there', () => {
    const frames = new HandFrames();
    const clock = new Clock(frames);
    clock.load(50);
    clock.seek(5);
    clock.play(10);
    frames.run(4);
    expect(clock).toMatchObject({ position: 10, playing: false });
    expect(frames.waiting).toBe(false);
    clock.play();
    frames.run(12);
    expect(clock).toMatchObject({ position: 50, playing: false });
  });

  test('runs from the start when at the end, and stops at the end', () => {
    const frames = new HandFrames();
    const clock = new Clock(frames);
    clock.load(50);
    clock.play();
    expect(clock.position).toBe(0);
    frames.run(6);
    expect(clock.position).toBeGreaterThan(20);
    expect(clock.position).toBeLessThan(30);
    frames.run(8);
    expect(clock).toMatchObject({ position: 50, playing: false });
    expect(frames.waiting).toBe(false);
  });

  test.each([
    [5, 5],
    [50, 12],
    [500, 40],
  ])('%i epochs take about %i s', (length, seconds) => {
    const frames = new HandFrames();
    const clock = new Clock(frames);
    clock.load(length);
    clock.play();
    frames.run(seconds * 0.9);
    expect(clock.playing).toBe(true);
    frames.run(seconds * 0.2);
    expect(clock.playing).toBe(false);
  });

  test('goes on while the trajectory grows, and follows nothing', () => {
    const frames = new HandFrames();
    const clock = new Clock(frames);
    clock.load(3, { play: true });
    frames.run(1);
    clock.grow(4);
    expect(clock.position).toBeLessThan(1.1);
    frames.run(4);
    expect(clock.position).toBe(4);
  });

  test('with reduced motion it shows whole epochs only', () => {
    const frames = new HandFrames();
    const clock = new Clock(frames, () => true);
    clock.load(5, { play: true });
    const seen = new Set<number>();
    for (let at = 0; at < 400; at++) {
      frames.run(0.016);
      seen.add(clock.position);
    }
    expect([...seen]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('a chart out of sight rests while it plays, and is right when it is seen or the clock rests', async () => {
    const frames = new HandFrames();
    const clock = new Clock(frames);
    const voice = VOICE.heatMap;
    const chart = document.createElement('div');
    chart.style.cssText = 'position: absolute; top: 300vh; width: 10px; height: 10px';
    document.body.append(chart);
    const detach = clock.heed(voice)(chart);
    clock.load(50, { play: true });
    // The observer answers in a frame of the page's own.
    await expect
      .poll(() => {
        const before = clock.shown(voice);
        frames.run(0.2);
        return clock.shown(voice) - before;
      })
      .toBe(0);
    const { position } = clock;
    frames.run(2);
    expect(clock.position).toBeGreaterThan(position + 5);
    expect(clock.shown(voice)).toBeLessThanOrEqual(position);
    expect(clock.told(voice)).toBeLessThanOrEqual(position);
    expect(clock.shown(VOICE.magnitude)).toBeGreaterThan(position + 5);

    chart.scrollIntoView();
    await expect.poll(() => clock.shown(voice)).toBe(clock.position);
    expect(clock.told(voice)).toBe(clock.epoch);
    scrollTo(0, 0);
    await expect
      .poll(() => {
        frames.run(0.1);
        return clock.shown(voice) < clock.position - 1;
      })
      .toBe(true);
    clock.pause();
    expect(clock.shown(voice)).toBe(clock.position);
    expect(clock.told(voice)).toBe(clock.epoch);
    detach?.();
    chart.remove();
  });

  test('words follow in turns, never two in a frame, and agree when it rests', () => {
    const frames = new HandFrames();
    const clock = new Clock(frames);
    const voices = [...Object.values(VOICE), VOICE.small + 3];
    const told = (): number[] => voices.map((voice) => clock.told(voice));
    clock.load(500, { play: true });
    for (let frame = 0, before = told(); frame < 300; frame++) {
      frames.run(0.016);
      const now = told();
      expect(now.filter((epoch, at) => epoch !== before[at]).length).toBeLessThanOrEqual(1);
      // A round of all, charts out of sight among them, takes a second: twelve of five hundred epochs.
      expect(clock.epoch - Math.min(...now)).toBeLessThanOrEqual(13);
      before = now;
    }
    expect(clock.epoch).toBeGreaterThan(50);
    clock.pause();
    expect(new Set(told())).toEqual(new Set([clock.epoch]));
    clock.seek(7.9);
    expect(new Set(told())).toEqual(new Set([7]));
  });

  test('cell and cursors are drawn in turns, all within five frames, and agree when it rests', () => {
    const frames = new HandFrames();
    const clock = new Clock(frames);
    const voices = [...Object.values(VOICE), VOICE.small + 3];
    const shown = (): number[] => voices.map((voice) => clock.shown(voice));
    clock.load(500, { play: true });
    const passed = [0, 0, 0, 0, 0];
    const moves = { cell: 0, timeline: 0, both: 0 };
    for (let frame = 0, before = shown(); frame < 300; frame++) {
      frames.run(0.016);
      const now = shown();
      const timeline = now.at(voices.indexOf(VOICE.timeline)) === clock.position;
      const drawn = now.at(voices.indexOf(VOICE.cell)) === clock.position;
      moves.timeline += Number(timeline);
      moves.cell += Number(drawn);
      moves.both += Number(timeline && drawn && frame > 0);
      const moved = now.filter((position, at) => position !== before[at]);
      const cell = now[VOICE.cell] !== before[VOICE.cell];
      // Half of the charts, and the timeline.
      expect(moved.length).toBeLessThanOrEqual(cell ? 1 : Math.ceil(voices.length / 2) + 1);
      for (const position of moved) expect(position).toBe(clock.position);
      expect(Math.min(...now)).toBeGreaterThanOrEqual(passed.shift()!);
      passed.push(clock.position);
      before = now;
    }
    // No frame pays for both; at the start of the first both are where the clock is.
    expect(moves).toEqual({ cell: 120, timeline: 121, both: 0 });
    clock.pause();
    expect(new Set(shown())).toEqual(new Set([clock.position]));
    clock.seek(7.9);
    expect(new Set(shown())).toEqual(new Set([7.9]));
  });

  test('nothing to play is no motion', () => {
    const frames = new HandFrames();
    const clock = new Clock(frames);
    clock.load(0);
    clock.play();
    expect(clock.playing).toBe(false);
    expect(frames.waiting).toBe(false);
  });

  test('stepping stays inside and pauses', () => {
    const clock = new Clock(new HandFrames());
    clock.load(3, { play: true });
    clock.step(-5);
    expect(clock).toMatchObject({ position: 0, playing: false });
    clock.step(10);
    expect(clock.position).toBe(3);
  });
});
