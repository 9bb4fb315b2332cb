import type { EarlyStop } from '../config';
import { isOperation, SHORT_NAME } from '../operation';
import { officialName } from '../alias';
import { onlineSelectiveStop } from './selective-stop';
import type { OnlineRule, Stop } from './stop';

/** Patience unless told otherwise (docs/protocol.md). */
export const DEFAULT_PATIENCE = 10;
const LONGEST_PATIENCE = 2000;

/** The rule that ends a search: SS, Algorithm 1, by Eq. 13. */
export function earlyStopRule({ operation, patience }: EarlyStop): OnlineRule {
  return onlineSelectiveStop(13, operation, patience);
}

/** `ss:nor_conv_3x3:10`: rule, operation, epochs without a new maximum. */
export function formatEarlyStop({ rule, operation, patience }: EarlyStop): string {
  return `${rule}:${operation}:${patience}`;
}

/**
 * Reads {@link formatEarlyStop}; the operation may have a short name, and patience may be left out.
 *
 * @throws RangeError with the rest of a sentence that begins with the field's name.
 */
export function parseEarlyStop(text: string): EarlyStop {
  const [rule, name = '', patienceText = String(DEFAULT_PATIENCE), ...rest] = text
    .trim()
    .split(':');
  if (rule !== 'ss' || rest.length > 0) {
    throw new RangeError(`must read as ss:nor_conv_3x3:10, not "${text}".`);
  }
  const operation = officialName(name);
  if (!isOperation(operation)) throw new RangeError(`"${name}" is not an operation.`);
  const patience = /^\d{1,4}$/.test(patienceText) ? Number(patienceText) : 0;
  if (patience < 1 || patience > LONGEST_PATIENCE) {
    throw new RangeError(
      `patience must be a whole number from 1 to ${LONGEST_PATIENCE}, not "${patienceText}".`,
    );
  }
  return { rule, operation, patience };
}

/** How a run ended: `50 epochs`, or why it has fewer than planned and which cell it returns. */
export function endWords(epochs: number, stop: Stop | null): string {
  if (stop === null) return `${epochs} epochs`;
  return `stopped early after ${epochs} epochs; it returns joint epoch ${stop.epoch}, the peak`;
}

/** In a regime’s name: `SS online 3×3, patience 10`. */
export function earlyStopLabel({ operation, patience }: EarlyStop): string {
  return `SS online ${SHORT_NAME[operation]}, patience ${patience}`;
}
