import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isKept } from '../../../scripts/offline.mjs';
import { answerTo, keyOf, pathOf } from '../../../src/offline/files';

const SCOPE = 'https://example.org/alphascope/';
const DIGEST = 'a'.repeat(64);
const FILES = new Map([
  ['index.html', DIGEST],
  ['assets/main-1.js', DIGEST],
  ['data/r8.bin', DIGEST],
]);

const answer = (below: string, mode: RequestMode = 'cors', method = 'GET') =>
  answerTo({ method, mode, url: SCOPE + below }, FILES, SCOPE);
const kept = (path: string) => ({ path, key: keyOf(path, DIGEST, SCOPE) });

describe('a request', () => {
  test('for a kept file is answered by its content', () => {
    expect(answer('data/r8.bin')).toEqual(kept('data/r8.bin'));
    expect(answer('index.html?from=elsewhere', 'navigate')).toEqual(kept('index.html'));
    const { key } = kept('data/r8.bin');
    expect(key).toBe(`${SCOPE}data/r8.bin?sha256=${DIGEST}`);
    expect(pathOf(key, SCOPE)).toBe('data/r8.bin');
  });

  test('for the folder is the page, when it is one for a page', () => {
    expect(answer('', 'navigate')).toEqual(kept('index.html'));
    expect(answer('', 'cors')).toBeNull();
  });

  test('for images of another build goes to the network', () => {
    expect(answer(`data/r8.bin?sha256=${DIGEST}`)).toEqual(kept('data/r8.bin'));
    expect(answer(`data/r8.bin?sha256=${'b'.repeat(64)}`)).toBeNull();
    expect(answer('data/r16.bin')).toBeNull();
  });

  test('for a part of an earlier version looks for what that one kept', () => {
    expect(answer('assets/main-0.js')).toBe('old');
  });

  test.each([
    ['another method', { method: 'POST', url: `${SCOPE}index.html` }],
    ['another origin', { method: 'GET', url: 'https://example.com/alphascope/index.html' }],
    ['another folder', { method: 'GET', url: 'https://example.org/index.html' }],
    ['a neighbour', { method: 'GET', url: 'https://example.org/alphascope-2/index.html' }],
  ])('of %s is none of ours', (_, request) => {
    expect(answerTo({ mode: 'cors', ...request }, FILES, SCOPE)).toBeNull();
  });

  test('of any kind is answered by a kept file or not at all', () => {
    const keys = new Set([...FILES.keys()].map((path) => kept(path).key));
    const names = fc.oneof(
      fc.webPath({ size: 'xsmall' }),
      fc.constantFrom('/__proto__', '/constructor', '/..%2f'),
    );
    fc.assert(
      fc.property(names, fc.webQueryParameters({ size: 'xsmall' }), (path, query) => {
        const found = answer(`${path.slice(1)}?${query}`);
        if (found === null) return;
        if (found === 'old') expect(path).toMatch(/^\/assets\//);
        else expect(keys).toContain(found.key);
      }),
    );
  });
});

test('everything of a build is kept but large images and what is no file of the page; traces later', () => {
  const names = [
    'index.html',
    'assets/main-1.js',
    'recordings/index.json',
    'recordings/baseline-bench.extract.gz',
    'data/manifest.json',
    'data/r8.bin',
    'data/test-r8.bin',
    'recordings/baseline-bench.json.gz',
    'data/r16.bin',
    'data/r32-00.bin',
    'data/test-r32.bin',
    '_headers',
    '.vite/manifest.json',
    'service-worker.js',
  ];
  const when = (of: string) => names.filter((name) => isKept(name) === of);
  expect(when('at once')).toEqual(names.slice(0, 7));
  expect(when('later')).toEqual(names.slice(7, 8));
});
