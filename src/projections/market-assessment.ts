import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { PeriodId } from '../events/calendar.ts';
import { marketAssessmentEvents, Structure } from '../events/market-assessment.ts';
import {
  AssessmentId,
  BasisPoints,
  Currency,
  LocalDate,
  ProductGroupId,
  RegionId,
} from '../events/values.ts';

const byAssessment = ({ data }: { readonly data: { readonly assessmentId: string } }) => ({
  assessmentId: data.assessmentId,
});
const texts = z.array(z.string());

interface Market {
  readonly regionId?: string | undefined;
  readonly productGroupId?: string | undefined;
}

const narrowing = ({ regionId, productGroupId }: Market) => {
  if (regionId) return productGroupId ? 'region_and_product_group' : 'region';
  return productGroupId ? 'product_group' : 'nothing';
};

/** What markets could buy, and our share of it. */
export const marketAssessment = readModel({
  name: 'market_assessment',
  version: 1,
  summary:
    'What markets could buy in a period, and our share of it; one assessment of each market and period stands.',
  key: ['assessmentId'],
  indexes: [['periodId', 'regionId', 'productGroupId']],
  row: {
    assessmentId: AssessmentId,
    narrowedTo: z
      .enum(['nothing', 'region', 'product_group', 'region_and_product_group'])
      .describe('What the market is narrowed to; nothing is the whole of it.'),
    regionId: RegionId.nullable(),
    productGroupId: ProductGroupId.nullable(),
    periodId: PeriodId,
    periodStart: LocalDate.describe('First day of the period.'),
    periodEnd: LocalDate.describe('First day after the period.'),
    potentialMinor: z
      .bigint()
      .describe('What all suppliers together could sell in the period, in minor units.'),
    currency: Currency,
    ownShareBp: BasisPoints.describe('Our share of the potential, in basis points.'),
    structure: Structure,
    method: z.string().describe('How it was found out.'),
    sources: texts.describe('What it rests on.'),
    strengths: texts.describe('What the company does well.'),
    weaknesses: texts.describe('What it does badly.'),
    opportunities: texts.describe('What the market offers.'),
    threats: texts.describe('What the market threatens with.'),
    assessedOn: LocalDate.describe('The day of the assessment.'),
    state: z.enum(['standing', 'superseded']).describe('Whether another took its place.'),
    supersedes: AssessmentId.nullable().describe('The assessment whose place it took.'),
    successorId: AssessmentId.nullable().describe('The assessment that took its place.'),
    supersededOn: LocalDate.nullable().describe('The day on which another took its place.'),
    supersededBecause: z.string().nullable().describe('Why another took its place.'),
  },
  of: marketAssessmentEvents,
  on: {
    MarketAssessed: {
      key: byAssessment,
      row: (_, { data, effectiveOn }) => ({
        assessmentId: data.assessmentId,
        narrowedTo: narrowing(data),
        regionId: data.regionId ?? null,
        productGroupId: data.productGroupId ?? null,
        periodId: data.period,
        periodStart: data.start,
        periodEnd: data.endExclusive,
        potentialMinor: BigInt(data.potential.amountMinor),
        currency: data.potential.currency,
        ownShareBp: data.ownShareBp,
        structure: data.structure,
        method: data.method,
        sources: data.sources,
        strengths: [],
        weaknesses: [],
        opportunities: [],
        threats: [],
        assessedOn: effectiveOn,
        state: 'standing',
        supersedes: data.supersedes ?? null,
        successorId: null,
        supersededOn: null,
        supersededBecause: null,
      }),
    },
    StrengthsWeaknessesRecorded: {
      key: byAssessment,
      change: (row, { data: { strengths, weaknesses, opportunities, threats } }) => ({
        ...row,
        strengths,
        weaknesses,
        opportunities,
        threats,
      }),
    },
    AssessmentSuperseded: {
      key: byAssessment,
      change: (row, { data: { successorId, reason }, effectiveOn }) => ({
        ...row,
        state: 'superseded',
        successorId,
        supersededOn: effectiveOn,
        supersededBecause: reason,
      }),
    },
  },
});

export const listMarketAssessments = list({
  name: 'ListMarketAssessments',
  summary:
    'List assessments of markets. A market that is narrowed lies within the wider ones, so their potentials are not added to one another.',
  permission: 'market:read',
  path: '/market-assessments',
  of: marketAssessment,
  scope: 'everyone',
  filters: [
    'assessmentId',
    'narrowedTo',
    'regionId',
    'productGroupId',
    'periodId',
    'periodStart',
    'periodEnd',
    'currency',
    'assessedOn',
    'state',
  ],
  holds: { from: 'periodStart', until: 'periodEnd' },
  sorts: ['periodStart', 'potentialMinor', 'assessedOn'],
  descending: true,
  groups: ['narrowedTo', 'regionId', 'productGroupId', 'periodId', 'currency', 'state'],
  sums: ['potentialMinor'],
});

export const getMarketAssessment = query({
  name: 'GetMarketAssessment',
  summary: 'Get an assessment of a market with its strengths, weaknesses, opportunities and threats.',
  permission: 'market:read',
  path: '/market-assessments/:assessmentId',
  input: { assessmentId: AssessmentId },
  output: marketAssessment.row,
  reads: [marketAssessment],
  answer: async (db, { assessmentId }) =>
    (await db
      .selectFrom('market_assessment')
      .selectAll()
      .where('assessmentId', '=', assessmentId)
      .executeTakeFirst()) ?? nothing,
});
