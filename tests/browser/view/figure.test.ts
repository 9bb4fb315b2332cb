import { afterEach, describe, expect, test, vi } from 'vitest';
import { readFigure } from '../../../src/trace/figure';
import { syntheticFork, syntheticRun, syntheticUid } from '../../support/synthetic-run';
import { downloaded, drop } from './files';
import { openPage, theStore, usePage } from './page';

usePage();
afterEach(() => vi.restoreAllMocks());

describe('a saved figure', () => {
  test('dropped where its runs are not brings them and the view back', async () => {
    const store = await theStore();
    const settings = { scale: 'c4-n1-r8-i100', swap: true };
    const runs = await Promise.all(
      [0, 1].map((seed) => syntheticRun({ seed, epochs: 12, settings })),
    );
    const fork = await syntheticFork(runs[1]!, 4, { frozen: true }, { uid: syntheticUid(9) });
    await store.importRuns([...runs, { ...fork, name: 'frozen branch' }]);
    const { app, screen } = await openPage();
    const keyOf = (name: string) => app.library.groups.find((group) => group.name === name)!.key;
    await app.showRegime(keyOf(runs[0]!.name));
    await app.compareRegime(keyOf('frozen branch'));
    app.clock.seek(7);
    const files = screen.getByRole('group', { name: 'Files of figure operation magnitude' });
    const file = await downloaded(() => files.getByRole('button', { name: 'SVG' }).click());
    expect(file.name).toBe('alphascope-figure-operationmagnitude.svg');

    const text = await file.text();
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    expect(parsed.querySelectorAll('metadata')).toHaveLength(1);
    expect(parsed.querySelector('parsererror')).toBeNull();
    const { runs: carried, view } = await readFigure(text);
    // A fork is drawn beside its parent alone.
    expect(carried.map(({ uid }) => uid)).toEqual([runs[1]!.uid, fork.uid]);
    expect(view).toMatchObject({ shown: runs[1]!.uid, compared: fork.uid, epoch: 7 });

    await app.library.remove(app.library.runs.map(({ uid }) => uid));
    await expect.poll(() => app.library.series).toEqual([]);
    location.hash = '#/softmax';
    await expect.poll(() => app.place).toBe('softmax');
    drop(file);
    await expect.poll(() => app.library.series.map(({ from }) => from)).toEqual([undefined, 4]);
    await expect.poll(() => app.clock.epoch).toBe(7);
    await expect.poll(() => app.place).toBe('playground');
    expect(app.form.swap).toBe(true);
    expect(await store.readRun(fork.uid)).toEqual({ ...fork, name: 'frozen branch' });
    await expect
      .element(screen.getByText(/^A and B are one run up to epoch 4; B has alpha frozen/))
      .toBeVisible();

    // Runs that are here already stay as they are; the view is restored all the same.
    app.clock.seek(2);
    drop(file);
    await expect.element(screen.getByText(/^No new run; 2 runs already here/)).toBeVisible();
    await expect.poll(() => app.clock.epoch).toBe(7);
  });

  test('that carries nothing, or something wrong, is refused with the reason', async () => {
    const { app, screen } = await openPage();
    const svg = (inner: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" onload="document.title='harm'">${inner}</svg>`;
    for (const [inner, reason] of [
      ['<script>document.title = "harm"</script>', 'an SVG that carries no data'],
      ['<metadata id="alphascope-figure">bm90aGluZw==</metadata>', 'is not JSON'],
      ['<foreignObject><p></foreignObject>', '</foreignObject> closes <p>'],
    ] as const) {
      drop(new File([svg(inner)], 'figure.svg', { type: 'image/svg+xml' }));
      await expect
        .element(screen.getByText(new RegExp(`figure\\.svg: \\$ .*${reason}`)))
        .toBeVisible();
    }
    expect(app.library.runs).toEqual([]);
    expect(document.title).not.toBe('harm');
    expect(document.querySelector('foreignObject')).toBeNull();
  });
});
