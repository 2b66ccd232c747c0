import type { NewEvent } from '../../src/engine/event.ts';
import { addDays } from '../../src/engine/instant.ts';
import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { orderId } from './commerce.ts';
import { idOf } from './given.ts';
import { pipelineId as usualPipeline } from './pipeline.ts';

/** A moment of a business day. */
export const at = (day: string, hour = 10) => ({
  occurredAt: `${day}T${String(hour).padStart(2, '0')}:00:00.000Z`,
  effectiveOn: day,
});

export interface Deal {
  readonly id: string;
  readonly customerId: string;
  readonly events: readonly NewEvent[];
}

interface DealSpec {
  readonly owner?: string;
  readonly pipelineId?: string;
  readonly pipelineVersion?: number;
  readonly customer?: string;
  readonly stage?: string;
  readonly value?: number;
  readonly currency?: string;
  readonly close?: string | null;
}

/** The history of one opportunity, event by event, told without commands. */
export function dealBuilder(name: string, openedOn: string, spec: DealSpec = {}) {
  const { owner = 'ann', pipelineId = usualPipeline, pipelineVersion = 1, customer = 'customer' } = spec;
  const [id, customerId] = [idOf(name), idOf(customer)];
  const events: NewEvent[] = [];
  let day = openedOn;
  let now: Standing = {
    status: 'open',
    stageId: spec.stage ?? 'lead',
    stay: 1,
    ownerId: idOf(owner),
    value: { amountMinor: String(spec.value ?? 1_000), currency: spec.currency ?? 'EUR' },
    expectedClose: spec.close ?? null,
    probability: { num: '1', den: '10' },
    probabilitySource: 'stage',
  };
  const head = () => ({ opportunityId: id, customerId, pipelineId, pipelineVersion, ownerId: now.ownerId });
  const add = (event: NewEvent) => {
    events.push({ ...event, when: at(day) });
    return deal;
  };
  const change = (after: Partial<Standing>) => {
    const own = head();
    const before = now;
    now = { ...now, ...after };
    return { ...own, before, after: now };
  };
  const enter = (status: Standing['status'], stageId: string) => ({ status, stageId, stay: now.stay + 1 });
  const deal = {
    id,
    customerId,
    events,
    standing: () => now,
    day: () => day,
    after: (days: number) => {
      day = addDays(day, days);
      return deal;
    },
    on: (then: string) => {
      day = then;
      return deal;
    },
    move: (stageId: string, direction: 'forward' | 'back' = 'forward') =>
      add(opportunityEvents.StageEntered({ ...change(enter('open', stageId)), direction })),
    win: () => add(opportunityEvents.OpportunityWon({ ...change(enter('won', 'won')), orderId })),
    lose: () =>
      add(opportunityEvents.OpportunityLost({ ...change(enter('lost', 'lost')), reasonCode: 'other' })),
    hold: () =>
      add(opportunityEvents.OpportunityHeld({ ...change(enter('on_hold', 'paused')), reason: 'x' })),
    reopen: (stageId = 'lead') =>
      add(opportunityEvents.OpportunityReopened({ ...change(enter('open', stageId)), reason: 'x' })),
    close: (expectedClose: string) =>
      add(opportunityEvents.ExpectedCloseRevised({ ...change({ expectedClose }), reason: 'x' })),
    worth: (value: number) =>
      add(
        opportunityEvents.OpportunityValueRevised({
          ...change({ value: { ...now.value, amountMinor: String(value) } }),
          lines: [],
          reason: 'x',
        }),
      ),
    transfer: (to: string) =>
      add(
        opportunityEvents.OpportunityTransferred({
          ...change({ ownerId: idOf(to) }),
          to: idOf(to),
          creditRule: 'keep',
          credits: [{ personId: idOf(owner), shareBp: 10_000 }],
          reason: 'x',
        }),
      ),
    reach: (milestone: string) => add(opportunityEvents.MilestoneReached({ ...head(), milestone })),
    offer: (offer: string, validUntil?: string) =>
      add(
        opportunityEvents.OfferSubmitted({
          ...head(),
          offerId: idOf(offer),
          total: now.value,
          ...(validUntil && { validUntil }),
        }),
      ),
    accept: (offer: string) => add(opportunityEvents.OfferAccepted({ ...head(), offerId: idOf(offer) })),
    reject: (offer: string) =>
      add(opportunityEvents.OfferRejected({ ...head(), offerId: idOf(offer), reason: 'x' })),
  };
  return add(opportunityEvents.OpportunityOpened({ ...head(), title: name, source: 'fair', after: now }));
}
