import type { StopRule } from './stop';

/** A line drawn by hand: the same epoch for every search, the last where there are fewer. */
export function handDrawn(epoch: number): StopRule {
  const at = (epochs: number) => ({
    epoch: Math.min(epoch, epochs),
    decidedAt: Math.min(epoch, epochs),
    triggered: epoch <= epochs,
  });
  return {
    key: `line-${epoch}`,
    label: `Epoch ${epoch}`,
    find: ({ alphas }) => at(alphas.length),
    findInMean: ({ epochs }) => at(epochs),
  };
}
