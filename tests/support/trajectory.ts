import { EDGES } from '../../src/paper/cell';
import { deriveGenotype, formatGenotype } from '../../src/paper/genotype';
import { OPERATIONS, type Operation } from '../../src/paper/operation';
import type { EpochRecord } from '../../src/trace/types';
import type { RegimeSeries, Trajectory } from '../../src/view/chart/series';

interface Options {
  readonly seed?: number;
  /** Epochs recorded; fewer than `total` is a run in training. */
  readonly recorded?: number;
  readonly total?: number;
  readonly warmup?: number;
  readonly ops?: readonly Operation[];
  /** Alpha of an edge and operation at an epoch. */
  readonly alpha?: (epoch: number, edge: number, operation: Operation) => number;
  readonly toggles?: Trajectory['toggles'];
  readonly events?: Trajectory['events'];
}

/** INVENTED numbers for tests of the charts: average pooling, then 3x3, then skip-connect leads. */
export function trajectory(options: Options = {}): Trajectory {
  const { seed = 0, warmup = 0, ops = OPERATIONS, toggles = [], events = [] } = options;
  const total = options.total ?? 12;
  const recorded = options.recorded ?? total;
  const alpha = options.alpha ?? ((epoch, edge, op) => invented(epoch / total, edge, op, seed));
  const epochs = Array.from({ length: recorded }, (_, index): EpochRecord => {
    const epoch = index + 1;
    const frozen = epoch <= warmup;
    const matrix = EDGES.map((edge) =>
      ops.map((op) => (frozen ? 0 : alpha(epoch, edge.index, op))),
    );
    const progress = epoch / total;
    return {
      epoch,
      phase: frozen ? 'warmup' : 'joint',
      alpha: matrix,
      arch: formatGenotype(deriveGenotype(matrix, ops)),
      lossTrain: 2.3 - progress + seed * 0.01,
      accTrain: 0.1 + 0.5 * progress,
      lossAlpha: frozen ? null : 2.35 - 0.9 * progress,
      accAlpha: frozen ? null : 0.1 + 0.4 * progress,
      lossValid: 2.35 - 0.8 * progress,
      accValid: 0.1 + 0.4 * progress,
      rateWeights: 0.05 * (1.02 - progress),
      rateAlpha: 0.0037,
      l2: 0.001,
      gradNorm: 3 - progress,
      steps: [],
      seconds: 1,
    };
  });
  const uid = `trajectory-${seed}-${ops.length}-${total}-${recorded}`;
  const live = recorded < total;
  return { uid, seed, ops, epochs, total, warmup, live, toggles, events };
}

/** Seeds 0..n-1 of one regime. */
export function regime(label: string, trajectories: readonly Trajectory[]): RegimeSeries {
  return { key: label, label, ops: trajectories[0]?.ops ?? OPERATIONS, trajectories };
}

function invented(progress: number, edge: number, operation: Operation, seed: number): number {
  const tilt = 0.05 * Math.sin(edge + 3 * seed);
  if (operation === 'avg_pool_3x3') return 0.6 * (progress < 0.25 ? 1 : 0.2) + tilt;
  if (operation === 'nor_conv_3x3') return 2.4 * progress * (1.2 - progress) + tilt;
  if (operation === 'skip_connect') return 2.6 * progress ** 2;
  return operation === 'none' ? -0.3 : 0.1;
}
