import { batchNorm } from './batch-norm';
import { cellForward, type CellPass, type Gradients } from './cell';
import { crossEntropy, headForward } from './head';
import type { Kernels, TensorInfo } from './kernels';
import { Layout, type Architecture } from './layout';
import { Mixture, MixtureGradient } from './mixture';
import { residualForward, type BlockPass } from './residual';

/** A batch on the host: normalised images `[batch, height, width, 3]` and their labels. */
export interface Batch {
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

export interface Pass {
  readonly loss: TensorInfo;
  readonly correct: TensorInfo;
  readonly logits: TensorInfo;
  /** Gradient of the loss with respect to the flat parameter vector, `[size]`. */
  readonly weightGradient: () => TensorInfo;
  /** Gradient of the loss with respect to the mixture weights p, `[6, ops]`. */
  readonly mixtureGradient: () => TensorInfo;
  /** Both from one backward pass. */
  readonly gradients: () => { readonly weights: TensorInfo; readonly mixture: TensorInfo };
}

/** The scaled NAS-Bench-201 supernet: stem, three stages of cells, reductions between, head. */
export class Supernet {
  readonly layout: Layout;

  constructor(
    private readonly k: Kernels,
    readonly architecture: Architecture,
  ) {
    this.layout = new Layout(architecture);
  }

  /**
   * One forward pass in training mode (batch statistics everywhere). Call inside a scope: all that it
   * keeps for the backward pass is freed with the scope.
   *
   * @param flat parameter vector, `[layout.size]`
   * @param p mixture weights, `[6, ops]`, e.g. softmax(alpha)
   */
  forward(flat: TensorInfo, p: TensorInfo, batch: Batch): Pass {
    const { k } = this;
    const { resolution, ops, cells } = this.architecture;
    const weights = this.reader(flat);
    const mixture = new Mixture(k, p, ops);
    const images = k.upload(batch.images, [batch.labels.length, resolution, resolution, 3]);
    const stemFilter = weights('stem.conv');
    const stemOut = k.conv(images, stemFilter, { pad: 1 });
    const stemNorm = batchNorm(
      k,
      k.table(stemOut),
      weights('stem.bn.scale'),
      weights('stem.bn.shift'),
    );
    const blocks: ({ cell: CellPass } | { reduction: BlockPass })[] = [];
    let x = k.view(stemNorm.y, stemOut.shape);
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) {
        const reduction = residualForward(k, `reduce${stage}`, x, weights);
        blocks.push({ reduction });
        x = reduction.y;
      }
      for (let c = 0; c < cells; c++) {
        const cell = cellForward(k, `stage${stage}.cell${c}`, x, mixture, weights);
        blocks.push({ cell });
        x = cell.y;
      }
    }
    const head = headForward(k, x, weights);
    const { loss, correct, dLogits } = crossEntropy(k, head.logits, batch.labels);

    const backward = (wantWeights: boolean, wantMixture: boolean) => {
      const gradients: Gradients = new Map();
      const wanted = {
        weights: wantWeights,
        mixture: wantMixture ? new MixtureGradient(k, ops) : null,
      };
      let g: TensorInfo | null = head.backward(dLogits(), wantWeights ? gradients : null);
      blocks.toReversed().forEach((block, position) => {
        const first = position === blocks.length - 1;
        const before: TensorInfo = g!;
        g =
          'cell' in block
            ? block.cell.backward(before, wanted, gradients, !first || wantWeights)
            : block.reduction.backward(before, wantWeights ? gradients : null);
        k.free(before);
      });
      if (wantWeights) {
        const table = k.table(g);
        const gMeans = k.meanRows(table);
        const { dz, dScale } = stemNorm.backward(table, gMeans, true);
        gradients.set('stem.bn.scale', dScale);
        gradients.set('stem.bn.shift', k.mul(gMeans, k.scalar(table.shape[0]!)));
        const image = k.view(dz!, stemOut.shape);
        gradients.set(
          'stem.conv',
          k.convFilterGradient(images, image, stemFilter.shape, { pad: 1 }),
        );
      }
      return {
        weights: wantWeights ? this.collect(gradients) : null,
        mixture: wanted.mixture?.finish() ?? null,
      };
    };
    return {
      loss,
      correct,
      logits: head.logits,
      weightGradient: () => backward(true, false).weights!,
      mixtureGradient: () => backward(false, true).mixture!,
      gradients: () => {
        const { weights: w, mixture: m } = backward(true, true);
        return { weights: w!, mixture: m! };
      },
    };
  }

  /** Softmax over each row, `[6, ops]`. */
  softmax(alpha: TensorInfo): TensorInfo {
    const { k } = this;
    const e = k.exp(k.sub(alpha, k.maxLast(alpha)));
    return k.div(e, k.sumLast(e));
  }

  /** dL/dalpha from dL/dp through the softmax: p (dp - sum(p dp)). */
  throughSoftmax(p: TensorInfo, dp: TensorInfo): TensorInfo {
    const { k } = this;
    return k.mul(p, k.sub(dp, k.sumLast(k.mul(p, dp))));
  }

  private reader(flat: TensorInfo): (key: string) => TensorInfo {
    return (key) => {
      const { offset, size, shape } = this.layout.get(key);
      return this.k.view(this.k.stretch(flat, offset, size), shape);
    };
  }

  /** Gradients in the order of the flat vector; those of the cancelled biases are zero. */
  private collect(gradients: Gradients): TensorInfo {
    const { k, layout } = this;
    const parts: TensorInfo[] = [];
    for (const segment of layout.segments.values()) {
      if (segment.offset >= layout.biasOffset) break;
      const gradient = gradients.get(segment.key);
      if (!gradient) throw new Error(`No gradient for ${segment.key}.`);
      parts.push(k.view(gradient, [segment.size]));
    }
    const tail = layout.size - layout.biasOffset;
    if (tail > 0) parts.push(k.constant(`zeros ${tail}`, [tail], () => new Float32Array(tail)));
    return k.concat(parts, 0);
  }
}
