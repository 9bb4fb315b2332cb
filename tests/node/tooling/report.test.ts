import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeProblem, packageProblem } from '../../../scripts/ensure.mjs';
import { initialFiles, measure, sizeReport } from '../../../scripts/size.mjs';
import { countReport, ending, summary } from '../../../scripts/verdict.mjs';
import { buildName } from '../../../scripts/version.mjs';
import { withFolder, write } from './project';

describe('what is installed', () => {
  const entry = { version: '1.0.0', integrity: 'sha512-a' };
  const lock = (packages: object) => JSON.stringify({ packages: { '': {}, ...packages } });
  const wanted = { 'node_modules/a': entry, 'node_modules/gpu': { ...entry, optional: true } };

  const problem = (installed: string | null, folders: readonly string[]) =>
    withFolder((folder) => {
      write(folder, { 'package-lock.json': lock(wanted) });
      for (const name of folders) mkdirSync(path.join(folder, name), { recursive: true });
      if (installed !== null) write(folder, { 'node_modules/.package-lock.json': installed });
      return packageProblem(folder);
    });

  test('is enough without what is for other systems', async () => {
    expect(await problem(lock({ 'node_modules/a': entry }), ['node_modules/a'])).toBeNull();
    expect(await problem(lock(wanted), ['node_modules/a', 'node_modules/gpu'])).toBeNull();
  });

  test.each([
    ['nothing at all', null, 'packages are not installed'],
    ['a cut-off list', '{"packages"', 'the list of installed packages cannot be read'],
    ['a missing package', lock({}), 'node_modules/a is missing'],
    [
      'another version',
      lock({ 'node_modules/a': { ...entry, version: '1.0.1' } }),
      'node_modules/a is 1.0.1, wanted 1.0.0',
    ],
    [
      'other content',
      lock({ 'node_modules/a': { ...entry, integrity: 'sha512-b' } }),
      'node_modules/a is 1.0.0, wanted 1.0.0',
    ],
    [
      'one too many',
      lock({ 'node_modules/a': entry, 'node_modules/b': entry }),
      'node_modules/b is not in package-lock.json',
    ],
  ])('is not enough with %s', async (_, installed, why) => {
    expect(await problem(installed, ['node_modules/a'])).toBe(why);
  });

  test('is not enough when a folder was removed by hand', async () => {
    expect(await problem(lock({ 'node_modules/a': entry }), [])).toBe('node_modules/a is missing');
  });

  test.each([
    ['20.19.0', true],
    ['22.0.0', true],
    ['20.18.3', false],
    ['18.20.0', false],
  ])('Node %s: %s', (version, fine) => {
    expect(nodeProblem(version) === null).toBe(fine);
  });
});

describe('the name of a build', () => {
  const text = { 'package.json': '{"version":"1.2.3"}' };
  const git = (folder: string, ...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    }).trim();

  test('follows the checkout', () =>
    withFolder((folder) => {
      write(folder, text);
      expect(buildName(folder)).toBe('1.2.3+unknown');
      git(folder, 'init', '--quiet');
      expect(buildName(folder)).toBe('1.2.3+unknown');
      git(folder, 'add', '.');
      git(folder, 'commit', '--quiet', '--message', 'one');
      const commit = git(folder, 'rev-parse', '--short=7', 'HEAD');
      expect(buildName(folder)).toBe(`1.2.3+${commit}`);
      // What commands write is not what they are made of.
      write(folder, { 'public/tables/table.json': '', 'public/recordings/run.json': '' });
      expect(buildName(folder)).toBe(`1.2.3+${commit}`);
      write(folder, { 'public/new.json': '' });
      expect(buildName(folder)).toBe(`1.2.3+${commit}-dirty`);
    }));

  test('does not take an outer checkout for its own', () =>
    withFolder((folder) => {
      write(folder, { outer: '', 'inner/package.json': text['package.json'] });
      git(folder, 'init', '--quiet');
      git(folder, 'add', '.');
      git(folder, 'commit', '--quiet', '--message', 'one');
      expect(buildName(path.join(folder, 'inner'))).toBe('1.2.3+unknown');
    }));
});

