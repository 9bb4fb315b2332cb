import {
  PRINTED_RECOVERIES,
  recovery,
  type MomentumConvention,
  type Recovery,
  type Study,
  type StudyStep,
} from '../../paper/softmax-study';
import type { TableModel } from '../chart/table';
import { grouped, rate as shortRate } from '../format';
import type { StudyForm } from './study-form.svelte';

export const CONVENTION_NAME: Readonly<Record<MomentumConvention, string>> = {
  'heavy-ball': 'heavy ball',
  nesterov: 'Nesterov',
  averaged: 'averaged',
  dampened: 'dampening .9',
  none: 'no momentum',
};

/** Three figures with a true minus: `−0.0821`, `12.5`, `0`. */
export function figure(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1e-4 && size < 1e5 ? Number(value.toPrecision(3)) : value.toExponential(1);
  return String(text).replace('-', '−');
}

/** `x₂`, or `x₂ to x₅` for the entries that move as one. */
export function restName(letter: string, dimension: number): string {
  return dimension === 2 ? `${letter}₂` : `${letter}₂ to ${letter}₅`;
}

/** What happens in the study, in a sentence or two. */
export function resultSentence(
  { flipAfter, optimiser }: Study,
  { updates, farthest, farthestAt }: Recovery,
  momentumAlone: Recovery,
): string {
  const turned = `The gradient turns after epoch ${flipAfter}.`;
  const on =
    farthestAt === 0 ? '' : ` x₁ goes on for ${epochs(farthestAt)}, as far as ${figure(farthest)}.`;
  if (updates === null) {
    return `${turned}${on} It is not back where it began within 2,000 epochs: softmax lets next to nothing of the gradient through.`;
  }
  const back = ` It is back where it began after ${epochs(updates)}.`;
  if (optimiser.kind === 'adam' || momentumAlone.updates === null) return turned + on + back;
  const added = updates - momentumAlone.updates;
  const share = `Momentum alone would take ${momentumAlone.updates}`;
  if (added <= 0) return `${turned}${on}${back} ${share}: at this rate softmax adds nothing.`;
  return `${turned}${on}${back} ${share}; the other ${added} are softmax’s.`;
}

/** The paper's two numbers beside those computed here, while its settings are on. */
export function printedSentence(form: StudyForm): string {
  const both = PRINTED_RECOVERIES.map(({ rate, updates }) => {
    const here = recovery(form.with(rate, 'sgd')).updates;
    return `At rate ${shortRate(rate)} it prints ${updates} epochs; computed here: ${here ?? 'none'}.`;
  });
  return `These are the paper’s settings (section 2.2). ${both.join(' ')} It names no momentum; of the conventions at the side only the heavy ball gives both numbers.`;
}

/** What Adam makes of the same study. */
export function adamSentence(rate: number, flip: number, { updates }: Recovery): string {
  const back = updates === null ? 'x₁ does not come back' : `x₁ is back after ${epochs(updates)}`;
  return `With Adam at rate ${shortRate(rate)}, ${back}, ${flip} having led away: the inertia vanishes. Adam divides the gradient by its own size, so what softmax takes of it does not count. Every experiment of the paper trains alpha with Adam; the study illustrates its argument and is no model of alpha’s optimiser.`;
}

/** Every epoch of a study. */
export function studyTable({ start, flipAfter }: Study, steps: readonly StudyStep[]): TableModel {
  const columns = (letter: string) => start.map((_, at) => `${letter}${at + 1}`);
  return {
    caption:
      'Every epoch: the gradient of the loss in force, what softmax leaves of it, what the rate is multiplied by, and x and y after the update. Seven figures.',
    columns: ['epoch', 'phase', 'dl/dy1', 'dl/dx1', 'v1', ...columns('x'), ...columns('y')],
    rows: () =>
      steps.map(({ update, outer, inner, direction, x, y }) => [
        String(update),
        update > flipAfter ? 'flipped' : 'first',
        ...[outer[0]!, inner[0]!, direction[0]!, ...x, ...y].map((value) =>
          String(Number(value.toPrecision(7))),
        ),
      ]),
  };
}

function epochs(count: number): string {
  return count === 1 ? '1 epoch' : `${grouped(count)} epochs`;
}
