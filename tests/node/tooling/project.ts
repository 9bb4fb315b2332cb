import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../../../scripts/ensure.mjs';

/** A folder of its own below the system's temporary one, gone after `use`. */
export async function withFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'alphascope-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes text files; keys are paths from the folder. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Lends the installed packages to a folder. */
export function linkPackages(folder: string): void {
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
}

/** A checkout in small: our tools and data around a page that only starts a worker. */
export function writeSmallApp(folder: string): void {
  const own = ['package.json', 'package-lock.json', 'svelte.config.js', 'tsconfig.json'];
  // The recipe of the data is among the sources of data and paper.
  const folders = ['scripts', 'src/data', 'src/paper'];
  for (const name of [...own, 'vite.config.ts', 'public/_headers', ...folders]) {
    cpSync(path.join(ROOT, name), path.join(folder, name), {
      recursive: true,
      preserveTimestamps: true,
    });
  }
  symlinkSync(path.join(ROOT, 'public/data'), path.join(folder, 'public/data'), 'dir');
  linkPackages(folder);
  write(folder, {
    'index.html': [
      '<!doctype html>',
      '<html lang="en">',
      '<head><meta charset="utf-8" /><title>Small</title></head>',
      '<body><div id="app"></div><script type="module" src="/src/main.ts"></script></body>',
      '</html>',
    ].join('\n'),
    'src/main.ts': [
      "import { mount } from 'svelte';",
      "import App from './App.svelte';",
      "new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });",
      "mount(App, { target: document.getElementById('app')! });",
    ].join('\n'),
    'src/App.svelte': '<p>small</p>\n<style>p { color: rgb(1 2 3); }</style>\n',
    'src/worker.ts': 'postMessage(__BUILD__);\n',
  });
}
