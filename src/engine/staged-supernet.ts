import { EDGES } from '../paper/cell';
import { STAGES } from '../paper/space/stages';
import { Supernet } from './supernet';

/** The supernet of NAS-Bench-201 with alphas for each stage: the rows of its cells by stage. */
export class StagedSupernet extends Supernet {
  protected override readonly rowsPerStage = EDGES.length;

  /** `[18, ops]`, as is p. */
  override get alphaShape(): readonly number[] {
    return [STAGES * EDGES.length, this.architecture.ops.length];
  }
}
