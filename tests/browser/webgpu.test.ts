import { expect, test } from 'vitest';

test('the browser under test offers a real WebGPU adapter', async () => {
  const adapter = await navigator.gpu.requestAdapter();
  expect(adapter).not.toBeNull();
});
