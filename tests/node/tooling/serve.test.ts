import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HEADERS, POLICY } from '../../../scripts/csp.mjs';
import { ROOT } from '../../../scripts/ensure.mjs';
import { resolveFile, serve, serveFrom } from '../../../scripts/serve.mjs';
import { withFolder, write } from './project';

const FOLDER = path.resolve('/srv/app');

describe('the file of a request', () => {
  test.each([
    ['/', 'index.html'],
    ['/?seed=1', 'index.html'],
    ['/assets/a%20b.js?v=2', 'assets/a b.js'],
    ['/recordings/', 'recordings/index.html'],
    ['/assets//a.js', 'assets/a.js'],
  ])('%s', (target, file) => {
    expect(resolveFile(FOLDER, target)).toBe(path.join(FOLDER, file));
  });

  test.each([
    '/../secret',
    '/%2e%2e/secret',
    '/assets/..%2f..%2fsecret',
    '/..\\secret',
    '/%5c..%5csecret',
    '/.vite/manifest.json',
    '/a%00.js',
    '/%E0%A4%A',
    '*',
    '',
    'http://other/',
  ])('%s is refused', (target) => {
    expect(resolveFile(FOLDER, target)).toBeNull();
  });

  test('is never outside of the folder', () => {
    const piece = fc.constantFrom('..', '.', '/', '\\', '%2e', '%2f', '%5c', '%00', 'a', '?', '#');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const file = resolveFile(FOLDER, `/${pieces.join('')}`);
        if (file === null) return;
        const relative = path.relative(FOLDER, file);
        expect(relative.split(path.sep)).not.toContain('..');
        expect(path.isAbsolute(relative)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the server', () => {
  let server: Awaited<ReturnType<typeof serve>>;
  let done: () => void;
  let gone: Promise<void>;

  beforeAll(async () => {
    await new Promise<void>((ready) => {
      gone = withFolder(async (folder) => {
        const root = path.join(folder, 'dist');
        write(folder, {
          secret: 'secret',
          'dist/index.html': '<!doctype html>',
          'dist/assets/a.js': 'export {};',
          'dist/assets/kernel.wasm': '\0asm',
          'dist/recordings/run.json.gz': 'packed',
          'dist/.vite/manifest.json': '{}',
        });
        server = await serve({ root });
        await new Promise<void>((resolve) => {
          done = resolve;
          ready();
        });
        await server.close();
      });
    });
  });

  afterAll(async () => {
    done();
    await gone;
  });

  /** A request as it stands on the wire: fetch would tidy the path. */
  const raw = (line: string) =>
    new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      });
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => {
        resolve(text);
      });
      socket.on('error', reject);
    });

  test.each([
    ['', 'text/html; charset=utf-8', 'no-cache'],
    ['assets/a.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['assets/kernel.wasm', 'application/wasm', 'public, max-age=31536000, immutable'],
  ])('sends /%s as %s, %s', async (name, type, cache) => {
    const answer = await fetch(server.url + name);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('cache-control')).toBe(cache);
    for (const [header, value] of Object.entries(HEADERS)) {
      expect(answer.headers.get(header)).toBe(value);
    }
  });

  test('packs text and wasm for those who take it, and says how long the rest is', async () => {
    const name = 'assets/a.js';
    const packed = await fetch(server.url + name);
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.text()).toBe('export {};');
    for (const refusal of ['identity', 'gzip;q=0', 'gzip; q=0.0, br']) {
      const plain = await fetch(server.url + name, { headers: { 'Accept-Encoding': refusal } });
      expect(plain.headers.get('content-encoding')).toBeNull();
      expect(plain.headers.get('content-length')).toBe('10');
      // A cache must not give one for the other.
      expect(plain.headers.get('vary')).toBe('Accept-Encoding');
      expect(plain.headers.get('etag')).not.toBe(packed.headers.get('etag'));
      expect(await plain.text()).toBe('export {};');
    }
    const done = await fetch(`${server.url}recordings/run.json.gz`);
    expect(done.headers.get('content-encoding')).toBeNull();
    expect(done.headers.get('content-length')).toBe('6');
    expect(await done.text()).toBe('packed');
  });

  test('answers 304 for what the browser has', async () => {
    const tag = (await fetch(server.url)).headers.get('etag');
    const again = await fetch(server.url, { headers: { 'If-None-Match': tag! } });
    expect(again.status).toBe(304);
    expect(again.headers.get('content-security-policy')).toBe(POLICY);
  });

  test('sends no body for HEAD', async () => {
    const answer = await raw('HEAD /assets/a.js');
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).toMatch(/content-length: 10/i);
    expect(answer).not.toContain('export');
  });

  test.each([
    '/../secret',
    '/assets/%2e%2e/%2e%2e/secret',
    '/.vite/manifest.json',
    '/assets',
    '/no',
  ])('%s is not found', async (target) => {
    const answer = await raw(`GET ${target}`);
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
    expect(answer).toContain(POLICY);
    expect(answer).not.toMatch(/\r\n\r\n.*secret/s);
  });

  test('refuses to be written to', async () => {
    const answer = await fetch(server.url, { method: 'POST', body: 'x' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  test('a taken port is an error, or the next is taken', async () => {
    await expect(serve({ root: ROOT, port: server.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    const other = await serveFrom({ root: ROOT, port: server.port });
    await other.close();
    expect(other.port).toBeGreaterThan(server.port);
  });
});

test('static hosts are told the same headers', () => {
  const [, ...lines] = readFileSync(path.join(ROOT, 'public/_headers'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines).toEqual(Object.entries(HEADERS).map(([name, value]) => `  ${name}: ${value}`));
});

test('the policy lets nothing come from or go to anywhere else', () => {
  const sources = POLICY.split('; ').flatMap((directive) => directive.split(' ').slice(1));
  expect(new Set(sources)).toEqual(
    new Set(["'none'", "'self'", "'wasm-unsafe-eval'", 'data:', 'blob:']),
  );
});
