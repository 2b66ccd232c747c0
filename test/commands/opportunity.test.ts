import { describe, expect, test } from 'vitest';
import { competitor } from '../../src/commands/competitor.ts';
import { contract } from '../../src/commands/contract.ts';
import { customer } from '../../src/commands/customer/state.ts';
import {
  holdOpportunity,
  loseOpportunity,
  reopenOpportunity,
  winOpportunity,
} from '../../src/commands/opportunity/closing.ts';
import { acceptOffer, rejectOffer, submitOffer } from '../../src/commands/opportunity/offer.ts';
import { openOpportunity } from '../../src/commands/opportunity/opening.ts';
import { setCreditSplit, transferOpportunity } from '../../src/commands/opportunity/ownership.ts';
import { moveStage, overrideStage, reachMilestone } from '../../src/commands/opportunity/progress.ts';
import {
  reviseExpectedClose,
  reviseProbability,
  reviseValue,
} from '../../src/commands/opportunity/revision.ts';
import { order } from '../../src/commands/order/state.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { pipeline } from '../../src/commands/pipeline.ts';
import { product } from '../../src/commands/product.ts';
import type { Command } from '../../src/engine/decision.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { contractEvents } from '../../src/events/contract.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { orderEvents } from '../../src/events/order.ts';
import { type PipelineStage, pipelineEvents } from '../../src/events/pipeline.ts';
import {
  ann,
  bob,
  competitorId,
  customerId,
  defined,
  eur,
  orderId,
  ownedByAnn,
  productId,
  registered,
  rival,
  staff,
  stranger,
  supervisor,
  taken,
  today,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import {
  drafted,
  head,
  opened,
  opportunityId,
  pipelineId,
  published,
  retired,
  standing,
} from '../support/pipeline.ts';

const {
  OpportunityOpened,
  OpportunityValueRevised,
  ExpectedCloseRevised,
  ProbabilityOverridden,
  MilestoneReached,
  StageEntered,
  OfferSubmitted,
  OfferAccepted,
  OfferRejected,
  OpportunityWon,
  OpportunityLost,
  OpportunityHeld,
  OpportunityReopened,
  OpportunityTransferred,
  CreditSplitSet,
} = opportunityEvents;
const { CustomerLifecycleAdvanced } = customerEvents;
const { PipelineVersionPublished } = pipelineEvents;

const change = (after: Partial<Standing>, before: Standing = standing) => ({
  ...head,
  ownerId: before.ownerId,
  before,
  after: { ...before, ...after },
});
const inStage = (stageId: string, stay: number, num: string, den: string, status = 'open') =>
  ({
    status,
    stageId,
    stay,
    probability: { num, den },
    probabilitySource: 'stage',
  }) as Partial<Standing>;
const proposal = inStage('proposal', 2, '1', '3');
const won = inStage('won', 2, '1', '1', 'won');
const lost = inStage('lost', 2, '0', '1', 'lost');
const paused = inStage('paused', 2, '1', '20', 'on_hold');

const inProposal = StageEntered({ ...change(proposal), direction: 'forward' });
const wonByOrder = OpportunityWon({ ...change(won), orderId });
const lostToRival = OpportunityLost({ ...change(lost), reasonCode: 'price', competitorId });
const held = OpportunityHeld({ ...change(paused), until: '2026-05-01', reason: 'No budget.' });
const offerId = idOf('offer');
const submitted = OfferSubmitted({ ...head, offerId, total: eur('900'), validUntil: '2026-03-31' });
const accepted = OfferAccepted({ ...head, offerId });
const rejected = OfferRejected({ ...head, offerId, reason: 'Too dear.' });
const reached = MilestoneReached({ ...head, milestone: 'budget' });

const lift = (from: string, to: string) =>
  CustomerLifecycleAdvanced({
    customerId,
    from: from as 'new',
    to: to as 'new',
    on: today,
    ownerId: ann,
    opportunityId,
  });

const world = (...own: readonly NewEvent[]) =>
  given(...own)
    .and(organisation.ref(), ...staff)
    .and(pipeline.ref(pipelineId), drafted, published)
    .and(customer.ref(customerId), registered, ownedByAnn);

const last = { ...opened, when: { occurredAt: '2026-03-02T07:00:00.000Z' } };
/** What every command refuses that goes on with an opportunity. */
const refusesTheRest = (command: Command, input: Readonly<Record<string, unknown>>) => {
  test('refuses an opportunity that was never opened', () => {
    world().when(command, input).thenRejects('opportunityUnknown');
  });
  test('refuses an opportunity that is lost', () => {
    world(opened, OpportunityLost({ ...change(lost), reasonCode: 'other' }))
      .when(command, input)
      .thenRejects('opportunityClosed');
  });
  test('refuses what happened before something that is recorded', () => {
    world(last)
      .when(command, { ...input, occurredAt: '2026-03-02T06:59:59.999Z' })
      .thenRejects('recordedLater');
  });
};

describe('OpenOpportunity', () => {
  const input = {
    opportunityId,
    customerId,
    ownerId: ann,
    pipelineId,
    title: 'Ten boxes',
    source: 'fair',
    value: eur('1000'),
    expectedClose: '2026-04-30',
  };
  test('opens an opportunity in the first open stage, and makes the customer a target', () => {
    world().when(openOpportunity, input).thenEmits(opened, lift('potential', 'target'));
  });
  test('opens an opportunity in another open stage, of the latest version', () => {
    given()
      .and(organisation.ref(), ...staff)
      .and(pipeline.ref(pipelineId), drafted, published, {
        ...published,
        data: { ...published.data, version: 2 },
      })
      .and(customer.ref(customerId), registered, ownedByAnn, lift('potential', 'active'))
      .when(openOpportunity, { ...input, stageId: 'contract' })
      .thenEmits(
        OpportunityOpened({
          ...opened.data,
          pipelineVersion: 2,
          after: { ...standing, ...inStage('contract', 1, '2', '3') },
        }),
      );
  });
  test('says nothing twice', () => {
    world(opened).when(openOpportunity, input).thenNothing();
  });
  test('refuses another opportunity under a known id', () => {
    world(opened)
      .when(openOpportunity, { ...input, title: 'Other' })
      .thenRejects('opportunityKnown');
  });
  test('refuses a customer who does not exist', () => {
    given()
      .and(pipeline.ref(pipelineId), drafted, published)
      .when(openOpportunity, input)
      .thenRejects('customerUnknown');
  });
  test('refuses somebody who is not employed', () => {
    world()
      .when(openOpportunity, { ...input, ownerId: idOf('nobody') })
      .thenRejects('personUnknown');
  });
  test('refuses a pipeline of which nothing is published', () => {
    given()
      .and(organisation.ref(), ...staff)
      .and(pipeline.ref(pipelineId), drafted)
      .and(customer.ref(customerId), registered)
      .when(openOpportunity, input)
      .thenRejects('pipelineUnknown');
  });
  test('refuses a pipeline that is retired', () => {
    world()
      .and(pipeline.ref(pipelineId), retired)
      .when(openOpportunity, input)
      .thenRejects('pipelineRetired');
  });
  test('refuses a stage that does not exist', () => {
    world()
      .when(openOpportunity, { ...input, stageId: 'nowhere' })
      .thenRejects('stageUnknown');
  });
  test('refuses to begin in a stage that is not open', () => {
    world()
      .when(openOpportunity, { ...input, stageId: 'won' })
      .thenRejects('stageNotOpen');
  });
  test('refuses a day of closing that is past', () => {
    world()
      .when(openOpportunity, { ...input, expectedClose: yesterday })
      .thenRejects('closeInPast');
  });
});

describe('ReviseValue', () => {
  const lines = [{ productId, quantity: 2, amount: eur('1500'), expectedCost: eur('600') }];
  const input = { opportunityId, total: eur('1500'), lines, reason: 'Two more.' };
  const revised = OpportunityValueRevised({ ...change({ value: eur('1500') }), lines, reason: 'Two more.' });
  const withProduct = (...own: readonly NewEvent[]) => world(...own).and(product.ref(productId), defined);
  test('revises the value line by line', () => {
    withProduct(opened).when(reviseValue, input).thenEmits(revised);
  });
  test('says nothing twice', () => {
    withProduct(opened, revised).when(reviseValue, input).thenNothing();
  });
  refusesTheRest(reviseValue, { opportunityId, total: eur('2'), reason: 'x' });
  test('refuses another currency', () => {
    world(opened)
      .when(reviseValue, { ...input, total: { amountMinor: '1500', currency: 'USD' }, lines: [] })
      .thenRejects('currencyDiffers');
  });
  test('refuses lines that do not sum to the total', () => {
    withProduct(opened)
      .when(reviseValue, { ...input, total: eur('1499') })
      .thenRejects('linesDiffer');
  });
  test('refuses a product that does not exist', () => {
    world(opened).when(reviseValue, input).thenRejects('productUnknown');
  });
});

describe('ReviseExpectedClose', () => {
  const input = { opportunityId, expectedClose: '2026-06-30', reason: 'Holidays.' };
  const revised = ExpectedCloseRevised({ ...change({ expectedClose: '2026-06-30' }), reason: 'Holidays.' });
  test('puts the day off', () => {
    world(opened).when(reviseExpectedClose, input).thenEmits(revised);
  });
  test('says nothing twice', () => {
    world(opened, revised).when(reviseExpectedClose, input).thenNothing();
  });
  refusesTheRest(reviseExpectedClose, input);
  test('refuses a day that is past', () => {
    world(opened)
      .when(reviseExpectedClose, { ...input, expectedClose: yesterday })
      .thenRejects('closeInPast');
  });
});

describe('ReviseProbability', () => {
  const probability = { num: '1', den: '2' };
  const input = { opportunityId, probability, reason: 'They like us.' };
  const overridden = ProbabilityOverridden({
    ...change({ probability, probabilitySource: 'override' }),
    reason: 'They like us.',
  });
  test('gives an opportunity a probability of its own, and that of the stage again', () => {
    world(opened).when(reviseProbability, input).thenEmits(overridden);
    world(opened, overridden)
      .when(reviseProbability, { ...input, probability: null })
      .thenEmits(
        ProbabilityOverridden({
          ...change({ probability: standing.probability, probabilitySource: 'stage' }, overridden.data.after),
          reason: 'They like us.',
        }),
      );
  });
  test('says nothing twice', () => {
    world(opened, overridden).when(reviseProbability, input).thenNothing();
    world(opened)
      .when(reviseProbability, { ...input, probability: null })
      .thenNothing();
  });
  refusesTheRest(reviseProbability, input);
  test('takes no probability above 1', () => {
    expect(() =>
      world(opened).when(reviseProbability, { ...input, probability: { num: '3', den: '2' } }),
    ).toThrow('from 0 to 1');
  });
});

describe('ReachMilestone', () => {
  const input = { opportunityId, milestone: 'budget' };
  test('records a milestone', () => {
    world(opened).when(reachMilestone, input).thenEmits(reached);
  });
  test('says nothing twice', () => {
    world(opened, reached).when(reachMilestone, input).thenNothing();
  });
  refusesTheRest(reachMilestone, input);
  test('refuses a milestone that the pipeline does not have', () => {
    world(opened)
      .when(reachMilestone, { ...input, milestone: 'moon' })
      .thenRejects('milestoneUnknown');
  });
});

describe('MoveStage', () => {
  const input = { opportunityId, stageId: 'proposal' };
  const inContract = inStage('contract', 3, '2', '3');
  test('moves an opportunity forward, as likely as the stage says', () => {
    world(opened).when(moveStage, input).thenEmits(inProposal);
  });
  test('moves it on once what the stage asks for is there', () => {
    world(opened, inProposal, reached, submitted, accepted)
      .when(moveStage, { ...input, stageId: 'contract' })
      .thenEmits(StageEntered({ ...change(inContract, inProposal.data.after), direction: 'forward' }));
  });
  test('moves it back with a reason', () => {
    world(opened, inProposal)
      .when(moveStage, { ...input, stageId: 'lead', reason: 'Too early.' })
      .thenEmits(
        StageEntered({
          ...change(inStage('lead', 3, '1', '10'), inProposal.data.after),
          direction: 'back',
          reason: 'Too early.',
        }),
      );
  });
  test('says nothing of the stage that it is in', () => {
    world(opened, inProposal).when(moveStage, input).thenNothing();
  });
  refusesTheRest(moveStage, input);
  test('refuses an opportunity that is on hold', () => {
    world(opened, held).when(moveStage, input).thenRejects('opportunityOnHold');
  });
  test('refuses a stage that does not exist', () => {
    world(opened)
      .when(moveStage, { ...input, stageId: 'nowhere' })
      .thenRejects('stageUnknown');
  });
  test('refuses a stage that is not open', () => {
    world(opened)
      .when(moveStage, { ...input, stageId: 'won' })
      .thenRejects('stageNotOpen');
  });
  test('refuses a move back without a reason', () => {
    world(opened, inProposal)
      .when(moveStage, { ...input, stageId: 'lead' })
      .thenRejects('reasonMissing');
  });
  test('refuses to go on or to skip a stage without its milestones', () => {
    world(opened, inProposal, submitted, accepted)
      .when(moveStage, { ...input, stageId: 'contract' })
      .thenRejects('milestonesMissing');
    world(opened, submitted, accepted)
      .when(moveStage, { ...input, stageId: 'contract' })
      .thenRejects('milestonesMissing');
  });
  test.each([
    ['without an offer', [reached]],
    ['with an offer that is not accepted', [reached, submitted]],
    ['with an offer that is rejected', [reached, submitted, rejected]],
    [
      'without a value',
      [
        reached,
        submitted,
        accepted,
        OpportunityValueRevised({ ...change({ ...proposal, value: eur('0') }), lines: [], reason: 'x' }),
      ],
    ],
    [
      'without a day of closing',
      [
        reached,
        submitted,
        accepted,
        ExpectedCloseRevised({ ...change({ ...proposal, expectedClose: null }), reason: 'x' }),
      ],
    ],
  ])('refuses to go on %s', (_, events) => {
    world(opened, inProposal, ...events)
      .when(moveStage, { ...input, stageId: 'contract' })
      .thenRejects('criteriaUnmet');
  });
});

describe('OverrideStage', () => {
  const input = { opportunityId, stageId: 'contract', reason: 'They called me.' };
  test('moves an opportunity whatever its stage asks for', () => {
    world(opened, inProposal)
      .when(overrideStage, input, { actor: { personId: supervisor } })
      .thenEmits(
        StageEntered({
          ...change(inStage('contract', 3, '2', '3'), inProposal.data.after),
          direction: 'forward',
          overrideReason: 'They called me.',
        }),
      );
  });
  test('says nothing of the stage that it is in', () => {
    world(opened)
      .when(overrideStage, { ...input, stageId: 'lead' })
      .thenNothing();
  });
  refusesTheRest(overrideStage, input);
  test('refuses an opportunity that is on hold', () => {
    world(opened, held).when(overrideStage, input).thenRejects('opportunityOnHold');
  });
  test('refuses a stage that does not exist, or is not open', () => {
    world(opened)
      .when(overrideStage, { ...input, stageId: 'nowhere' })
      .thenRejects('stageUnknown');
    world(opened)
      .when(overrideStage, { ...input, stageId: 'lost' })
      .thenRejects('stageNotOpen');
  });
  test('refuses one’s own opportunity', () => {
    world(opened)
      .when(overrideStage, input, { actor: { personId: ann } })
      .thenRejects('ownOverride');
  });
});

describe('SubmitOffer', () => {
  const input = { opportunityId, offerId, total: eur('900'), validUntil: '2026-03-31' };
  test('records an offer', () => {
    world(opened).when(submitOffer, input).thenEmits(submitted);
  });
  test('says nothing twice', () => {
    world(opened, submitted).when(submitOffer, input).thenNothing();
  });
  refusesTheRest(submitOffer, input);
  test('refuses another offer under a known id', () => {
    world(opened, submitted)
      .when(submitOffer, { ...input, total: eur('901') })
      .thenRejects('offerKnown');
  });
  test('refuses an offer that has expired', () => {
    world(opened)
      .when(submitOffer, { ...input, validUntil: yesterday })
      .thenRejects('offerExpired');
  });
  test('refuses another currency', () => {
    world(opened)
      .when(submitOffer, { ...input, total: { amountMinor: '900', currency: 'USD' } })
      .thenRejects('currencyDiffers');
  });
});

describe.each([
  ['AcceptOffer', acceptOffer, { opportunityId, offerId }, accepted, rejected],
  ['RejectOffer', rejectOffer, { opportunityId, offerId, reason: 'Too dear.' }, rejected, accepted],
] as const)('%s', (_, command, input, decision, other) => {
  test('records what the customer decided', () => {
    world(opened, submitted).when(command, input).thenEmits(decision);
  });
  test('says nothing twice', () => {
    world(opened, submitted, decision).when(command, input).thenNothing();
  });
  test('refuses an opportunity that was never opened', () => {
    world().when(command, input).thenRejects('opportunityUnknown');
  });
  test('refuses an opportunity that is over, and what happened too early', () => {
    world(opened, submitted, lostToRival).when(command, input).thenRejects('opportunityClosed');
    world(opened, submitted, { ...held, when: { occurredAt: '2026-03-02T07:00:00.000Z' } })
      .when(command, { ...input, occurredAt: '2026-03-02T06:00:00.000Z' })
      .thenRejects('recordedLater');
  });
  test('refuses an offer that was never made', () => {
    world(opened).when(command, input).thenRejects('offerUnknown');
  });
  test('refuses an offer that was decided otherwise', () => {
    world(opened, submitted, other).when(command, input).thenRejects('offerDecided');
  });
});

describe('WinOpportunity', () => {
  const input = { opportunityId, orderId };
  const ordered = (...own: readonly NewEvent[]) => world(...own).and(order.ref(orderId), taken);
  test('records that an order was won, and makes the customer a new one', () => {
    ordered(opened).when(winOpportunity, input).thenEmits(wonByOrder, lift('potential', 'new'));
  });
  test('revises the value to what was agreed', () => {
    const agreed = { ...standing, value: eur('1100') };
    ordered(opened)
      .and(customer.ref(customerId), lift('potential', 'key'))
      .when(winOpportunity, { ...input, total: eur('1100') })
      .thenEmits(
        OpportunityValueRevised({ ...change(agreed), lines: [], reason: 'What was agreed.' }),
        OpportunityWon({ ...change(won, agreed), orderId }),
      );
  });
  test('makes a new customer an active one by another win in time, and not by the same twice', () => {
    const newBy = (more: object) => ({
      ...lift('target', 'new'),
      data: { ...lift('target', 'new').data, ...more },
    });
    const other = { opportunityId: idOf('other') };
    ordered(opened)
      .and(customer.ref(customerId), newBy(other))
      .when(winOpportunity, input)
      .thenEmits(wonByOrder, lift('new', 'active'));
    for (const before of [
      newBy({ ...other, on: '2025-03-01' }),
      newBy({ opportunityId: undefined, orderId }),
    ])
      ordered(opened).and(customer.ref(customerId), before).when(winOpportunity, input).thenEmits(wonByOrder);
    const reopened = OpportunityReopened({
      ...change(inStage('lead', 3, '1', '10'), wonByOrder.data.after),
      reason: 'x',
    });
    const again = inStage('won', 4, '1', '1', 'won');
    ordered(opened, wonByOrder, reopened)
      .and(customer.ref(customerId), lift('target', 'new'))
      .when(winOpportunity, input)
      .thenEmits(OpportunityWon({ ...change(again, reopened.data.after), orderId }));
  });
  test('records that a contract was won', () => {
    const contractId = idOf('contract');
    const signed = contractEvents.ContractSigned({
      contractId,
      customerId,
      responsible: ann,
      term: 1,
      termFrom: today,
      termTo: '2026-12-31',
      on: today,
      value: eur('1000'),
      dueAt: '2026-10-31T23:00:00.000Z',
    });
    world(opened)
      .and(contract.ref(contractId), signed)
      .when(winOpportunity, { opportunityId, contractId })
      .thenEmits(OpportunityWon({ ...change(won), contractId }), lift('potential', 'new'));
  });
  test('says nothing twice', () => {
    ordered(opened, wonByOrder).when(winOpportunity, input).thenNothing();
  });
  refusesTheRest(winOpportunity, input);
  test('refuses a win by nothing', () => {
    world(opened).when(winOpportunity, { opportunityId }).thenRejects('referenceMissing');
  });
  test('takes a number of another system for what was won before it was imported', () => {
    const byNumber = { opportunityId, reference: 'O-77' };
    const imported = { externalId: 'D-1', at: `${yesterday}T12:00:00.000Z`, digest: 'x' };
    const before = OpportunityOpened({ ...opened.data, imported });
    const at = (time: string) => ({ ...byNumber, occurredAt: `${yesterday}T${time}.000Z` });
    const then = { when: { occurredAt: `${yesterday}T00:00:00.000Z` } };
    world({ ...before, ...then })
      .when(winOpportunity, at('12:00:00'))
      .thenEmits(OpportunityWon({ ...change(won), reference: 'O-77' }), {
        ...lift('potential', 'new'),
        data: { ...(lift('potential', 'new').data as object), on: yesterday },
      });
    world({ ...before, ...then })
      .when(winOpportunity, at('12:00:01'))
      .thenRejects('referenceForeign');
    world(opened).when(winOpportunity, byNumber).thenRejects('referenceForeign');
  });
  test('refuses an order that does not exist, is another’s or was cancelled', () => {
    world(opened).when(winOpportunity, input).thenRejects('orderUnknown');
    world(opened)
      .and(order.ref(orderId), orderEvents.OrderTaken({ ...taken.data, customerId: idOf('other') }))
      .when(winOpportunity, input)
      .thenRejects('orderUnknown');
    ordered(opened)
      .and(order.ref(orderId), orderEvents.OrderCancelled({ ...taken.data, on: today, reason: 'x' }))
      .when(winOpportunity, input)
      .thenRejects('orderUnknown');
  });
  test('refuses a contract that does not exist', () => {
    world(opened)
      .when(winOpportunity, { opportunityId, contractId: idOf('contract') })
      .thenRejects('contractUnknown');
  });
  test('refuses another currency', () => {
    ordered(opened)
      .when(winOpportunity, { ...input, total: { amountMinor: '1', currency: 'USD' } })
      .thenRejects('currencyDiffers');
  });
});

describe('LoseOpportunity', () => {
  const input = { opportunityId, reasonCode: 'price', competitorId };
  const known = (...own: readonly NewEvent[]) => world(...own).and(competitor.ref(competitorId), rival);
  test('records why and to whom an opportunity was lost', () => {
    known(opened).when(loseOpportunity, input).thenEmits(lostToRival);
  });
  test('goes to another lost stage', () => {
    world(opened)
      .when(loseOpportunity, { opportunityId, reasonCode: 'no_budget', stageId: 'cancelled' })
      .thenEmits(
        OpportunityLost({
          ...change(inStage('cancelled', 2, '0', '1', 'lost')),
          reasonCode: 'no_budget',
        }),
      );
  });
  test('says nothing twice', () => {
    known(opened, lostToRival).when(loseOpportunity, input).thenNothing();
  });
  refusesTheRest(loseOpportunity, { opportunityId, reasonCode: 'price' });
  test('refuses a competitor who does not exist', () => {
    world(opened).when(loseOpportunity, input).thenRejects('competitorUnknown');
  });
  test('refuses a stage that is not for what is lost', () => {
    known(opened)
      .when(loseOpportunity, { ...input, stageId: 'lead' })
      .thenRejects('stageUnknown');
  });
});

describe('HoldOpportunity', () => {
  const input = { opportunityId, until: '2026-05-01', reason: 'No budget.' };
  test('puts an opportunity on hold, and until another day', () => {
    world(opened).when(holdOpportunity, input).thenEmits(held);
    world(opened, held)
      .when(holdOpportunity, { ...input, until: '2026-06-01' })
      .thenEmits(
        OpportunityHeld({ ...change({}, held.data.after), until: '2026-06-01', reason: 'No budget.' }),
      );
  });
  test('says nothing twice', () => {
    world(opened, held).when(holdOpportunity, input).thenNothing();
  });
  refusesTheRest(holdOpportunity, input);
  test('refuses where the pipeline has no such stage', () => {
    const { stages } = published.data;
    given(opened)
      .and(pipeline.ref(pipelineId), {
        ...published,
        data: { ...published.data, stages: stages.filter(({ kind }) => kind !== 'on_hold') },
      })
      .when(holdOpportunity, input)
      .thenRejects('holdStageMissing');
  });
  test('refuses a day that is past', () => {
    world(opened)
      .when(holdOpportunity, { ...input, until: yesterday })
      .thenRejects('untilPast');
  });
});

describe('ReopenOpportunity', () => {
  const input = { opportunityId, reason: 'They called.' };
  test.each([
    ['on hold', held],
    ['won', wonByOrder],
    ['lost', lostToRival],
  ])('reopens what is %s in the stage in which it was open last', (_, ended) => {
    world(opened, ended)
      .when(reopenOpportunity, input)
      .thenEmits(
        OpportunityReopened({
          ...change(inStage('lead', 3, '1', '10'), ended.data.after),
          reason: 'They called.',
          closedBy: ended === held ? undefined : ann,
        }),
      );
  });
  test('reopens it in another stage, for another day', () => {
    world(opened, lostToRival)
      .when(reopenOpportunity, { ...input, stageId: 'contract', expectedClose: '2026-07-01' })
      .thenEmits(
        OpportunityReopened({
          ...change(
            { ...inStage('contract', 3, '2', '3'), expectedClose: '2026-07-01' },
            lostToRival.data.after,
          ),
          reason: 'They called.',
          closedBy: ann,
        }),
      );
  });
  test('says nothing of what is open', () => {
    world(opened).when(reopenOpportunity, input).thenNothing();
  });
  test('refuses an opportunity that was never opened', () => {
    world().when(reopenOpportunity, input).thenRejects('opportunityUnknown');
  });
  test('refuses what happened before something that is recorded', () => {
    world(opened, { ...held, when: { occurredAt: '2026-03-02T07:00:00.000Z' } })
      .when(reopenOpportunity, { ...input, occurredAt: '2026-03-02T06:00:00.000Z' })
      .thenRejects('recordedLater');
  });
  test('refuses a stage that is not open', () => {
    world(opened, held)
      .when(reopenOpportunity, { ...input, stageId: 'won' })
      .thenRejects('stageUnknown');
  });
  test('refuses a day of closing that is past', () => {
    world(opened, held)
      .when(reopenOpportunity, { ...input, expectedClose: yesterday })
      .thenRejects('closeInPast');
  });
});

describe('TransferOpportunity', () => {
  const input = { opportunityId, to: bob, reason: 'Ann leaves.' };
  const asSupervisor = { actor: { personId: supervisor } };
  const all = (personId: string) => [{ personId, shareBp: 10_000 }];
  const transferred = OpportunityTransferred({
    ...change({ ownerId: bob }),
    to: bob,
    creditRule: 'follow',
    credits: all(bob),
    formerCredits: all(ann),
    reason: 'Ann leaves.',
  });
  test('gives an opportunity to somebody else, and the credit with it; nothing else changes', () => {
    world(opened).when(transferOpportunity, input, asSupervisor).thenEmits(transferred);
  });
  test('keeps the credit of what is closed, and wherever that is said', () => {
    world(opened, wonByOrder)
      .when(transferOpportunity, input, asSupervisor)
      .thenEmits(
        OpportunityTransferred({
          ...change({ ownerId: bob }, wonByOrder.data.after),
          to: bob,
          creditRule: 'keep',
          credits: all(ann),
          formerCredits: all(ann),
          reason: 'Ann leaves.',
        }),
      );
    world(opened)
      .when(transferOpportunity, { ...input, creditRule: 'keep' }, asSupervisor)
      .thenEmits(OpportunityTransferred({ ...transferred.data, creditRule: 'keep', credits: all(ann) }));
  });
  test('adds the share of the former owner to that of the new one', () => {
    const share = (personId: string, shareBp: number) => ({ personId, shareBp });
    const split = CreditSplitSet({
      ...head,
      credits: [share(ann, 5_000), share(bob, 2_000), share(supervisor, 3_000)],
      formerCredits: all(ann),
      reason: 'x',
    });
    world(opened, split)
      .when(transferOpportunity, input, asSupervisor)
      .thenEmits(
        OpportunityTransferred({
          ...transferred.data,
          credits: [share(bob, 7_000), share(supervisor, 3_000)],
          formerCredits: split.data.credits,
        }),
      );
  });
  test('says nothing twice', () => {
    world(opened, transferred).when(transferOpportunity, input, asSupervisor).thenNothing();
  });
  test('refuses an opportunity that was never opened', () => {
    world().when(transferOpportunity, input, asSupervisor).thenRejects('opportunityUnknown');
  });
  test('refuses what happened before something that is recorded', () => {
    world(last)
      .when(transferOpportunity, { ...input, occurredAt: '2026-03-02T06:00:00.000Z' }, asSupervisor)
      .thenRejects('recordedLater');
  });
  test('refuses somebody who is not employed', () => {
    world(opened)
      .when(transferOpportunity, { ...input, to: idOf('nobody') }, asSupervisor)
      .thenRejects('personUnknown');
  });
  test('refuses to take from another team', () => {
    world(opened)
      .when(transferOpportunity, input, { actor: { personId: stranger } })
      .thenRejects('ownerOutsideScope');
  });
});

describe('SetCreditSplit', () => {
  const credits = [
    { personId: ann, shareBp: 6_000 },
    { personId: bob, shareBp: 4_000 },
  ];
  const formerCredits = [{ personId: ann, shareBp: 10_000 }];
  const input = { opportunityId, credits, reason: 'Bob found them.' };
  const split = CreditSplitSet({ ...head, credits, formerCredits, standing, reason: 'Bob found them.' });
  test('splits the credit, also of what is closed, and whoever ends or reopens it says so', () => {
    world(opened).when(setCreditSplit, input).thenEmits(split);
    const after = CreditSplitSet({ ...split.data, standing: wonByOrder.data.after });
    world(opened, wonByOrder).when(setCreditSplit, input).thenEmits(after);
    world(opened, split)
      .when(loseOpportunity, { opportunityId, reasonCode: 'price' })
      .thenEmits(OpportunityLost({ ...change(lost), credits, reasonCode: 'price' }));
    world(opened, wonByOrder, after)
      .when(reopenOpportunity, { opportunityId, reason: 'x' })
      .thenEmits(
        OpportunityReopened({
          ...change(inStage('lead', 3, '1', '10'), wonByOrder.data.after),
          reason: 'x',
          closedBy: ann,
          credits,
        }),
      );
  });
  test('says nothing twice', () => {
    world(opened, split).when(setCreditSplit, input).thenNothing();
  });
  test('takes no shares that do not sum to 10 000', () => {
    expect(() => world(opened).when(setCreditSplit, { ...input, credits: credits.slice(1) })).toThrow(
      'sum to 10 000',
    );
  });
  test('refuses an opportunity that was never opened', () => {
    world().when(setCreditSplit, input).thenRejects('opportunityUnknown');
  });
  test('refuses what happened before something that is recorded', () => {
    world(last)
      .when(setCreditSplit, { ...input, occurredAt: '2026-03-02T06:00:00.000Z' })
      .thenRejects('recordedLater');
  });
  test('refuses somebody who is not employed', () => {
    world(opened)
      .when(setCreditSplit, { ...input, credits: [{ personId: idOf('nobody'), shareBp: 10_000 }] })
      .thenRejects('personUnknown');
  });
  test('refuses to raise one’s own share', () => {
    world(opened)
      .when(setCreditSplit, input, { actor: { personId: bob } })
      .thenRejects('ownCredit');
  });
});

describe('what a pipeline says of customers and forecasts', () => {
  const said: Readonly<Record<string, Partial<PipelineStage>>> = {
    lead: { forecastCategory: 'omitted' },
    proposal: { forecastCategory: 'best_case', lifecycleFrom: 'target', lifecycleTo: 'new' },
    contract: { lifecycleTo: 'active' },
    won: { lifecycleTo: 'key' },
  };
  const saying = PipelineVersionPublished({
    ...published.data,
    stages: published.data.stages.map((each) => ({ ...each, ...said[each.stageId] })),
    forecastFrom: { bestCase: { num: '1', den: '2' }, commit: { num: '9', den: '10' } },
  });
  const saidOf = (rung: string, ...own: readonly NewEvent[]) =>
    given(...own)
      .and(organisation.ref(), ...staff)
      .and(pipeline.ref(pipelineId), drafted, saying)
      .and(customer.ref(customerId), registered, ownedByAnn, lift('potential', rung))
      .and(order.ref(orderId), taken);
  const leading: Partial<Standing> = { forecastCategory: 'omitted' };
  const proposing = StageEntered({
    ...change({ ...proposal, forecastCategory: 'best_case' }),
    direction: 'forward',
  });
  test('lifts a customer to the rung of a stage, from the lowest that it takes on', () => {
    const input = { opportunityId, stageId: 'proposal' };
    saidOf('target', opened).when(moveStage, input).thenEmits(proposing, lift('target', 'new'));
    for (const rung of ['potential', 'new', 'key'])
      saidOf(rung, opened).when(moveStage, input).thenEmits(proposing);
  });
  test('lifts by an override, an opening, a win and a reopening too', () => {
    const inContract = (stay: number) => inStage('contract', stay, '2', '3');
    saidOf('target', opened)
      .when(overrideStage, { opportunityId, stageId: 'contract', reason: 'x' })
      .thenEmits(
        StageEntered({ ...change(inContract(2)), direction: 'forward', overrideReason: 'x' }),
        lift('target', 'active'),
      );
    saidOf('potential')
      .when(openOpportunity, {
        ...{ opportunityId, customerId, ownerId: ann, pipelineId, title: 'Ten boxes', source: 'fair' },
        ...{ value: eur('1000'), expectedClose: '2026-04-30', stageId: 'contract' },
      })
      .thenEmits(
        OpportunityOpened({ ...opened.data, after: { ...standing, ...inContract(1) } }),
        lift('potential', 'active'),
      );
    saidOf('active', opened)
      .when(winOpportunity, { opportunityId, orderId })
      .thenEmits(wonByOrder, lift('active', 'key'));
    saidOf('new', opened, lostToRival)
      .when(reopenOpportunity, { opportunityId, reason: 'x', stageId: 'contract' })
      .thenEmits(
        OpportunityReopened({
          ...change(inContract(3), lostToRival.data.after),
          reason: 'x',
          closedBy: ann,
        }),
        lift('new', 'active'),
      );
  });
  test('puts an opportunity in the category of its stage, or of its own probability while it has one', () => {
    const input = { opportunityId, reason: 'x' };
    for (const [num, den, forecastCategory] of [
      ['1', '3', 'pipeline'],
      ['1', '2', 'best_case'],
      ['9', '10', 'commit'],
    ] as const) {
      const own = { probability: { num, den }, probabilitySource: 'override', forecastCategory } as const;
      const overridden = ProbabilityOverridden({ ...change(own), reason: 'x' });
      saidOf('target', opened)
        .when(reviseProbability, { ...input, probability: { num, den } })
        .thenEmits(overridden);
      saidOf('target', opened, overridden)
        .when(reviseProbability, { ...input, probability: null })
        .thenEmits(
          ProbabilityOverridden({
            ...change(
              { probability: standing.probability, probabilitySource: 'stage', ...leading },
              overridden.data.after,
            ),
            reason: 'x',
          }),
        );
    }
  });
});
