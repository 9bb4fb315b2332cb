import type { Lesson } from './lesson';
import { ALPHA_RATE } from './lessons/alpha-rate';
import { DEGRADATION } from './lessons/degradation';
import { NO_SKIP } from './lessons/no-skip';
import { PHASES } from './lessons/phases';
import { STOPPING } from './lessons/stopping';
import { SUPERNET } from './lessons/supernet';
import { SWAPPED_RATES } from './lessons/swapped-rates';
import { WARM_UP } from './lessons/warm-up';

/** The course, in its order. */
export const LESSONS: readonly Lesson[] = [
  SUPERNET,
  DEGRADATION,
  WARM_UP,
  ALPHA_RATE,
  SWAPPED_RATES,
  NO_SKIP,
  PHASES,
  STOPPING,
];
