import { refused } from './error';

export type Tensors = Readonly<Record<string, Float32Array>>;

/**
 * All that training needs to go on after a finished epoch as if it had never stopped: weights,
 * momentum, alpha, Adam's moments as tensors; step counters and generator states as scalars. The
 * trainer names them; the store only keeps them.
 */
export interface Checkpoint {
  readonly uid: string;
  /** Epochs finished, 0 before the first. */
  readonly epoch: number;
  readonly tensors: Tensors;
  readonly scalars: Readonly<Record<string, number>>;
}

/**
 * The checkpoint as it should be written.
 *
 * @throws StorageError `refused` when it belongs to another run or epoch, or holds a value from which
 * training could not go on.
 */
export function storable(checkpoint: Checkpoint, uid: string, epoch: number): Checkpoint {
  if (checkpoint.uid !== uid) {
    throw refused(`A checkpoint of run ${checkpoint.uid} cannot be kept for run ${uid}.`);
  }
  if (checkpoint.epoch !== epoch) {
    throw refused(`A checkpoint after epoch ${checkpoint.epoch} cannot be kept at epoch ${epoch}.`);
  }
  const tensors = storableTensors(checkpoint.tensors);
  for (const [name, value] of Object.entries(checkpoint.scalars)) {
    if (!Number.isFinite(value)) throw refused(`${name} of the checkpoint is ${value}.`);
  }
  return { ...checkpoint, tensors };
}

/**
 * Tensors as they should be written: views into a larger buffer (wasm memory, say) are copied, since a
 * structured clone would otherwise take the whole buffer along.
 *
 * @throws StorageError `refused` at a value from which training could not go on.
 */
export function storableTensors(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => {
      const at = values.findIndex((value) => !Number.isFinite(value));
      if (at >= 0) throw refused(`Tensor ${name} of the checkpoint is ${values[at]} at ${at}.`);
      const whole = values.byteLength === values.buffer.byteLength;
      return [name, whole ? values : values.slice()] as const;
    }),
  );
}
