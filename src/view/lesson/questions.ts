import type { ClaimId } from '../../paper/claim/claim';
import { judge } from '../../paper/claim/judge';
import { claimById } from '../../paper/claim/registry';
import { heldAt, leaderAt, peakEpoch, type Curves } from '../../paper/curves';
import { armByKey, type ArmKey } from '../../paper/experiment/arm';
import { COLLAPSED_SKIPS } from '../../paper/experiment/bench';
import { softmaxRows } from '../../paper/magnitude';
import type { Operation } from '../../paper/operation';
import { operationRows } from '../../paper/space/space';
import { mean } from '../../paper/statistics';
import type { ArmEvidence } from './evidence';
import type { Choice, Question } from './lesson';
import {
  compareSkips,
  FEWER_SAME_MORE,
  figure,
  inMean,
  listed,
  operationWords,
  percent,
  skipWords,
} from './words';

/** What a lesson adds to a question of one of the kinds below. */
export type Asked = Pick<Question, 'key' | 'ask'> & Partial<Pick<Question, 'paper' | 'own'>>;

/** A choice for a number: from here up to the next. */
interface Bin extends Choice {
  readonly from: number;
}

const SKIPS: readonly Bin[] = [
  { key: 'few', label: 'none or one', from: 0 },
  { key: 'some', label: 'two or three', from: 1.5 },
  { key: 'most', label: 'four or more: a collapse', from: COLLAPSED_SKIPS - 0.5 },
];
const SHARES: readonly Bin[] = [
  { key: 'little', label: 'less than 40 %', from: 0 },
  { key: 'half', label: '40 to 80 %', from: 0.4 },
  { key: 'nearly', label: 'more than 80 %', from: 0.8 },
];

/** Which operation holds most edges of the last cell? */
export function mostEdges(asked: Asked, arm: ArmKey): Question {
  const { ops } = armByKey(arm).values;
  return ofOneArm(asked, arm, operationChoices(ops), (found) => {
    const held = ops.map((operation) => heldAt(found.mean, operation, found.mean.epochs));
    const most = Math.max(...held);
    const ranked = ops
      .map((operation, at) => ({ operation, edges: held[at]! }))
      .filter(({ edges }) => edges > 0)
      .sort((a, b) => b.edges - a.edges)
      .map(({ operation, edges }) => `${operationWords(operation)} ${figure(edges)}`);
    return {
      choices: ops.filter((_, at) => most - held[at]! < 1e-9),
      text: `${found.where}, the six edges of the last cell go to ${listed(ranked)}${inMean(found)}.`,
    };
  });
}

/** How many skip-connects does the last cell hold? */
export function skipsAtEnd(asked: Asked, arm: ArmKey): Question {
  return ofOneArm(asked, arm, SKIPS, (found) => {
    const counts = lastSkips(found);
    return {
      choices: [binOf(SKIPS, mean(counts))],
      text: `${found.where}, the last cell holds ${skipWords(counts)}.`,
    };
  });
}

/** Does an arm end with fewer skip-connects than another? By less than half an edge: as many. */
export function skipsAgainst(asked: Asked, arm: ArmKey, other: ArmKey): Question {
  return {
    ...asked,
    arms: [arm, other],
    choices: FEWER_SAME_MORE,
    answer: (evidence) => {
      const [one, two] = [evidence.of(arm), evidence.of(other)];
      if (one === null || two === null) return null;
      const [here, there] = [lastSkips(one), lastSkips(two)];
      return {
        choices: [compareSkips(mean(here), mean(there))],
        text: `${one.where} of ${armByKey(arm).label}, the last cell holds ${skipWords(here)}; in those of ${armByKey(other).label}, ${skipWords(there)}.`,
      };
    },
  };
}

