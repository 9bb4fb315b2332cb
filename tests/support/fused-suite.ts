import { afterAll, beforeAll, describe } from 'vitest';
import { Bench, type Opened } from './fused/bench';
import { captureSuite } from './fused/capture';
import { convolutionSuite } from './fused/convolution';
import { headSuite } from './fused/head';
import { mixtureSuite } from './fused/mixture';
import { normalisationSuite } from './fused/normalisation';
import { registeredSuite } from './fused/registered';
import { trainingSuite } from './fused/training';

export type { Opened };

/**
 * The laws that every implementation of {@link FusedKernels} keeps, on every backend: equal to the
 * plain float64 functions within float32; arguments untouched, no tensor left behind, the same bits
 * twice; gradients that tfjs's tape can use; captured steps equal to steps run one by one.
 *
 * @param start brings up the backend; called once
 * @param runs of each property
 */
export function fusedSuite(name: string, start: () => Promise<Opened>, { runs = 20 } = {}): void {
  describe(`the fused kernels: ${name}`, () => {
    let opened: Opened;
    let bench: Bench;
    beforeAll(async () => {
      opened = await start();
      bench = new Bench(opened);
    });
    afterAll(() => opened.close());

    const open = () => bench;
    convolutionSuite(open, runs);
    normalisationSuite(open);
    mixtureSuite(open);
    headSuite(open, runs);
    trainingSuite(open);
    captureSuite(open);
    registeredSuite(open);
  });
}
