import { sql } from 'kysely';
import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { Credit } from '../events/credit.ts';
import {
  LossReason,
  OpportunityLine,
  opportunityEvents,
  ProbabilitySource,
  type Standing,
} from '../events/opportunity.ts';
import {
  ForecastCategory,
  MilestoneKey,
  PipelineVersion,
  StageId,
  StageKind,
  usualForecast,
} from '../events/pipeline.ts';
import {
  CompetitorId,
  ContractId,
  Currency,
  CustomerId,
  Instant,
  LocalDate,
  OpportunityId,
  OrderId,
  PersonId,
  PipelineId,
  VisitId,
} from '../events/values.ts';
import { Idle, idleInput, idleModels, idleOf } from './idleness.ts';
import { offer } from './offer.ts';
import { together } from './rows-of.ts';
import { stageInterval } from './stage-interval.ts';
import { isVisible } from './visible.ts';
import { workingMinutes, workingTimeModels } from './working-time.ts';

const Reached = z.object({
  milestone: MilestoneKey,
  reachedAt: Instant,
  evidence: z.string().nullable(),
  visitId: VisitId.nullable(),
});

const byOpportunity = ({ data }: { readonly data: { readonly opportunityId: string } }) => ({
  opportunityId: data.opportunityId,
});

const standing = ({ value, probability, stay: _, forecastCategory, ...after }: Standing) => ({
  ...after,
  forecastCategory: forecastCategory ?? usualForecast[after.status],
  valueMinor: BigInt(value.amountMinor),
  currency: value.currency,
  probabilityNum: BigInt(probability.num),
  probabilityDen: BigInt(probability.den),
});

/** What the lines would bring over what they would cost; null where a line does not say what it costs. */
const marginOf = (lines: readonly OpportunityLine[]): bigint | null =>
  lines.length === 0 || lines.some(({ expectedCost }) => !expectedCost)
    ? null
    : lines.reduce(
        (sum, { amount, expectedCost }) =>
          sum + BigInt(amount.amountMinor) - BigInt(expectedCost!.amountMinor),
        0n,
      );

