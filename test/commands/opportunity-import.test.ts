import { describe, expect, test } from 'vitest';
import { customer } from '../../src/commands/customer/state.ts';
import { importOpportunity } from '../../src/commands/opportunity/importing.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { pipeline } from '../../src/commands/pipeline.ts';
import { policy } from '../../src/commands/policy.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { opportunityEvents } from '../../src/events/opportunity.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { ann, bob, customerId, eur, registered, staff } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import { drafted, opportunityId, pipelineId, published } from '../support/pipeline.ts';

const { CustomerLifecycleAdvanced } = customerEvents;
const { OpportunityOpened } = opportunityEvents;

const at = (day: string) => `${day}T09:00:00.000Z`;
const step = (command: string, day: string, input: object = {}) => ({
  command,
  occurredAt: at(day),
  ...input,
});
const crm = { actor: { kind: 'integration', name: 'crm', roles: ['IN'] } } as const;

const input = {
  opportunityId,
  externalId: 'D-1',
  customerId,
  ownerId: ann,
  pipelineId,
  title: 'Ten boxes',
  source: 'fair',
  value: eur('1000'),
  expectedClose: '2026-01-31',
  openedAt: at('2025-11-03'),
  history: [
    step('ReachMilestone', '2025-11-10', { milestone: 'budget' }),
    step('SubmitOffer', '2025-11-12', { offerId: idOf('offer'), total: eur('1000') }),
    step('AcceptOffer', '2025-11-20', { offerId: idOf('offer') }),
    step('MoveStage', '2025-11-21', { stageId: 'contract' }),
    step('HoldOpportunity', '2025-12-20', { reason: 'Holidays.' }),
    step('ReopenOpportunity', '2026-01-05', { reason: 'Back.' }),
    step('ReviseValue', '2026-01-07', { total: eur('1200'), reason: 'Two more.' }),
    step('ReviseExpectedClose', '2026-01-07', { expectedClose: '2026-02-15', reason: 'Later.' }),
    step('TransferOpportunity', '2026-01-08', { to: bob, reason: 'Handover.' }),
    step('WinOpportunity', '2026-02-10', { reference: 'O-77' }),
  ],
};
const without = (...commands: readonly string[]) => ({
  ...input,
  history: input.history.filter(({ command }) => !commands.includes(command)),
});

const world = (...own: readonly NewEvent[]) =>
  given(...own)
    .and(organisation.ref(), ...staff)
    .and(customer.ref(customerId), registered)
    .and(pipeline.ref(pipelineId), drafted, published);

const decided = (given: object) => world().when(importOpportunity, given as typeof input, crm).events;

describe('ImportOpportunity', () => {
  test('records the whole life, each part as on its day', () => {
    const events = decided(input);
    expect(events.map(({ type, when }) => [type, when?.occurredAt, when?.effectiveOn])).toEqual([
      ['OpportunityOpened', at('2025-11-03'), '2025-11-03'],
      ['CustomerLifecycleAdvanced', at('2025-11-03'), '2025-11-03'],
      ['MilestoneReached', at('2025-11-10'), '2025-11-10'],
      ['OfferSubmitted', at('2025-11-12'), '2025-11-12'],
      ['OfferAccepted', at('2025-11-20'), '2025-11-20'],
      ['StageEntered', at('2025-11-21'), '2025-11-21'],
      ['OpportunityHeld', at('2025-12-20'), '2025-12-20'],
      ['OpportunityReopened', at('2026-01-05'), '2026-01-05'],
      ['OpportunityValueRevised', at('2026-01-07'), '2026-01-07'],
      ['ExpectedCloseRevised', at('2026-01-07'), '2026-01-07'],
      ['OpportunityTransferred', at('2026-01-08'), '2026-01-08'],
      ['OpportunityWon', at('2026-02-10'), '2026-02-10'],
      ['CustomerLifecycleAdvanced', at('2026-02-10'), '2026-02-10'],
    ]);
    expect(events[0]?.data).toMatchObject({
      imported: { externalId: 'D-1', at: '2026-03-02T08:00:00.000Z' },
    });
    expect(events[11]?.data).toMatchObject({
      reference: 'O-77',
      ownerId: bob,
      after: { status: 'won', stay: 5, value: eur('1200'), expectedClose: '2026-02-15' },
    });
    const lift = (from: string, to: string, on: string) =>
      CustomerLifecycleAdvanced({
        ...{ customerId, from: from as 'new', to: to as 'new', on, ownerId: null, opportunityId },
      }).data;
    expect([events[1]?.data, events[12]?.data]).toEqual([
      lift('potential', 'target', '2025-11-03'),
      lift('target', 'new', '2026-02-10'),
    ]);
  });

  test('says nothing when the same is imported again', () => {
    const [opened] = decided(input);
    world(opened!).when(importOpportunity, input, crm).thenNothing();
  });
  test('refuses something else under the same id', () => {
    const [opened] = decided(input);
    const other = { ...input, title: 'Eleven boxes' };
    world(opened!).when(importOpportunity, other, crm).thenRejects('opportunityKnown');
    const { imported: _, ...data } = opened!.data as Parameters<typeof OpportunityOpened>[0];
    world(OpportunityOpened(data)).when(importOpportunity, input, crm).thenRejects('opportunityKnown');
  });
  test('refuses all of it where a step is refused, and points at it', () => {
    const verdict = world().when(importOpportunity, without('ReachMilestone'), crm);
    verdict.thenRejects('milestonesMissing');
    expect(verdict.decision).toMatchObject({
      errors: [{ pointer: '/history/2', detail: 'It lacks budget.' }],
    });
    const nobody = { ...input, ownerId: idOf('nobody') };
    world().when(importOpportunity, nobody, crm).thenRejects('personUnknown');
  });
  test('refuses what is out of order', () => {
    const history = [input.history[1]!, input.history[0]!];
    world()
      .when(importOpportunity, { ...input, history }, crm)
      .thenRejects('recordedLater');
  });
  test('refuses what is to come', () => {
    const history = [step('MoveStage', '2026-03-03', { stageId: 'contract' })];
    const verdict = world().when(importOpportunity, { ...input, history }, crm);
    verdict.thenRejects('occurredInFuture');
    expect(verdict.decision).toMatchObject({ errors: [{ pointer: '/history/0' }] });
  });
  test('refuses what is longer ago than the policy lets be imported, whoever does it', () => {
    const adopted = policyEvents.PolicyAdopted({
      policyKey: 'back-dating',
      policyVersion: 1,
      effectiveFrom: '2026-01-01',
      retroactive: false,
      document: { importDaysMax: 119 },
      docHash: 'x',
    });
    const told = (days: number) => ({
      ...adopted,
      data: { ...adopted.data, document: { importDaysMax: days } },
    });
    for (const moment of [crm, { actor: { kind: 'person', personId: idOf('manager') } } as const]) {
      world()
        .and(policy.ref(), told(118))
        .when(importOpportunity, input, moment)
        .thenRejects('backDatedTooFar');
      const events = world()
        .and(policy.ref(), told(119))
        .when(importOpportunity, input, {
          actor: { ...moment.actor, roles: ['IN'] },
        }).events;
      expect(events).toHaveLength(13);
    }
  });
  test('refuses an owner whom the importer has no say over', () => {
    const actor = { kind: 'person', personId: ann } as const;
    world().when(importOpportunity, input, { actor }).thenRejects('ownerOutsideScope');
  });
});
