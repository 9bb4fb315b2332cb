import type { Device } from '../engine/device';
import { planTraining } from '../engine/evaluation/memory-plan';
import { scaleByName } from '../paper/scale';
import {
  resolveStandAlone,
  standAloneMultiplyAdds,
  TEST_IMAGES,
  type StandAloneConfig,
} from '../paper/stand-alone';
import type { DataGate } from './data-gate';
import type { Measurement } from './measure';
import { measureCell } from './measure-cell';
import { memoryRefusal } from './memory-refusal';
import type { CellEstimate, CellOrder, CellTask } from './protocol';

/** Tells what orders of cells take. What was measured on a device is kept as long as the device. */
export class CellEstimator {
  readonly #measurements = new WeakMap<Device, Map<string, Measurement>>();

  /**
   * Seconds of a list of cells from its lightest and its heaviest one, which are measured; those
   * between are taken to lie on a line over their multiply-adds.
   *
   * @throws ScaleError, GenotypeError at an order that cannot be carried out
   */
  async estimate(
    device: Device,
    data: DataGate,
    { schedule, space, scale: name, cells }: CellOrder,
  ): Promise<Omit<CellEstimate, 'id' | 'failure'>> {
    const scale = scaleByName(name);
    const config = resolveStandAlone(schedule, scale, space ?? null);
    const { resolution } = scale;
    const images = (config.images + TEST_IMAGES) * (resolution * resolution * 3 + 1);
    const download = await data.standAlone.downloadSize(scale);
    if (cells.length === 0) return { seconds: 0, bytes: 0, download, refusal: null };
    const { bytes, refusal } = this.memory(device, config, cells);
    // A step that does not fit cannot be timed.
    if (refusal !== null) return { seconds: 0, bytes: bytes + images, download, refusal };
    const costs = cells.map((task) => costOf(task, config));
    const [least, most] = [Math.min(...costs), Math.max(...costs)];
    const secondsAt = async (cost: number) =>
      (await this.#measure(device, cells[costs.indexOf(cost)]!, config)).seconds;
    const low = await secondsAt(least);
    const high = most > least ? await secondsAt(most) : low;
    const slope = most > least ? (high - low) / (most - least) : 0;
    const seconds = costs.reduce((sum, cost) => sum + low + slope * (cost - least), 0);
    return { seconds, bytes: bytes + images, download, refusal: null };
  }

  /** Of the heaviest cell, of which there must be one. @throws GenotypeError */
  memory(device: Device, config: StandAloneConfig, cells: readonly CellTask[]) {
    const heaviest = cells.reduce((best, task) =>
      costOf(task, config) > costOf(best, config) ? task : best,
    );
    const { bytes, largest } = planTraining(heaviest.arch, config, device);
    return { bytes, refusal: memoryRefusal(device, bytes, largest) };
  }

  async #measure(
    device: Device,
    { arch }: CellTask,
    config: StandAloneConfig,
  ): Promise<Measurement> {
    const key = JSON.stringify([arch, config]);
    const known = this.#measurements.get(device) ?? new Map<string, Measurement>();
    this.#measurements.set(device, known);
    const found = known.get(key) ?? (await measureCell(device, arch, config));
    known.set(key, found);
    return found;
  }
}

function costOf({ arch }: CellTask, config: StandAloneConfig): number {
  return standAloneMultiplyAdds(arch, config);
}
