import type { SearchSnapshot } from '../engine/snapshot';
import type { Checkpoint } from '../store/checkpoint';

/** The state of a search as the store keeps it. */
export function checkpointOf(uid: string, epoch: number, snapshot: SearchSnapshot): Checkpoint {
  const { alphaSteps, ...tensors } = snapshot;
  return { uid, epoch, tensors, scalars: { alphaSteps } };
}

/** @throws Error when the checkpoint lacks a part */
export function snapshotOf({ uid, epoch, tensors, scalars }: Checkpoint): SearchSnapshot {
  const tensor = (name: string): Float32Array => {
    const values = tensors[name];
    if (!values) throw new Error(`The checkpoint of run ${uid}, epoch ${epoch}, lacks ${name}.`);
    return values;
  };
  return {
    weights: tensor('weights'),
    momentum: tensor('momentum'),
    alpha: tensor('alpha'),
    first: tensor('first'),
    second: tensor('second'),
    alphaSteps: scalars.alphaSteps ?? 0,
    ...(tensors.kept && { kept: tensors.kept }),
  };
}
