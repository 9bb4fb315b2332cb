import type { Alpha, Genotype } from '../paper/cell';
import type { EffectiveConfig, PaperConfig } from '../paper/config';
import { parseGenotype } from '../paper/genotype';
import { epochImages, measuresHessian, optionsOf } from '../paper/method/recipe';
import { METHOD_FACTS } from '../paper/method/registry';
import { isProgressive, stageProblems } from '../paper/method/stages';
import type { Operation } from '../paper/operation';
import { spaceOf } from '../paper/space/registry';
import { isOneShot, operationNames, type SearchSpace } from '../paper/space/space';
import { whyNoStages } from '../paper/validate';
import { canonicalJson } from './canonical';
import { TraceError, type Path } from './error';
import { LIMITS } from './schema';
import { LIVE_PARTS, liveAt } from './toggle';
import type { EpochRecord, RunHead } from './types';

/** What a visitor sets means the same in the paper's values and in the effective ones. */
const SHARED = [
  'method',
  'space',
  'ops',
  'swap',
  'warmup',
  'epochs',
  'eta',
  'options',
  'stop',
  'hessian',
] as const satisfies (keyof PaperConfig & keyof EffectiveConfig)[];

/**
 * Laws within the head of a run that a schema cannot state.
 *
 * @throws TraceError
 */
export function checkHead(head: RunHead, path: Path): void {
  const { paper, effective } = head.config;
  const config = [...path, 'config', 'effective'];

  const searched: readonly string[] = effective.ops;
  // The supernets of NAS-Bench-1Shot1 have all operations of their space.
  const inOrder = operationNames(spaceOf(effective)).filter(
    (operation) => isOneShot(effective.space) || searched.includes(operation),
  );
  if (inOrder.join() !== searched.join()) {
    throw new TraceError(
      [...config, 'ops'],
      `must name each operation once, in the benchmark's order: ${inOrder.join(', ')}`,
    );
  }
  for (const key of SHARED) {
    if (canonicalJson(paper[key] ?? null) !== canonicalJson(effective[key] ?? null)) {
      throw new TraceError([...config, key], `differs from config.paper.${key}`);
    }
  }
  const { stop, eta, options } = effective;
  const unstaged = spaceOf(effective).stage ? whyNoStages(effective) : null;
  if (unstaged !== null) {
    throw new TraceError(
      [...config, 'space'],
      `has alphas for each stage: ${unstaged.slice(0, -1)}`,
    );
  }
  const own = METHOD_FACTS[effective.method].eta;
  if (eta !== undefined && (own === undefined || eta === own)) {
    const what =
      own === undefined ? 'is unknown to the method' : 'is the method’s own: leave it out';
    throw new TraceError([...config, 'eta'], what);
  }
  const known = optionsOf(effective.method).filter((option) => options?.includes(option));
  if (options !== undefined && known.join() !== options.join()) {
    throw new TraceError(
      [...config, 'options'],
      `must name options of ${effective.method}, each once and in order: ${known.join(', ') || 'none'}`,
    );
  }
  const [problem] = stageProblems({ ...effective, channels: effective.scale.channels });
  if (problem) throw new TraceError([...config, problem.setting], `cannot be: ${problem.reason}`);
  if (effective.hessian && isProgressive(effective)) {
    throw new TraceError([...config, 'hessian'], 'is not measured in a progressive search');
  }
  if (stop?.rule === 'es' && !effective.hessian) {
    throw new TraceError([...config, 'hessian'], 'is missing: the run ends by it');
  }
  if (stop?.rule === 'ss' && !effective.ops.includes(stop.operation)) {
    throw new TraceError([...config, 'stop', 'operation'], 'is not one of the operations searched');
  }
  if (lastEpoch(head) > LIMITS.epochs) {
    throw new TraceError(
      [...config, 'epochs'],
      `and warm-up make ${lastEpoch(head)} epochs; at most ${LIMITS.epochs} are kept`,
    );
  }
  const steps = Math.ceil(epochImages(effective.method, effective.scale) / effective.scale.batch);
  if (effective.stepsPerEpoch !== steps) {
    throw new TraceError(
      [...config, 'stepsPerEpoch'],
      `must be images / batch, rounded up: ${steps}, not ${effective.stepsPerEpoch}`,
    );
  }
  if (head.data.resolution !== effective.scale.resolution) {
    throw new TraceError(
      [...path, 'data', 'resolution'],
      `is ${head.data.resolution}, but the scale says ${effective.scale.resolution}`,
    );
  }
  checkToggles(head, path);
  checkFork(head, path);
}

function checkFork({ uid, fork, toggles, config }: RunHead, path: Path): void {
  if (fork === undefined) return;
  const place = [...path, 'fork'];
  if (fork.parent === uid) throw new TraceError([...place, 'parent'], 'is the run itself');
  const last = lastEpoch({ config });
  if (fork.epoch >= last) {
    throw new TraceError([...place, 'epoch'], `leaves nothing to train: the last epoch is ${last}`);
  }
  const first = fork.epoch + 1;
  const toggle = toggles.find(({ fromEpoch }) => fromEpoch === first);
  const missing = LIVE_PARTS.find(
    (part) => fork.change[part] !== undefined && fork.change[part] !== toggle?.[part],
  );
  if (missing !== undefined) {
    throw new TraceError(
      [...place, 'change', missing],
      `is not what the toggles change from epoch ${first} on`,
    );
  }
}

