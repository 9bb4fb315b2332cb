/** A list of seeds that cannot be read; the message begins with the field's name. */
export class SeedsError extends Error {
  override readonly name = 'SeedsError';

  constructor(reason: string) {
    super(`Seeds: ${reason}`);
  }
}

/** Seeds are below it: they fit a signed 32-bit integer. */
export const SEED_LIMIT = 2 ** 31;
/** Most seeds in one go. */
const SEEDS_MOST = 100;

/**
 * Reads `7`, `1,3`, `0-4` and mixtures such as `0-2,7`, in the order written.
 *
 * @throws SeedsError naming the part that is wrong.
 */
export function parseSeeds(text: string): number[] {
  if (text.trim() === '') throw new SeedsError('at least one is needed, such as 0-4 or 1,3.');
  const seeds: number[] = [];
  for (const part of text.split(',')) {
    const [first, last] = rangeOf(part.trim());
    if (seeds.length + last - first + 1 > SEEDS_MOST) {
      throw new SeedsError(`at most ${SEEDS_MOST} at a time.`);
    }
    for (let seed = first; seed <= last; seed++) {
      if (seeds.includes(seed)) throw new SeedsError(`${seed} is listed twice.`);
      seeds.push(seed);
    }
  }
  return seeds;
}

/** The shortest text that {@link parseSeeds} reads as these seeds in this order. */
export function formatSeeds(seeds: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < seeds.length;) {
    let end = at;
    while (seeds[end + 1] === seeds[end]! + 1) end++;
    parts.push(end === at ? `${seeds[at]}` : `${seeds[at]}-${seeds[end]}`);
    at = end + 1;
  }
  return parts.join(',');
}

function rangeOf(part: string): [number, number] {
  const match = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(part);
  if (match === null) {
    throw new SeedsError(
      part === ''
        ? 'a number is missing next to a comma.'
        : `"${part}" is neither a whole number of at least 0 nor a range such as 0-4.`,
    );
  }
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (first > last) {
    throw new SeedsError(`the range ${first}-${last} runs backwards; write ${last}-${first}.`);
  }
  if (last >= SEED_LIMIT) throw new SeedsError(`${last} is too large; the largest is 2147483647.`);
  return [first, last];
}
