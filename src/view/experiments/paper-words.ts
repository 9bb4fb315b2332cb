import { armByKey } from '../../paper/experiment/arm';
import type { Printed } from '../../paper/experiment/experiments';

/** `swapped rates, CIFAR-10 test 92.97 ± 0.82 % (table 1, EX-DARTS).` */
export function printedWords({ arm, what, mean, std, source }: Printed): string {
  return `${armByKey(arm).label}, ${what} ${mean.toFixed(2)} ± ${std.toFixed(2)} % (${source}).`;
}