describe('the size of the page', () => {
  const manifest = {
    'index.html': { file: 'assets/i.js', imports: ['_shared'], css: ['assets/i.css'] },
    _shared: { file: 'assets/s.js', imports: ['index.html'], dynamicImports: ['late'] },
    late: { file: 'assets/late.js', imports: ['_shared'] },
  };

  test('counts what is imported statically, once', () => {
    expect(initialFiles(manifest)).toEqual(['assets/i.js', 'assets/i.css', 'assets/s.js']);
    expect(() => initialFiles({}, 'index.html')).toThrow("no entry 'index.html'");
  });

  test('is told above the limit', () =>
    withFolder((folder) => {
      // Hard to compress, so that gzip leaves about as much.
      let state = 1;
      const noise = Array.from({ length: 210_000 }, () => {
        state = (state * 48_271) % 2_147_483_647;
        return String.fromCharCode(33 + (state % 90));
      }).join('');
      write(folder, {
        '.vite/manifest.json': JSON.stringify(manifest),
        'assets/i.js': noise,
        'assets/i.css': noise,
        'assets/s.js': 'export {};',
      });
      const measured = measure(folder);
      expect(measured.script).toBeGreaterThan(150_000);
      expect(measured.script).toBeLessThan(210_000);
      expect(sizeReport(measured)).toContain('above the limit of 150 kB');
    }));
});

describe('the verdict of the tests', () => {
  const report = (counts: object) => JSON.stringify(counts);

  test.each([
    ['all passed', report({ numPassedTests: 3, numFailedTests: 0 }), 0, [3, 0, 0]],
    ['some failed', report({ numPassedTests: 3, numFailedTests: 2 }), 1, [3, 2, 0]],
    ['an error outside of tests', report({ numPassedTests: 3, numFailedTests: 0 }), 1, [3, 1, 0]],
    ['no test ran', report({ numPassedTests: 0, numFailedTests: 0 }), 0, [0, 1, 0]],
    ['no report', '', 0, [0, 1, 0]],
    ['a report cut off', '{"numPassedTests": 3', 1, [0, 1, 0]],
    [
      'some skipped',
      report({ numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 }),
      0,
      [3, 0, 2],
    ],
  ])('%s', (_, text, status, [passed, failed, skipped]) => {
    expect(countReport(text, status)).toEqual({ passed, failed, skipped, failures: [] });
  });

  test('names what failed, and the beginning of what it said', () => {
    const long = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n');
    const { failed, failures } = countReport(
      report({
        numPassedTests: 1,
        numFailedTests: 1,
        testResults: [
          { name: 'a.test.ts', status: 'passed', message: '' },
          {
            name: 'b.test.ts',
            status: 'failed',
            message: '',
            assertionResults: [
              { fullName: 'b holds', status: 'passed', failureMessages: [] },
              { fullName: 'b breaks', status: 'failed', failureMessages: [long] },
            ],
          },
          {
            name: 'c.test.ts',
            status: 'failed',
            message: 'cannot be loaded',
            assertionResults: [],
          },
        ],
      }),
      1,
    );
    expect(failed).toBe(1);
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatch(/^b\.test\.ts > b breaks\nline 0\n/);
    expect(failures[0]).not.toContain('line 29');
    expect(failures[1]).toBe('c.test.ts\ncannot be loaded');
    expect(ending(long)).toMatch(/^line 18\n[^]*line 29$/);
  });

  test('ends in one line that sums up the stages', () => {
    const { lines, failed } = summary([
      { name: 'format', seconds: 1.23, passed: 1, failed: 0, skipped: 0, failures: [] },
      {
        name: 'unit',
        seconds: 20,
        passed: 40,
        failed: 2,
        skipped: 1,
        failures: ['a > b\nwhy'],
      },
    ]);
    expect(lines.at(-1)).toBe('41 passed, 2 failed');
    expect(lines).toContain('format        1.2 s  pass  1 passed, 0 failed');
    expect(lines).toContain('unit         20.0 s  FAIL  40 passed, 2 failed, 1 skipped');
    expect(lines.slice(0, 2)).toEqual(['', '--- unit failed: a > b\nwhy']);
    expect(failed).toBe(2);
  });
});
