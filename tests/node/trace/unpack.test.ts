import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTraceFile } from '../../../src/trace/unpack';
import { writeTrace } from '../../../src/trace/write';
import { syntheticRun } from '../../support/synthetic-run';

let text: string;
let packed: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  text = writeTrace([await syntheticRun({ seed: 0, epochs: 20 })]);
  packed = new Uint8Array(gzipSync(text));
});

describe('a trace file', () => {
  it('reads the same, packed or plain', async () => {
    const plain = await readTraceFile(new TextEncoder().encode(text));
    expect(plain.runs).toHaveLength(1);
    expect(await readTraceFile(packed)).toEqual(plain);
  });

  it('is refused when it is cut off or damaged', async () => {
    const whole = packed.length;
    for (const length of [2, 12, Math.floor(whole / 2), whole - 9, whole - 1]) {
      await expect(readTraceFile(packed.slice(0, length))).rejects.toThrow('cut off or damaged');
    }
    const damaged = packed.slice();
    damaged.set(damaged.slice(200, 220), 100);
    await expect(readTraceFile(damaged)).rejects.toThrow('cut off or damaged');
  });

  it('is refused when it is too large unpacked, however small it was', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(2 ** 24).fill(32)));
    expect(bomb.length).toBeLessThan(2 ** 15);
    await expect(readTraceFile(bomb, 2 ** 16)).rejects.toThrow('at most 65536 bytes are unpacked');
    const size = Buffer.byteLength(text);
    expect((await readTraceFile(packed, size)).runs).toHaveLength(1);
    await expect(readTraceFile(packed, size - 1)).rejects.toThrow('too large');
  });

  it('is refused when it is no text', async () => {
    const bytes = new TextEncoder().encode(text);
    bytes[text.indexOf('baseline')] = 0xff;
    await expect(readTraceFile(bytes)).rejects.toThrow('is no text in UTF-8');
  });
});
