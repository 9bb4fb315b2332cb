import { epochOrder } from '../data/augment';
import { drawsOf } from '../data/draw';
import type { ImageSet } from '../data/images';
import { RandomStream } from '../data/random';
import type { TrialPlan } from '../engine/cell-trial';
import type { CellPolicy } from '../engine/method/policy';
import { METHODS } from '../engine/method/registry';
import type { Search } from '../engine/search';
import type { AlphaOptimiser, EffectiveConfig } from '../paper/config';

/** Updates of a policy after an epoch: its own number where alpha's rate is scaled by 1. */
export function policyUpdates({
  method,
  scale,
}: Pick<EffectiveConfig, 'method' | 'scale'>): number {
  const { policy } = METHODS[method];
  return policy ? Math.max(1, Math.round(policy.updates / scale.alphaFactor)) : 0;
}

/**
 * The cells of each update, a generator because each depends on what the last has taught. Their batches
 * are passes over alpha's half in random order, augmented as in training.
 */
export function* rewardPlans(
  config: EffectiveConfig,
  set: Pick<ImageSet, 'count' | 'resolution'>,
  seed: number,
  epoch: number,
  policy: CellPolicy,
): Generator<TrialPlan, void, void> {
  const rule = METHODS[config.method].policy;
  if (!rule) return;
  const { batch } = config.scale;
  const stream = (purpose: string) => RandomStream.named(seed, `${purpose}/${epoch}`);
  const [choices, order, augment] = [stream('policy'), stream('rewards'), stream('reward-augment')];
  let pass = epochOrder(order, set.count);
  let at = 0;
  const next = () => {
    if (at === set.count) {
      pass = epochOrder(order, set.count);
      at = 0;
    }
    return pass[at++]!;
  };
  for (let update = 0; update < policyUpdates(config); update++) {
    const cells = Array.from({ length: rule.cells }, () => policy.sample(choices));
    const numbers = Array.from({ length: rule.cells * batch }, next);
    yield { cells, batch, draws: drawsOf(numbers, set.resolution, augment) };
  }
}

/** What a method's policy learns after an epoch of the weights; nothing where there is none. */
export async function trainPolicy(
  search: Pick<Search, 'policy' | 'rewardsOf' | 'adopt'>,
  config: EffectiveConfig,
  set: Pick<ImageSet, 'count' | 'resolution'>,
  seed: number,
  epoch: number,
  optimiser: AlphaOptimiser,
): Promise<void> {
  const policy = search.policy();
  if (!policy) return;
  for (const plan of rewardPlans(config, set, seed, epoch, policy)) {
    const accuracies = await search.rewardsOf(plan);
    policy.learn({ cells: plan.cells, accuracies }, optimiser);
  }
  search.adopt(policy.close());
}
