import { getPriority } from 'node:os';
import { describe, expect, test } from 'vitest';
import { runChild } from '../../../scripts/child.mjs';

/** Ends with the niceness of its own child. */
const NICENESS_BELOW = `
  const { execFileSync } = require('node:child_process');
  const script = 'console.log(os.getPriority())';
  process.exit(Number(execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8' })));
`;

const run = (script: string, options?: Parameters<typeof runChild>[2]) =>
  runChild(process.execPath, ['--eval', script], options);

describe('a child', () => {
  test('gives way as far as it was told, and so does what it starts', async () => {
    const niceness = Math.min(19, Math.max(0, getPriority()) + 3);
    expect(await run('process.exit(os.getPriority())', { niceness })).toBe(niceness);
    expect(await run(NICENESS_BELOW, { niceness })).toBe(niceness);
  });

  test('takes no more and no less than its parent when it was told nothing', async () => {
    const own = getPriority();
    expect(await run(`process.exit(os.getPriority() === ${own} ? 0 : 1)`)).toBe(0);
  });

  test('that is not found, fails or hangs has a status that says so', async () => {
    expect(await runChild('no-such-program', [])).toBe(127);
    expect(await run('process.exit(3)')).toBe(3);
    expect(await run('setInterval(() => {}, 1000)', { limit: 500 })).toBe(124);
  });
});