/** The opportunities and where they stand. */
export const opportunity = readModel({
  name: 'opportunity',
  version: 1,
  summary: 'The opportunities and where they stand.',
  key: ['opportunityId'],
  indexes: [
    ['ownerId', 'status'],
    ['customerId', 'openedOn'],
    ['pipelineId', 'status', 'stageId'],
    ['openedAt'],
    ['expectedClose'],
    ['externalId'],
  ],
  row: {
    opportunityId: OpportunityId,
    customerId: CustomerId,
    pipelineId: PipelineId,
    pipelineVersion: PipelineVersion,
    title: z.string().describe('What it is about.'),
    source: z.string().describe('How it came up.'),
    ownerId: PersonId.describe('Who is to win it.'),
    credits: z.array(Credit).describe('Who has the credit for it.'),
    status: StageKind.describe('Whether it is open, on hold, won or lost.'),
    stageId: StageId,
    stageSince: Instant.describe('Since when it is in its stage.'),
    valueMinor: z.bigint().describe('What it may come to, or came to, in minor units.'),
    currency: Currency,
    lines: z.array(OpportunityLine).describe('What the customer may buy.'),
    expectedMarginMinor: z
      .bigint()
      .nullable()
      .describe('Value of the lines less their cost, in minor units; null where a cost is missing.'),
    probabilityNum: z.bigint().describe('Numerator of the probability.'),
    probabilityDen: z.bigint().describe('Denominator of the probability.'),
    probabilitySource: ProbabilitySource,
    forecastCategory: ForecastCategory,
    expectedClose: LocalDate.nullable().describe('The day on which it is expected to be won.'),
    originalClose: LocalDate.nullable().describe('The day that was expected first.'),
    closePushes: z.int().describe('How many times the expected day was put off.'),
    milestones: z.array(Reached).describe('What was reached, the earliest first.'),
    firstContactAt: Instant.nullable().describe('When the customer was met for the first time.'),
    openedAt: Instant.describe('When it was opened.'),
    openedOn: LocalDate.describe('The day on which it was opened.'),
    closedOn: LocalDate.nullable().describe('The day on which it was won or lost.'),
    orderId: OrderId.nullable().describe('The order that it came to.'),
    contractId: ContractId.nullable().describe('The contract that it came to.'),
    lossReason: LossReason.nullable(),
    competitorId: CompetitorId.nullable().describe('The competitor who won it.'),
    note: z.string().nullable().describe('What was noted when it was lost or put on hold.'),
    heldUntil: LocalDate.nullable().describe('The day on which it is to be taken up again.'),
    externalId: z
      .string()
      .nullable()
      .describe('What the system called it that it was imported from; null where it was not.'),
    reference: z
      .string()
      .nullable()
      .describe('The order or contract that it came to, by its number in the system it was imported from.'),
  },
  of: opportunityEvents,
  on: {
    OpportunityOpened: {
      key: byOpportunity,
      row: (_, { data, occurredAt, effectiveOn }) => ({
        opportunityId: data.opportunityId,
        customerId: data.customerId,
        pipelineId: data.pipelineId,
        pipelineVersion: data.pipelineVersion,
        title: data.title,
        source: data.source,
        credits: [{ personId: data.ownerId, shareBp: 10_000 }],
        ...standing(data.after),
        stageSince: occurredAt,
        lines: [],
        expectedMarginMinor: null,
        originalClose: data.after.expectedClose,
        closePushes: 0,
        milestones: [],
        firstContactAt: data.firstContactAt ?? null,
        openedAt: occurredAt,
        openedOn: effectiveOn,
        closedOn: null,
        orderId: null,
        contractId: null,
        lossReason: null,
        competitorId: null,
        note: null,
        heldUntil: null,
        externalId: data.imported?.externalId ?? null,
        reference: null,
      }),
    },
    OpportunityValueRevised: {
      key: byOpportunity,
      change: (row, { data }) => ({
        ...row,
        ...standing(data.after),
        lines: data.lines,
        expectedMarginMinor: marginOf(data.lines),
      }),
    },
    ExpectedCloseRevised: {
      key: byOpportunity,
      change: (row, { data: { before, after } }) => ({
        ...row,
        ...standing(after),
        originalClose: row.originalClose ?? after.expectedClose,
        closePushes:
          row.closePushes +
          Number(before.expectedClose !== null && before.expectedClose < after.expectedClose!),
      }),
    },
    ProbabilityOverridden: {
      key: byOpportunity,
      change: (row, { data }) => ({ ...row, ...standing(data.after) }),
    },
    MilestoneReached: {
      key: byOpportunity,
      change: (row, { data: { milestone, evidence = null, visitId = null }, occurredAt }) => ({
        ...row,
        milestones: [...row.milestones, { milestone, reachedAt: occurredAt, evidence, visitId }],
      }),
    },
    StageEntered: {
      key: byOpportunity,
      change: (row, { data, occurredAt }) => ({ ...row, ...standing(data.after), stageSince: occurredAt }),
    },
    OpportunityWon: {
      key: byOpportunity,
      change: (row, { data, occurredAt, effectiveOn }) => ({
        ...row,
        ...standing(data.after),
        stageSince: occurredAt,
        closedOn: effectiveOn,
        orderId: data.orderId ?? null,
        contractId: data.contractId ?? null,
        reference: data.reference ?? null,
        heldUntil: null,
      }),
    },
    OpportunityLost: {
      key: byOpportunity,
      change: (row, { data, occurredAt, effectiveOn }) => ({
        ...row,
        ...standing(data.after),
        stageSince: occurredAt,
        closedOn: effectiveOn,
        lossReason: data.reasonCode,
        competitorId: data.competitorId ?? null,
        note: data.note ?? null,
        heldUntil: null,
      }),
    },
    OpportunityHeld: {
      key: byOpportunity,
      change: (row, { data: { before, after, until, reason }, occurredAt }) => ({
        ...row,
        ...standing(after),
        stageSince: before.stay === after.stay ? row.stageSince : occurredAt,
        heldUntil: until ?? null,
        note: reason,
      }),
    },
    OpportunityReopened: {
      key: byOpportunity,
      change: (row, { data, occurredAt }) => ({
        ...row,
        ...standing(data.after),
        stageSince: occurredAt,
        closedOn: null,
        orderId: null,
        contractId: null,
        reference: null,
        lossReason: null,
        competitorId: null,
        note: null,
        heldUntil: null,
      }),
    },
    OpportunityTransferred: {
      key: byOpportunity,
      change: (row, { data }) => ({ ...row, ...standing(data.after), credits: data.credits }),
    },
    CreditSplitSet: {
      key: byOpportunity,
      change: (row, { data }) => ({ ...row, credits: data.credits }),
    },
  },
});

