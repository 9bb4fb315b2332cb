import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { optionsOf } from '../../../src/paper/method/recipe';
import { OPERATIONS } from '../../../src/paper/operation';
import { METHOD_NAMES, type Settings } from '../../../src/paper/config';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { SCALES } from '../../../src/paper/scale';
import {
  BACKEND_CHOICES,
  formatLessonLink,
  formatLink,
  formatTermLink,
  parseLink,
} from '../../../src/view/link';

describe('reading a link', () => {
  test('takes every key of the contract', () => {
    const link = parseLink(
      '#/?method=gdas&scale=small&epochs=5&seeds=0-2&swap=1&warmup=10&l2=0.01&ops=none,skip,3x3&backend=wasm',
    );
    expect(link).toEqual({
      place: 'playground',
      settings: {
        method: 'gdas',
        scale: 'small',
        epochs: 5,
        swap: true,
        warmup: 10,
        l2: 0.01,
        ops: ['none', 'skip_connect', 'nor_conv_3x3'],
      },
      seeds: [0, 1, 2],
      backend: 'wasm',
      problems: [],
    });
  });

  test.each([
    '#scale=tiny&epochs=5',
    '#?scale=tiny&epochs=5',
    '#/?scale=tiny&epochs=5',
    'scale=tiny&epochs=5',
  ])('%s names the same settings', (hash) => {
    expect(parseLink(hash)).toEqual({
      place: 'playground',
      settings: { scale: 'tiny', epochs: 5 },
      problems: [],
    });
  });

  test.each(['', '#', '#/', '#?', '#/playground'])('"%s" asks for nothing', (hash) => {
    expect(parseLink(hash)).toEqual({ place: 'playground', settings: {}, problems: [] });
  });

  test('names the run table as a place, with or without settings', () => {
    expect(parseLink('#/runs').place).toBe('runs');
    expect(parseLink('#/runs?epochs=7')).toMatchObject({ place: 'runs', settings: { epochs: 7 } });
  });

  test('takes a seed of the tab’s own and the controls to show, in their order', () => {
    expect(parseLink('#seeds=own&show=epochs,swap')).toMatchObject({
      seeds: 'own',
      show: ['swap', 'epochs'],
      problems: [],
    });
    expect(parseLink('#show=none').show).toEqual([]);
    const hash = formatLink(DEFAULT_SETTINGS, 'own', 'auto', ['swap']);
    expect(parseLink(hash)).toMatchObject({ seeds: 'own', show: ['swap'], problems: [] });
    for (const wrong of ['', 'all', 'swap,', 'swap;epochs']) {
      const link = parseLink(`#show=${wrong}`);
      expect(link.show).toBeUndefined();
      expect(link.problems.join()).toContain('Show: must be');
    }
  });

  test('leads to a lesson, to one of its steps and to a term', () => {
    expect(parseLink('#/lessons')).toEqual({ place: 'lessons', settings: {}, problems: [] });
    expect(parseLink('#/lesson').place).toBe('lessons');
    expect(parseLink('#/lesson/2')).toMatchObject({ place: 'lessons', lesson: 2 });
    expect(parseLink('#/lesson/2')).not.toHaveProperty('step');
    expect(parseLink('#/lesson/2?step=3')).toMatchObject({ lesson: 2, step: 3, problems: [] });
    expect(parseLink('#/lesson/12')).toMatchObject({ place: 'lessons', lesson: 12 });
    expect(parseLink(formatLessonLink(4))).toMatchObject({ lesson: 4, problems: [] });
    expect(parseLink(formatLessonLink(4, 5))).toMatchObject({ lesson: 4, step: 5, problems: [] });
    expect(parseLink(formatTermLink('warm-up'))).toMatchObject({
      place: 'lessons',
      term: 'warm-up',
      problems: [],
    });
  });

  test.each(['0', '-1', '1.5', 'two', '', '100'])('refuses the step "%s" in words', (step) => {
    expect(parseLink(`#/lesson/2?step=${step}`)).toMatchObject({
      lesson: 2,
      problems: [`In the link, Step: must be a whole number from 1 to 99, not "${step}".`],
    });
    expect(parseLink(`#/lesson/2?step=${step}`)).not.toHaveProperty('step');
  });

  test.each(['lesson/0', 'lesson/two', 'lesson/2/3', 'lessons/2'])('knows no page "%s"', (path) => {
    expect(parseLink(`#/${path}`)).toMatchObject({
      place: 'playground',
      problems: [`The link names no part of this page: "${path}".`],
    });
  });

  test('seed is an alias of seeds', () => {
    expect(parseLink('#seed=3').seeds).toEqual([3]);
    expect(parseLink('#seed=3&seeds=4')).toMatchObject({
      seeds: [3],
      problems: [expect.stringContaining('twice')],
    });
  });

  test('reads official names, aliases and any order of operations', () => {
    expect(parseLink('#ops=avg_pool_3x3,nor_conv_1x1,zero').settings.ops).toEqual([
      'none',
      'nor_conv_1x1',
      'avg_pool_3x3',
    ]);
    expect(parseLink('#ops=none%2C%20skip').settings.ops).toEqual(['none', 'skip_connect']);
  });

  test.each([
    ['#epochs=0', 'Epochs'],
    ['#epochs=2001', 'Epochs'],
    ['#epochs=1e1000', 'Epochs'],
    ['#l2=-1', 'Alpha L2'],
    ['#l2=NaN', 'Alpha L2'],
    ['#warmup=-3', 'Warm-up epochs'],
    ['#ops=skip', 'Operations'],
    ['#ops=skip,skip', 'Operations'],
    ['#ops=skip,max', 'Operations'],
    ['#ops=', 'Operations'],
    ['#seeds=4-0', 'Seeds'],
    ['#seed=x', 'Seeds'],
    ['#scale=huge', 'Scale'],
    ['#swap=perhaps', 'Swap learning rates'],
    ['#backend=cpu', 'Backend'],
    ['#learning=1', '"learning"'],
    ['#ops=__proto__,constructor', 'Operations'],
    ['#__proto__=1', '"__proto__"'],
    ['#epochs=%E0%A4%A', '% code'],
    ['#/lab', '"lab"'],
  ])('%s is refused by name', (hash, name) => {
    const link = parseLink(hash);
    expect(link.problems).toHaveLength(1);
    expect(link.problems[0]).toContain(name);
    expect(link.settings).toEqual({});
  });

  test('what is right applies beside what is wrong', () => {
    expect(parseLink('#epochs=0&l2=0.005&colour=red&seeds=1,3')).toEqual({
      place: 'playground',
      settings: { l2: 0.005 },
      seeds: [1, 3],
      problems: [expect.stringContaining('colour'), expect.stringContaining('Epochs')],
    });
  });

  test('an eta counts where the method has one', () => {
    expect(parseLink('#eta=0.01&method=amended-darts')).toMatchObject({
      settings: { method: 'amended-darts', eta: 0.01 },
      problems: [],
    });
    const usual = parseLink('#method=amended-darts&eta=0.1');
    expect([usual.settings, usual.problems]).toEqual([{ method: 'amended-darts' }, []]);
    const other = parseLink('#eta=0.01');
    expect(other.settings).toEqual({});
    expect(other.problems).toEqual([
      'In the link, Eta: darts-v1 has no second-order term that it would weigh.',
    ]);
    expect(parseLink('#method=amended-darts&eta=-1').problems).toEqual([
      'In the link, Eta: must be a number of at least 0, not "-1".',
    ]);
  });

  test('options count where the method has them', () => {
    expect(parseLink('#options=kl&method=drnas')).toMatchObject({
      settings: { method: 'drnas', options: ['kl'] },
      problems: [],
    });
    const other = parseLink('#method=drnas&options=rescaled');
    expect(other.settings).toEqual({ method: 'drnas' });
    expect(other.problems).toEqual(['In the link, Options: drnas has no rescaled.']);
    expect(parseLink('#method=drnas&options=x').problems).toEqual([
      'In the link, Options: "x" is not one of rescaled, kl, progressive.',
    ]);
  });

  test('alphas for each stage count where the method has them', () => {
    expect(parseLink('#stages=1')).toMatchObject({ settings: { stages: true }, problems: [] });
    const other = parseLink('#method=gdas&stages=1');
    expect(other.settings).toEqual({ method: 'gdas' });
    expect(other.problems).toEqual([
      'In the link, Alphas for each stage: only darts-v1 searches with them, not gdas.',
    ]);
    expect(parseLink('#stages=2').problems).toEqual([
      'In the link, Alphas for each stage: must be true or false, not "2".',
    ]);
  });

  test('a hash of unreasonable length is refused whole', () => {
    const link = parseLink(`#seeds=${'1,'.repeat(5000)}`);
    expect(link.problems).toEqual([expect.stringContaining('too long')]);
  });
});

