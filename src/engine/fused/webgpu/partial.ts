import { EDGES } from '../../../paper/cell';
import { sizeOf, type Tensor } from '../../kernels';
import { frontShape } from '../host-partial';
import type { PartialKernels } from '../partial';
import type { Context } from './context';
import {
  addFront,
  edgeMixture,
  edgeMixtureInput,
  front,
  shuffle,
  unshuffle,
  type EdgesShape,
  type SplitShape,
} from './wgsl/partial';

/** What only PC-DARTS needs. */
export class Partials implements PartialKernels {
  constructor(private readonly context: Context) {}

  edgeMixture(alpha: Tensor): Tensor {
    const p = this.like(alpha);
    this.context.runner.launch('edgeMixture', edgesOf(alpha), edgeMixture, [alpha, p]);
    return p;
  }

  edgeMixtureInput(p: Tensor, dp: Tensor): Tensor {
    const dAlpha = this.like(p);
    const tensors = [p, dp, dAlpha];
    this.context.runner.launch('edgeMixtureInput', edgesOf(p), edgeMixtureInput, tensors);
    return dAlpha;
  }

  front(x: Tensor, share: number): Tensor {
    const y = this.context.k.allocate(frontShape(x, share));
    this.context.runner.launch('front', splitOf(x, share), front, [x, y]);
    return y;
  }

  addFront(x: Tensor, added: Tensor): void {
    const shape = splitOf(x, x.shape[3]! / added.shape[3]!);
    this.context.runner.launch('addFront', shape, addFront, [added, x]);
  }

  shuffle(first: Tensor, rest: Tensor): Tensor {
    const y = this.like(rest);
    const shape = splitOf(rest, rest.shape[3]! / first.shape[3]!);
    this.context.runner.launch('shuffle', shape, shuffle, [first, rest, y]);
    return y;
  }

  unshuffle(dy: Tensor, share: number) {
    const shape = splitOf(dy, share);
    const first = this.context.k.allocate(frontShape(dy, share));
    const rest = this.like(dy);
    this.context.runner.launch('unshuffle', shape, unshuffle, [dy, first, rest]);
    return { front: first, rest };
  }

  private like({ shape }: Tensor): Tensor {
    return this.context.k.allocate(shape);
  }
}

function edgesOf({ shape }: Tensor): EdgesShape {
  return { columns: sizeOf(shape) / EDGES.length - 1 };
}

function splitOf({ shape }: Tensor, share: number): SplitShape {
  return { size: sizeOf(shape), width: shape[3]! / share, share };
}