export const listOpportunities = list({
  name: 'ListOpportunities',
  summary: 'List opportunities, newest first.',
  permission: 'opportunity:read',
  path: '/opportunities',
  of: opportunity,
  scope: { person: 'ownerId' },
  filters: [
    'opportunityId',
    'customerId',
    'pipelineId',
    'pipelineVersion',
    'ownerId',
    'status',
    'stageId',
    'stageSince',
    'valueMinor',
    'currency',
    'probabilitySource',
    'forecastCategory',
    'expectedClose',
    'closePushes',
    'openedOn',
    'closedOn',
    'lossReason',
    'competitorId',
    'heldUntil',
    'externalId',
  ],
  search: ['title', 'source'],
  sorts: ['openedAt', 'valueMinor', 'stageSince'],
  descending: true,
  groups: [
    'customerId',
    'pipelineId',
    'pipelineVersion',
    'ownerId',
    'status',
    'stageId',
    'currency',
    'forecastCategory',
    'source',
    'lossReason',
    'openedOn',
    'expectedClose',
  ],
  sums: ['valueMinor', 'expectedMarginMinor', 'closePushes'],
});

const models = together(opportunity, stageInterval, offer, ...idleModels, ...workingTimeModels);

const Stay = stageInterval.row.extend({
  workingMinutes: z.bigint().describe('How many minutes of working time it took, or takes until now.'),
});

export const getOpportunity = query({
  name: 'GetOpportunity',
  summary:
    'Get an opportunity with its stays in stages, its offers, and how long it lies on a day without a touch or in its stage.',
  permission: 'opportunity:read',
  path: '/opportunities/:opportunityId',
  input: { opportunityId: OpportunityId, ...idleInput },
  output: opportunity.row.extend({
    stays: z.array(Stay),
    offers: z.array(offer.row),
    idle: Idle.nullable().describe('Null where it was in no open stage on that day.'),
  }),
  reads: models,
  answer: async (db, { opportunityId, ...asked }, asker) => {
    const row = await db
      .selectFrom('opportunity')
      .selectAll()
      .where('opportunityId', '=', opportunityId)
      .executeTakeFirst();
    if (!row || !isVisible(asker, row.ownerId, asker.today)) return nothing;
    const stays = await db
      .selectFrom('stage_interval')
      .selectAll()
      .select(
        workingMinutes(sql`"enteredAt"`, sql`coalesce("leftAt", ${asker.now}::timestamptz)`)
          .$castTo<bigint>()
          .as('workingMinutes'),
      )
      .where('opportunityId', '=', opportunityId)
      .orderBy('stay')
      .execute();
    const offers = await db
      .selectFrom('offer')
      .selectAll()
      .where('opportunityId', '=', opportunityId)
      .orderBy('submittedOn')
      .orderBy('offerId')
      .execute();
    const idle = await idleOf(db, asked, asker, { opportunityId });
    return idle ? { ...row, stays, offers, idle: idle[0] ?? null } : nothing;
  },
});
