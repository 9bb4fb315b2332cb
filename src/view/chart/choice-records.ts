import type { EffectiveConfig } from '../../paper/config';
import { spaceOf } from '../../paper/space/registry';
import { operationRows } from '../../paper/space/space';
import { alphaOfStage, archOfStage } from '../../paper/space/stages';
import type { EpochRecord } from '../../trace/types';

/** By record, one for each stage asked for. */
const known = new WeakMap<EpochRecord, Map<number, EpochRecord>>();

/**
 * Records whose alpha holds the rows of operations alone: what charts draw. In NAS-Bench-201 there are
 * no others; of a search with alphas for each stage they are those of one stage, with its cell. A
 * record gives the same object every time, since charts keep what they computed of it.
 *
 * @param stage from 0
 */
export function choiceRecords(
  config: Pick<EffectiveConfig, 'space'>,
  records: readonly EpochRecord[],
  stage: number,
): readonly EpochRecord[] {
  if (config.space === undefined) return records;
  const space = spaceOf(config);
  const make = (record: EpochRecord): EpochRecord => {
    if (!space.stage) return { ...record, alpha: operationRows(space, record.alpha) };
    return {
      ...record,
      alpha: alphaOfStage(space, record.alpha, stage),
      arch: archOfStage(record.arch, stage),
      steps: record.steps.map(({ step, alpha }) => ({
        step,
        alpha: alphaOfStage(space, alpha, stage),
      })),
    };
  };
  return records.map((record) => {
    const stages = known.get(record) ?? new Map<number, EpochRecord>();
    const made = stages.get(stage) ?? make(record);
    known.set(record, stages.set(stage, made));
    return made;
  });
}