function checkToggles(head: RunHead, path: Path): void {
  const last = lastEpoch(head);
  head.toggles.forEach((toggle, at) => {
    const place = [...path, 'toggles', at];
    const before = head.toggles[at - 1]?.fromEpoch ?? 0;
    if (toggle.fromEpoch <= before) {
      throw new TraceError(
        [...place, 'fromEpoch'],
        `must come after ${before}, the toggle before it`,
      );
    }
    if (toggle.fromEpoch > last) {
      throw new TraceError([...place, 'fromEpoch'], `is past the last epoch of the run, ${last}`);
    }
    if (toggle.swap === undefined && toggle.l2 === undefined && toggle.frozen === undefined) {
      throw new TraceError(place, 'changes nothing');
    }
  });
}

/**
 * Laws between an epoch record, its run and its place in it.
 *
 * @param epoch the number it must have.
 * @throws TraceError
 */
export function checkRecord(record: EpochRecord, head: RunHead, epoch: number, path: Path): void {
  const { effective } = head.config;
  const last = lastEpoch(head);
  if (record.epoch !== epoch) {
    throw new TraceError(
      [...path, 'epoch'],
      `must be ${epoch}, not ${record.epoch}: epochs count from 1 without a gap`,
    );
  }
  if (epoch > last) {
    throw new TraceError(path, `is epoch ${epoch} of a run of ${last} (warm-up + joint)`);
  }

  const space = spaceOf(effective);
  checkAlpha(record.alpha, space, effective.ops, [...path, 'alpha']);
  const derived = space.derive(record.alpha, effective.ops);
  // Some methods try cells and derive the best: any cell can be it.
  const tried = METHOD_FACTS[effective.method].candidates > 0;
  if (tried) checkCell(record.arch, effective.ops, [...path, 'arch']);
  else if (record.arch !== derived) {
    throw new TraceError([...path, 'arch'], `is not the cell that alpha gives, ${derived}`);
  }
  checkLive(record, head, path);
  checkEigenvalue(record, head, path);
  record.steps.forEach((snapshot, at) => {
    const place = [...path, 'steps', at];
    const before = record.steps[at - 1]?.step ?? 0;
    if (snapshot.step <= before || snapshot.step > effective.stepsPerEpoch) {
      throw new TraceError(
        [...place, 'step'],
        `must be in ${before + 1}..${effective.stepsPerEpoch}, not ${snapshot.step}`,
      );
    }
    checkAlpha(snapshot.alpha, space, effective.ops, [...place, 'alpha']);
  });
}

function checkAlpha(alpha: Alpha, space: SearchSpace, ops: readonly string[], path: Path): void {
  const rows = space.rows(ops);
  if (alpha.length !== rows.length) {
    throw new TraceError(path, `must have ${rows.length} entries, not ${alpha.length}`);
  }
  rows.forEach(({ kind, name, columns }, at) => {
    const { length } = alpha[at]!;
    if (length === columns.length) return;
    const where = space.choice === 'edge' ? `on edge ${name}` : `in ${name}`;
    const what = kind === 'operation' ? 'operations' : 'candidates';
    throw new TraceError(
      [...path, at],
      `has ${length} values ${where}; the run has ${columns.length} ${what}`,
    );
  });
}

function checkCell(arch: string, ops: readonly Operation[], path: Path): void {
  let cell: Genotype;
  try {
    cell = parseGenotype(arch);
  } catch (error) {
    throw new TraceError(path, error instanceof Error ? error.message : String(error));
  }
  const other = cell.find((operation) => !ops.includes(operation));
  if (other) throw new TraceError(path, `holds ${other}, which is not searched`);
}

function checkLive(record: EpochRecord, head: RunHead, path: Path): void {
  const { frozen, l2 } = liveAt(head.config.effective, head.toggles, record.epoch);
  const phase = frozen ? 'warmup' : 'joint';
  if (record.phase !== phase) {
    throw new TraceError(
      [...path, 'phase'],
      `must be ${phase}: alpha is ${frozen ? 'frozen' : 'trained'} in epoch ${record.epoch}`,
    );
  }
  if (record.l2 !== l2) {
    throw new TraceError([...path, 'l2'], `must be ${l2}, what is in force, not ${record.l2}`);
  }
  const still = frozen || !METHOD_FACTS[head.config.effective.method].trainsAlpha;
  for (const key of ['lossAlpha', 'accAlpha'] as const) {
    if ((record[key] === null) !== still) {
      throw new TraceError(
        [...path, key],
        still ? 'must be null while alpha is frozen' : 'must be a number while alpha is trained',
      );
    }
  }
}

/** The Hessian is measured as the configuration says, whatever else is toggled. */
function checkEigenvalue(record: EpochRecord, { config }: RunHead, path: Path): void {
  const { effective } = config;
  const measured = record.phase === 'joint' && measuresHessian(effective, record.epoch);
  if ((record.eigenvalue !== undefined) === measured) return;
  throw new TraceError(
    [...path, 'eigenvalue'],
    measured ? 'is missing' : 'must be absent: it is not measured in this epoch',
  );
}

/** Records of a complete run. */
function lastEpoch({ config: { effective } }: Pick<RunHead, 'config'>): number {
  return effective.warmup + effective.epochs;
}
