import type { ClaimId } from '../../paper/claim/claim';
import { CLAIMS, claimById } from '../../paper/claim/registry';
import type { ArmKey } from '../../paper/experiment/arm';
import {
  EXPERIMENTS,
  type Experiment,
  type ExperimentKey,
} from '../../paper/experiment/experiments';
import { FIGURES, type FigureSpec } from './figures';

/**
 * Where a claim is judged on the page: the first experiment of its own that is not the baseline,
 * which most claims are only compared with.
 */
export function homeOf(id: ClaimId): Experiment {
  const backing = EXPERIMENTS.filter(({ claims }) => claims.includes(id));
  return backing.find(({ key }) => key !== 'baseline' && id !== 'baseline') ?? backing[0]!;
}

/** Claims that are judged in an experiment's section, in the registry's order. */
export function claimsOf({ key }: Experiment): ClaimId[] {
  return CLAIMS.map(({ id }) => id).filter((id) => homeOf(id).key === key);
}

/** Claims to which it is evidence and that are judged in another section. */
export function claimsElsewhere({ key, claims }: Experiment): ClaimId[] {
  return CLAIMS.map(({ id }) => id).filter((id) => claims.includes(id) && homeOf(id).key !== key);
}

export function figuresOf({ key }: Experiment): FigureSpec[] {
  return FIGURES.filter(({ experiment }) => experiment === key);
}

/** Arms whose runs a section draws or judges. */
export function armsNeeded(experiment: Experiment): ArmKey[] {
  const judged = claimsOf(experiment).flatMap((id) => claimById(id).arms);
  const drawn = figuresOf(experiment).flatMap(({ arms }) => arms);
  return [...new Set([...experiment.arms, ...judged, ...drawn])];
}

/** Of an experiment's section in the page. */
export function sectionId(key: ExperimentKey): string {
  return `experiment-${key}`;
}
