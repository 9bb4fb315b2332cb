import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BenchRun } from '../../../src/paper/claim/runs';
import type { ArmKey } from '../../../src/paper/experiment/arm';
import { TraceError } from '../../../src/trace/error';
import { readExtract, writeExtract } from '../../../src/trace/extract';
import { inventedRun } from '../../support/bench-run';
import { syntheticUid } from '../../support/synthetic-run';

const DIGEST = 'd'.repeat(64);

function run(arm: ArmKey, seed: number, change: Partial<BenchRun> = {}): BenchRun {
  const logits = (epoch: number, choice: number) => ({ skip_connect: Math.sin(epoch + choice) });
  return inventedRun(arm, seed, logits, {
    uid: syntheticUid(seed),
    configDigest: DIGEST,
    data: DIGEST,
    ...change,
  });
}

const read = (bytes: Uint8Array) => readExtract(new Uint8Array(bytes));

async function refusal(bytes: Uint8Array): Promise<string> {
  const error: unknown = await read(bytes).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TraceError);
  return (error as TraceError).message;
}

describe('an extract', () => {
  test('says what its runs say, whatever space, method and numbers they have', async () => {
    // What a trace can hold; JSON has no -0.
    const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<ArmKey>('baseline', 'no-skip', 'one-shot-1', 'one-shot-3', 'enas'),
        fc.array(fc.record({ value, gap: value, told: fc.boolean() }), { maxLength: 3 }),
        async (arm, parts) => {
          const runs = parts.map(({ value, gap, told }, seed) => {
            const made = run(arm, seed, { gap, toggled: told, forked: !told });
            const [first, ...rest] = made.alphas.slice(0, 2 + seed);
            const [row, ...rows] = first!;
            const alphas = [[[value, ...row!.slice(1)], ...rows], ...rest];
            const { cells, ...others } = { ...made, alphas };
            const some = cells && { cells: cells.slice(0, alphas.length) };
            const eigenvalues = told && { eigenvalues: alphas.map((_, at) => (at ? gap : null)) };
            return { ...others, ...some, ...eigenvalues };
          });
          expect(await read(writeExtract(runs))).toEqual(runs);
          expect(await read(gzipSync(writeExtract(runs)))).toEqual(runs);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('that is cut off, too long or something else is refused with the reason', async () => {
    const bytes = writeExtract([run('baseline', 0), run('baseline', 1)]);
    expect(await refusal(bytes.subarray(0, 3))).toContain('is cut off in its header');
    expect(await refusal(bytes.subarray(0, 100))).toContain('is cut off in its header');
    const shortened = bytes.subarray(0, -8);
    const needed = 2 * 50 * 30 * 8;
    expect(await refusal(shortened)).toContain(
      `has ${needed - 8} bytes of alphas; its runs need ${needed}`,
    );
    expect(await refusal(Uint8Array.of(...bytes, 0))).toContain(`has ${needed + 1} bytes`);
    expect(await refusal(gzipSync(bytes).subarray(0, -20))).toContain('cut off or damaged');
    expect(await refusal(Uint8Array.of(2, 0, 0, 0, 123, 123))).toContain('has no header in JSON');
    const changed = new TextDecoder('latin1').decode(bytes);
    const recoded = (from: string, to: string) =>
      Uint8Array.from(changed.replace(from, to), (letter) => letter.charCodeAt(0));
    expect(await refusal(recoded('"version":1', '"version":}'))).toContain('has no header in JSON');
    const other = 'is no alphascope-extract of version 1';
    expect(await refusal(recoded('"version":1', '"version":2'))).toContain(other);
    expect(await refusal(recoded('-extract"', '-axtract"'))).toContain(other);
    expect(await refusal(recoded('"runs"', '"rums"'))).toContain(other);
  });
});
