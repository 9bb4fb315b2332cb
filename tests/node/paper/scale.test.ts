import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatScale,
  SCALES,
  ScaleError,
  scaleByName,
  stepsPerEpoch,
} from '../../../src/paper/scale';
import { scaleName } from './arbitrary';

describe('named scales', () => {
  it.each([
    ['tiny', 8, 1, 8, 2048, 64, 32, 4, 12.21875],
    ['bench', 8, 1, 8, 2048, 32, 64, 4, 6.109375],
    ['small', 8, 1, 16, 2048, 64, 32, 4, 12.21875],
    ['medium', 16, 1, 32, 5000, 64, 79, 4, 391 / 79],
    ['paper', 16, 5, 32, 25_000, 64, 391, 1, 1],
  ])('%s', (name, channels, cells, resolution, images, batch, steps, weightFactor, alphaFactor) => {
    const scale = scaleByName(name);
    expect(scale).toEqual({
      name,
      channels,
      cells,
      resolution,
      images,
      batch,
      weightFactor,
      alphaFactor,
    });
    expect(stepsPerEpoch(scale)).toBe(steps);
  });

  it('come smallest first', () => {
    expect(SCALES.map((scale) => scale.name)).toEqual(['tiny', 'bench', 'small', 'medium', 'paper']);
  });
});

describe('any other size', () => {
  it('keeps alpha’s budget of full scale, and k_w at most four', () => {
    fc.assert(
      fc.property(scaleName, (name) => {
        const scale = scaleByName(name);
        const budget = 3e-4 * scale.alphaFactor * stepsPerEpoch(scale) * 50;
        expect(budget).toBeCloseTo(3e-4 * 19_550, 9);
        expect(scale.weightFactor).toBeLessThanOrEqual(4);
        expect(scale.weightFactor).toBeLessThanOrEqual(scale.alphaFactor);
      }),
    );
  });

  it('is printed as it was read', () => {
    fc.assert(
      fc.property(scaleName, (name) => {
        const scale = scaleByName(name);
        expect(formatScale(scale)).toBe(scale.name);
        expect(scaleByName(scale.name)).toEqual(scale);
      }),
    );
    expect(scaleByName('c4-n2-r16-i640-b32').name).toBe('c4-n2-r16-i640-b32');
    expect(scaleByName('c4-n2-r16-i640-b64').name).toBe('c4-n2-r16-i640');
  });

  it('that has a name is that scale', () => {
    expect(scaleByName('c8-n1-r8-i2048')).toBe(scaleByName('tiny'));
  });

  it.each([
    ['huge', 'name', /"huge" is not a scale.*tiny, bench, small, medium, paper/],
    ['', 'name', /"" is not a scale/],
    ['c8-n1-r16', 'name', /not a scale/],
    ['c8-n1-r16-i2048-b', 'name', /not a scale/],
    ['c8.5-n1-r16-i2048', 'name', /not a scale/],
    ['c0-n1-r16-i2048', 'channels', /Channels .* 1 to 64, not 0/],
    ['c65-n1-r16-i2048', 'channels', /not 65/],
    ['c8-n9-r16-i2048', 'cells', /Cells .* 1 to 8, not 9/],
    ['c8-n1-r24-i2048', 'resolution', /8, 16 or 32, not 24/],
    ['c8-n1-r16-i15', 'images', /Images .* 16 to 25000, not 15/],
    ['c8-n1-r16-i25001', 'images', /not 25001/],
    ['c8-n1-r16-i2048-b1', 'batch', /Batch .* 2 to 512, not 1/],
    ['c8-n1-r16-i2048-b513', 'batch', /not 513/],
    ['c8-n1-r16-i32', 'batch', /batch of 64 is larger than the 32 images/],
  ])('%j is refused for its %s', (name, part, message) => {
    expect(() => scaleByName(name)).toThrow(message);
    try {
      scaleByName(name);
    } catch (error) {
      expect(error).toBeInstanceOf(ScaleError);
      expect((error as ScaleError).part).toBe(part);
    }
  });
});
