import type { z } from 'zod';
import { reject } from '../../engine/decision.ts';
import { addDays } from '../../engine/instant.ts';
import type { Direction } from '../../events/measure-definition.ts';
import {
  amountOf,
  type FeasibilityReason,
  isSameUnit,
  TargetValue,
  targetEvents,
  valueLike,
} from '../../events/target.ts';
import { TargetId } from '../../events/values.ts';
import { type Calendar, calendar, isWorkingDay } from '../calendar/state.ts';
import { measure, measureOf } from '../measure.ts';
import { type Organisation, organisation } from '../organisation/state.ts';
import { type Policy, policy, policyOn } from '../policy.ts';
import { dayWithin } from './node.ts';
import { targetUnknown, unitDiffers } from './revision.ts';
import { rosterOn } from './roster.ts';
import { type Assigned, holding, target } from './state.ts';

const { TargetFeasibilityAssessed } = targetEvents;

type Reason = z.output<typeof FeasibilityReason>;
type LastYear = readonly { readonly measure: string; readonly achieved: bigint | string }[];
interface Facts {
  readonly lastYear: LastYear;
  /** What is open and expected within the period, weighted; null for anything but net sales. */
  readonly pipeline: bigint | string | null;
}
const countMax = 2_147_483_647n;
const counted = (visits: bigint): number => Number(visits > countMax ? countMax : visits);

interface Evidence {
  readonly amount: bigint;
  readonly potential: bigint | undefined;
  readonly achieved: bigint;
  readonly visitsNeeded: bigint | undefined;
  readonly visitsPossible: bigint;
  readonly stretchFromBp: number;
  readonly direction: z.output<typeof Direction>;
}

/** What speaks against a target: whatever makes it impossible, else what makes it bold. */
function judge(evidence: Evidence) {
  const { amount, potential, achieved, visitsNeeded, visitsPossible, direction } = evidence;
  const stretchFromBp = BigInt(evidence.stretchFromBp);
  const impossible: Reason[] = [];
  if (potential !== undefined && amount > potential) impossible.push('beyond_potential');
  if (visitsNeeded !== undefined && visitsNeeded > visitsPossible) impossible.push('beyond_capacity');
  const bold: Reason[] = [];
  if (achieved <= 0n) bold.push('no_last_year');
  else if (direction === 'up' && amount * 10_000n > achieved * stretchFromBp)
    bold.push('far_above_last_year');
  else if (direction === 'down' && amount * stretchFromBp < achieved * 10_000n)
    bold.push('far_below_last_year');
  const possible = bold.length > 0 ? ('stretch' as const) : ('feasible' as const);
  return {
    verdict: impossible.length > 0 ? ('infeasible' as const) : possible,
    reasons: [...impossible, ...bold],
  };
}

interface Capacity {
  readonly organisation: Organisation;
  readonly calendar: Calendar;
  readonly policy: Policy;
}

/** The visits for which those who count for a target have working days. */
function visitsPossibleFor(
  { period, dimensions, responsible }: Assigned,
  { organisation: people, calendar: days, policy: rules }: Capacity,
  today: string,
): bigint {
  const roster = rosterOn(people, dayWithin(today, period));
  const { salesperson, org_unit: unit, manager } = dimensions;
  const team = unit ? roster.inUnit(unit) : roster.inTeam(manager ?? responsible);
  const sellers = salesperson ? 1 : team.length;
  let workingDays = 0;
  for (let day = period.start; day < period.endExclusive; day = addDays(day, 1))
    if (isWorkingDay(days, day)) workingDays += 1;
  return (
    BigInt(sellers) * BigInt(workingDays) * BigInt(policyOn(rules, 'daily-activity', today).visitsPerDay)
  );
}

export const checkFeasibility = target.command({
  name: 'CheckFeasibility',
  summary:
    'Check whether a target can be reached: against the potential given, last year, and the visits that there is time for; it also says what is in the pipeline for it.',
  permission: 'target:assess',
  path: '/targets/:targetId/check-feasibility',
  input: {
    targetId: TargetId,
    potential: TargetValue.optional().describe('What the market could give in the period.'),
  },
  emits: ['TargetFeasibilityAssessed'],
  rejects: { targetUnknown, unitDiffers },
  subject: (_, own) => holding(own)?.responsible,
  facts: async (db, { targetId }): Promise<Facts> => {
    const { data: lastYear } = (await db.ask('ListTargetLastYear', { targetId })) as {
      readonly data: LastYear;
    };
    if (lastYear.length === 0) return { lastYear, pipeline: null };
    const outlook = await db.ask('GetTargetOutlook', { targetId });
    return { lastYear, pipeline: (outlook as { readonly weighted: bigint | null }).weighted };
  },
  reads: (_, own) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    policy: policy.ref(),
    measure: own.assigned && measure.ref(own.assigned.measure),
  }),
  decide: (own, { targetId, potential }, { reads, facts, factsPosition, today }) => {
    const assigned = holding(own);
    if (!assigned) return reject('targetUnknown');
    const { value } = assigned;
    const { additivity, direction } = measureOf(assigned.measure, reads.measure!)!;
    if (potential !== undefined && !isSameUnit(value, potential)) return reject('unitDiffers');
    const amount = amountOf(value);
    const lastYear = new Map(facts?.lastYear.map((year) => [year.measure, BigInt(year.achieved)]));
    const pipeline = facts?.pipeline ?? null;
    const achieved = lastYear.get(assigned.measure) ?? 0n;
    const visits = lastYear.get('visits') ?? 0n;
    const visitsNeeded =
      additivity === 'additive' && achieved > 0n && visits > 0n
        ? (amount * visits + achieved - 1n) / achieved
        : undefined;
    const visitsPossible = visitsPossibleFor(assigned, reads, today);
    const { stretchFromBp } = policyOn(reads.policy, 'targets', today);
    return [
      TargetFeasibilityAssessed({
        targetId,
        value,
        ...judge({
          amount,
          potential: potential === undefined ? undefined : amountOf(potential),
          achieved,
          visitsNeeded,
          visitsPossible,
          stretchFromBp,
          direction,
        }),
        potential: potential ?? null,
        lastYear: valueLike(value, achieved < 0n ? 0n : achieved),
        pipeline: pipeline === null ? null : valueLike(value, BigInt(pipeline)),
        visitsNeeded: visitsNeeded === undefined ? null : counted(visitsNeeded),
        visitsPossible: counted(visitsPossible),
        factsKnownAt: factsPosition,
      }),
    ];
  },
});
