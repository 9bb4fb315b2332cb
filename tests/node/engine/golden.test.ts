import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/paper/operation';
import { Supernet } from '../../../src/engine/supernet';
import { startBackend } from '../../support/backends';
import { golden, goldenBatch, goldenValue } from '../../support/golden';

const architecture = {
  channels: golden.C,
  cells: golden.N,
  resolution: golden.resolution,
  ops: OPERATIONS,
  classes: 10,
};

describe.each(['cpu', 'wasm'] as const)('the supernet on %s against PyTorch in float64', (name) => {
  test('loss, logits and every gradient', async () => {
    const k = await startBackend(name);
    const supernet = new Supernet(k, architecture);
    expect(supernet.layout.size).toBe(golden.parameters);
    const flat = k.upload(supernet.layout.build(goldenValue), [supernet.layout.size]);
    const alpha = k.upload(Float32Array.from(golden.alpha0.flat()), [6, 5]);
    const p = supernet.softmax(alpha);
    const pass = supernet.forward(flat, p, goldenBatch(0));
    const { weights, mixture } = pass.gradients();
    console.log((await k.read(pass.loss))[0], golden.train.loss);
    const dAlpha = await k.read(supernet.throughSoftmax(p, mixture));
    console.log([...dAlpha].slice(0, 5), golden.train.alpha_grad[0]);
    const named = supernet.layout.toNamed(await k.read(weights));
    let worst = 0;
    for (const [key, expected] of Object.entries(golden.train.weight_grads)) {
      const got = named.get(key)!;
      const l2 = Math.hypot(...got);
      worst = Math.max(worst, Math.abs(l2 - expected.l2));
      if (Math.abs(l2 - expected.l2) > 1e-4) console.log(key, l2, expected.l2);
    }
    console.log('worst', worst);
  });
});
