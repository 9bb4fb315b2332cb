import { armByKey, type ArmValues } from '../../paper/experiment/arm';
import { spaceByKey } from '../../paper/space/registry';
import { rate } from '../format';

/** Epochs and the paper's rates, and what else tells an arm from the baseline. */
export function armFacts(values: ArmValues): string {
  const { space, ops, warmup, epochs, weightRate, weightSchedule, alphaRate, l2 } = values;
  const baseline = armByKey('baseline').values;
  const parts = [
    `${warmup} + ${epochs} epochs`,
    `weights ${rate(weightRate)} ${weightSchedule}`,
    `alpha ${rate(alphaRate)}`,
  ];
  if (l2 !== baseline.l2) parts.push(`L2 ${rate(l2)}`);
  if (space !== baseline.space) parts.push(spaceByKey(space).label);
  else if (ops.length < baseline.ops.length) parts.push(`${ops.length} operations`);
  return parts.join(', ');
}
