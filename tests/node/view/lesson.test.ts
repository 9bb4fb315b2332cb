import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EDGES } from '../../../src/paper/cell';
import { claimById } from '../../../src/paper/claim/registry';
import { experimentOf } from '../../../src/paper/experiment/experiments';
import { armByKey } from '../../../src/paper/experiment/arm';
import type { Operation } from '../../../src/paper/operation';
import { readIndex } from '../../../src/trace/recordings';
import { FIGURES } from '../../../src/view/experiments/figures';
import { evidenceOf, ownFirst } from '../../../src/view/lesson/evidence';
import { GLOSSARY, TERM_KEYS } from '../../../src/view/lesson/glossary';
import { inertiaAtRates } from '../../../src/view/lesson/inertia-question';
import type { Question, Show } from '../../../src/view/lesson/lesson';
import { LESSONS } from '../../../src/view/lesson/lessons';
import { OWN_SEED, playgroundLink } from '../../../src/view/lesson/own-run';
import {
  claimHolds,
  decidedness,
  leads,
  mostEdges,
  peakOrder,
  skipsAgainst,
  skipsAtEnd,
} from '../../../src/view/lesson/questions';
import { piecesOf } from '../../../src/view/lesson/rich-text';
import { fewestSkips, stopOverRates } from '../../../src/view/lesson/stop-questions';
import { paperWords, predictionWords, verdictLead } from '../../../src/view/lesson/words';
import { parseLink } from '../../../src/view/link';
import { held, inventedRun, inventedRuns, tent, type Logits } from '../../support/bench-run';

/* Lessons as data, and answers from INVENTED runs. The page is tested in tests/browser/view. */

const INDEX = new URL('../../../public/recordings/index.json', import.meta.url);
const recorded = readIndex(JSON.parse(readFileSync(INDEX, 'utf8')));
const shipped = new Set(recorded.filter(({ scale }) => scale === 'bench').map(({ arm }) => arm));

const asked = { key: 'k', ask: 'Which?' };
const SEEDS = [0, 1, 2, 3, 4];
const steps = LESSONS.flatMap((lesson) =>
  lesson.steps.map((step, at) => [`lesson ${lesson.number}, step ${at + 1}`, step] as const),
);
const shows = (step: (typeof steps)[number][1]): Show[] =>
  [step.show, step.reveal].filter((show) => show !== undefined);
const answerOf = (question: Question, runs: Parameters<typeof evidenceOf>[0]) =>
  question.answer(evidenceOf(runs))!;

