import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BenchResult, Way } from '../../../src/trainer/protocol';
import { BAR_HEIGHT, layoutBars } from '../../../src/view/bench/bars';
import { columnsFor, markdown } from '../../../src/view/bench/table';
import {
  findings,
  headline,
  large,
  memory,
  milliseconds,
  progressWords,
  scaleWords,
  WAY_NAME,
} from '../../../src/view/bench/words';
import { scaleByName } from '../../../src/paper/scale';
import { syntheticBench } from '../../support/synthetic-bench';

const onGpu = syntheticBench('webgpu', 'small', 7);
const onCpu = syntheticBench('wasm', 'c4-n1-r8-i2048-b16', 3);

/** The same result with other times. */
function timed(way: Way, stepMs: number, hostMs = stepMs): BenchResult {
  return { ...onGpu.results.find((result) => result.way === way)!, stepMs, hostMs };
}

describe('the words of a benchmark', () => {
  test('tell progress as a reader wants it, and what they do not know unchanged', () => {
    expect(progressWords('wasm stock: memory')).toBe('Stock TensorFlow.js: counting memory');
    expect(progressWords('webgpu captured: warm-up')).toBe('Ours, captured: warming up');
    expect(progressWords('webgpu eager: resting')).toBe('Ours, eager: resting');
    expect(progressWords('round 2 of 7')).toBe('Round 2 of 7');
  });

  test.each([
    [0.04123, '0.041'],
    [0.412, '0.412'],
    [9.2, '9.20'],
    [36.84, '36.8'],
    [184.4, '184'],
    [12_345, '12,300'],
  ])('%d milliseconds are written %s', (value, text) => {
    expect(milliseconds(value)).toBe(text);
  });

  test.each([
    [62_700_000, '62.7 million'],
    [2_140_000_000, '2.14 billion'],
  ])('%d is written %s', (value, text) => {
    expect(large(value)).toBe(text);
  });

  test.each([
    [924_800, '925 kB'],
    [1_640_000, '1.64 MB'],
    [2_141_000_000, '2,140 MB'],
  ])('%d bytes are written %s', (value, text) => {
    expect(memory(value)).toBe(text);
  });

  test('name the fastest of our ways against stock', () => {
    expect(headline(onGpu.results)).toBe(
      'A step takes 9.20 ms here, 20 times as fast as stock TensorFlow.js.',
    );
    expect(findings(onGpu.results)).toEqual([
      'Our captured step is 4.0 times as fast as our kernels launched one by one.',
      'Asking the GPU for a step takes 0.412 ms of the host instead of 161 ms, and 287 dispatches instead of 4,074.',
      'At the peak it holds 12 MB of tensors; stock TensorFlow.js holds 96 MB.',
    ]);
    expect(findings(onCpu.results)).toEqual([
      'At the peak it holds 12 MB of tensors; stock TensorFlow.js holds 96 MB.',
    ]);
  });

  test('are as ready to tell that stock is faster', () => {
    expect(headline([timed('stock', 10), timed('eager', 15)])).toMatch(/1\.5 times as slow as/);
    expect(headline([timed('stock', 10), timed('eager', 10.3)])).toMatch(/about as fast as/);
  });

  test('tell a ratio that is that of the times, whichever is larger', () => {
    const time = fc.double({ min: 0.01, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(time, time, (stock, ours) => {
        const said = headline([timed('stock', stock), timed('eager', ours)]);
        const [, number, way] = /([\d,.]+) times as (fast|slow)/.exec(said) ?? [];
        const ratio = stock / ours;
        if (number === undefined) {
          expect(Math.max(ratio, 1 / ratio)).toBeLessThanOrEqual(1.08);
          return;
        }
        const told = Number(number.replaceAll(',', ''));
        const real = way === 'fast' ? ratio : 1 / ratio;
        expect(real).toBeGreaterThan(1.08);
        expect(Math.abs(told / real - 1)).toBeLessThan(0.06);
      }),
    );
  });

  test('name a scale that has a name', () => {
    expect(scaleWords(scaleByName('small'))).toBe('small: C=8, N=1, 16×16, batch 64');
    expect(scaleWords(scaleByName('c4-n1-r8-i2048-b16'))).toBe('C=4, N=1, 8×8, batch 16');
  });
});

describe('the table of a benchmark', () => {
  test('counts dispatches and buffers only where there is a GPU', () => {
    const heads = (results: readonly BenchResult[]) => columnsFor(results).map(({ head }) => head);
    const common = ['ms per step', 'host ms per step', 'peak of tensors', 'tensors'];
    expect(heads(onCpu.results)).toEqual(common);
    expect(heads(onGpu.results)).toEqual([
      'ms per step',
      'host ms per step',
      'dispatches per step',
      'peak of tensors',
      'peak of GPU buffers',
      'tensors',
    ]);
  });

  test('is copied as Markdown, with its circumstances', () => {
    expect(markdown(onGpu).split('\n')).toEqual([
      '| way | ms per step | host ms per step | dispatches per step | peak of tensors | peak of GPU buffers | tensors |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| Stock TensorFlow.js | 184 | 161 | 4,074 | 96 MB | 210 MB | 214 |',
      '| Ours, eager | 36.8 | 21.4 | 287 | 12 MB | 31 MB | 9 |',
      '| Ours, captured | 9.20 | 0.412 | 287 | 12 MB | 31 MB | 9 |',
      '',
      `Scale small: C=8, N=1, 16×16, batch 64; about ${large(onGpu.multiplyAdds)} multiply-adds a bilevel step; medians of 7 rounds.`,
      'WebGPU, an invented adapter, this app’s WGSL kernels (self-test passed).',
      'Alphascope 0.0.0+test, 2026-03-14, A browser for tests, 4 cores.',
      '',
    ]);
  });
});

describe('the bars of a benchmark', () => {
  test('are as long as the times, from zero, and stay inside', () => {
    const time = fc.double({ min: 0.01, max: 1e5, noNaN: true });
    const share = fc.double({ min: 0, max: 1.2, noNaN: true });
    const widths = fc.integer({ min: 240, max: 1200 });
    fc.assert(
      fc.property(time, time, share, widths, (stock, ours, host, width) => {
        const results = [timed('stock', stock, stock * host), timed('captured', ours)];
        const { bars, ticks, bottom, height } = layoutBars(results, width);
        expect((bars[0]!.step / bars[1]!.step) * (ours / stock)).toBeCloseTo(1, 9);
        expect(ticks[0]).toEqual({ x: 0, label: '0' });
        for (const bar of bars) {
          expect(bar.step).toBeLessThan(width - 70);
          expect(bar.host).toBeLessThanOrEqual(bar.step);
          expect(bar.y + BAR_HEIGHT).toBeLessThan(bottom);
        }
        expect(ticks.at(-1)!.x).toBeLessThanOrEqual(width);
        expect(height).toBeGreaterThan(bottom);
        expect(bars[0]!.y + BAR_HEIGHT).toBeLessThan(bars[1]!.labelY);
      }),
    );
  });

  test('are named like the rows of the table', () => {
    expect(layoutBars(onGpu.results, 600).bars.map(({ label }) => label)).toEqual(
      onGpu.results.map(({ way }) => WAY_NAME[way]),
    );
  });
});
