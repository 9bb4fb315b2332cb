import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { formatSeeds, parseSeeds, SeedsError } from '../../../src/paper/seeds';
import { validateSettings, type SettingsInput } from '../../../src/paper/validate';
import { settings } from './arbitrary';

describe('validating settings', () => {
  it('passes every valid setting through', () => {
    fc.assert(
      fc.property(settings, (any) => {
        const result = validateSettings(any);
        expect(result.problems).toEqual([]);
        expect(validateSettings(result.settings).settings).toEqual(result.settings);
        expect({ ...result.settings, scale: any.scale }).toEqual(any);
      }),
    );
  });

  it('reads the text of a link and orders the operations', () => {
    const { settings: read, problems } = validateSettings({
      epochs: '20',
      warmup: ' 5 ',
      l2: '1e-2',
      swap: '1',
      ops: 'avg_pool_3x3, none',
      scale: 'small',
    });
    expect(problems).toEqual([]);
    expect(read).toEqual({
      method: 'darts-v1',
      ops: ['none', 'avg_pool_3x3'],
      swap: true,
      warmup: 5,
      epochs: 20,
      l2: 0.01,
      scale: 'small',
    });
  });

  const refused: readonly [SettingsInput, string, RegExp][] = [
    [{ epochs: 0 }, 'Epochs', /whole number from 1 to 2000, not 0/],
    [{ epochs: 2001 }, 'Epochs', /not 2001/],
    [{ epochs: 2.5 }, 'Epochs', /not 2.5/],
    [{ epochs: '' }, 'Epochs', /not empty/],
    [{ epochs: '0x10' }, 'Epochs', /not "0x10"/],
    [{ epochs: null }, 'Epochs', /not null/],
    [{ warmup: -1 }, 'Warm-up epochs', /0 to 2000, not -1/],
    [{ l2: -0.1 }, 'Alpha L2', /at least 0, not -0.1/],
    [{ l2: NaN }, 'Alpha L2', /not NaN/],
    [{ l2: Infinity }, 'Alpha L2', /not Infinity/],
    [{ l2: 'NaN' }, 'Alpha L2', /not "NaN"/],
    [{ ops: ['none'] }, 'Operations', /at least two, not 1/],
    [{ ops: [] }, 'Operations', /at least two, not 0/],
    [{ ops: ['none', 'none'] }, 'Operations', /"none" is listed twice/],
    [{ ops: 'none,sep_conv' }, 'Operations', /"sep_conv" is not one of none, /],
    [{ ops: [undefined, 'none'] }, 'Operations', /type undefined is not one of/],
    [{ ops: 3 }, 'Operations', /list of operations, not 3/],
    [{ scale: 'c99-n1-r8-i2048' }, 'Scale', /Channels .* not 99/],
    [{ swap: 'maybe' }, 'Swap learning rates', /true or false, not "maybe"/],
    [{ method: 'nas' }, 'Method', /darts-v1, .*, not "nas"/],
  ];
  it.each(refused)('%j is refused as %s', (input, field, message) => {
    const { settings: kept, problems } = validateSettings(input);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.field).toBe(field);
    expect(problems[0]!.message).toMatch(message);
    expect(problems[0]!.message.startsWith(field)).toBe(true);
    expect(kept).toEqual(DEFAULT_SETTINGS);
  });

  it('applies the rest and reports every problem', () => {
    const { settings: read, problems } = validateSettings({ epochs: 0, l2: -1, warmup: 10 });
    expect(problems.map(({ field }) => field)).toEqual(['Epochs', 'Alpha L2']);
    expect(read).toEqual({ ...DEFAULT_SETTINGS, warmup: 10 });
  });

  it('survives anything', () => {
    fc.assert(
      fc.property(
        fc.record({ epochs: fc.anything(), l2: fc.anything(), ops: fc.anything() }),
        (any) => {
          const { settings: read } = validateSettings(any);
          expect(validateSettings(read).problems).toEqual([]);
        },
      ),
    );
  });
});

describe('seeds', () => {
  it.each([
    ['0-4', [0, 1, 2, 3, 4]],
    ['1,3', [1, 3]],
    ['0-2,7', [0, 1, 2, 7]],
    [' 3 , 1 - 2 ', [3, 1, 2]],
    ['2147483647', [2147483647]],
  ])('%j is read in order', (text, seeds) => {
    expect(parseSeeds(text)).toEqual(seeds);
  });

  it('are printed so that they are read again', () => {
    const lists = fc.uniqueArray(
      fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2 ** 31 - 1 })),
      { minLength: 1, maxLength: 100 },
    );
    fc.assert(
      fc.property(lists, (seeds) => {
        expect(parseSeeds(formatSeeds(seeds))).toEqual(seeds);
      }),
    );
    expect(formatSeeds([0, 1, 2, 3, 4])).toBe('0-4');
    expect(formatSeeds([7, 0, 1, 3])).toBe('7,0-1,3');
    expect(formatSeeds([])).toBe('');
  });

  it.each([
    ['4-0', /^Seeds: the range 4-0 runs backwards; write 0-4/],
    ['', /^Seeds: at least one/],
    ['1,,2', /missing next to a comma/],
    ['-1', /"-1" is neither/],
    ['1.5', /"1.5" is neither/],
    ['1e3', /"1e3" is neither/],
    ['1,1', /1 is listed twice/],
    ['0-3,2', /2 is listed twice/],
    ['0-100', /at most 100/],
    ['0-1000000000', /at most 100/],
    ['2147483648', /2147483648 is too large/],
  ])('%j is refused', (text, message) => {
    expect(() => parseSeeds(text)).toThrow(SeedsError);
    expect(() => parseSeeds(text)).toThrow(message);
  });
});