/** In which order do the magnitudes of three operations peak? */
export function peakOrder(
  asked: Asked,
  arm: ArmKey,
  orders: readonly (readonly [Operation, Operation, Operation])[],
): Question {
  const choices = [
    ...orders.map((order) => ({
      key: order.join(),
      label: order.map(operationWords).join(', then '),
    })),
    { key: 'other', label: 'another order' },
  ];
  const orderOf = (curves: Curves) => {
    const before = (a: Operation, b: Operation) => peakEpoch(curves, a) < peakEpoch(curves, b);
    return orders.find(([a, b, c]) => before(a, b) && before(b, c))?.join() ?? 'other';
  };
  return ofOneArm(asked, arm, choices, (found) => {
    const order = orderOf(found.mean);
    const peaks = [...new Set(orders.flat())]
      .map((operation) => ({ operation, epoch: peakEpoch(found.mean, operation) }))
      .sort((a, b) => a.epoch - b.epoch)
      .map(({ operation, epoch }) => `${operationWords(operation)} at epoch ${epoch}`);
    const same = found.curves.filter((curves) => orderOf(curves) === order);
    return {
      choices: [order],
      text: `${found.where}, the magnitudes peak in this order${inMean(found)}: ${listed(peaks)}.${oneByOne(found, same.length, 'The same choice fits')}`,
    };
  });
}

/** Which operation has the largest magnitude at a joint epoch? */
export function leads(asked: Asked, arm: ArmKey, epoch: number | 'end'): Question {
  const leaderOf = (curves: Curves) =>
    leaderAt(curves, epoch === 'end' ? curves.epochs : Math.min(epoch, curves.epochs));
  const when = epoch === 'end' ? 'the last epoch' : `epoch ${epoch}`;
  return ofOneArm(asked, arm, operationChoices(armByKey(arm).values.ops), (found) => {
    const leader = leaderOf(found.mean) as Operation;
    const same = found.curves.filter((curves) => leaderOf(curves) === leader);
    return {
      choices: [leader],
      text: `${found.where}, ${operationWords(leader)} has the largest magnitude in ${when}${inMean(found)}.${oneByOne(found, same.length, 'It has')}`,
    };
  });
}

/** How much of its edge does the strongest operation have in the end, in the mean over edges? */
export function decidedness(asked: Asked, arm: ArmKey): Question {
  return ofOneArm(asked, arm, SHARES, (found) => {
    const strongest = found.runs.map(({ space, alphas }) =>
      mean(softmaxRows(operationRows(space, alphas.at(-1)!)).map((row) => Math.max(...row))),
    );
    const share = mean(strongest);
    const even = percent(1 / found.mean.ops.length);
    return {
      choices: [binOf(SHARES, share)],
      text: `${found.where}, the strongest operation of an edge ends with ${percent(share)} of it${inMean(found)}; evenly mixed, each would have ${even}.`,
    };
  });
}

/** Is an observation of the paper seen? Its verdict stands below; without one there is no answer. */
export function claimHolds(asked: Asked, id: ClaimId): Question {
  const claim = claimById(id);
  return {
    ...asked,
    arms: claim.arms,
    choices: [
      { key: 'seen', label: 'yes' },
      { key: 'not seen', label: 'no' },
    ],
    answer: ({ runs }) => {
      const { outcome } = judge(claim, runs);
      const decided = outcome === 'seen' || outcome === 'not seen';
      return decided ? { choices: [outcome], text: `By the rule of ${id}, read below.` } : null;
    },
  };
}

/** A question about the runs of one arm. */
export function ofOneArm(
  asked: Asked,
  arm: ArmKey,
  choices: readonly Choice[],
  answer: (found: ArmEvidence) => ReturnType<Question['answer']>,
): Question {
  return {
    ...asked,
    arms: [arm],
    choices,
    answer: (evidence) => {
      const found = evidence.of(arm);
      return found === null ? null : answer(found);
    },
  };
}

function operationChoices(ops: readonly Operation[]): Choice[] {
  return ops.map((operation) => ({ key: operation, label: operationWords(operation) }));
}

function binOf(bins: readonly Bin[], value: number): string {
  return bins.findLast(({ from }) => value >= from)!.key;
}

function lastSkips({ curves }: ArmEvidence): number[] {
  return curves.map((run) => heldAt(run, 'skip_connect', run.epochs));
}

function oneByOne({ seeds }: ArmEvidence, same: number, what: string): string {
  return seeds.length > 1 ? ` ${what} in ${same} of ${seeds.length} seeds taken one by one.` : '';
}
