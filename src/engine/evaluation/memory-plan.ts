import { TEST_IMAGES, type StandAloneConfig } from '../../paper/stand-alone';
import { countingKernels } from '../counting';
import type { Device } from '../device';
import { sizeOfStep, stepsOf } from '../epoch-plan';
import { sizeOf } from '../kernels';
import type { MemoryPlan } from '../memory-plan';
import { plannedFeed, plannedShelf } from '../planned-feed';
import { derivedArchitecture, derivedNetwork, type DerivedNetwork } from './derived';
import { FixedStatistics, trackedStatistics } from './running';

/**
 * The memory that the stand-alone training of a cell takes, told by going through its steps and its
 * test without computing them, as `planMemory` does for a search.
 *
 * @throws GenotypeError
 */
export function planTraining(
  arch: string,
  config: StandAloneConfig,
  { gpu }: Pick<Device, 'gpu'>,
): Omit<MemoryPlan, 'recompute'> {
  const { resolution, batch, images } = config;
  const { k, bufferBytes } = countingKernels(gpu);
  const network = derivedNetwork(k, derivedArchitecture(arch, config));
  const { layout } = network;
  return k.scope(() => {
    const vector = () => k.allocate([layout.size]);
    const sgd = { weights: vector(), momentum: vector() };
    const running = k.allocate([layout.statisticsSize]);
    const totals = k.allocate([5]);
    const journal = { totals, trail: totals };
    const fixed = new FixedStatistics(k, layout);
    const scoped = (body: () => void) =>
      k.scope(() => {
        body();
        return { keep: [], value: undefined };
      });
    const pass = (count: number, body: Pass) => {
      const plan = { batch, images: count };
      const steps = stepsOf(plan);
      const { clock, open } = plannedFeed(k, gpu, config, steps);
      const next = open(plannedShelf(k, gpu, { resolution, count }));
      // A short last batch has shapes of its own.
      for (const size of new Set([sizeOfStep(plan, 0), sizeOfStep(plan, steps - 1)])) {
        scoped(() => {
          const scores = body(next(size), clock);
          k.fused.tally(journal, clock, { train: scores, norm: null, valid: null, alpha: null });
        });
      }
    };
    pass(images, (input, clock) => {
      const statistics = trackedStatistics(k, layout, running);
      const { scores, gradient } = network.forward(sgd.weights, input, statistics);
      k.fused.sgd(sgd, gradient(), clock);
      return scores;
    });
    pass(TEST_IMAGES, (input) => network.forward(sgd.weights, input, fixed).scores);
    const { largestBytes: largest, peakBytes } = k;
    // What is read from a GPU goes by way of a buffer of its size that stays for the next time.
    const read = [sgd.weights, running, totals];
    const readBytes = read.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
    fixed.dispose();
    return { keep: [], value: { bytes: gpu ? bufferBytes() + readBytes : peakBytes, largest } };
  });
}

type Pass = (
  batch: Parameters<DerivedNetwork['forward']>[1],
  clock: ReturnType<typeof plannedFeed>['clock'],
) => ReturnType<DerivedNetwork['forward']>['scores'];
