import type { ClaimId } from '../../paper/claim/claim';
import type { ArmKey } from '../../paper/experiment/arm';

/** What one press trains and judges: the shortest way to a verdict. */
export const QUICK_ARMS: readonly ArmKey[] = ['baseline', 'swapped'];
/** As few as a verdict needs. */
export const QUICK_SEEDS: readonly number[] = [0, 1, 2];
export const QUICK_CLAIMS: readonly ClaimId[] = ['baseline', 'OS.4', 'OS.6'];
