import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { TraceError } from '../../../src/trace/error';
import { readFigure, withFigureData, type FigureView } from '../../../src/trace/figure';
import { readRunFile } from '../../../src/trace/run-file';
import { svgMetadata } from '../../../src/trace/svg';
import { writeTrace } from '../../../src/trace/write';
import { syntheticFork, syntheticRun, syntheticUid } from '../../support/synthetic-run';

const PICTURE =
  '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">' +
  '<title>A &lt;title&gt;</title><desc/><path d="M0 0L9 9"/></svg>\n';
const run = await syntheticRun({ seed: 1, epochs: 4, settings: { scale: 'c4-n1-r8-i100' } });
const fork = await syntheticFork(run, 2, { swap: true }, { name: 'Zoë’s 3×3 → 日本' });
const view: FigureView = {
  place: 'playground',
  shown: run.uid,
  compared: fork.uid,
  focus: null,
  epoch: 3,
};
const figure = await withFigureData(PICTURE, [run, fork], view);

async function refusal(read: Promise<unknown>) {
  try {
    await read;
  } catch (error) {
    if (error instanceof TraceError) return error.message;
    throw error;
  }
  throw new Error('It was read.');
}
/** A picture that carries something else. */
const carrying = (value: unknown) =>
  PICTURE.replace(
    '<desc/>',
    `<metadata id="alphascope-figure">${gzipSync(JSON.stringify(value)).toString('base64')}</metadata>`,
  );
const data = () =>
  JSON.parse(
    gunzipSync(Buffer.from(svgMetadata(figure, 'alphascope-figure')!, 'base64')).toString(),
  ) as Record<string, unknown>;

describe('a figure', () => {
  test('gives back the runs and the view that were put in, and is the same picture', async () => {
    expect(await readFigure(figure)).toEqual({ runs: [run, fork], view });
    expect(figure.replace(/<metadata.*<\/metadata>/, '')).toBe(PICTURE);
    const experiments = { place: 'experiments', figure: '2(a)', scale: 'bench' } as const;
    const other = await withFigureData(PICTURE, [run], experiments);
    expect((await readFigure(other)).view).toEqual(experiments);
    const staged = { ...view, stage: 1 } as const;
    const third = await withFigureData(PICTURE, [run, fork], staged);
    expect((await readFigure(third)).view).toEqual(staged);
    await expect(readFigure(carrying({ ...data(), view: { ...view, stage: 3 } }))).rejects.toThrow(
      /view\.stage/,
    );
    // Equal runs and views give equal bytes.
    expect(await withFigureData(PICTURE, [fork, run], view)).toBe(figure);
  });

  test('is told from a trace by what it holds, not by its name', async () => {
    const blob = (text: string) => new Blob([text]);
    expect(await readRunFile(blob(figure))).toEqual({ runs: [run, fork], view });
    expect(await readRunFile(blob(`\ufeff \n${figure}`))).toEqual({ runs: [run, fork], view });
    const text = writeTrace([run]);
    expect(await readRunFile(blob(text))).toEqual({ runs: [run], view: null });
    expect(await readRunFile(new Blob([gzipSync(text)]))).toEqual({ runs: [run], view: null });
  });

  test('may have been through an editor', async () => {
    const [, packed] = /<metadata id="alphascope-figure">(.*)<\/metadata>/.exec(figure)!;
    const lines = packed!.replace(/.{76}/g, '$&\r\n      ');
    const edited = `<!-- <metadata id="alphascope-figure">no</metadata> -->
      <svg:svg xmlns:svg='http://www.w3.org/2000/svg' a='"&gt;"'>
      <svg:metadata id="other"><rdf:RDF xmlns:rdf="x"/></svg:metadata>
      <![CDATA[ <metadata id="alphascope-figure">no</metadata> ]]>
      <svg:metadata
        inkscape:label = "x>y" id = 'alphascope-figure'>${lines}<!-- kept --></svg:metadata >
      </svg:svg>`;
    expect((await readFigure(edited)).runs).toEqual([run, fork]);
  });
});

