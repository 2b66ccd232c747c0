import { absent, type Refusal, reject } from '../../engine/decision.ts';
import type { VisitState } from './state.ts';

/** What every event of a visit says about it. */
export interface VisitKeys {
  readonly visitId: string;
  readonly personId: string;
  readonly customerId: string | null;
  readonly date: string;
}

/** Whose work a visit is. */
export const ofVisit = (_: unknown, { personId }: VisitState): string | undefined => personId;

export const visitUnknown = { visitUnknown: absent('There is no such visit.') };
export const recordRejects = {
  ...visitUnknown,
  visitNotOpen: 'The visit is not going on; what was recorded of it can be corrected.',
};

export const isRefused = <T extends object, R extends string>(result: T | Refusal<R>): result is Refusal<R> =>
  'rejected' in result;

/** The keys of a visit on which something may be recorded, or why not. What comes in later may `outlast` its end. */
export function recordable(
  { status, personId, customerId, date }: VisitState,
  visitId: string,
  outlast = false,
): VisitKeys | Refusal<keyof typeof recordRejects> {
  if (status === 'absent' || personId === undefined) return reject('visitUnknown');
  if (status === 'missed' || (status === 'ended' && !outlast)) return reject('visitNotOpen');
  return { visitId, personId, customerId, date };
}
