import { afterEach, describe, expect, test } from 'vitest';
import { importEverything, readEverything } from '../../../src/store/everything';
import { writeArchive } from '../../../src/trace/archive-write';
import { readTraceBlob } from '../../../src/trace/unpack';
import { readTrace } from '../../../src/trace/read';
import { inventedArchive } from '../../support/invented-archive';
import { downloaded } from './files';
import { openPage, theStore, usePage } from './page';

usePage();

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const button = (screen: Screen, name: string) => screen.getByRole('button', { name, exact: true });

const FOLDER = 'finished runs';

afterEach(async () => {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
});

/** Leaves nothing in the store but the checkpoint of a cell. */
async function clear(): Promise<void> {
  const store = await theStore();
  const { runs, cells, tables } = await readEverything(store);
  await store.deleteRuns(runs.map(({ uid }) => uid));
  await store.cells.remove(cells);
  for (const { id } of tables) await store.tables.remove(id);
}

async function trained(seeds: string) {
  const opened = await openPage({ hash: `#epochs=2&seeds=${seeds}`, manner: 'fast' });
  await opened.app.library.refresh();
  await button(opened.screen, 'Train').click();
  await expect
    .poll(() => opened.app.library.runs.filter(({ state }) => state === 'finished').length)
    .toBeGreaterThan(0);
  return opened;
}

describe('runs that are kept', () => {
  test('the first finished one makes the page ask for persistence, once and in words', async () => {
    const { screen, app } = await trained('0');
    await expect
      .element(screen.getByRole('status', { name: 'Messages' }))
      .toHaveTextContent(/The browser (has promised to keep|promises nothing)/);
    await expect.poll(async () => (await theStore()).readMeta('persistence-asked')).toBe(true);
    const persisted = app.library.usage?.persisted === true;
    const words = persisted ? /has promised not to delete them/ : /may delete them/;
    await expect.element(screen.getByText(words)).toBeVisible();
  });

  test('all that is here goes into one packed file, which brings it along elsewhere', async () => {
    const { screen, app } = await trained('0-2');
    await expect.poll(() => app.library.runs.length).toBe(3);
    await expect.poll(() => app.library.runs.every(({ state }) => state === 'finished')).toBe(true);
    const invented = await inventedArchive();
    await importEverything(await theStore(), invented);
    const before = await readEverything(await theStore());

    const file = await downloaded(() => button(screen, 'Export everything').click());
    expect(file.name).toMatch(/^alphascope-everything-\d{8}-\d{6}\.json\.gz$/);
    await expect
      .element(screen.getByRole('status', { name: 'Messages' }))
      .toHaveTextContent('Exported 5 runs, 1 result of cells, 1 table and 2 checkpoints.');
    const { runs } = await readTraceBlob(file);
    expect(runs).toEqual(before.runs);

    await clear();
    await app.import([file]);
    expect(await readEverything(await theStore())).toEqual(before);
    await expect
      .element(screen.getByRole('status', { name: 'Messages' }))
      .toHaveTextContent('Imported 5 runs, 1 result of cells, 1 table and 1 checkpoint.');
  });

  test('a bad part of it is told with place and reason, and the rest comes along', async () => {
    const { screen, app } = await openPage();
    const { blob } = await writeArchive(await inventedArchive());
    const text = (await blob.text()).replace('"testAccuracy":0.4', '"testAccuracy":0.5');
    await app.import([new File([text], 'everything.json')]);
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/everything\.json: \$\.cells\[0\]\.digest does not match/);
    const { runs, checkpoints, cells, cellCheckpoints, tables } = await readEverything(
      await theStore(),
    );
    const counts = [runs, checkpoints, cells, cellCheckpoints, tables].map((list) => list.length);
    expect(counts).toEqual([2, 1, 0, 1, 1]);
  });
});

describe('a folder of the visitor’s', () => {
  test('takes every finished run, and is remembered', async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(FOLDER, { create: true });
    const { app, screen } = await openPage({ hash: '#epochs=2&seeds=0-1', manner: 'fast' });
    await app.folder.use(folder);
    await expect.element(screen.getByText(/are saved to the folder finished runs/)).toBeVisible();
    await button(screen, 'Train').click();
    await expect.poll(() => app.folder.saved).toBe(2);
    const store = await theStore();
    for (const { uid } of await store.listRuns()) {
      const file = await (await folder.getFileHandle(`alphascope-${uid}.json`)).getFile();
      expect((await readTrace(await file.text())).runs).toEqual([await store.readRun(uid)]);
    }

    const again = await openPage();
    await expect.poll(() => again.app.folder.name).toBe(FOLDER);
    await again.app.folder.forget();
    expect(await store.readMeta('folder')).toBe('');
  });

  test('that is gone is told, and the run stays', async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(FOLDER, { create: true });
    const { app, screen } = await openPage({ hash: '#epochs=2&seeds=0', manner: 'fast' });
    await app.folder.use(folder);
    await root.removeEntry(FOLDER);
    await button(screen, 'Train').click();
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/could not be saved to the folder finished runs.*kept in this browser/s);
    expect(await (await theStore()).listRuns()).toHaveLength(1);
  });
});