describe('a figure is refused', () => {
  test.each([
    ['<html><body/></html>', 'it is <html> and not <svg>'],
    ['<svg>', '<svg> is not closed'],
    ['<svg></g>', '</g> closes <svg>'],
    ['<svg/><svg/>', 'it has a second outermost element'],
    ['<svg/>text', 'text stands outside of all elements'],
    ['<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', 'it has a document type'],
    ['<svg><!-- </svg>', '--> is missing'],
    ['<svg><![CDATA[ </svg>', ']]> is missing'],
    ['<?xml <svg/>', '?> is missing'],
    ['<svg a=b></svg>', 'a value without quotes'],
    ['<svg a="b></svg>', 'a value is not closed'],
    ['<svg a="<"></svg>', 'a value is not closed'],
    ['<svg a="1" a="2"></svg>', '<svg> has a twice'],
    ['<svg a="1"b="2"></svg>', 'white space is missing in <svg>'],
    ['<svg a></svg>', '= is missing'],
    ['<svg><></svg>', 'a name is missing'],
    ['<', 'a name is missing'],
    [
      '<svg><metadata id="alphascope-figure"/><metadata id="alphascope-figure"/></svg>',
      'it holds data twice',
    ],
    [
      '<svg><metadata id="alphascope-figure"><a/></metadata></svg>',
      'the data hold an element, <a>',
    ],
    ['<svg><metadata id="alphascope-figure">&lt;</metadata></svg>', 'no base64'],
    ['<svg><metadata id="alphascope-figure">AAAA</metadata></svg>', 'is not JSON'],
    ['<svg><metadata id="alphascope-figure">H4sIAAAA</metadata></svg>', 'cut off or damaged'],
    [PICTURE, 'carries no data of Alphascope'],
  ])('%s', async (text, reason) => {
    expect(await refusal(readFigure(text))).toContain(reason);
  });

  test('where it is nested without end', async () => {
    const nested = `<svg>${'<g>'.repeat(300)}`;
    expect(await refusal(readFigure(nested))).toContain('nested deeper than 256 levels');
  });

  test('where its data break a rule, with the place', async () => {
    const bad = (change: object) => refusal(readFigure(carrying({ ...data(), ...change })));
    expect(await bad({ version: 2 })).toContain('$.version is 2: made by a newer version');
    expect(await bad({ format: 'alphascope-trace' })).toContain('$.format must be');
    expect(await bad({ script: 'alert(1)' })).toContain('$.script is not a key');
    expect(await bad({ view: { place: 'elsewhere' } })).toContain('$.view');
    expect(await bad({ view: { ...view, epoch: 1.5 } })).toContain('$.view.epoch');
    expect(await bad({ view: { ...view, focus: syntheticUid(77) } })).toBe(
      '$.view.focus is no run of this figure',
    );
    const document = (runs: unknown[]) => ({
      trace: { format: 'alphascope-trace', version: 2, runs },
    });
    expect(await bad(document([{ ...run, seed: 2 }]))).toContain('$.trace.runs[0].digest');
    expect(await bad(document([run, run]))).toContain('$.trace.runs[1].uid is that of run 0');
    expect(await bad({ trace: 3 })).toContain('$.trace.format must be "alphascope-trace"');
  });

  test('where it is too large, before it is read or unpacked', async () => {
    const large = new Blob([figure]);
    const unread = Object.assign(large, {
      arrayBuffer: () => Promise.reject(new Error('It was read.')),
    });
    expect(await refusal(readRunFile(unread, 100))).toContain('at most 100 are read');
    const bomb = gzipSync(new Uint8Array(64 * 2 ** 20)).toString('base64');
    const packed = PICTURE.replace(
      '<desc/>',
      `<metadata id="alphascope-figure">${bomb}</metadata>`,
    );
    expect(packed.length).toBeLessThan(2 ** 20);
    expect(await refusal(readFigure(packed, 2 ** 20))).toContain('bytes are unpacked');
  });

  test('in time that grows with its length alone', async () => {
    const spaces = ' '.repeat(2 ** 20);
    for (const text of [
      `<svg${spaces}`,
      `<svg a="${spaces}`,
      `<svg${' a'.repeat(2 ** 18)}`,
      `<svg>${'<!---->'.repeat(2 ** 17)}`,
      `<svg>${'<g/>'.repeat(2 ** 18)}`,
      '<'.repeat(2 ** 20),
    ]) {
      const started = performance.now();
      await refusal(readFigure(text));
      expect(performance.now() - started).toBeLessThan(5000);
    }
  });
});
