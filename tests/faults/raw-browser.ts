import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';

/** A tab by its session of the debugging protocol. */
export interface RawTab {
  readonly send: (method: string, params?: object) => Promise<unknown>;
  /** The value of an expression, promises awaited. */
  readonly evaluate: <Value>(expression: string) => Promise<Value>;
  readonly activate: () => Promise<void>;
}

export interface RawBrowser {
  /** Opens a tab in front of the others, which are hidden by it. */
  readonly open: (url: string) => Promise<RawTab>;
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/**
 * Chromium without Playwright, which keeps every page visible: a tab that is never hidden is never
 * frozen.
 */
export async function openRawBrowser(): Promise<RawBrowser> {
  const profile = await mkdtemp(path.join(tmpdir(), 'alphascope-'));
  const flags = ['--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profile}`];
  const child = spawn(findChromium()!, [...CHROMIUM_FLAGS, ...flags, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const [, , , requests, answers] = child.stdio as [null, null, null, Writable, Readable];
  const waiting = new Map<number, (answer: Answer) => void>();
  let text = '';
  answers.setEncoding('utf8').on('data', (piece: string) => {
    const parts = (text + piece).split('\0');
    text = parts.pop()!;
    for (const part of parts) {
      const answer = JSON.parse(part) as Answer;
      waiting.get(answer.id ?? 0)?.(answer);
    }
  });
  let last = 0;
  const send = (method: string, params: object = {}, sessionId?: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
      requests.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });

  async function open(url: string): Promise<RawTab> {
    const { targetId } = (await send('Target.createTarget', { url })) as { targetId: string };
    const attached = await send('Target.attachToTarget', { targetId, flatten: true });
    const { sessionId } = attached as { sessionId: string };
    return {
      send: (method, params) => send(method, params, sessionId),
      evaluate: async <Value>(expression: string) => {
        const params = { expression, awaitPromise: true, returnByValue: true };
        const answer = await send('Runtime.evaluate', params, sessionId);
        return (answer as { result: { value: Value } }).result.value;
      },
      activate: async () => void (await send('Target.activateTarget', { targetId })),
    };
  }

  return {
    open,
    close: async () => {
      await send('Browser.close');
      await ended;
      await rm(profile, { recursive: true, force: true });
    },
  };
}
