import { BASELINE } from './baseline';
import { M_15, M_16, M_17, M_18 } from './eta';
import type { Claim, ClaimId } from './claim';
import { M_14, M_19, M_20 } from './darts-es';
import { M_5, M_6 } from './drnas';
import { M_2, M_3, M_4 } from './gaea';
import { M_13 } from './pc-darts';
import { OS_1 } from './os1';
import { OS_2 } from './os2';
import { OS_3 } from './os3';
import { OS_4 } from './os4';
import { OS_5 } from './os5';
import { OS_6 } from './os6';
import { OS_7 } from './os7';
import { HP_3, OS_8 } from './os8';
import { OS_9 } from './os9';
import { M_7, M_8, M_9, M_12 } from './sampling';
import { M_1, M_10, M_11 } from './second-order';
import { M_21 } from './stages';

/** Every claim that is judged, in the order of {@link CLAIM_IDS}. */
export const CLAIMS: readonly Claim[] = [
  BASELINE,
  OS_1,
  OS_2,
  OS_3,
  OS_4,
  OS_5,
  OS_6,
  OS_7,
  OS_8,
  OS_9,
  HP_3,
  M_1,
  M_2,
  M_3,
  M_4,
  M_5,
  M_6,
  M_7,
  M_8,
  M_9,
  M_10,
  M_11,
  M_12,
  M_13,
  M_15,
  M_16,
  M_17,
  M_18,
  M_14,
  M_19,
  M_20,
  M_21,
];

export function claimById(id: ClaimId): Claim {
  return CLAIMS.find((claim) => claim.id === id)!;
}
