import type { Alpha } from '../cell';
import type { MersenneTwister } from '../cpython-random';
import type { Arm } from '../experiment/arm';
import { spaceByKey } from '../space/registry';
import type { SearchSpace, SpaceKey } from '../space/space';
import { METHOD_FACTS } from '../method/registry';
import { isMeasured } from '../stop/eigenvalue';
import type { Trajectory } from '../trajectory';

/** How far and how steadily random alphas move from epoch to epoch. */
export interface WalkLaw {
  /** Standard deviation of a step. */
  readonly sigma: number;
  /** Correlation of consecutive steps. */
  readonly rho: number;
}

/** Measured at the two ends (docs/protocol.md): the baseline's alpha rate and the swapped one. */
const SLOW = { rate: 3e-4, sigma: 0.032, rho: 0.36 };
const FAST = { rate: 0.025, sigma: 0.597, rho: -0.44 };
/** Alpha's normal initial values. */
const START = 1e-3;

/**
 * The law for an alpha rate of the paper: sigma on a straight line in log-log, rho in log, between
 * the two that were measured. It is the same at every scale, since k_a keeps alpha's budget.
 */
export function walkLaw(alphaRate: number): WalkLaw {
  const part = Math.log(alphaRate / SLOW.rate) / Math.log(FAST.rate / SLOW.rate);
  return {
    sigma: SLOW.sigma * (FAST.sigma / SLOW.sigma) ** part,
    rho: SLOW.rho + (FAST.rho - SLOW.rho) * part,
  };
}

/** All that a random walk depends on: arms of one kind walk alike. */
export interface WalkKind extends WalkLaw {
  readonly space: SpaceKey;
  readonly ops: readonly string[];
  readonly epochs: number;
  /** Whether rows that weigh connections walk too. */
  readonly connections: boolean;
  /** Whether each epoch has a cell of its own. */
  readonly cells: boolean;
  /** Whether the Hessian's eigenvalue is measured. */
  readonly hessian: boolean;
}

/**
 * @param connections whether rows that weigh connections walk too; an architecture cannot be derived
 *   without them, magnitudes can.
 */
export function walkKind({ values }: Arm, connections: boolean): WalkKind {
  const { space, ops, epochs, hessian } = values;
  const { alpha, candidates } = METHOD_FACTS[values.method];
  // Without Adam there is no rate by which to know how far a step goes; the predicates go by order.
  const law = walkLaw(alpha.beta2 === 0 ? SLOW.rate : values.alphaRate);
  return { ...law, space, ops, epochs, connections, cells: candidates > 0, hessian };
}

/**
 * The trajectory of an arm if alpha were a random walk: every entry by itself, Gaussian steps with
 * correlation between consecutive epochs, no drift, no pull to zero.
 * Where a method tries cells, each epoch's is drawn uniformly from all.
 */
export function randomWalk(kind: WalkKind, random: MersenneTwister): Trajectory {
  const { sigma, rho, ops, epochs, connections, hessian } = kind;
  const space = spaceByKey(kind.space);
  const fresh = Math.sqrt(1 - rho ** 2);
  const normal = normals(random);
  const rows = space.rows(ops).filter(({ kind }) => connections || kind === 'operation');
  const position = rows.map(({ columns }) => columns.map(() => START * normal()));
  // Steps of unit variance, in equilibrium from the first on.
  const steps = rows.map(({ columns }) => columns.map(normal));
  const alphas: Alpha[] = [];
  const cells: string[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (let at = 0; at < position.length; at++) {
      const row = position[at]!;
      const step = steps[at]!;
      for (let column = 0; column < row.length; column++) {
        row[column]! += sigma * step[column]!;
        step[column] = rho * step[column]! + fresh * normal();
      }
    }
    alphas.push(position.map((row) => row.slice()));
    if (kind.cells) cells.push(randomCell(space, ops, random));
  }
  return {
    space,
    ops,
    alphas,
    ...(kind.cells && { cells }),
    ...(hessian && { eigenvalues: randomExplosion(epochs, random) }),
  };
}

/** An eigenvalue that doubles after an epoch drawn uniformly, whatever alpha does: a walk has no Hessian. */
function randomExplosion(epochs: number, random: MersenneTwister): (number | null)[] {
  const last = random.below(epochs);
  return Array.from({ length: epochs }, (_, joint) => {
    if (!isMeasured(joint)) return null;
    return joint > last ? 2 : 1;
  });
}

function randomCell(space: SearchSpace, ops: readonly string[], random: MersenneTwister): string {
  const choice = space.rows(ops).map(({ columns }) => {
    const drawn = random.below(columns.length);
    return columns.map((_, column) => (column === drawn ? 1 : 0));
  });
  return space.derive(choice, ops);
}

/** Standard normal numbers by the Box-Muller transform, two at a time. */
function normals(random: MersenneTwister): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    // In (0, 1], so that the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log((random.uint32() + 1) / 2 ** 32));
    const angle = (2 * Math.PI * random.uint32()) / 2 ** 32;
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
