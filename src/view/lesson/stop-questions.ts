import { heldAt } from '../../paper/curves';
import { armByKey, type ArmKey } from '../../paper/experiment/arm';
import { mean } from '../../paper/statistics';
import { skipCount } from '../../paper/stop/darts-plus';
import { poolStops } from '../../paper/stop/pool';
import { selectiveStop } from '../../paper/stop/selective-stop';
import type { StopRule } from '../../paper/stop/stop';
import type { ArmEvidence } from './evidence';
import type { Question } from './lesson';
import { ofOneArm, type Asked } from './questions';
import { compareSkips, FEWER_SAME_MORE, figure, listed, skipWords } from './words';

/** Algorithm 2 in the paper's setting: the peak of 3x3 convolution. */
const SELECTIVE = selectiveStop(13, 'nor_conv_3x3');

/** Rules to choose from; null trains to the end. */
const RULES: readonly { key: string; name: string; label: string; rule: StopRule | null }[] = [
  { key: 'end', name: 'no rule', label: 'none: the last epoch', rule: null },
  {
    key: 'sc',
    name: 'sc_2',
    label: 'DARTS+ sc_2: stop at the second skip-connect',
    rule: skipCount(2),
  },
  { key: 'ss', name: 'SS', label: 'SS: stop at the peak of 3×3 convolution', rule: SELECTIVE },
];

/** Which rule returns the cell with the fewest skip-connects? */
export function fewestSkips(asked: Asked, arm: ArmKey): Question {
  return ofOneArm(asked, arm, RULES, (found) => {
    const outcomes = RULES.map(({ key, name, rule }) => {
      const { skips, epoch } = stopped(found, rule);
      return {
        key,
        value: mean(skips),
        words: `by ${name} (epoch ${figure(epoch)}) ${skipWords(skips)}`,
      };
    });
    const least = Math.min(...outcomes.map(({ value }) => value));
    return {
      choices: outcomes.filter(({ value }) => value - least < 1e-9).map(({ key }) => key),
      text: `${found.where} of ${armByKey(arm).label}, the cell returned holds ${listed(outcomes.map(({ words }) => words))}.`,
    };
  });
}

/** Does selective stop return more skip-connects as the weight rate grows from the first arm on? */
export function stopOverRates(asked: Asked, arms: readonly [ArmKey, ...ArmKey[]]): Question {
  return {
    ...asked,
    arms,
    choices: FEWER_SAME_MORE,
    answer: (evidence) => {
      const found = arms.map((arm) => evidence.of(arm));
      const all = found.filter((one) => one !== null);
      if (all.length < arms.length) return null;
      const skips = all.map((one) => stopped(one, SELECTIVE).skips);
      const each = arms.map((arm, at) => `${armByKey(arm).label}: ${skipWords(skips[at]!)}`);
      return {
        choices: [compareSkips(mean(skips.at(-1)!), mean(skips[0]!))],
        text: `${all[0]!.where}, the cell at the peak of 3×3 convolution holds, at ${listed(each)}.`,
      };
    },
  };
}

/** Skip-connects of the cells that a rule returns, and its mean epoch. */
function stopped(
  { runs, curves }: ArmEvidence,
  rule: StopRule | null,
): { skips: number[]; epoch: number } {
  const epochs =
    rule === null
      ? curves.map((one) => one.epochs)
      : poolStops(rule, runs).seeds.map(({ epoch }) => epoch);
  return {
    skips: curves.map((one, at) => heldAt(one, 'skip_connect', epochs[at]!)),
    epoch: mean(epochs),
  };
}
