import { canonicalJson } from '../../engine/canonical.ts';
import { reject, unknown } from '../../engine/decision.ts';
import { LossReason, opportunityEvents } from '../../events/opportunity.ts';
import { StageId } from '../../events/pipeline.ts';
import {
  Amount,
  Comment,
  CompetitorId,
  ContractId,
  Line,
  LocalDate,
  OpportunityId,
  OrderId,
  occurred,
} from '../../events/values.ts';
import { competitor } from '../competitor.ts';
import { contract } from '../contract.ts';
import { lifted, soldTo, takenTo } from '../customer/lifecycle.ts';
import { order } from '../order/state.ts';
import { policy } from '../policy.ts';
import { liftedBy } from './lifting.ts';
import {
  barred,
  barredRejections,
  byPerson,
  changed,
  currencyDiffers,
  inside,
  isRunning,
  opportunity,
  opportunityUnknown,
  pipelineAndCustomerOf,
  pipelineOf,
  stagesUnder,
  stageUnknown,
} from './state.ts';

const { OpportunityValueRevised, OpportunityWon, OpportunityLost, OpportunityHeld, OpportunityReopened } =
  opportunityEvents;

export const winOpportunity = opportunity.command({
  name: 'WinOpportunity',
  summary: 'Record that an opportunity was won, by the order or the contract that it came to.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/win',
  input: {
    opportunityId: OpportunityId,
    orderId: OrderId.optional(),
    contractId: ContractId.optional(),
    reference: Line.optional().describe(
      'The number of the order or contract in the system that it was imported from, where it was won before.',
    ),
    total: Amount.optional().describe('What was agreed, without tax; what it stood at when left out.'),
    ...occurred,
  },
  emits: ['OpportunityValueRevised', 'OpportunityWon', 'CustomerLifecycleAdvanced'],
  rejects: {
    opportunityUnknown,
    ...barredRejections,
    referenceMissing: unknown('An opportunity is won by an order or a contract.'),
    orderUnknown: unknown('The customer has no such order that stands.'),
    contractUnknown: unknown('The customer has no such contract.'),
    referenceForeign: unknown('Only what was won before it was imported is won by a number elsewhere.'),
    currencyDiffers,
  },
  subject: byPerson,
  reads: ({ orderId, contractId }, own) => ({
    ...pipelineAndCustomerOf(own),
    policy: policy.ref(),
    order: orderId ? order.ref(orderId) : undefined,
    contract: contractId ? contract.ref(contractId) : undefined,
  }),
  decide: (state, { opportunityId, orderId, contractId, reference, total }, context) => {
    const { now, opened, endedBy, credits } = state;
    const { reads } = context;
    if (!now || !opened) return reject('opportunityUnknown');
    if (now.status === 'won' && isSame(endedBy, [orderId, contractId, reference])) return [];
    const bar = barred(state, context);
    if (bar) return reject(bar);
    const { customerId } = opened;
    if (!orderId && !contractId && !reference) return reject('referenceMissing');
    if (reference && !(opened.imported && context.occurredAt <= opened.imported.at))
      return reject('referenceForeign');
    if (reads.order && (reads.order.taken?.customerId !== customerId || reads.order.status === 'cancelled'))
      return reject('orderUnknown');
    if (reads.contract && reads.contract.current?.customerId !== customerId) return reject('contractUnknown');
    if (total && total.currency !== now.value.currency) return reject('currencyDiffers');
    const stage = stagesUnder(state, reads.pipeline).find(({ kind }) => kind === 'won')!;
    const agreed = { ...now, value: total ?? now.value };
    const sale = { on: context.today, ids: [opportunityId, orderId] };
    const revised = canonicalJson(agreed) !== canonicalJson(now);
    return [
      ...(revised
        ? [
            OpportunityValueRevised({
              ...changed(state, agreed),
              lines: [],
              reason: 'What was agreed.',
            }),
          ]
        : []),
      OpportunityWon({
        ...changed({ ...state, now: agreed }, inside(stage, now.stay + 1)),
        credits,
        orderId,
        contractId,
        reference,
      }),
      ...lifted(
        reads.customer!,
        [soldTo(reads.customer!, sale, reads.policy), takenTo(reads.customer!, stage)],
        {
          customerId,
          opportunityId,
          on: context.today,
        },
      ),
    ];
  },
});

const isSame = (one: readonly (string | undefined)[], other: readonly (string | undefined)[]): boolean =>
  one.every((part, index) => part === other[index]);

