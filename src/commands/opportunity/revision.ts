import { z } from 'zod';
import { canonicalJson } from '../../engine/canonical.ts';
import { reject, unknown } from '../../engine/decision.ts';
import { OpportunityLine, opportunityEvents } from '../../events/opportunity.ts';
import { forecastBy, Probability } from '../../events/pipeline.ts';
import { Amount, Comment, LocalDate, OpportunityId, occurred } from '../../events/values.ts';
import { isDefined, product } from '../product.ts';
import {
  barred,
  barredRejections,
  byPerson,
  changed,
  currencyDiffers,
  documentUnder,
  opportunity,
  opportunityUnknown,
  pipelineOf,
} from './state.ts';

const { OpportunityValueRevised, ExpectedCloseRevised, ProbabilityOverridden } = opportunityEvents;

export const reviseValue = opportunity.command({
  name: 'ReviseValue',
  summary: 'Revise what an opportunity may come to, as a whole or line by line.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/revise-value',
  input: {
    opportunityId: OpportunityId,
    total: Amount.describe('What it may come to, without tax.'),
    lines: z.array(OpportunityLine).max(200).default([]),
    reason: Comment,
    ...occurred,
  },
  emits: ['OpportunityValueRevised'],
  rejects: {
    opportunityUnknown,
    ...barredRejections,
    currencyDiffers,
    linesDiffer: unknown('The lines do not sum to the total.'),
    productUnknown: unknown('There is no such product.'),
  },
  subject: byPerson,
  reads: ({ lines }) => ({ products: lines.map(({ productId }) => product.ref(productId)) }),
  decide: (state, { total, lines, reason }, context) => {
    const { now } = state;
    if (!now) return reject('opportunityUnknown');
    if (canonicalJson([now.value, state.lines]) === canonicalJson([total, lines])) return [];
    const bar = barred(state, context);
    if (bar) return reject(bar);
    const amounts = lines.flatMap(({ amount, expectedCost }) => [
      amount,
      ...(expectedCost ? [expectedCost] : []),
    ]);
    if ([total, ...amounts].some(({ currency }) => currency !== now.value.currency))
      return reject('currencyDiffers');
    const sum = lines.reduce((all, { amount }) => all + BigInt(amount.amountMinor), 0n);
    if (lines.length > 0 && sum !== BigInt(total.amountMinor))
      return reject('linesDiffer', [{ pointer: '/total', detail: `The lines sum to ${sum}.` }]);
    const missing = context.reads.products.findIndex((line) => !isDefined(line));
    if (missing >= 0)
      return reject('productUnknown', [
        { pointer: `/lines/${missing}/productId`, detail: 'There is no such product.' },
      ]);
    return [OpportunityValueRevised({ ...changed(state, { value: total }), lines, reason })];
  },
});

export const reviseExpectedClose = opportunity.command({
  name: 'ReviseExpectedClose',
  summary: 'Revise the day on which an opportunity is expected to be won.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/revise-expected-close',
  input: { opportunityId: OpportunityId, expectedClose: LocalDate, reason: Comment, ...occurred },
  emits: ['ExpectedCloseRevised'],
  rejects: {
    opportunityUnknown,
    ...barredRejections,
    closeInPast: 'An opportunity is expected to close today or later.',
  },
  subject: byPerson,
  decide: (state, { expectedClose, reason }, context) => {
    if (!state.now) return reject('opportunityUnknown');
    if (state.now.expectedClose === expectedClose) return [];
    const bar = barred(state, context);
    if (bar) return reject(bar);
    if (expectedClose < context.today) return reject('closeInPast');
    return [ExpectedCloseRevised({ ...changed(state, { expectedClose }), reason })];
  },
});

export const reviseProbability = opportunity.command({
  name: 'ReviseProbability',
  summary:
    'Give an opportunity a probability of its own until it changes stage, or null for that of the stage again.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/revise-probability',
  input: {
    opportunityId: OpportunityId,
    probability: Probability.nullable(),
    reason: Comment,
    ...occurred,
  },
  emits: ['ProbabilityOverridden'],
  rejects: { opportunityUnknown, ...barredRejections },
  subject: byPerson,
  reads: (_, own) => pipelineOf(own),
  decide: (state, { probability: given, reason }, context) => {
    const { now } = state;
    if (!now) return reject('opportunityUnknown');
    const document = documentUnder(state, context.reads.pipeline);
    const stage = document.stages.find(({ stageId }) => stageId === now.stageId)!;
    const byProbability = given && now.status === 'open' ? forecastBy(document, given) : undefined;
    const revised = {
      probability: given ?? stage.defaultProbability,
      probabilitySource: given ? ('override' as const) : ('stage' as const),
      forecastCategory: byProbability ?? stage.forecastCategory,
    };
    if (canonicalJson({ ...now, ...revised }) === canonicalJson(now)) return [];
    const bar = barred(state, context);
    if (bar) return reject(bar);
    return [ProbabilityOverridden({ ...changed(state, revised), reason })];
  },
});
