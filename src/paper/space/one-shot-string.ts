import { GenotypeError } from '../genotype';
import { ONE_SHOT_OPERATIONS, type OneShotOperation } from '../operation';
import type { OneShotCell, OneShotShape } from './one-shot';

/** Stands for a block that was pruned. */
const LOOSE = 'loose';
const OUTPUT = 'output';

/**
 * A cell as a string, after the manner of NAS-Bench-201: one group per choice block, its operation
 * and its parents, and one for the output, `|conv3x3-bn-relu~0|+|maxpool3x3~0~1|+...+|output~2~4|`.
 * A pruned block is `|loose|`.
 */
export function formatOneShot({ ops, parents, output }: OneShotCell): string {
  const group = (name: string, nodes: readonly number[]) => `|${[name, ...nodes].join('~')}|`;
  return [...ops.map((name, at) => group(name ?? LOOSE, parents[at]!)), group(OUTPUT, output)].join(
    '+',
  );
}

/**
 * Reads what {@link formatOneShot} writes for a cell of this space, and nothing looser.
 *
 * @throws GenotypeError naming the group and what is wrong with it.
 */
export function parseOneShot(shape: OneShotShape, text: string): OneShotCell {
  const groups = text.split('+');
  const blocks = shape.kept.length;
  if (groups.length !== blocks + 1) {
    throw new GenotypeError(
      `Not a cell: ${groups.length} groups, where this space has ${blocks} blocks and the output.`,
    );
  }
  const ops: (OneShotOperation | null)[] = [];
  const parents: number[][] = [];
  shape.kept.forEach((count, at) => {
    const [name, nodes] = readGroup(groups[at]!, `block ${at + 1}`, at + 1);
    const operation = name === LOOSE ? null : ONE_SHOT_OPERATIONS.find((known) => known === name);
    if (operation === undefined) {
      throw new GenotypeError(
        `Not a cell: block ${at + 1} needs one of ${ONE_SHOT_OPERATIONS.join(', ')}, not "${name}".`,
      );
    }
    checkCount(nodes, operation === null ? 0 : count, `block ${at + 1}`);
    ops.push(operation);
    parents.push(nodes);
  });
  const [name, output] = readGroup(groups[blocks]!, 'the last group', blocks + 1);
  if (name !== OUTPUT) {
    throw new GenotypeError(`Not a cell: the last group must be the output, not "${name}".`);
  }
  checkCount(output, shape.keptByOutput, 'the output');
  for (const node of [...output, ...parents.flat()]) {
    if (node > 0 && ops[node - 1] === null) {
      throw new GenotypeError(`Not a cell: block ${node} is loose, yet something reads it.`);
    }
  }
  return { ops, parents, output };
}

/** Name and node numbers of `|name~0~1|`; the numbers ascend and lie below `limit`. */
function readGroup(group: string, where: string, limit: number): [string, number[]] {
  const match = /^\|([a-z0-9-]+)((?:~\d)*)\|$/.exec(group);
  if (match === null) {
    throw new GenotypeError(`Not a cell: ${where} reads "${group.slice(0, 40)}".`);
  }
  const nodes = [...match[2]!.matchAll(/\d/g)].map(([digit]) => Number(digit));
  nodes.forEach((node, at) => {
    if (node >= limit || (at > 0 && node <= nodes[at - 1]!)) {
      throw new GenotypeError(
        `Not a cell: the parents of ${where} must ascend below ${limit}, not ${nodes.join(', ')}.`,
      );
    }
  });
  return [match[1]!, nodes];
}

function checkCount(nodes: readonly number[], count: number, where: string): void {
  if (nodes.length !== count) {
    throw new GenotypeError(
      `Not a cell: ${where} has ${nodes.length} parents, where this space keeps ${count}.`,
    );
  }
}
