import { SEED_LIMIT } from '../paper/seeds';

const KEY = 'alphascope-own-seed';
/** Lesser ones are those that people choose, and those of the verdicts and the calibration. */
const LEAST = 1000;

/** A seed of this tab alone, by chance: the same until the tab is closed, through reloads too. */
export function ownSeed(): number {
  const kept = stored();
  if (kept !== null) return kept;
  const [random] = crypto.getRandomValues(new Uint32Array(1)) as Uint32Array & [number];
  const seed = LEAST + (random % (SEED_LIMIT - LEAST));
  try {
    sessionStorage.setItem(KEY, String(seed));
  } catch {
    // Storage may be forbidden; the seed then lasts until the reload.
  }
  return seed;
}

function stored(): number | null {
  try {
    const seed = Number(sessionStorage.getItem(KEY) ?? NaN);
    return Number.isInteger(seed) && seed >= LEAST && seed < SEED_LIMIT ? seed : null;
  } catch {
    return null;
  }
}
