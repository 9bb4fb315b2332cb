import type { ClaimId } from './claim';

/** The commit that fixed docs/protocol.md, before the first calibration run. */
export const PROTOCOL_COMMIT = 'cce2de78357bba490da9293b96c24db0ea67a5d3';
/** The commit that added the claims about methods, before the first of their runs. */
export const METHODS_PROTOCOL_COMMIT = '21d2168157d4019027eb5d1697705fcd866ccdeb';

/** The commit that gave ENAS, PC-DARTS and the eta sweep their rows, before the first run of the sweep. */
export const SWEEP_PROTOCOL_COMMIT = '2373b01087f5d2759aec28c7223a5c2b5d282256';

/** The commit that fixed the claims about DARTS-ES and figure 7, before the first run of their arms. */
export const HESSIAN_PROTOCOL_COMMIT = '13bbbe6a803ec26b7bc2eac76443dfd882e425e5';
/** The commit that fixed the claim about alphas for each stage, before there was such a supernet. */
export const STAGES_PROTOCOL_COMMIT = '67b743070b929352dc14cabb7b85748a0ebb8e07';
const HESSIAN_CLAIMS: readonly ClaimId[] = ['M.14', 'M.19', 'M.20'];

/** The last claim of {@link METHODS_PROTOCOL_COMMIT}: M.11. */
const LAST_OF_METHODS = 11;

/** The commit that fixed a claim's predicate. */
export function protocolOf(id: ClaimId): string {
  if (!id.startsWith('M.')) return PROTOCOL_COMMIT;
  if (HESSIAN_CLAIMS.includes(id)) return HESSIAN_PROTOCOL_COMMIT;
  if (id === 'M.21') return STAGES_PROTOCOL_COMMIT;
  const number = Number(id.slice('M.'.length));
  return number > LAST_OF_METHODS ? SWEEP_PROTOCOL_COMMIT : METHODS_PROTOCOL_COMMIT;
}