export const loseOpportunity = opportunity.command({
  name: 'LoseOpportunity',
  summary: 'Record that an opportunity was lost, why, and to whom.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/lose',
  input: {
    opportunityId: OpportunityId,
    reasonCode: LossReason,
    competitorId: CompetitorId.optional().describe('The competitor who won it.'),
    note: Comment.optional(),
    stageId: StageId.optional().describe('The lost stage that it goes to; the first one when left out.'),
    ...occurred,
  },
  emits: ['OpportunityLost'],
  rejects: {
    opportunityUnknown,
    ...barredRejections,
    competitorUnknown: unknown('There is no such competitor.'),
    stageUnknown,
  },
  subject: byPerson,
  reads: ({ competitorId }, own) => ({
    ...pipelineOf(own),
    competitor: competitorId ? competitor.ref(competitorId) : undefined,
  }),
  decide: (state, { reasonCode, competitorId, note, stageId: asked }, context) => {
    const { now, endedBy, credits } = state;
    const { reads } = context;
    if (!now) return reject('opportunityUnknown');
    if (now.status === 'lost' && isSame(endedBy, [reasonCode, competitorId])) return [];
    const bar = barred(state, context);
    if (bar) return reject(bar);
    if (reads.competitor && reads.competitor.name === undefined) return reject('competitorUnknown');
    const stage = stagesUnder(state, reads.pipeline).find(
      ({ kind, stageId }) => kind === 'lost' && (!asked || stageId === asked),
    );
    if (!stage) return reject('stageUnknown');
    return [
      OpportunityLost({
        ...changed(state, inside(stage, now.stay + 1)),
        credits,
        reasonCode,
        competitorId,
        note,
      }),
    ];
  },
});

export const holdOpportunity = opportunity.command({
  name: 'HoldOpportunity',
  summary: 'Put an opportunity on hold: it stays in the pipeline and does not rot.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/hold',
  input: {
    opportunityId: OpportunityId,
    until: LocalDate.optional().describe('The day on which it is to be taken up again.'),
    reason: Comment,
    ...occurred,
  },
  emits: ['OpportunityHeld'],
  rejects: {
    opportunityUnknown,
    ...barredRejections,
    holdStageMissing: 'The pipeline has no stage for what is on hold.',
    untilPast: 'Nothing is put on hold until a day that is past.',
  },
  subject: byPerson,
  reads: (_, own) => pipelineOf(own),
  decide: (state, { until, reason }, context) => {
    const { now, heldUntil } = state;
    if (!now) return reject('opportunityUnknown');
    const onHold = now.status === 'on_hold';
    if (onHold && heldUntil === until) return [];
    const bar = barred(state, context);
    if (bar) return reject(bar);
    const stage = stagesUnder(state, context.reads.pipeline).find(({ kind }) => kind === 'on_hold');
    if (!stage) return reject('holdStageMissing');
    if (until && until < context.today) return reject('untilPast');
    return [
      OpportunityHeld({
        ...changed(state, onHold ? {} : inside(stage, now.stay + 1)),
        until,
        reason,
      }),
    ];
  },
});

export const reopenOpportunity = opportunity.command({
  name: 'ReopenOpportunity',
  summary: 'Reopen an opportunity that is on hold, won or lost, in the stage in which it was open last.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/reopen',
  input: {
    opportunityId: OpportunityId,
    reason: Comment,
    stageId: StageId.optional().describe('Another open stage.'),
    expectedClose: LocalDate.optional().describe('As before, when left out.'),
    ...occurred,
  },
  emits: ['OpportunityReopened', 'CustomerLifecycleAdvanced'],
  rejects: {
    opportunityUnknown,
    recordedLater: barredRejections.recordedLater,
    stageUnknown,
    closeInPast: 'An opportunity is expected to close today or later.',
  },
  subject: byPerson,
  reads: (_, own) => pipelineAndCustomerOf(own),
  decide: (state, { reason, stageId: asked, expectedClose }, context) => {
    const { now, openStageId, closedBy, credits } = state;
    if (!now) return reject('opportunityUnknown');
    if (now.status === 'open') return [];
    if (context.occurredAt < state.lastAt) return reject('recordedLater');
    const stage = stagesUnder(state, context.reads.pipeline).find(
      ({ kind, stageId }) => kind === 'open' && stageId === (asked ?? openStageId),
    );
    if (!stage) return reject('stageUnknown');
    if (expectedClose && expectedClose < context.today) return reject('closeInPast');
    return [
      OpportunityReopened({
        ...changed(state, {
          ...inside(stage, now.stay + 1),
          expectedClose: expectedClose ?? now.expectedClose,
        }),
        reason,
        closedBy,
        credits: isRunning(now) ? undefined : credits,
      }),
      ...liftedBy(state, context.reads.customer!, stage, context.today),
    ];
  },
});
