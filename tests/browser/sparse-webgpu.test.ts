import { expect } from 'vitest';
import { sparseSuite } from '../support/sparse-suite';
import { FEW, MANY, openGpu } from '../support/webgpu';

// The sums of a few threads and those of workgroups are cut to edges in different ways.
for (const threads of [FEW, MANY]) {
  sparseSuite(
    `on WebGPU with ${threads} threads`,
    async () => {
      const { k, errors } = await openGpu(threads);
      return { k, check: () => expect(errors).toEqual([]) };
    },
    // With two channels a vector may belong to several edges; later stages have four and eight.
    [{ channels: threads === FEW ? 2 : 4, batch: 2 }],
    4,
  );
}
