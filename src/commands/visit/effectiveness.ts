import type { PolicyDocument } from '../../events/policy.ts';
import type { VisitOutcome } from '../../events/visit.ts';
import type { VisitState } from './state.ts';

/**
 * What a visit came to: effective when some purpose was achieved at least partly, whoever decides was met where the
 * policy asks for it or something measurable came of it, and the visit lasted long enough or has an exception.
 */
export function outcomeOf(
  visit: Pick<
    VisitState,
    'achieved' | 'decisionMakerMet' | 'orders' | 'collected' | 'minutes' | 'exceptions'
  >,
  { minimumMinutes, requiresContact }: PolicyDocument<'visit-effectiveness'>,
): VisitOutcome {
  const results = Object.values(visit.achieved);
  if (results.length === 0) return 'undetermined';
  const measurable = visit.orders.length > 0 || visit.collected;
  const metOrMeasurable = !requiresContact || visit.decisionMakerMet || measurable;
  const verified = visit.minutes >= minimumMinutes || visit.exceptions.includes('duration');
  return results.includes(true) && metOrMeasurable && verified ? 'effective' : 'ineffective';
}
