import type { Alpha } from '../cell';
import type { SearchSpace } from './space';

/** Stages of a supernet, between its reductions. */
export const STAGES = 3;

/** Stands between the cells of a network whose stages have one each. */
export const BETWEEN_STAGES = '/';

/** Numbers of the stages from 0. */
export const STAGE_NUMBERS: readonly number[] = Array.from({ length: STAGES }, (_, stage) => stage);

/**
 * A stage's rows of alpha.
 *
 * @param stage from 0
 * @throws RangeError when all cells of the space share one alpha.
 */
export function alphaOfStage({ key, stage: own }: SearchSpace, alpha: Alpha, stage: number): Alpha {
  if (own === undefined) throw new RangeError(`The stages of ${key} share one alpha.`);
  return alpha.slice(stage * own.choices, (stage + 1) * own.choices);
}

/** A stage's cell, from the string of the whole network. @param stage from 0 */
export function archOfStage(arch: string, stage: number): string {
  return arch.split(BETWEEN_STAGES)[stage] ?? '';
}
