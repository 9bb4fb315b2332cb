import { access, constants, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadSearchData } from '../src/data/source';
import { openDevice } from '../src/engine/device';
import { deviations } from '../src/paper/deviations';
import { formatSeeds, parseSeeds } from '../src/paper/seeds';
import { regimeLabel } from '../src/paper/regime';
import { resolveConfig } from '../src/paper/resolve';
import { validateSettings } from '../src/paper/validate';
import { configDigest, runDigest } from '../src/trace/digest';
import { readTrace } from '../src/trace/read';
import type { EpochRecord, RunHead, TraceRun } from '../src/trace/types';
import { writeTrace } from '../src/trace/write';
import { trainRun } from '../src/trainer/loop';

/* `npm run search`: the page's run loop in Node, on wasm, one trace file per seed. */

const USAGE = `usage: npm run search -- --out DIR [--scale tiny] [--seeds 0-4] [--epochs 50]
                             [--swap] [--warmup 0] [--l2 0.001]
                             [--ops none,skip_connect,nor_conv_1x1,nor_conv_3x3,avg_pool_3x3]

Trains every seed on the CPU (wasm) and writes one trace per seed to DIR, which the page imports.
A seed whose finished trace is in DIR already is passed over.`;

/** Flags by the field that a problem names. */
const FLAGS: Readonly<Record<string, string>> = {
  Epochs: 'epochs',
  'Warm-up epochs': 'warmup',
  'Alpha L2': 'l2',
  Operations: 'ops',
  Scale: 'scale',
};

class UsageError extends Error {}

interface Order {
  readonly settings: ReturnType<typeof validateSettings>['settings'];
  readonly seeds: readonly number[];
  readonly out: string;
}

function readOrder(argv: readonly string[]): Order {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        scale: { type: 'string' },
        seeds: { type: 'string', default: '0-4' },
        epochs: { type: 'string' },
        swap: { type: 'boolean', default: false },
        warmup: { type: 'string' },
        l2: { type: 'string' },
        ops: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) throw new UsageError('');
  if (typeof values.out !== 'string') throw new UsageError('--out is missing.');
  const { seeds, out, scale, epochs, swap, warmup, l2, ops } = values;
  const settable = Object.entries({ scale, epochs, swap, warmup, l2, ops });
  const given = Object.fromEntries(settable.filter(([, value]) => value !== undefined));
  const { settings, problems } = validateSettings(given);
  const first = problems[0];
  if (first) throw new UsageError(`--${FLAGS[first.field] ?? first.field}: ${first.message}`);
  try {
    return { settings, seeds: parseSeeds(String(seeds)), out: path.resolve(String(out)) };
  } catch (error) {
    throw new UsageError(`--seeds: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function finished(file: string): Promise<boolean> {
  try {
    const { runs } = await readTrace(await readFile(file, 'utf8'));
    return runs[0]?.state === 'finished';
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  const root = process.cwd();
  const { settings, seeds, out } = readOrder(process.argv.slice(2));
  await mkdir(out, { recursive: true });
  await access(out, constants.W_OK);
  const config = resolveConfig(settings);
  const { resolution, images } = config.effective.scale;
  const folder = path.join(root, 'public', 'data');
  const data = await loadSearchData({
    resolution,
    images,
    cache: null,
    fetchBytes: async (file) => new Uint8Array(await readFile(path.join(folder, file))),
  });
  const wasm = path.join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/dist') + path.sep;
  const device = await openDevice('wasm', wasm);
  const label = regimeLabel(settings);
  console.log(
    `${label}, scale ${settings.scale}, seeds ${formatSeeds(seeds)} on ${device.adapter}`,
  );
  for (const seed of seeds) {
    const slug = `${label}-${settings.scale}-s${seed}`
      .replaceAll(/[^a-z0-9.]+/gi, '-')
      .toLowerCase();
    const file = path.join(out, `${slug}.json`);
    if (await finished(file)) {
      console.log(`seed ${seed}: ${file} is finished already`);
      continue;
    }
    const head: Omit<RunHead, 'state' | 'events'> = {
      uid: crypto.randomUUID(),
      name: label,
      seed,
      createdAt: new Date().toISOString(),
      config,
      configDigest: await configDigest({ config, data: data.identity }),
      deviations: deviations(config),
      environment: { build: __BUILD__, backend: device.name, adapter: device.adapter },
      data: data.identity,
      toggles: [],
    };
    const epochs: EpochRecord[] = [];
    const start = performance.now();
    for await (const progress of trainRun({
      seed,
      config,
      data,
      device,
      from: null,
      toggles: () => [],
    })) {
      if (progress.type !== 'epoch') continue;
      epochs.push(progress.record);
      const { epoch, lossValid, accValid, arch } = progress.record;
      const elapsed = ((performance.now() - start) / 1000).toFixed(0);
      console.log(
        `seed ${seed} epoch ${epoch} ${elapsed}s valid loss ${lossValid.toFixed(3)} ` +
          `accuracy ${(100 * accValid).toFixed(1)} % ${arch}`,
      );
    }
    const run: Omit<TraceRun, 'digest'> = {
      ...head,
      state: 'finished',
      events: [
        { kind: 'started', epoch: 0, at: head.createdAt, detail: `seed ${seed} on ${device.name}` },
        {
          kind: 'finished',
          epoch: epochs.length,
          at: new Date().toISOString(),
          detail: `${epochs.length} epochs`,
        },
      ],
      epochs,
    };
    const text = writeTrace([{ ...run, digest: await runDigest(run) }]);
    await writeFile(`${file}.part`, text);
    await rename(`${file}.part`, file);
    console.log(`seed ${seed}: ${file}, ${((await stat(file)).size / 1e6).toFixed(2)} MB`);
  }
}

try {
  await main();
} catch (error) {
  if (error instanceof UsageError) {
    console.error(error.message ? `${error.message}\n\n${USAGE}` : USAGE);
    process.exitCode = error.message ? 2 : 0;
  } else {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
