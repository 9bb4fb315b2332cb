import { availableParallelism } from 'node:os';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { NODE_GLOBALS } from './scripts/bundle.mjs';
import { CHROMIUM_FLAGS, findChromium } from './scripts/chromium.mjs';
import { shippedTables } from './scripts/tables.mjs';
import { buildName } from './scripts/version.mjs';

const build = JSON.stringify(buildName(import.meta.dirname));

const tables = JSON.stringify(shippedTables(import.meta.dirname));

const define = { __BUILD__: build, __TABLES__: tables };

/** The same for the browser, where Vitest drops `define`. */
const buildConstant: Plugin = {
  name: 'build-constant',
  transform: (code, id) =>
    /__(BUILD|TABLES)__/.test(code) && !id.includes('node_modules')
      ? {
          code: code.replaceAll('__BUILD__', build).replaceAll('__TABLES__', tables),
          map: null,
        }
      : undefined,
};

const chromium = findChromium();

/** Against hanging, not for speed: generous, since a machine may be busy with something else. */
const PATIENCE = {
  hookTimeout: 120_000,
  expect: { poll: { timeout: 15_000 } },
};

/** The same for a page. Without it what is awaited there is awaited until the test's own end. */
const PAGE_PATIENCE = 60_000;

const TENSORFLOW = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-core/dist/register_all_gradients',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
];

/** Bundled before the first test: a late discovery would reload the page in the middle of one. */
const BROWSER_PACKAGES = [
  ...TENSORFLOW,
  'axe-core',
  'd3',
  'fast-check',
  'idb',
  'pure-rand/distribution/uniformFloat32',
  'pure-rand/distribution/uniformFloat64',
  'pure-rand/distribution/uniformInt',
  'pure-rand/generator/xoroshiro128plus',
  'svelte',
  'valibot',
  'vitest-browser-svelte',
];

const FAULTS = {
  environment: 'node' as const,
  globalSetup: ['tests/faults/build.setup.ts'],
  ...PATIENCE,
  testTimeout: 600_000,
};

const ALONE = ['tests/faults/{gpu,tabs}.test.ts'];

/** Mostly kernels and nets on WebGPU: half of the time that all files in the browser take. */
const GPU_TESTS = ['tests/browser/{bench,capture,*-webgpu}.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        define,
        test: {
          name: 'node',
          include: ['tests/node/**/*.test.ts'],
          environment: 'node',
          ...PATIENCE,
          testTimeout: 120_000,
          // One copy of TensorFlow.js, bundled once: its own choice for Node is a bundle beside the files
          // below tfjs-core/dist, which Node cannot load by itself, and of which each test file would
          // read a thousand.
          deps: {
            optimizer: {
              ssr: {
                enabled: true,
                include: TENSORFLOW,
                rolldownOptions: { plugins: [{ name: 'node-globals', banner: NODE_GLOBALS }] },
              },
            },
          },
        },
      },
      {
        plugins: [svelte(), buildConstant],
        optimizeDeps: { include: BROWSER_PACKAGES },
        // Every test file and every worker loads hundreds of modules. Vite has the browser ask for each
        // of them again; what changes while Vitest watches gets an address of its own.
        server: { headers: { 'Cache-Control': 'max-age=3600' } },
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          ...PATIENCE,
          expect: { poll: { timeout: PAGE_PATIENCE } },
          testTimeout: 300_000,
          // By itself Vitest leaves a core to a watching developer.
          maxWorkers: Math.ceil(availableParallelism() / 2),
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              actionTimeout: PAGE_PATIENCE,
              launchOptions: {
                ...(chromium === undefined ? {} : { executablePath: chromium }),
                args: CHROMIUM_FLAGS,
              },
            }),
            // Two browsers side by side. One alone compiles WebGPU programs for all of its pages on a
            // single thread, and whatever else is to be drawn or computed waits behind them.
            instances: [
              { browser: 'chromium', name: 'browser (webgpu)', include: GPU_TESTS },
              { browser: 'chromium', name: 'browser (rest)', exclude: GPU_TESTS },
            ],
          },
        },
      },
      // The built app in a real browser, driven from Node: each file has a browser, a server and a
      // training run of its own.
      {
        test: {
          ...FAULTS,
          name: 'faults',
          include: ['tests/faults/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: Math.min(2, availableParallelism()),
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...FAULTS,
          // Beside others a killed browser's run and a GPU that hangs did not always come back in time.
          name: 'faults-alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
