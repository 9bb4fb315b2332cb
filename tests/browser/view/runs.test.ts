import { describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import { readTrace } from '../../../src/trace/read';
import { writeTrace } from '../../../src/trace/write';
import { packed } from '../../support/packed';
import { syntheticRun, syntheticUid } from '../../support/synthetic-run';
import { downloaded } from './files';
import { openPage, theStore, usePage } from './page';

usePage();

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const button = (screen: Screen, name: string | RegExp) => screen.getByRole('button', { name });

/** Two regimes: baseline with three seeds, swapped with two, the latter being younger. */
async function twoRegimes() {
  const baseline = await Promise.all([0, 1, 2].map((seed) => syntheticRun({ seed, epochs: 6 })));
  const swapped = await Promise.all(
    [0, 1].map((seed) =>
      syntheticRun({
        seed,
        epochs: 4,
        settings: { swap: true, epochs: 6 },
        uid: syntheticUid(100 + seed),
        createdAt: `2026-02-01T10:0${seed}:00.000Z`,
      }),
    ),
  );
  return { baseline, swapped, all: [...baseline, ...swapped] };
}

function fileOf(text: BlobPart, name = 'trace.json'): File {
  return new File([text], name, { type: 'application/json' });
}

describe('the table', () => {
  test('groups runs by regime and shows the newest after a reload', async () => {
    const { all } = await twoRegimes();
    await (await theStore()).importRuns(all);
    const { screen } = await openPage();
    const rows = screen.getByRole('table', { name: /Runs of this browser/ }).getByRole('row');
    await expect.poll(() => rows.elements().length).toBe(3);
    await expect
      .element(screen.getByRole('row', { name: /tiny Seeds 0-1 .* stopped 4 \/ 6 cpu/ }))
      .toBeVisible();
    await expect
      .element(screen.getByRole('row', { name: /tiny Seeds 0-2 .* finished 6 \/ 6 cpu/ }))
      .toBeVisible();
    await expect
      .element(screen.getByText('swapped rates · mean of seeds 0-1 · epoch 4 of 6'))
      .toBeVisible();

    await button(screen, 'Show baseline').click();
    await expect
      .element(screen.getByText('baseline · mean of seeds 0-2 · epoch 6 of 6'))
      .toBeVisible();
    await button(screen, 'Seeds 0-2 of baseline, one by one').click();
    await expect.poll(() => rows.elements().length).toBe(6);
    const last = all.find(({ name, seed }) => name === 'baseline' && seed === 2)!.epochs.at(-1)!;
    await expect
      .element(screen.getByRole('link', { name: 'Train the cell of seed 2 of baseline' }))
      .toHaveAttribute('href', `#/cell?arch=${encodeURIComponent(last.arch)}`);
  });

  test('a second regime is drawn over the first, with what differs', async () => {
    const { all } = await twoRegimes();
    await (await theStore()).importRuns(all);
    const { screen, app } = await openPage();
    await button(screen, 'Show baseline').click();
    await button(screen, 'Compare swapped rates').click();
    await expect
      .poll(() => app.library.series.map(({ label }) => label))
      .toEqual(['baseline', 'swapped rates']);
    await expect.element(screen.getByRole('heading', { name: 'What differs' })).toBeVisible();
    await expect.element(screen.getByRole('row', { name: /^swap false true/ })).toBeVisible();
    await expect
      .element(screen.getByRole('row', { name: /^weights.schedule cosine constant/ }))
      .toBeVisible();
    await button(screen, 'Compare swapped rates').click();
    await expect.poll(() => app.library.series).toHaveLength(1);
  });

  test('a new name goes to every seed and is kept', async () => {
    const { baseline } = await twoRegimes();
    const store = await theStore();
    await store.importRuns(baseline);
    const { screen } = await openPage();
    const name = screen.getByRole('textbox', { name: 'Name of baseline' });
    await name.fill('Monday’s class');
    await userEvent.keyboard('{Enter}');
    await expect
      .poll(async () => (await store.listRuns()).map((run) => run.name))
      .toEqual(['Monday’s class', 'Monday’s class', 'Monday’s class']);
    await expect.element(screen.getByText(/Monday’s class · mean of seeds 0-2/)).toBeVisible();
  });

  test('what is deleted comes back whole', async () => {
    const { all, baseline } = await twoRegimes();
    const store = await theStore();
    await store.importRuns(all);
    const before = writeTrace(
      await Promise.all(all.map(async ({ uid }) => (await store.readRun(uid))!)),
    );
    const { screen } = await openPage();
    await button(screen, 'Delete baseline').click();
    await expect.poll(async () => (await store.listRuns()).length).toBe(2);
    await expect.element(screen.getByText('Deleted 3 runs.')).toBeVisible();
    await button(screen, 'Undo').click();
    await expect.poll(async () => (await store.listRuns()).length).toBe(5);
    expect(
      writeTrace(await Promise.all(all.map(async ({ uid }) => (await store.readRun(uid))!))),
    ).toBe(before);
    expect(baseline).toHaveLength(3);
  });

  test('a change in another tab arrives by itself', async () => {
    const { screen } = await openPage();
    await expect.element(screen.getByText(/No runs yet/)).toBeVisible();
    const { baseline } = await twoRegimes();
    await (await theStore()).importRuns(baseline);
    await expect.element(button(screen, 'Show baseline')).toBeVisible();
    await expect.element(screen.getByText(/mean of seeds 0-2/).first()).toBeVisible();
  });
});

describe('files', () => {
  test('exports what is on screen, or what is selected, as it is stored', async () => {
    const { all, baseline, swapped } = await twoRegimes();
    await (await theStore()).importRuns(all);
    const { screen } = await openPage();
    await expect.element(screen.getByText('2 runs on screen')).toBeVisible();
    const shown = await downloaded(() => button(screen, 'Export JSON').click());
    expect(shown.name).toMatch(/^alphascope-swapped-rates-\d{8}-\d{6}\.json$/);
    expect(await shown.text()).toBe(writeTrace(swapped));

    await screen.getByRole('checkbox', { name: 'Select baseline' }).click();
    await expect.element(screen.getByText('3 selected runs')).toBeVisible();
    const selected = await downloaded(() => button(screen, 'Export JSON').click());
    expect(await selected.text()).toBe(writeTrace(baseline));

    const table = await downloaded(() => button(screen, 'CSV').click());
    const lines = (await table.text()).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + 3 * 6 * 6 * 5);
  });

  test('imports a trace, shows it, and reports what it knows already', async () => {
    const { baseline } = await twoRegimes();
    const { screen, app } = await openPage();
    const input = screen.getByLabelText(/^Trace files/);
    await userEvent.upload(input, fileOf(writeTrace(baseline)));
    await expect.element(screen.getByText('Imported 3 runs.')).toBeVisible();
    await expect
      .element(screen.getByText('baseline · mean of seeds 0-2 · epoch 6 of 6'))
      .toBeVisible();
    // Packed it is the same file, and no archive of images.
    await userEvent.upload(input, fileOf(await packed(writeTrace(baseline)), 'trace.json.gz'));
    await expect
      .element(
        screen.getByText(new RegExp(`No new run; 3 runs already here .*${baseline[0]!.uid}`)),
      )
      .toBeVisible();
    expect(app.library.runs).toHaveLength(3);
    expect(app.library.isRecorded).toBe(false);
  });

  test('a wrong file is refused with the place and the reason, and the others count', async () => {
    const { baseline } = await twoRegimes();
    const good = writeTrace(baseline);
    const bad = good.replace('"accTrain":0.', '"accTrain":7.');
    const { screen, app } = await openPage();
    await app.import([
      fileOf('{', 'half.json'),
      fileOf(bad, 'bad.json'),
      fileOf(good, 'good.json'),
    ]);
    const alert = screen.getByRole('alert');
    await expect.element(alert).toHaveTextContent(/half\.json: /);
    await expect
      .element(alert)
      .toHaveTextContent(/bad\.json: \$\.runs\[0\]\.epochs\[0\]\.accTrain/);
    await expect.element(screen.getByText('Imported 3 runs.')).toBeVisible();
    const { runs } = await readTrace(good);
    expect(app.library.runs).toHaveLength(runs.length);
  });

  test('what a stranger writes stays text, in whatever place', async () => {
    const markup = '<img src=x onerror="globalThis.done=1">';
    const run = await syntheticRun({ seed: 0, epochs: 2, name: markup });
    const adapter = '<b onclick=alert(1)>GPU</b>';
    const strange = { ...run, environment: { ...run.environment, adapter } };
    const { screen, app } = await openPage();
    await app.import([fileOf(writeTrace([strange]), `${markup}.json`)]);
    await expect
      .element(screen.getByRole('textbox', { name: `Name of ${markup}` }))
      .toHaveValue(markup);
    await app.import([fileOf('{"<script>": 1}', `${markup}.json`)]);
    await expect.element(screen.getByRole('alert')).toHaveTextContent(`${markup}.json: $`);
    expect(document.querySelector('img, [onerror], [onclick]')).toBeNull();
    expect('done' in globalThis).toBe(false);
  });

  test('files of 200 MB, plain and packed, are refused while the page goes on', async () => {
    const { screen, app } = await openPage();
    const piece = new Uint8Array(2 ** 20).fill(32);
    const plain = new Blob(Array<Uint8Array<ArrayBuffer>>(200).fill(piece));
    const zipped = await new Response(
      plain.stream().pipeThrough(new CompressionStream('gzip')),
    ).blob();
    let longest = 0;
    let last = performance.now();
    const clock = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 10);
    await app.import([fileOf(plain, 'large.json'), fileOf(zipped, 'bomb.json.gz')]);
    clearInterval(clock);
    const alert = screen.getByRole('alert');
    await expect.element(alert).toHaveTextContent(/large\.json: \$ is too large: it has 209715200/);
    await expect.element(alert).toHaveTextContent(/bomb\.json\.gz: \$ is too large.*unpacked/);
    // Unpacking takes a second and more; none of it on the thread that draws.
    expect(longest).toBeLessThan(1000);
  });

  test('a file dropped anywhere is imported', async () => {
    const { baseline } = await twoRegimes();
    const { screen } = await openPage();
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(fileOf(writeTrace(baseline)));
    const send = (type: string) =>
      document.body.dispatchEvent(
        new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
      );
    send('dragenter');
    await expect.element(screen.getByText(/^Drop a trace to import its runs/)).toBeVisible();
    send('drop');
    await expect.element(screen.getByText('Imported 3 runs.')).toBeVisible();
    expect(screen.getByText(/^Drop a trace to import its runs/).query()).toBeNull();
  });

  test('archives of images go to the trainer, which may refuse them', async () => {
    const { screen, app } = await openPage();
    await app.import([new File(['x'], 'holiday.tar.gz')]);
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/These images cannot be used.*holiday\.tar\.gz is not CIFAR-10/);
    await app.import([new File(['x'], 'good.bin')]);
    await expect
      .element(screen.getByText('CIFAR-10 is kept in this browser (73 MB); nothing is downloaded.'))
      .toBeVisible();
    expect(screen.getByRole('alert').query()).toBeNull();
  });
});
