import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { PeriodId } from '../events/calendar.ts';
import { MeasureKey } from '../events/measure-definition.ts';
import { BasisKind, TargetPlanState, targetPlanEvents, Waiver } from '../events/target-plan.ts';
import {
  BasisPoints,
  Count,
  Currency,
  Line,
  LocalDate,
  PersonId,
  TargetPlanId,
  UnitId,
} from '../events/values.ts';

const byPlan = ({ data }: { readonly data: { readonly planId: string } }) => ({ planId: data.planId });

/** The target plans and how far each is. */
export const targetPlan = readModel({
  name: 'target_plan',
  version: 1,
  summary: 'The target plans and how far each is.',
  key: ['planId'],
  row: {
    planId: TargetPlanId,
    name: Line.describe('What the plan is called.'),
    state: TargetPlanState,
    periodId: PeriodId.describe('The period that the plan covers.'),
    periodStart: LocalDate.describe('First day of the plan.'),
    periodEnd: LocalDate.describe('First day after the plan.'),
    measures: z.array(MeasureKey).describe('What the plan has targets for.'),
    rootOrgUnit: UnitId.describe('The unit that the plan is for.'),
    currency: Currency,
    createdBy: PersonId.nullable().describe('Who created it.'),
    basisKinds: z.array(BasisKind).describe('What it is said to rest on.'),
    byIntuition: z.boolean().describe('Whether it rests on nothing but intuition.'),
    seasonality: z.array(BasisPoints).nullable().describe('The share of each period; null without a curve.'),
    roots: Count.describe('Targets at its top, those withdrawn among them.'),
    discussUntil: LocalDate.nullable().describe('Last day of the discussion.'),
    approvedBy: PersonId.nullable().describe('Who approved it.'),
    publishedOn: LocalDate.nullable().describe('The day on which it was published last.'),
    publication: z.int().describe('How often it was published.'),
    planHash: z.string().nullable().describe('SHA-256 over what was published last.'),
    waived: z.array(Waiver).describe('The rules that the last publication did without.'),
    recallReason: z.string().nullable().describe('Why it was recalled last.'),
  },
  of: targetPlanEvents,
  on: {
    TargetPlanCreated: {
      key: byPlan,
      row: (_, { data }) => ({
        planId: data.planId,
        name: data.name,
        state: 'draft',
        periodId: data.horizon.periodId,
        periodStart: data.horizon.start,
        periodEnd: data.horizon.endExclusive,
        measures: data.measures,
        rootOrgUnit: data.rootOrgUnit,
        currency: data.currency,
        createdBy: data.createdBy ?? null,
        basisKinds: [],
        byIntuition: false,
        seasonality: null,
        roots: 0,
        discussUntil: null,
        approvedBy: null,
        publishedOn: null,
        publication: 0,
        planHash: null,
        waived: [],
        recallReason: null,
      }),
    },
    TargetBasisRecorded: {
      key: byPlan,
      change: (row, { data }) => {
        const basisKinds = [...new Set([...row.basisKinds, data.kind])].sort();
        return { ...row, basisKinds, byIntuition: basisKinds.every((kind) => kind === 'intuition') };
      },
    },
    SeasonalityCurveAttached: {
      key: byPlan,
      change: (row, { data }) => ({ ...row, seasonality: data.weights }),
    },
    TargetPlanRootAdded: { key: byPlan, change: (row) => ({ ...row, roots: row.roots + 1 }) },
    TargetPlanSubmitted: {
      key: byPlan,
      change: (row, { data }) => ({ ...row, state: 'in_discussion', discussUntil: data.discussUntil }),
    },
    TargetPlanApproved: {
      key: byPlan,
      change: (row, { data }) => ({ ...row, state: 'approved', approvedBy: data.approvedBy ?? null }),
    },
    TargetPlanPublished: {
      key: byPlan,
      change: (row, { data, effectiveOn }) => ({
        ...row,
        state: 'published',
        publishedOn: effectiveOn,
        publication: data.publication,
        planHash: data.planHash,
        waived: data.waived,
      }),
    },
    TargetPlanRecalled: {
      key: byPlan,
      change: (row, { data }) => ({
        ...row,
        state: 'recalled',
        discussUntil: null,
        approvedBy: null,
        recallReason: data.reason,
      }),
    },
    TargetPlanClosed: { key: byPlan, change: (row) => ({ ...row, state: 'closed' }) },
  },
});

export const listTargetPlans = list({
  name: 'ListTargetPlans',
  summary: 'List target plans.',
  permission: 'target-plan:read',
  path: '/target-plans',
  of: targetPlan,
  scope: 'everyone',
  filters: [
    'planId',
    'state',
    'periodId',
    'periodStart',
    'periodEnd',
    'rootOrgUnit',
    'createdBy',
    'byIntuition',
  ],
  search: ['name'],
  sorts: ['periodStart', 'name'],
  groups: ['state', 'periodId', 'byIntuition'],
});

export const getTargetPlan = query({
  name: 'GetTargetPlan',
  summary: 'Get a target plan: what it rests on, how far it is, what its publication did without.',
  permission: 'target-plan:read',
  path: '/target-plans/:planId',
  input: { planId: TargetPlanId },
  output: targetPlan.row.meta({ id: 'TargetPlan', description: 'A target plan.' }),
  reads: [targetPlan],
  answer: async (db, { planId }) =>
    (await db.selectFrom('target_plan').selectAll().where('planId', '=', planId).executeTakeFirst()) ??
    nothing,
});