const stop = fc.record({
  rule: fc.constant('ss' as const),
  operation: fc.constantFrom(...OPERATIONS),
  patience: fc.integer({ min: 1, max: 2000 }),
});
const plain = fc.record({
  method: fc.constantFrom(...METHOD_NAMES),
  ops: fc
    .subarray([...OPERATIONS], { minLength: 2 })
    .map((ops) => OPERATIONS.filter((operation) => ops.includes(operation))),
  swap: fc.boolean(),
  warmup: fc.integer({ min: 0, max: 2000 }),
  epochs: fc.integer({ min: 1, max: 2000 }),
  l2: fc.double({ min: 0, max: 10, noNaN: true }).map(Math.abs),
  scale: fc.constantFrom(...SCALES.map(({ name }) => name), 'c4-n2-r16-i128'),
});
const settings = fc
  .tuple(plain, fc.option(stop), fc.option(fc.constantFrom(0, 0.01, 1, 1e-7)), fc.boolean())
  .map(([one, early, eta, on]): Settings => {
    const weighed = eta === null ? one : { ...one, method: 'amended-darts' as const, eta };
    const known = optionsOf(weighed.method);
    const chosen = on && known.length > 0 ? { ...weighed, options: known } : weighed;
    if (early !== null) return { ...chosen, stop: early };
    return on && chosen.method === 'darts-v1' ? { ...chosen, stages: true } : chosen;
  });
const seeds = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 20 });

describe('laws', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(settings, seeds, fc.constantFrom(...BACKEND_CHOICES), (wanted, list, backend) => {
        const link = parseLink(formatLink(wanted, list, backend));
        expect(link.problems).toEqual([]);
        expect({ ...DEFAULT_SETTINGS, ...link.settings }).toEqual(wanted);
        expect(link.seeds).toEqual(list);
        expect(link.backend ?? 'auto').toBe(backend);
      }),
    );
  });

  test('no text makes it throw, and every refusal is a sentence', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'scale',
        'epochs',
        'seeds',
        'seed',
        'ops',
        'l2',
        'swap',
        'backend',
        '__proto__',
      ),
    );
    const hash = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.tuple(part, part))
        .map((pairs) => `#/?${pairs.map(([key, value]) => `${key}=${value}`).join('&')}`),
    );
    fc.assert(
      fc.property(hash, (text) => {
        const link = parseLink(text);
        for (const problem of link.problems) expect(problem).toMatch(/^(The link|In the link,) /);
        for (const seed of link.seeds ?? []) expect(Number.isSafeInteger(seed)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
