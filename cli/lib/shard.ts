import { UsageError, wholeNumber } from './flags';

/** One of the parts into which an order is cut, each for a process of its own. */
export interface Shard {
  /** 1 to `count`. */
  readonly part: number;
  readonly count: number;
  /** What named it, for messages. */
  readonly source: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** More processes than any order has runs. */
const MOST = 1_000_000;

/**
 * The part that this process is to train: by the flag, else by what a scheduler tells the tasks of an
 * array job; null where nothing cuts the order.
 *
 * @param flag `i/n`, i from 1 to n
 * @throws UsageError naming the flag or the variable
 */
export function readShard(flag: string | null, env: Variables): Shard | null {
  if (flag !== null) return fromFlag(flag);
  if (isSet(env.SLURM_ARRAY_TASK_ID)) return fromSlurm(env);
  if (isSet(env.JOB_COMPLETION_INDEX)) return fromKubernetes(env);
  return null;
}

/**
 * What the part holds: every n-th item, so that the seeds of a long arm go to different machines. The
 * parts share nothing and together hold all, with no word passed between them.
 *
 * @throws UsageError when there are fewer items than parts: some machine would have nothing to do
 */
export function dealt<Item>(items: readonly Item[], { part, count, source }: Shard): Item[] {
  if (count > items.length) {
    throw new UsageError(
      `${source}: ${items.length} ${items.length === 1 ? 'run' : 'runs'} cannot be cut into ` +
        `${count} parts. --shard 1/1 trains all of them here.`,
    );
  }
  return items.filter((_, at) => at % count === part - 1);
}

function fromFlag(text: string): Shard {
  const source = '--shard';
  const [, part = '', count = ''] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (part === '') {
    throw new UsageError(`${source}: must be i/n such as 1/4, not "${text}".`);
  }
  const parts = wholeNumber(source, count, 1, MOST);
  return { part: wholeNumber(`${source} ${text}: i`, part, 1, parts), count: parts, source };
}

/** Slurm counts an array as it is told: from any number, in any step. */
function fromSlurm(env: Variables): Shard {
  const id = variable(env, 'SLURM_ARRAY_TASK_ID');
  const count = variable(env, 'SLURM_ARRAY_TASK_COUNT');
  const least = variable(env, 'SLURM_ARRAY_TASK_MIN');
  const step = isSet(env.SLURM_ARRAY_TASK_STEP) ? variable(env, 'SLURM_ARRAY_TASK_STEP') : 1;
  const at = (id - least) / step;
  const source = `SLURM_ARRAY_TASK_ID ${id}`;
  if (!Number.isInteger(at) || at < 0 || at >= count) {
    throw new UsageError(
      `${source}: is no place in an array of ${count} tasks from ${least} in steps of ${step}. ` +
        'Number the array without gaps, or give --shard i/n.',
    );
  }
  return { part: at + 1, count, source };
}

/** An Indexed Job tells its pods their index and leaves it to the template to tell how many there are. */
function fromKubernetes(env: Variables): Shard {
  const index = variable(env, 'JOB_COMPLETION_INDEX');
  const source = `JOB_COMPLETION_INDEX ${index}`;
  if (!isSet(env.JOB_COMPLETIONS)) {
    throw new UsageError(
      `${source}: set JOB_COMPLETIONS to the completions of the Job, too, or give --shard i/n.`,
    );
  }
  const count = variable(env, 'JOB_COMPLETIONS');
  if (index >= count) {
    throw new UsageError(`${source}: must be below JOB_COMPLETIONS, which is ${count}.`);
  }
  return { part: index + 1, count, source };
}

function variable(env: Variables, name: string): number {
  return wholeNumber(name, env[name] ?? '', 0, MOST);
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
