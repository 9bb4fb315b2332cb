import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { POLICY } from '../../../scripts/csp.mjs';
import { ROOT } from '../../../scripts/ensure.mjs';
import { prepareData } from '../../../scripts/prepare-data.mjs';
import { serve } from '../../../scripts/serve.mjs';
import { writeSmallApp } from './project';

const LIMIT = 120_000;
let app: string;
let npm: ChildProcess | undefined;

beforeAll(async () => {
  await prepareData(ROOT, { log: () => undefined });
  app = mkdtempSync(path.join(tmpdir(), 'alphascope-start-'));
  writeSmallApp(app);
}, LIMIT);

afterEach(() => {
  npm?.kill('SIGKILL');
  npm = undefined;
});

afterAll(() => {
  rmSync(app, { recursive: true, force: true });
});

/** Runs `npm start` in the small app up to its line `Ready`. */
async function start(...flags: string[]): Promise<{ url: string; lines: string[] }> {
  npm = spawn('npm', ['start', '--', ...flags], { cwd: app, stdio: ['ignore', 'pipe', 'pipe'] });
  const child = npm;
  let output = '';
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const lines = output.split('\n');
      const ready = lines.find((line) => line.startsWith('Ready '));
      if (ready !== undefined && output.endsWith('\n')) {
        resolve({ url: ready.slice('Ready '.length), lines });
      }
    });
    child.on('exit', (code) => {
      reject(new Error(`npm start ended with ${String(code)}:\n${output}\n${errors}`));
    });
  });
}

/** Runs `npm start` or another script to its end. */
function runScript(script: string, ...flags: string[]) {
  return spawnSync(process.execPath, [path.join(app, 'scripts', script), ...flags], {
    cwd: app,
    encoding: 'utf8',
  });
}

async function answers(port: number, host: string): Promise<boolean> {
  const socket = connect({ port, host });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Processes that work in the small app's folder. */
function processesOfApp(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => {
      try {
        return readlinkSync(`/proc/${id}/cwd`).startsWith(app);
      } catch {
        return false;
      }
    });
}

async function freePort(): Promise<number> {
  const { port, close } = await serve({ root: app });
  await close();
  return port;
}

describe('npm start', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'builds, serves with the policy, and leaves nothing behind on %s',
    async (signal) => {
      const port = await freePort();
      const { url, lines } = await start('--no-open', '--port', String(port));
      expect(lines).toContain(`Ready http://localhost:${port}/`);

      const page = await fetch(url);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toBe(POLICY);
      const html = (await page.text()).replaceAll('&#39;', "'");
      expect(html).toContain(`http-equiv="Content-Security-Policy" content="${POLICY}"`);
      expect(html.indexOf('http-equiv')).toBeLessThan(html.indexOf('<script'));
      // Nothing that the policy would refuse.
      expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
      expect(html).not.toMatch(/<style|\sstyle=/);

      const assets = readdirSync(path.join(app, 'dist/assets'));
      const worker = assets.find((name) => /^worker-.*\.js$/.test(name));
      const script = await fetch(`${url}assets/${String(worker)}`);
      expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
      expect(script.headers.get('content-security-policy')).toBe(POLICY);
      expect(await script.text()).toMatch(/\d+\.\d+\.\d+\+unknown/);
      expect((await fetch(`${url}data/manifest.json`)).status).toBe(200);

      const child = npm!;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      npm = undefined;
      expect(await answers(port, '127.0.0.1')).toBe(false);
      expect(await answers(port, '::1')).toBe(false);
      if (process.platform === 'linux') expect(processesOfApp()).toEqual([]);
    },
    LIMIT,
  );

  test(
    'does not build again what has not changed, and does when it has',
    async () => {
      await start('--no-open', '--port', '0');
      npm?.kill('SIGTERM');
      const built = () => statSync(path.join(app, 'dist/index.html')).mtimeMs;
      const first = built();
      await start('--no-open', '--port', '0');
      npm?.kill('SIGTERM');
      expect(built()).toBe(first);

      writeFileSync(path.join(app, 'src/App.svelte'), '<p>changed</p>\n');
      await start('--no-open', '--port', '0');
      expect(built()).toBeGreaterThan(first);
      const scripts = readdirSync(path.join(app, 'dist/assets'), { encoding: 'utf8' })
        .filter((name) => name.endsWith('.js'))
        .map((name) => readFileSync(path.join(app, 'dist/assets', name), 'utf8'));
      expect(scripts.join()).toContain('changed');
    },
    LIMIT,
  );

  test(
    'takes the next port when 4173 is taken and none was given',
    async () => {
      const blocker = createServer().listen(4173, '127.0.0.1');
      const held = await Promise.race([
        once(blocker, 'listening').then(() => true),
        // Somebody else has it, which is as good.
        once(blocker, 'error').then(() => false),
      ]);
      try {
        const { url } = await start('--no-open');
        expect(Number(new URL(url).port)).toBeGreaterThan(4173);
        expect((await fetch(url)).status).toBe(200);
      } finally {
        if (held) blocker.close();
      }
    },
    LIMIT,
  );

  test('says that a given port is taken', async () => {
    const other = await serve({ root: app });
    const { status, stderr, stdout } = runScript(
      'start.mjs',
      '--no-open',
      '--port',
      String(other.port),
    );
    await other.close();
    expect(status).toBe(1);
    expect(stderr).toContain(`Port ${other.port} is taken by another program`);
    expect(stdout).toBe('');
  });

  test.each([
    [['--prot', '4000'], "'--prot'"],
    [['--port', 'http'], "'http'"],
    [['--port', '65536'], "'65536'"],
    [['--port', '-1'], '--port'],
    [['--port'], '--port'],
    [['4000'], "'4000'"],
  ])('refuses %j by name', (flags, named) => {
    const { status, stderr, stdout } = runScript('start.mjs', ...flags);
    expect(status).toBe(2);
    expect(stderr).toContain(named);
    expect(stderr).toContain('Usage: npm start');
    expect(stdout).toBe('');
  });

  test('explains itself', () => {
    const { status, stdout } = runScript('start.mjs', '--help');
    expect(status).toBe(0);
    expect(stdout).toContain('--no-open');
  });
});

describe('the other scripts', () => {
  test.each([
    ['test.mjs', ['--olny', 'unit'], "'--olny'"],
    ['test.mjs', ['--only', 'unit,brwoser'], "'brwoser'"],
    ['build.mjs', ['--fast'], "'--fast'"],
    ['dev.mjs', ['--port', 'x'], "'x'"],
  ])('%s refuses %j by name', (script, flags, named) => {
    const { status, stderr } = runScript(script, ...flags);
    expect(status).toBe(2);
    expect(stderr).toContain(named);
  });

  test(
    'the build reports the size of its initial script',
    () => {
      const { status, stdout } = runScript('build.mjs');
      expect(status).toBe(0);
      expect(stdout).toMatch(/Initial script: \d+\.\d kB after gzip, within the limit of 150 kB\./);
      expect(stdout).not.toContain('worker-');
    },
    LIMIT,
  );
});
