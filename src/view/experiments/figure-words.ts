import { collapseEpoch, curvesOfStage, heldAt, leaderAt, magnitudeAt } from '../../paper/curves';
import { armByKey } from '../../paper/experiment/arm';
import { COLLAPSED_SKIPS } from '../../paper/experiment/bench';
import { formatSeeds } from '../../paper/seeds';
import { spaceByKey } from '../../paper/space/registry';
import { STAGE_NUMBERS } from '../../paper/space/stages';
import { explosionEpoch } from '../../paper/stop/eigenvalue';
import { percent } from '../accuracy/words';
import { share } from '../chart/summary';
import type { Lookup } from '../../paper/table/lookup';
import { choicesOf, labelOf, spaceOfFigure, type FigureGroup, type FigureModel } from './figure';

/** Changes of the leader that a sentence can carry. */
const MOST_PHASES = 4;

/** A sentence or two that say what a panel shows. */
export function figureSentence(model: FigureModel): string {
  const { draws } = model.spec;
  if (model.lookup !== null) return accuracySentence(model, model.lookup);
  if (draws === 'eigenvalue') return eigenvalueSentence(model);
  if (draws === 'magnitude') return model.groups.map(magnitudeSentence).join(' ');
  return 'heldByStage' in draws
    ? stagesSentence(model, draws.heldByStage)
    : `${heldSentence(model, draws.held)}${model.spec.own ? '' : standsIn(model)}`;
}

/** Why a count is drawn where the paper has an accuracy. */
function standsIn(model: FigureModel): string {
  return ` The paper plots the accuracy of the derived cell; without a table of accuracies${ofSpace(model)} this is the count that stands behind it.`;
}

/** NAS-Bench-201 is what a table is of unless it says something else. */
function ofSpace({ spec }: FigureModel): string {
  const { key, label } = spaceByKey(spaceOfFigure(spec));
  return key === 'nas-bench-201' ? '' : ` of ${label}`;
}

