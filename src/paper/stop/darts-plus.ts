import type { Alpha } from '../cell';
import { heldAt, type Curves } from '../curves';
import { operationRows, type SearchSpace } from '../space/space';
import { neverTriggered, watchAll, type OnlineRule, type Stop } from './stop';

const SKIP = 'skip_connect';

/** DARTS+, sc_k: the first epoch whose derived cell has at least k skip-connects. */
export function skipCount(k: number): OnlineRule {
  const start: OnlineRule['start'] = (space, ops) => {
    let epoch = 0;
    let stop: Stop | null = null;
    return {
      observe: (alpha) => {
        if (stop !== null) return stop;
        epoch++;
        const skips = operationRows(space, alpha).filter(
          (row) => ops[row.indexOf(Math.max(...row))] === SKIP,
        );
        if (skips.length >= k) stop = { epoch, decidedAt: epoch, triggered: true };
        return stop;
      },
    };
  };
  return {
    key: `sc_${k}`,
    label: `DARTS+ sc_${k}: ${k} skip-connects in the cell`,
    start,
    find: (trajectory) => watchAll(start, trajectory),
    findInMean: (curves: Curves): Stop => {
      for (let epoch = 1; epoch <= curves.epochs; epoch++) {
        if (heldAt(curves, SKIP, epoch) >= k) return { epoch, decidedAt: epoch, triggered: true };
      }
      return neverTriggered(curves.epochs);
    },
  };
}

/**
 * DARTS+, rt_k: the first epoch at which the ranking of the operations with parameters has not
 * changed on any edge for k epochs, k + 1 equal rankings in a row. On NAS-Bench-201 that is one bit
 * per edge: which convolution has the larger alpha.
 */
export function rankStability(k: number): OnlineRule {
  const start: OnlineRule['start'] = (space, ops) => {
    const learnable = learnableColumns(space, ops);
    let epoch = 0;
    let changed = { epoch: 0, ranking: '' };
    let stop: Stop | null = null;
    return {
      observe: (alpha) => {
        if (stop !== null || learnable.length < 2) return stop;
        epoch++;
        const ranking = rankingOf(operationRows(space, alpha), learnable);
        if (ranking !== changed.ranking) changed = { epoch, ranking };
        else if (epoch - changed.epoch >= k) stop = { epoch, decidedAt: epoch, triggered: true };
        return stop;
      },
    };
  };
  return {
    key: `rt_${k}`,
    label: `DARTS+ rt_${k}: ranking of the convolutions unchanged for ${k} epochs`,
    start,
    find: (trajectory) => watchAll(start, trajectory),
  };
}

/** With fewer than two there is no ranking, hence never a stop. */
function learnableColumns(space: SearchSpace, ops: readonly string[]): number[] {
  return ops.flatMap((name, column) => {
    const operation = space.operations.find((candidate) => candidate.name === name);
    return operation !== undefined && !operation.parameterFree ? [column] : [];
  });
}

/** The order of these columns on every row, largest first, the first of equals first. */
function rankingOf(rows: Alpha, columns: readonly number[]): string {
  return rows.map((row) => columns.toSorted((a, b) => row[b]! - row[a]! || a - b).join()).join(' ');
}
