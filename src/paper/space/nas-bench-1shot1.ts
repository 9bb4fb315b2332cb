import { deriveOneShot, ONE_SHOT_SHAPES, oneShotRows, type OneShotShape } from './one-shot';
import { standingOneShot } from './one-shot-standing';
import { formatOneShot, parseOneShot } from './one-shot-string';
import { GenotypeError } from '../genotype';
import type { SearchSpace, SpaceKey } from './space';

/** One of the three spaces of NAS-Bench-1Shot1: operations on nodes, and weights on connections. */
export interface OneShotSpace extends SearchSpace {
  readonly shape: OneShotShape;
}

function oneShotSpace(key: SpaceKey, number: number): OneShotSpace {
  const shape = ONE_SHOT_SHAPES[number - 1]!;
  return {
    key,
    label: `NAS-Bench-1Shot1, space ${number}`,
    operations: [
      { name: 'maxpool3x3', short: 'max', words: 'max pooling', parameterFree: true },
      { name: 'conv3x3-bn-relu', short: '3×3', words: '3×3 convolution', parameterFree: false },
      { name: 'conv1x1-bn-relu', short: '1×1', words: '1×1 convolution', parameterFree: false },
    ],
    choice: 'choice block',
    choices: shape.kept.length,
    recipe: {
      batch: 96,
      images: 25_000,
      channels: 16,
      cells: 3,
      first: 'alpha',
      nesterov: false,
      decay: 3e-4,
      affine: true,
      alphaBatches: 'pass',
    },
    shape,
    rows: () => oneShotRows(shape),
    derive: (alpha) => formatOneShot(deriveOneShot(shape, alpha)),
    held: (arch) =>
      parseOneShot(shape, arch).ops.map((name, at) => {
        if (name === null) {
          throw new GenotypeError(`Block ${at + 1} was pruned: what it held is not known.`);
        }
        return name;
      }),
    form: (arch) => formatOneShot(standingOneShot(shape, parseOneShot(shape, arch))),
  };
}

export const ONE_SHOT_1 = oneShotSpace('nas-bench-1shot1-1', 1);
export const ONE_SHOT_2 = oneShotSpace('nas-bench-1shot1-2', 2);
export const ONE_SHOT_3 = oneShotSpace('nas-bench-1shot1-3', 3);
