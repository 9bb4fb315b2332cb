import type { EffectiveConfig } from '../../paper/config';
import { spaceOf } from '../../paper/space/registry';
import { operationRows } from '../../paper/space/space';
import type { EpochRecord } from '../../trace/types';

const known = new WeakMap<EpochRecord, EpochRecord>();

/**
 * Records whose alpha holds the rows of operations alone: what charts draw. In NAS-Bench-201 there are
 * no others. A record gives the same object every time, since charts keep what they computed of it.
 */
export function choiceRecords(
  config: Pick<EffectiveConfig, 'space'>,
  records: readonly EpochRecord[],
): readonly EpochRecord[] {
  if (config.space === undefined) return records;
  const space = spaceOf(config);
  return records.map((record) => {
    const made = known.get(record) ?? { ...record, alpha: operationRows(space, record.alpha) };
    known.set(record, made);
    return made;
  });
}
