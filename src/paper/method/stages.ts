import type { EffectiveConfig } from '../config';
import type { StageShape } from './method';
import { METHOD_FACTS } from './registry';

/** A part of a search in which the supernet stays as it is. */
export interface Stage extends StageShape {
  /** Joint epochs before it. */
  readonly after: number;
  /** Joint epochs of its own. */
  readonly epochs: number;
  /** The first so many of them have alpha frozen. */
  readonly frozen: number;
}

type Staged = Pick<EffectiveConfig, 'method' | 'epochs' | 'options'>;

/** Whether a search changes its supernet on the way. */
export function isProgressive({ options }: Pick<EffectiveConfig, 'options'>): boolean {
  return options?.includes('progressive') ?? false;
}

/**
 * The stages of a search in their order, one but for a progressive search: there the joint epochs are
 * dealt out evenly, and in every stage alpha is frozen for one epoch at least, so that none begins with
 * alpha in motion.
 */
export function stagesOf(config: Staged): readonly Stage[] {
  const { method, epochs } = config;
  const { partial, frozen = 0, progressive } = METHOD_FACTS[method];
  if (!progressive || !isProgressive(config)) {
    const own = partial === undefined ? {} : { partial };
    return [{ after: 0, epochs, frozen: Math.round(frozen * epochs), ...own }];
  }
  const { stages } = progressive;
  const edge = (at: number) => Math.round((at * epochs) / stages.length);
  return stages.map((stage, at) => {
    const own = edge(at + 1) - edge(at);
    const still = Math.max(1, Math.round(progressive.frozen * own));
    return { ...stage, after: edge(at), epochs: own, frozen: still };
  });
}

/** Index of the stage of an epoch; the warm-up is of the first. @param epoch 1-based over the whole run */
export function stageAt(config: Staged & Pick<EffectiveConfig, 'warmup'>, epoch: number): number {
  const joint = epoch - config.warmup;
  return Math.max(
    0,
    stagesOf(config).findLastIndex(({ after }) => joint > after),
  );
}

/**
 * Whether alpha is frozen in an epoch, as configured: in the warm-up, and at the beginning of a stage
 * where the method freezes it.
 *
 * @param epoch 1-based over the whole run
 */
export function isFrozen(config: Staged & Pick<EffectiveConfig, 'warmup'>, epoch: number): boolean {
  const { after, frozen } = stagesOf(config)[stageAt(config, epoch)]!;
  return epoch - config.warmup <= after + frozen;
}

/** A setting with which a search cannot go through its stages. */
export interface StageProblem {
  readonly setting: 'ops' | 'epochs' | 'scale';
  /** A sentence without its beginning, which names the setting. */
  readonly reason: string;
}

/** All that stands in the way of a search's stages. @param config of any search */
export function stageProblems(
  config: Staged & {
    readonly ops: readonly unknown[];
    readonly channels: number;
  },
): StageProblem[] {
  const { method, ops, epochs, channels } = config;
  const stages = stagesOf(config);
  const problems: StageProblem[] = [];
  const widest = Math.max(...stages.map(({ partial = 1 }) => partial));
  if (channels % widest > 0) {
    const reason = `${method} needs a multiple of ${widest} channels, not ${channels}.`;
    problems.push({ setting: 'scale', reason });
  }
  if (stages.length === 1) return problems;
  const keeps = Math.max(...stages.map(({ keeps: kept = 0 }) => kept));
  if (ops.length <= keeps) {
    const reason = `a progressive search keeps ${keeps} on each edge, so that it needs more than ${ops.length}.`;
    problems.push({ setting: 'ops', reason });
  }
  // An epoch with alpha frozen and one without, in every stage.
  const least = 2 * stages.length;
  if (epochs < least) {
    const reason = `a progressive search has ${stages.length} stages and needs at least ${least}, not ${epochs}.`;
    problems.push({ setting: 'epochs', reason });
  }
  return problems;
}
