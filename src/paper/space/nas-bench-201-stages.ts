import { GenotypeError } from '../genotype';
import { NAS_BENCH_201 } from './nas-bench-201';
import type { SearchSpace } from './space';
import { alphaOfStage, BETWEEN_STAGES, STAGE_NUMBERS, STAGES } from './stages';

/** One stage by itself: a cell of NAS-Bench-201, of which no table tells what it is worth there. */
const STAGE: SearchSpace = { ...NAS_BENCH_201, key: 'nas-bench-201-stages' };

/**
 * NAS-Bench-201 with alphas for each of the three stages, as DARTS+ has them to see where skip-connects
 * stand. The six rows of the first stage come first; an architecture is the cells of the stages in their
 * order, with a slash between them.
 */
export const NAS_BENCH_201_STAGES: SearchSpace = {
  ...STAGE,
  label: 'NAS-Bench-201, alphas for each stage',
  choices: STAGES * NAS_BENCH_201.choices,
  stage: STAGE,
  rows: (ops) =>
    STAGE_NUMBERS.flatMap((stage) =>
      STAGE.rows(ops).map((row) => ({ ...row, name: `stage ${stage + 1}: ${row.name}` })),
    ),
  derive: (alpha, ops) =>
    STAGE_NUMBERS.map((stage) =>
      STAGE.derive(alphaOfStage(NAS_BENCH_201_STAGES, alpha, stage), ops),
    ).join(BETWEEN_STAGES),
  held: (arch) => cellsOf(arch).flatMap(STAGE.held),
  form: (arch) => cellsOf(arch).map(STAGE.form).join(BETWEEN_STAGES),
};

function cellsOf(arch: string): string[] {
  const cells = arch.split(BETWEEN_STAGES);
  if (cells.length === STAGES) return cells;
  throw new GenotypeError(`Not a cell for each stage: ${cells.length} cells, not ${STAGES}.`);
}
