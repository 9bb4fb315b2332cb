import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/ensure.mjs';
import { checkLayers, importsOf } from '../../../scripts/layers.mjs';
import { withFolder, write } from './project';

const PAPER = { 'src/paper/cell.ts': 'export type Cell = string;\nexport const cell = 1;\n' };
const ENGINE = { 'src/engine/net.ts': 'export type Net = string;\nexport const net = 1;\n' };
const TRAINER = {
  'src/trainer/client.ts': "export const w = () => new URL('./worker.ts', import.meta.url);\n",
  'src/trainer/protocol.ts': 'export type Command = string;\n',
  'src/trainer/worker.ts': "import { net } from '../engine/net';\nexport const w = net;\n",
};

/** What the check says of these files: `file: why`. */
const problems = (files: Readonly<Record<string, string>>) =>
  withFolder((folder) => {
    write(folder, files);
    return checkLayers(folder).problems.map(({ file, why }) => `${file}: ${why}`);
  });

describe('a planted wrong import is found', () => {
  test.each([
    ['a value', "import { net } from '../engine/net';"],
    ['a type', "import type { Net } from '../engine/net';"],
    ['a type, in passing', "export const n = (x: import('../engine/net').Net) => x;"],
    ['a re-export', "export * from '../engine/net';"],
    ['for its effects', "import '../engine/net';"],
    ['at run time', "export const n = () => import('../engine/net');"],
    ['as a worker', "export const n = () => new URL('../engine/net.ts', import.meta.url);"],
  ])('%s', async (_, line) => {
    expect(await problems({ ...ENGINE, 'src/paper/wrong.ts': `${line}\n` })).toEqual([
      expect.stringMatching(/^src\/paper\/wrong\.ts: paper comes before engine/),
    ]);
  });

  test.each([
    ['instance', '<script lang="ts">\n  import type { Net } from "../engine/net";\n</script>'],
    ['module', '<script module lang="ts">\n  import { net } from "../engine/net";\n</script>'],
    ['markup', '{#await import("../engine/net") then net}{net.net}{/await}'],
  ])('in a component (%s)', async (_, source) => {
    expect(await problems({ ...ENGINE, 'src/view/Wrong.svelte': source })).toEqual([
      'src/view/Wrong.svelte: the view may not import engine: it talks to a trainer',
    ]);
  });

  test.each([
    ['src/view/wrong.ts', '../trainer/worker', 'the view may only import trainer/protocol'],
    ['src/main.ts', './engine/net', 'the view may not import engine'],
    ['src/store/wrong.ts', '../trainer/client', 'store comes before trainer'],
    [
      'src/engine/wrong.ts',
      '../../tests/support',
      "may only import from src/, not 'tests/support'",
    ],
    ['src/engine/wrong.ts', '../main', "not 'src/main'"],
    ['cli/wrong.ts', '../src/view/App.svelte', 'cli may not import view'],
    ['src/paper/wrong.ts', '@tensorflow/tfjs-core', 'TensorFlow.js belongs to engine alone'],
    ['src/trainer/wrong.ts', 'idb', 'IndexedDB belongs to store alone'],
    ['src/trace/wrong.ts', 'd3-array', 'drawing belongs to view alone'],
    ['src/trainer/wrong.ts', 'svelte/store', 'drawing belongs to view alone'],
    ['src/data/wrong.ts', 'node:fs', 'src/ runs in the browser'],
  ])('%s importing %s', async (file, specifier, why) => {
    const found = await problems({ ...TRAINER, ...ENGINE, [file]: `import '${specifier}';\n` });
    expect(found).toEqual([expect.stringContaining(why)]);
    expect(found[0]).toMatch(new RegExp(`^${file}: `));
  });

  test('in a folder that is not a layer', async () => {
    expect(await problems({ 'src/util/helper.ts': 'export {};\n' })).toEqual([
      'src/util/helper.ts: src/util is not a layer',
    ]);
  });

  test('in a circle', async () => {
    const found = await problems({
      'src/paper/a.ts': "import './b';\n",
      'src/paper/b.ts': "import type { C } from './c';\n",
      'src/paper/c.ts': "import './a';\n",
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(
      'src/paper/a.ts -> src/paper/b.ts -> src/paper/c.ts -> src/paper/a.ts',
    );
  });
});

test('what the layers allow is allowed', async () => {
  expect(
    await problems({
      ...PAPER,
      ...ENGINE,
      ...TRAINER,
      'src/engine/net.ts':
        "import '@tensorflow/tfjs-core';\nimport '../paper/cell';\nexport const net = 1;\n",
      'src/trainer/host.ts': "import '@tensorflow/tfjs-backend-wasm/dist/a.wasm?url';\n",
      'src/store/runs.ts': "import 'idb';\nimport '../paper/cell';\n",
      'src/view/App.svelte': [
        '<script lang="ts">',
        "import { scaleLinear } from 'd3-scale';",
        "import { mount } from 'svelte';",
        "import { w } from '../trainer/client';",
        "import type { Command } from '../trainer/protocol';",
        "import './style.css';",
        '</script>',
      ].join('\n'),
      'src/main.ts': "import { mount } from 'svelte';\nimport App from './view/App.svelte';\n",
      'cli/run.ts':
        "import 'node:fs';\nimport '../src/engine/net';\nimport '../src/trainer/worker';\n",
    }),
  ).toEqual([]);
});

test('every way to name a module is seen', () => {
  const source = "import a from './a';\nexport { b } from './b';\nvoid import(`./c`);\n";
  expect(importsOf('x.ts', source)).toEqual(['./a', './b', './c']);
});

describe('the command', () => {
  const run = (folder: string) =>
    spawnSync(process.execPath, [path.join(ROOT, 'scripts/layers.mjs'), folder], {
      encoding: 'utf8',
    });

  test('fails and names the import', () =>
    withFolder((folder) => {
      write(folder, { ...ENGINE, 'src/paper/wrong.ts': "import '../engine/net';\n" });
      const { status, stderr } = run(folder);
      expect(status).toBe(1);
      expect(stderr).toContain("src/paper/wrong.ts: '../engine/net': paper comes before engine");
    }));

  test('fails when it has seen nothing', () =>
    withFolder((folder) => {
      expect(run(folder).status).toBe(1);
    }));

  test('sees the imports of this project', () => {
    const { files, imports } = checkLayers(ROOT);
    expect(files).toBeGreaterThan(20);
    expect(imports).toBeGreaterThan(files);
  });
});
