import type { EffectiveConfig } from '../paper/config';
import { stagesOf } from '../paper/method/stages';
import { architectureOf } from './create-network';
import { Layout } from './layout';
import { widened } from './partial/widen';
import type { SearchSnapshot } from './snapshot';

/**
 * The state with which a search enters a stage, from that with which it left the one before (methods,
 * section 8): of each edge the operations with the largest alphas stay and the others' alphas become 0,
 * then the filters are widened. Adam's moments and steps stay.
 *
 * @param stage index of the stage that begins, at least 1
 */
export function enterStage(
  config: EffectiveConfig,
  stage: number,
  snapshot: SearchSnapshot,
  seed: number,
): SearchSnapshot {
  const [from, to] = [stage - 1, stage].map((at) => new Layout(architectureOf(config, at)));
  const [weights, momentum] = widened(from!, to!, [snapshot.weights, snapshot.momentum], seed) as [
    Float32Array,
    Float32Array,
  ];
  const { keeps = config.ops.length } = stagesOf(config)[stage]!;
  const kept = largest(snapshot.alpha, config.ops.length, keeps);
  const alpha = snapshot.alpha.map((value, i) => (kept[i] === 1 ? value : 0));
  return { ...snapshot, weights, momentum, alpha, kept };
}

/** 1 for the largest entries of every row, so many of them and the first of equals; 0 for the others. */
function largest(table: Float32Array, columns: number, count: number): Float32Array {
  const marks = new Float32Array(table.length);
  for (let start = 0; start < table.length; start += columns) {
    const row = table.subarray(start, start + columns);
    const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]!);
    for (const column of order.slice(0, count)) marks[start + column] = 1;
  }
  return marks;
}
