import type { z } from 'zod';
import { reject } from '../../engine/decision.ts';
import { addDays } from '../../engine/instant.ts';
import {
  amountOf,
  type FeasibilityReason,
  type Measure,
  TargetValue,
  targetEvents,
  valueLike,
} from '../../events/target.ts';
import { TargetId } from '../../events/values.ts';
import { calendar, isWorkingDay } from '../calendar/state.ts';
import { organisation } from '../organisation/state.ts';
import { policy, policyOn } from '../policy.ts';
import { isSameUnit, targetUnknown, unitDiffers } from './revision.ts';
import { rosterOn } from './roster.ts';
import { holding, target } from './state.ts';

const { TargetFeasibilityAssessed } = targetEvents;

type LastYear = readonly { readonly measure: Measure; readonly achieved: bigint | string }[];
const countMax = 2_147_483_647n;

export const checkFeasibility = target.command({
  name: 'CheckFeasibility',
  summary:
    'Check whether a target can be reached: against the potential given, last year, and the visits that there is time for.',
  permission: 'target:assess',
  path: '/targets/:targetId/check-feasibility',
  input: {
    targetId: TargetId,
    potential: TargetValue.optional().describe('What the market could give in the period.'),
  },
  emits: ['TargetFeasibilityAssessed'],
  rejects: { targetUnknown, unitDiffers },
  subject: (_, own) => holding(own)?.responsible,
  facts: async (db, { targetId }) =>
    ((await db.ask('ListTargetLastYear', { targetId })) as { readonly data: LastYear }).data,
  reads: () => ({ organisation: organisation.ref(), calendar: calendar.ref(), policy: policy.ref() }),
  decide: (own, { targetId, potential }, { reads, facts, factsPosition, today }) => {
    const assigned = holding(own);
    if (!assigned) return reject('targetUnknown');
    const { value, period, dimensions, responsible } = assigned;
    if (potential !== undefined && !isSameUnit(value, potential)) return reject('unitDiffers');
    const amount = amountOf(value);
    const lastYear = new Map(facts?.map(({ measure, achieved }) => [measure, BigInt(achieved)]));
    const achieved = lastYear.get(assigned.measure) ?? 0n;
    const visits = lastYear.get('visits') ?? 0n;
    const day = period.start <= today && today < period.endExclusive ? today : period.start;
    const roster = rosterOn(reads.organisation, day);
    const { salesperson, org_unit: unit, manager } = dimensions;
    const sellers = salesperson
      ? 1
      : (unit ? roster.inUnit(unit) : roster.inTeam(manager ?? responsible)).length;
    let workingDays = 0;
    for (let next = period.start; next < period.endExclusive; next = addDays(next, 1))
      if (isWorkingDay(reads.calendar, next)) workingDays += 1;
    const { visitsPerDay } = policyOn(reads.policy, 'daily-activity', today);
    const possible = BigInt(sellers) * BigInt(workingDays) * BigInt(visitsPerDay);
    const needed = achieved > 0n && visits > 0n ? (amount * visits + achieved - 1n) / achieved : undefined;
    const { stretchFromBp } = policyOn(reads.policy, 'targets', today);
    const impossible: z.output<typeof FeasibilityReason>[] = [];
    if (potential !== undefined && amount > amountOf(potential)) impossible.push('beyond_potential');
    if (needed !== undefined && needed > possible) impossible.push('beyond_capacity');
    const bold: z.output<typeof FeasibilityReason>[] = [];
    if (achieved === 0n) bold.push('no_last_year');
    else if (amount * 10_000n > achieved * BigInt(stretchFromBp)) bold.push('far_above_last_year');
    const counted = (visitCount: bigint) => Number(visitCount > countMax ? countMax : visitCount);
    return [
      TargetFeasibilityAssessed({
        targetId,
        value,
        verdict: impossible.length > 0 ? 'infeasible' : bold.length > 0 ? 'stretch' : 'feasible',
        reasons: [...impossible, ...bold],
        potential: potential ?? null,
        lastYear: valueLike(value, achieved < 0n ? 0n : achieved),
        visitsNeeded: needed === undefined ? null : counted(needed),
        visitsPossible: counted(possible),
        factsKnownAt: factsPosition,
      }),
    ];
  },
});