describe('the course', () => {
  test('has eight lessons, counted from one, each ending in a question for one’s own run', () => {
    expect(LESSONS.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const { steps: all } of LESSONS) {
      const last = all.at(-1)!;
      expect(last.question?.own).toBe(true);
      expect(last.question?.arms).toEqual([last.run]);
      expect(last.reveal?.own).toBe(true);
      const keys = all.flatMap(({ question }) => question?.key ?? []);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  test.each(steps)('%s rests on runs that are recorded or declared as awaited', (_, step) => {
    const arms = [
      ...shows(step).flatMap(({ arm, against }) => [arm, ...(against ? [against] : [])]),
      ...(step.question?.arms ?? []),
      ...(step.claims ?? []).flatMap((id) => claimById(id).arms),
    ];
    for (const arm of arms) expect(shipped.has(arm), arm).toBe(true);
  });

  test.each(steps)('%s shows what there is', (_, step) => {
    for (const { arm, seed, clock, edge, operation, panels } of shows(step)) {
      const { warmup, epochs, ops } = armByKey(arm).values;
      const [from, to] = typeof clock === 'object' ? clock : [clock, clock];
      const epoch = (value: number | 'end') => (value === 'end' ? warmup + epochs : value);
      expect(epoch(from)).toBeLessThanOrEqual(epoch(to));
      expect(epoch(to)).toBeLessThanOrEqual(warmup + epochs);
      expect(EDGES.map(({ index }) => index)).toContain(edge ?? 0);
      if (operation !== undefined) expect(ops).toContain(operation);
      if (seed !== undefined) expect(experimentOf(arm).seeds).toContain(seed);
      for (const panel of panels) {
        if (typeof panel !== 'object') continue;
        if ('figure' in panel) expect(FIGURES.map(({ key }) => key)).toContain(panel.figure);
        else if ('inertia' in panel) expect(panel.inertia).toBeGreaterThan(0);
        else expect(panel.epoch).toBeGreaterThan(1);
      }
    }
    for (const text of step.text) expect(() => piecesOf(text)).not.toThrow();
    expect(`${step.title} ${step.text.join(' ')}`).not.toContain('!');
    if (step.link !== undefined) expect(parseLink(step.link.hash).problems).toEqual([]);
  });
});

describe('a text', () => {
  test('is cut at the terms of the glossary', () => {
    expect(piecesOf('An [[edge]] of [[cell|cells]].')).toEqual([
      { text: 'An ', term: null },
      { text: 'edge', term: 'edge' },
      { text: ' of ', term: null },
      { text: 'cells', term: 'cell' },
      { text: '.', term: null },
    ]);
    expect(() => piecesOf('[[nonsense]]')).toThrow('The glossary has no term "nonsense".');
    expect(() => piecesOf('[[toString]]')).toThrow(RangeError);
  });

  test('loses nothing where there is no term', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('[['));
        expect(
          piecesOf(text)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  test('every term is used or explains one that is, and the list is in order', () => {
    const used = new Set(
      steps.flatMap(([, { text }]) => text.flatMap(piecesOf).map((p) => p.term)),
    );
    expect(TERM_KEYS.filter((key) => !used.has(key))).toEqual([]);
    const names = TERM_KEYS.map((key) => GLOSSARY[key].name.toLowerCase());
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, 'en')));
  });
});

describe('an answer follows from the runs', () => {
  test('who holds most edges', () => {
    const question = mostEdges(asked, 'baseline');
    const skips = answerOf(question, inventedRuns(SEEDS, { baseline: held('skip_connect', 5) }));
    expect(skips).toEqual({
      choices: ['skip_connect'],
      text: 'In the recorded runs (seeds 0-4), the six edges of the last cell go to skip-connect 5 and 3×3 convolution 1, in the mean of 5 seeds.',
    });
    const pools = answerOf(question, [inventedRun('baseline', 3, held('avg_pool_3x3', 4))]);
    expect(pools.choices).toEqual(['avg_pool_3x3']);
    expect(pools.text).toMatch(/^In the recorded run \(seed 3\), .*average pooling 4/);
    const tie = answerOf(question, inventedRuns(SEEDS, { baseline: held('none', 3) }));
    expect(tie.choices).toEqual(['none', 'nor_conv_3x3']);
  });

  test.each([
    [0, 'few'],
    [1, 'few'],
    [2, 'some'],
    [3, 'some'],
    [4, 'most'],
    [6, 'most'],
  ])('%i skip-connects are "%s"', (skips, choice) => {
    const runs = inventedRuns(SEEDS, { swapped: held('skip_connect', skips) });
    expect(answerOf(skipsAtEnd(asked, 'swapped'), runs).choices).toEqual([choice]);
  });

  test('fewer, as many or more than in another arm; half an edge decides', () => {
    const question = skipsAgainst(asked, 'swapped', 'baseline');
    const against = (swapped: readonly number[], baseline: readonly number[]) =>
      answerOf(question, [
        ...swapped.map((count, seed) => inventedRun('swapped', seed, held('skip_connect', count))),
        ...baseline.map((count, seed) =>
          inventedRun('baseline', seed, held('skip_connect', count)),
        ),
      ]);
    expect(against([2, 2], [5, 5])).toMatchObject({
      choices: ['fewer'],
      text: 'In the recorded runs (seeds 0-1) of swapped rates, the last cell holds 2 skip-connects in the mean (2 and 2); in those of baseline, 5 skip-connects in the mean (5 and 5).',
    });
    expect(against([5, 5, 4], [5, 5, 5]).choices).toEqual(['same']);
    expect(against([5, 4], [5, 5]).choices).toEqual(['fewer']);
    expect(against([6], [1]).choices).toEqual(['more']);
    expect(question.answer(evidenceOf(inventedRuns([0], { swapped: held('none', 1) })))).toBeNull();
  });

  test('the order of the peaks, in the mean and seed by seed', () => {
    const inOrder = (peaks: Readonly<Record<string, number>>): Logits => {
      const curves = Object.entries(peaks).map(([name, at]) => [name, tent(at, 1)] as const);
      return (epoch) => Object.fromEntries(curves.map(([name, curve]) => [name, curve(epoch)]));
    };
    const orders: [Operation, Operation, Operation][] = [
      ['avg_pool_3x3', 'nor_conv_3x3', 'skip_connect'],
      ['skip_connect', 'nor_conv_3x3', 'avg_pool_3x3'],
    ];
    const question = peakOrder(asked, 'long', orders);
    const first = inOrder({ avg_pool_3x3: 20, nor_conv_3x3: 150, skip_connect: 450 });
    const second = inOrder({ skip_connect: 20, nor_conv_3x3: 150, avg_pool_3x3: 450 });
    const third = inOrder({ nor_conv_3x3: 20, skip_connect: 150, avg_pool_3x3: 450 });
    const runs = (...all: Logits[]) => all.map((logits, seed) => inventedRun('long', seed, logits));
    expect(answerOf(question, runs(first)).choices).toEqual([orders[0]!.join()]);
    expect(answerOf(question, runs(second)).choices).toEqual([orders[1]!.join()]);
    expect(answerOf(question, runs(third)).choices).toEqual(['other']);
    const mixed = answerOf(question, runs(first, first, third));
    expect(mixed.text).toMatch(/in [123] of 3 seeds taken one by one\.$/);
  });

  test('who leads in an epoch or at the end', () => {
    const runs = inventedRuns(SEEDS, {
      swapped: (epoch) => (epoch === 1 ? { avg_pool_3x3: 1 } : { nor_conv_3x3: 1 }),
    });
    expect(answerOf(leads(asked, 'swapped', 1), runs).choices).toEqual(['avg_pool_3x3']);
    expect(answerOf(leads(asked, 'swapped', 'end'), runs)).toEqual({
      choices: ['nor_conv_3x3'],
      text: 'In the recorded runs (seeds 0-4), 3×3 convolution has the largest magnitude in the last epoch, in the mean of 5 seeds. It has in 5 of 5 seeds taken one by one.',
    });
  });

  test.each([
    [0, 'little', '20 %'],
    [1.5, 'half', '53 %'],
    [4, 'nearly', '93 %'],
  ])('an alpha of %d is "%s" decided', (height, choice, share) => {
    const runs = inventedRuns([0], { baseline: () => ({ skip_connect: height }) });
    const answer = answerOf(decidedness(asked, 'baseline'), runs);
    expect(answer.choices).toEqual([choice]);
    expect(answer.text).toContain(`ends with ${share} of it; evenly mixed, each would have 20 %`);
  });

  test('whether a claim holds is the verdict, and without one there is no answer', () => {
    const question = claimHolds(asked, 'baseline');
    const collapsed = inventedRuns(SEEDS, { baseline: held('skip_connect', 6) });
    expect(answerOf(question, collapsed)).toMatchObject({ choices: ['seen'] });
    const sound = inventedRuns(SEEDS, { baseline: held('skip_connect', 1) });
    expect(answerOf(question, sound).choices).toEqual(['not seen']);
    expect(answerOf(question, sound).text).toBe('By the rule of baseline, read below.');
    expect(question.answer(evidenceOf(collapsed.slice(0, 2)))).toBeNull();
    expect(claimHolds(asked, 'OS.8').answer(evidenceOf(collapsed))).toBeNull();
  });

  test('the stop rule with the fewest skip-connects', () => {
    const question = fewestSkips(asked, 'sweep-.003');
    // 3x3 is highest at epoch 10, where one edge holds skip-connect; two do from 15 on, then all.
    const late: Logits = (epoch, choice) => {
      const skips = epoch < 15 ? 1 : epoch < 30 ? 2 : 6;
      return choice < skips ? { skip_connect: 2 } : { nor_conv_3x3: tent(10, 1)(epoch) + 1 };
    };
    expect(answerOf(question, inventedRuns([0, 1], { 'sweep-.003': late })).choices).toEqual([
      'ss',
    ]);
    const none = inventedRuns([0], { 'sweep-.003': held('none', 6) });
    expect(answerOf(question, none).choices).toEqual(['end', 'sc', 'ss']);
  });

  test('selective stop over three rates', () => {
    const question = stopOverRates(asked, ['sweep-.003', 'sweep-.009', 'sweep-.015']);
    const answer = answerOf(
      question,
      inventedRuns([0, 1], {
        'sweep-.003': held('skip_connect', 1),
        'sweep-.009': held('skip_connect', 3),
        'sweep-.015': held('skip_connect', 5),
      }),
    );
    expect(answer.choices).toEqual(['more']);
    expect(answer.text).toMatch(/weight rate \.003: 1 skip-connect in the mean \(1 and 1\),/);
    expect(question.answer(evidenceOf([]))).toBeNull();
  });

  test('inertia is computed, and takes longer at the larger rate as the paper prints', () => {
    const answer = inertiaAtRates(asked).answer(evidenceOf([]))!;
    expect(answer.choices).toEqual(['longer']);
    expect(answer.text).toContain('34 epochs at rate .001, 44 epochs at rate .01');
  });
});

describe('evidence', () => {
  test('is the visitor’s own where every arm has a run, else what ships', () => {
    const own = [inventedRun('baseline', OWN_SEED, held('skip_connect', 2))];
    const all = inventedRuns(SEEDS, { baseline: held('skip_connect', 6) });
    const question = skipsAtEnd({ ...asked, own: true }, 'baseline');
    expect(question.answer(ownFirst(['baseline'], own, all))).toEqual({
      choices: ['some'],
      text: 'In your own run (seed 5), the last cell holds 2 skip-connects.',
    });
    expect(question.answer(ownFirst(['baseline'], [], all))?.choices).toEqual(['most']);
    const unfinished = own.map((run) => ({ ...run, finished: false }));
    expect(question.answer(ownFirst(['baseline'], unfinished, all))?.choices).toEqual(['most']);
    expect(ownFirst(['baseline', 'swapped'], own, all).own).toBe(false);
  });

  test('leaves runs of calibration out', () => {
    const runs = [inventedRun('baseline', 100, held('skip_connect', 6))];
    expect(evidenceOf(runs).of('baseline')).toBeNull();
  });
});

describe('words of a reveal', () => {
  const choices = [
    { key: 'a', label: 'one' },
    { key: 'b', label: 'two' },
    { key: 'c', label: 'three' },
  ];

  test('say what the prediction was worth', () => {
    const words = (chosen: string, found: readonly string[]) =>
      predictionWords({ choices }, chosen, { choices: found, text: '' });
    expect(words('a', ['a'])).toBe('You predicted: one. So it is.');
    expect(words('a', ['b'])).toBe('You predicted: one. These runs say: two.');
    expect(words('a', ['b', 'c'])).toBe('You predicted: one. These runs say: two and three.');
    expect(words('a', ['a', 'b'])).toMatch(/though the runs do not tell it from one other choice/);
    const computed = predictionWords({ choices, arms: [] }, 'a', { choices: ['b'], text: '' });
    expect(computed).toBe('You predicted: one. The computation says: two.');
    expect(words('a', [])).toBe('You predicted: one. None of the choices fits these runs.');
  });

  test('say where the runs disagree with the paper', () => {
    const paper = { text: 'The paper reports one.', choice: 'a' };
    const words = (found: string) => paperWords({ paper }, { choices: [found], text: '' });
    expect(words('a')).toBe('The paper reports one. The same is found here.');
    expect(words('b')).toBe('The paper reports one. Something else is found here.');
    expect(paperWords({}, { choices: ['a'], text: '' })).toBeNull();
    expect(verdictLead({ outcome: 'not seen' })).toBe('Here unlike in the paper');
    expect(verdictLead({ outcome: 'seen' })).toBe('Here as in the paper');
    expect(verdictLead({ outcome: 'too few seeds' })).toBe('Open here');
  });
});

describe('a run of one’s own', () => {
  test('is set in the playground by a link that names it', () => {
    expect(parseLink(playgroundLink('warmup-30', 'bench')!)).toMatchObject({
      place: 'playground',
      settings: { warmup: 30, epochs: 50, swap: false, scale: 'bench' },
      seeds: [OWN_SEED],
      problems: [],
    });
    expect(playgroundLink('no-skip', 'tiny')).toContain('ops=none,1x1,3x3,avg');
  });

  test.each(['alpha-.003', 'long', 'sweep-.003', 'one-shot-1'] as const)(
    'no link can name %s',
    (arm) => expect(playgroundLink(arm, 'bench')).toBeNull(),
  );

  test('has a seed that is neither recorded nor of calibration', () => {
    expect(recorded.flatMap(({ seeds }) => seeds)).not.toContain(OWN_SEED);
  });
});
