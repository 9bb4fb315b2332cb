import axe from 'axe-core';
import { deleteDB } from 'idb';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { openStore, type Store } from '../../../src/store/database';
import { TrainerClient } from '../../../src/trainer/client';
import AppView from '../../../src/view/App.svelte';
import { App } from '../../../src/view/state/app.svelte';
import { ship } from '../../support/shipped';
import '../../../src/view/style/base.css';

/** How a practice trainer should misbehave: see practice-trainer.ts. */
type Manner =
  'crash' | 'fast' | 'mute' | 'nan' | 'no-webgpu' | 'wrong-gpu' | BenchManner | VerifyManner;
type BenchManner = 'bench-fails' | 'bench-waits';
type VerifyManner = 'verify-different' | 'verify-waits';

let database = '';
let withoutRecordings = false;
const apps: App[] = [];
const stores: Store[] = [];

/** Gives every test of a file its own database and a page without a hash. */
export function usePage(): void {
  beforeEach(async () => {
    database = `alphascope-test-${crypto.randomUUID()}`;
    history.replaceState(null, '', location.pathname + location.search);
    await page.viewport(1440, 900);
  });
  afterEach(async () => {
    if (withoutRecordings) vi.restoreAllMocks();
    withoutRecordings = false;
    for (const app of apps.splice(0)) app.close();
    for (const store of stores.splice(0)) store.close();
    await deleteDB(database);
  });
}

/** The store that the page uses. */
export async function theStore(): Promise<Store> {
  const store = await openStore(database);
  stores.push(store);
  return store;
}

interface PageOptions {
  readonly hash?: string;
  readonly manner?: Manner;
  /** With the recordings that ship: most tests ask for none, which read and draw for a second. */
  readonly recorded?: boolean;
  /** In place of the worker that pretends to train. */
  readonly trainer?: () => Worker;
  /** What the store waits for, as it does on a slow disk. */
  readonly storeAfter?: Promise<void>;
}

/**
 * The whole page over a real store and a real worker that only pretends to train. No recordings ship
 * with it, unless a test has put some there (see shipped.ts) or asks for them.
 */
export async function openPage({
  hash = '',
  manner,
  recorded = false,
  trainer = () => practiceTrainer(database, manner),
  storeAfter,
}: PageOptions = {}) {
  if (!recorded && !vi.isMockFunction(Reflect.get(window, 'fetch'))) {
    withoutRecordings = true;
    ship({});
  }
  if (hash !== '') history.replaceState(null, '', hash);
  const app = new App({
    client: new TrainerClient(trainer),
    openStore: async (callbacks) => {
      await storeAfter;
      return openStore(database, callbacks);
    },
    database,
    // Tests start without accuracies; tests/faults looks at the table that ships.
    tables: [],
  });
  apps.push(app);
  const screen = await render(AppView, { props: { app } });
  await app.start();
  return { app, screen };
}

/**
 * What axe finds wrong with a part of the page once no colour is on its way to another: the rule and
 * the elements that break it.
 */
export async function wrongForAxe(part = 'body'): Promise<string[]> {
  const changing = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
  await expect.poll(() => changing().length).toBe(0);
  const { violations } = await axe.run(document.querySelector(part)!, {
    resultTypes: ['violations'],
    // Off by default.
    rules: { 'target-size': { enabled: true } },
    // Style sheets would be fetched for a rule that is off by default, and sounds, of which there are none.
    preload: false,
  });
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(', ')}`,
  );
}

/** A theme and the size of a window. */
type Look = readonly [theme: 'light' | 'dark', width: number, height: number];

/**
 * The page as it stands, in one look after the other: axe finds nothing, and it is no wider than the
 * window. For what is open: to open it for each look takes as long as axe.
 */
export async function expectAccessible(looks: readonly Look[], part?: string): Promise<void> {
  const root = document.documentElement;
  try {
    for (const [theme, width, height] of looks) {
      const message = `${theme}, ${width} x ${height}`;
      await page.viewport(width, height);
      root.dataset.theme = theme;
      await expect.poll(() => root.scrollWidth, { message }).toBeLessThanOrEqual(width);
      expect(await wrongForAxe(part), message).toEqual([]);
    }
  } finally {
    delete root.dataset.theme;
  }
}

/** Closes the page as a reload would, its worker included. */
export async function closePage({
  app,
  screen,
}: Awaited<ReturnType<typeof openPage>>): Promise<void> {
  app.close();
  apps.splice(apps.indexOf(app), 1);
  await screen.unmount();
}

export function practiceTrainer(name: string, manner?: Manner): Worker {
  return new Worker(new URL('../../support/practice-trainer.ts', import.meta.url), {
    type: 'module',
    name: manner === undefined ? name : `${name} ${manner}`,
  });
}
