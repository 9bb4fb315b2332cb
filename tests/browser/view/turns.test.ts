import { expect, test } from 'vitest';
import { inTurn } from '../../../src/view/turns';

const turn = () => new Promise<void>(inTurn);

test('each piece has a task of its own, in the order in which they were asked for', async () => {
  const said: string[] = [];
  inTurn(() => {
    said.push('first');
    // A task's promises are settled before the next one begins.
    void Promise.resolve().then(() => said.push('settled'));
    inTurn(() => said.push('asked for by the first'));
  });
  inTurn(() => said.push('second'));
  expect(said).toEqual([]);
  await turn();
  await turn();
  expect(said).toEqual(['first', 'settled', 'second', 'asked for by the first']);
});

test('what was taken back is not called, and others are', async () => {
  const said: string[] = [];
  const takeBack = inTurn(() => said.push('taken back'));
  inTurn(() => said.push('other'));
  takeBack();
  await turn();
  expect(said).toEqual(['other']);
  takeBack();
  const alone = inTurn(() => said.push('alone'));
  alone();
  await turn();
  expect(said).toEqual(['other']);
});

test('a piece that fails holds nobody up', async () => {
  const failed = new Promise<string>((resolve) => {
    addEventListener(
      'error',
      (event) => {
        event.preventDefault();
        event.stopImmediatePropagation();
        resolve(event.message);
      },
      { once: true, capture: true },
    );
  });
  inTurn(() => {
    throw new Error('a piece failed');
  });
  await turn();
  expect(await failed).toContain('a piece failed');
});

test('frames are drawn between pieces that take long', async () => {
  let frames = 0;
  const count = (): void => {
    frames++;
    handle = requestAnimationFrame(count);
  };
  let handle = requestAnimationFrame(count);
  const long = (): void => {
    const end = performance.now() + 30;
    while (performance.now() < end);
  };
  for (let piece = 0; piece < 10; piece++) inTurn(long);
  await turn();
  cancelAnimationFrame(handle);
  expect(frames).toBeGreaterThanOrEqual(9);
});
