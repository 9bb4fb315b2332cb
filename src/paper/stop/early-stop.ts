import type { EarlyStop } from '../config';
import { isOperation, SHORT_NAME } from '../operation';
import { officialName } from '../alias';
import { eigenvalueStop } from './eigenvalue';
import { onlineSelectiveStop } from './selective-stop';
import type { OnlineRule, Stop } from './stop';

/** Patience unless told otherwise (docs/protocol.md). */
export const DEFAULT_PATIENCE = 10;
const LONGEST_PATIENCE = 2000;

/** The rule that ends a search: DARTS-ES, or SS, Algorithm 1, by Eq. 13. */
export function earlyStopRule(stop: EarlyStop): OnlineRule {
  return stop.rule === 'es'
    ? eigenvalueStop()
    : onlineSelectiveStop(13, stop.operation, stop.patience);
}

/** `ss:nor_conv_3x3:10`: rule, operation, epochs without a new maximum; or `es`. */
export function formatEarlyStop(stop: EarlyStop): string {
  return stop.rule === 'es' ? stop.rule : `${stop.rule}:${stop.operation}:${stop.patience}`;
}

/**
 * Reads {@link formatEarlyStop}; the operation may have a short name, and patience may be left out.
 *
 * @throws RangeError with the rest of a sentence that begins with the field's name.
 */
export function parseEarlyStop(text: string): EarlyStop {
  if (text.trim() === 'es') return { rule: 'es' };
  const [rule, name = '', patienceText = String(DEFAULT_PATIENCE), ...rest] = text
    .trim()
    .split(':');
  if (rule !== 'ss' || rest.length > 0) {
    throw new RangeError(`must read as ss:nor_conv_3x3:10 or es, not "${text}".`);
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
  return `stopped early after ${epochs} epochs; it returns joint epoch ${stop.epoch}`;
}

/** In a regime’s name: `SS online 3×3, patience 10`, or `DARTS-ES`. */
export function earlyStopLabel(stop: EarlyStop): string {
  if (stop.rule === 'es') return 'DARTS-ES';
  return `SS online ${SHORT_NAME[stop.operation]}, patience ${stop.patience}`;
}