/** `n = 5 · mean, band ± 1 s.d., seeds thin`; `n = 3 to 5` where arms differ. */
export function figureFacts({ groups }: FigureModel): string {
  const counts = groups.map(({ seeds }) => seeds.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const n = least === most ? `n = ${most}` : `n = ${least} to ${most}`;
  return most > 1 ? `${n} · mean, band ± 1 s.d., seeds thin` : n;
}

/** What the axis says, where a table's name has no room: the sentence above names it. */
export function axisUnit(model: FigureModel): string {
  return model.lookup === null ? figureUnit(model) : 'accuracy of the derived cell, %';
}

/** What the vertical axis measures. */
export function figureUnit(model: FigureModel): string {
  const { spec, lookup } = model;
  if (lookup !== null) return `${axisUnit(model)}, ${lookup.name}`;
  if (spec.draws === 'eigenvalue') return 'largest eigenvalue of the alpha loss’s Hessian by alpha';
  const { count, noun } = choicesOf(spec);
  if (spec.draws === 'magnitude') {
    const whose = spec.stage === undefined ? '' : ` of stage ${spec.stage + 1}`;
    return `m(t, o), mean of softmax(alpha) over ${count} ${noun}${whose}`;
  }
  return 'heldByStage' in spec.draws
    ? `${noun} of a stage’s ${count} that hold ${wordsOf(spec.arms[0]!, spec.draws.heldByStage)}`
    : `${noun} that hold ${wordsOf(spec.arms[0]!, spec.draws.held)}`;
}

function magnitudeSentence({ arm, seeds, mean }: FigureGroup): string {
  const name = (operation: string) => wordsOf(arm, operation);
  const leads: { readonly from: number; readonly leader: string }[] = [];
  for (let epoch = 1; epoch <= mean.epochs; epoch++) {
    const leader = leaderAt(mean, epoch);
    if (leader !== leads.at(-1)?.leader) leads.push({ from: epoch, leader });
  }
  const [first, ...later] = leads;
  const who =
    seeds.length > 1 ? `In the mean of seeds ${formatSeeds(seeds)}` : `In seed ${seeds[0]}`;
  const how =
    leads.length > MOST_PHASES
      ? `the lead changes ${later.length} times`
      : [
          `${name(first!.leader)} leads ${later.length === 0 ? 'from the first epoch to the last' : 'first'}`,
          ...later.map(({ from, leader }) => `${name(leader)} from epoch ${from}`),
        ].join(', ');
  const last = leads.at(-1)!.leader;
  const end = `${name(last)} ends with ${share(magnitudeAt(mean, last, mean.epochs))}`;
  return `${who} ${how}; ${end}.`;
}

/** Where it explodes as the claim of figure 7 has it. */
function eigenvalueSentence({ groups }: FigureModel): string {
  const lines = groups.map(({ arm, seeds, mean: { eigenvalues = [] } }) => {
    const values = eigenvalues.filter((value) => value !== null);
    const explosion = explosionEpoch(eigenvalues);
    const growth =
      explosion === null
        ? 'its local average never grows by more than 30 % over eight epochs'
        : `its local average first grows by more than 30 % over eight epochs in epoch ${explosion}`;
    return `${labelOf(arm)} from ${values[0]?.toFixed(2)} to ${values.at(-1)?.toFixed(2)} (n = ${seeds.length}), ${growth}`;
  });
  return `The largest eigenvalue, measured after every second epoch, mean over seeds: ${lines.join('; ')}.`;
}

function accuracySentence({ curves }: FigureModel, { name }: Lookup): string {
  const parts = curves.map(({ name: arm, seeds, bundle: { bands } }) => {
    const known = bands.filter(({ n }) => n > 0);
    if (known.length === 0) return `${arm}: no cell is in the table`;
    const last = bands.at(-1)!;
    const best = known.reduce((top, band) => (band.mean > top.mean ? band : top));
    const end = last.n === 0 ? 'is not in the table' : `${percent(last.mean)} %`;
    return `${arm} ${end} (n = ${seeds.length}), at its best ${percent(best.mean)} % in epoch ${bands.indexOf(best)}`;
  });
  return `${name}: the cell of the last epoch has, mean over seeds: ${parts.join('; ')}.`;
}

function heldSentence({ groups, spec }: FigureModel, operation: string): string {
  const { count, noun } = choicesOf(spec);
  const ends = groups.map(({ arm, seeds, mean }) => {
    const held = heldAt(mean, operation, mean.epochs).toFixed(1);
    const collapse = collapseEpoch(mean, operation, COLLAPSED_SKIPS);
    const since =
      collapse <= mean.epochs ? `, ${COLLAPSED_SKIPS} or more since epoch ${collapse}` : '';
    return `${armByKey(arm).label} ${held} (n = ${seeds.length}${since})`;
  });
  const what = wordsOf(spec.arms[0]!, operation);
  return `Of ${count} ${noun}, ${what} holds in the last epoch, mean over seeds: ${ends.join('; ')}.`;
}

/** Shares, since that is what is said to rise with depth. */
function stagesSentence({ groups, spec }: FigureModel, operation: string): string {
  const { count, noun } = choicesOf(spec);
  return groups
    .map(({ arm, seeds, mean }) => {
      const ends = STAGE_NUMBERS.map((stage) => {
        const held = heldAt(curvesOfStage(mean, stage), operation, mean.epochs);
        return `${held.toFixed(1)} (share ${share(held / count)}) in stage ${stage + 1}`;
      });
      const who = `mean over seeds, n = ${seeds.length}`;
      return `Of the ${count} ${noun} of each stage, ${wordsOf(arm, operation)} holds in the last epoch, ${who}: ${ends.join(', ')}.`;
    })
    .join(' ');
}

function wordsOf(arm: FigureGroup['arm'], operation: string): string {
  const { operations } = spaceByKey(armByKey(arm).values.space);
  return operations.find(({ name }) => name === operation)?.words ?? operation;
}
