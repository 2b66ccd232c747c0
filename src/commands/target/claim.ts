import { canonicalJson } from '../../engine/canonical.ts';
import type { Act } from '../../engine/decision.ts';
import { claimKey } from '../claim.ts';
import type { Assigned } from './state.ts';

export const targetClaim = 'target';

export type TargetScope = Pick<Assigned, 'responsible' | 'measure' | 'period' | 'dimensions'>;

/** What there is one target without a plan for: a person's measure in a period, narrowed in one way. */
export const uniqueKeyOf = (act: Act, { responsible, measure, period, dimensions }: TargetScope): string =>
  claimKey(act, targetClaim, responsible, measure, period.periodId, canonicalJson(dimensions));
