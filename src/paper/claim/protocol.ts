import type { ClaimId } from './claim';

/** The commit that fixed docs/protocol.md, before the first calibration run. */
export const PROTOCOL_COMMIT = 'cce2de78357bba490da9293b96c24db0ea67a5d3';
/** The commit that added the claims about methods, before the first of their runs. */
export const METHODS_PROTOCOL_COMMIT = '21d2168157d4019027eb5d1697705fcd866ccdeb';

/** The commit that fixed a claim's predicate. */
export function protocolOf(id: ClaimId): string {
  return id.startsWith('M.') ? METHODS_PROTOCOL_COMMIT : PROTOCOL_COMMIT;
}
