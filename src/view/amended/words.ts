import { gradientFactor, LEAST_ETA, type ToyEpoch } from '../../paper/amended-toy';
import type { TableModel } from '../chart/table';
import { figure } from '../softmax/words';
import type { ToyForm } from './toy-form.svelte';

/** Etas of the table: those of the paper's sweep, the boundary, and the one that is exact here. */
export const TABLE_ETAS = [0, 0.01, 0.1, LEAST_ETA, 0.2, 0.25, 1] as const;

/** What both searches do, in two sentences. */
export function outcomeSentence({ first, amended, eta, epochs }: ToyForm): string {
  return `First order ${courseWords(first, epochs)}. Amended, with η = ${figure(eta)}, ${courseWords(amended, epochs)}.`;
}

/** Of one search: `falls to 2.59 at epoch 40, then runs away to 348`. */
function courseWords(run: readonly ToyEpoch[], epochs: number): string {
  const end = run.at(-1)!;
  const least = run.reduce((best, one) => (one.loss < best.loss ? one : best));
  if (run.length < epochs) return `runs away and is lost at epoch ${end.epoch}`;
  if (least.loss < 0.5 * end.loss && least.epoch < end.epoch) {
    return `falls to a validation loss of ${figure(least.loss)} at epoch ${least.epoch} and then rises to ${figure(end.loss)}`;
  }
  const moving = run.at(-2)!.loss - end.loss;
  const rest = Math.abs(moving) < 1e-9 ? ' and rests there' : '';
  return `ends at a validation loss of ${figure(end.loss)}${rest}`;
}

/** Where the boundary lies, and on which side of it eta is. */
export function stabilitySentence({ stable, eta, radius, rates }: ToyForm): string {
  const factor = gradientFactor({ kind: 'amended', eta });
  const own = `With η = ${figure(eta)} a’s gradient is ${figure(factor)} (2w − a)`;
  if (stable === null) return `${own}. At these rates no η is stable: w’s own steps overshoot.`;
  const { above, below } = stable;
  const upper = Number.isFinite(below) ? ` and below ${figure(below)}` : '';
  const bounds = `At rates ${figure(rates.w)} for w and ${figure(rates.a)} for a, a search comes to rest exactly for η above ${figure(above)}${upper}.`;
  return `${own}; ${sideWords(eta, above, below, radius)}. ${bounds} The lower bound holds at any rates: there the gradient changes its sign. The upper one is where a step overshoots.`;
}

function sideWords(eta: number, above: number, below: number, radius: number): string {
  const change = `an epoch multiplies the slowest part by ${Number(radius.toPrecision(5))}`;
  if (eta < above) return `it points away from the solution, and ${change}`;
  if (eta === above) return 'it vanishes, and a stays where it is';
  if (eta < below) return `it points to the solution, and ${change}`;
  return `it points to the solution but goes too far, and ${change}`;
}

/** Every epoch of both searches. */
export function toyTable({ first, amended }: ToyForm): TableModel {
  const exact = (value: number | undefined) =>
    value === undefined ? '' : String(Number(value.toPrecision(7)));
  const longest = first.length > amended.length ? first : amended;
  return {
    caption: 'Every epoch, after w’s step and a’s step, in seven figures; loss is (2w − a)².',
    columns: [
      'epoch',
      ...['first order', 'amended'].flatMap((rule) => [
        `${rule}: w`,
        `${rule}: a`,
        `${rule}: loss`,
      ]),
    ],
    rows: () =>
      longest.map(({ epoch }, at) => [
        String(epoch),
        ...[first[at], amended[at]].flatMap((one) => [
          exact(one?.w),
          exact(one?.a),
          exact(one?.loss),
        ]),
      ]),
  };
}
