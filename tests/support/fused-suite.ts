import { afterAll, beforeAll, describe } from 'vitest';
import { Bench, type Opened } from './fused/bench';
import { captureSuite } from './fused/capture';
import { convolutionSuite } from './fused/convolution';
import { headSuite } from './fused/head';
import { methodSuite } from './fused/methods';
import { mixtureSuite } from './fused/mixture';
import { normalisationSuite } from './fused/normalisation';
import { partialSuite } from './fused/partial';
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
  suite(name, start, (bench) => {
    convolutionSuite(bench, { runs });
    normalisationSuite(bench);
    mixtureSuite(bench);
    headSuite(bench, runs);
    trainingSuite(bench);
    methodSuite(bench);
    partialSuite(bench);
    captureSuite(bench);
    registeredSuite(bench);
  });
}

/**
 * What of {@link fusedSuite} depends on how work is cut into threads, on few shapes: for a second way of
 * cutting in an implementation that goes through the whole suite already.
 */
export function threadingSuite(name: string, start: () => Promise<Opened>): void {
  suite(name, start, (bench) => {
    convolutionSuite(bench, { runs: 0, few: true });
    normalisationSuite(bench);
    mixtureSuite(bench, { few: true });
  });
}

function suite(
  name: string,
  start: () => Promise<Opened>,
  laws: (bench: () => Bench) => void,
): void {
  describe(`the fused kernels: ${name}`, () => {
    let opened: Opened;
    let bench: Bench;
    beforeAll(async () => {
      opened = await start();
      bench = new Bench(opened);
    });
    afterAll(() => opened.close());
    laws(() => bench);
  });
}
