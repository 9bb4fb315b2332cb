import type { StandAloneData } from '../data/stand-alone-data';
import type { Device } from '../engine/device';
import { stepsOf } from '../engine/epoch-plan';
import { derivedArchitecture } from '../engine/evaluation/derived';
import { Training, type TrainingSnapshot } from '../engine/evaluation/training';
import { rateAt } from '../paper/schedule';
import type { StandAloneConfig } from '../paper/stand-alone';
import type { StandAloneEpoch } from '../trace/stand-alone';
import { shuffledDraws } from './batches';
import { requireFinite } from './loop';

export interface StandAloneInput {
  /** The cell as the configuration's space writes it. */
  readonly arch: string;
  readonly seed: number;
  readonly config: StandAloneConfig;
  readonly data: StandAloneData;
  readonly device: Device;
  /** Finished epochs and the state after them; null for a new training. */
  readonly from: { readonly epoch: number; readonly snapshot: TrainingSnapshot } | null;
  /** Progress of compiling the GPU's pipelines, 0 to 1. */
  readonly compiling?: (share: number) => void;
}

export type StandAloneProgress =
  | { readonly type: 'step'; readonly epoch: number; readonly step: number }
  | {
      readonly type: 'epoch';
      readonly record: StandAloneEpoch;
      /** Reads back the state after this epoch, before the next step is asked for. */
      readonly snapshot: () => Promise<TrainingSnapshot>;
    }
  | { readonly type: 'testing' }
  | {
      readonly type: 'tested';
      /** Mean cross-entropy and accuracy (0..1) on the test images. */
      readonly loss: number;
      readonly accuracy: number;
    };

/**
 * Trains a cell from scratch and tests it once, after the last epoch, as a sequence that the host
 * pulls: it pauses by not asking for the next, and stops by returning. Everything random comes from
 * streams named after seed, purpose and epoch, so a training resumed at an epoch edge equals one that
 * never stopped.
 *
 * @throws GenotypeError at a cell of another space
 * @throws NumericError at a NaN or an infinity
 * @throws DeviceError when the device failed
 */
export async function* trainCell(
  input: StandAloneInput,
): AsyncGenerator<StandAloneProgress, void, void> {
  const { arch, seed, config, data, device, from } = input;
  const { epochs, batch, weights } = config;
  const { train } = data;
  const architecture = derivedArchitecture(arch, config);
  const start = from?.snapshot ?? { seed };
  const training = new Training(device.kernels, architecture, data, batch, start);
  const planOf = (epoch: number) => ({
    batch,
    images: train.count,
    draws: shuffledDraws(train, seed, epoch),
    rate: rateAt(weights, epoch - 1, epochs),
    optimiser: weights,
  });
  try {
    const first = (from?.epoch ?? 0) + 1;
    for (let epoch = first; epoch <= epochs; epoch++) {
      const plan = planOf(epoch);
      training.begin(plan);
      if (epoch === first) await training.prepare(input.compiling);
      for (let step = 1; step <= stepsOf(plan); step++) {
        training.step();
        await training.pace();
        device.check();
        yield { type: 'step', epoch, step };
      }
      const { loss, steps, correct, images } = await training.totals();
      device.check();
      const record = { epoch, loss: loss / steps, accuracy: correct / images };
      requireFinite([record.loss], `the loss of epoch ${epoch}`);
      yield { type: 'epoch', record, snapshot: () => training.snapshot() };
    }
    yield { type: 'testing' };
    const { loss, accuracy } = await training.evaluate();
    device.check();
    requireFinite([loss], 'the loss on the test images');
    yield { type: 'tested', loss, accuracy };
  } catch (error) {
    // A read from a lost device is refused before the loss itself is announced.
    await new Promise((resolve) => setTimeout(resolve, 100));
    device.check();
    throw error;
  } finally {
    training.dispose();
  }
}
