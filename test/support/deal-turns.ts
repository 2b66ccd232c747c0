import type { NewEvent } from '../../src/engine/event.ts';
import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { ann, customerId, eur } from './commerce.ts';
import { idOf } from './given.ts';
import { pipelineId } from './pipeline.ts';
import { type Stave, seed } from './stave.ts';

/** Where a deal stands from a day on, as far as that is new. */
export interface Turn extends Partial<Omit<Standing, 'stay'>> {
  readonly on: string;
}

export interface Deal {
  readonly opportunityId: string;
  readonly events: readonly NewEvent[];
  /** Where it stands from each of its days on. */
  readonly standings: readonly (Standing & { readonly on: string })[];
}

const reason = 'As it is.';
const first: Standing = {
  status: 'open',
  stageId: 'lead',
  stay: 1,
  ownerId: ann,
  value: eur('1000'),
  expectedClose: null,
  probability: { num: '1', den: '10' },
  probabilitySource: 'stage',
};

const {
  OpportunityWon,
  OpportunityLost,
  OpportunityHeld,
  OpportunityReopened,
  OpportunityTransferred,
  OpportunityValueRevised,
  ExpectedCloseRevised,
  ProbabilityOverridden,
  StageEntered,
} = opportunityEvents;

const head = (opportunityId: string, ownerId: string) => ({
  ...{ opportunityId, customerId, pipelineId, pipelineVersion: 1, ownerId },
});

/** The event that says what a turn says. */
function eventOf(opportunityId: string, before: Standing, after: Standing): NewEvent {
  const change = { ...head(opportunityId, before.ownerId), before, after };
  if (after.status === 'won' && before.status !== 'won') return OpportunityWon(change);
  if (after.status === 'lost' && before.status !== 'lost')
    return OpportunityLost({ ...change, reasonCode: 'other' });
  if (after.status === 'on_hold' && before.status !== 'on_hold')
    return OpportunityHeld({ ...change, reason });
  if (before.status !== 'open' && after.status === 'open') return OpportunityReopened({ ...change, reason });
  if (after.stageId !== before.stageId) return StageEntered({ ...change, direction: 'forward' });
  if (after.ownerId !== before.ownerId) {
    const credits = [{ personId: after.ownerId, shareBp: 10_000 }];
    return OpportunityTransferred({ ...change, to: after.ownerId, creditRule: 'follow', credits, reason });
  }
  if (after.value !== before.value) return OpportunityValueRevised({ ...change, lines: [], reason });
  if (after.expectedClose !== before.expectedClose) return ExpectedCloseRevised({ ...change, reason });
  return ProbabilityOverridden({ ...change, reason });
}

/** The history of an opportunity, told by where it stands on some days. */
export function dealOf(name: string, ...turns: readonly [Turn, ...Turn[]]): Deal {
  const opportunityId = idOf(name);
  const standings: Deal['standings'][number][] = [];
  const events: NewEvent[] = [];
  for (const turn of turns) {
    const before = standings.at(-1);
    const { on, ...now } = { ...(before ?? first), ...turn };
    const isMoved = before && (now.stageId !== before.stageId || now.status !== before.status);
    const after = { ...now, stay: now.stay + Number(isMoved ?? false) };
    const event = before
      ? eventOf(opportunityId, before, after)
      : opportunityEvents.OpportunityOpened({
          ...head(opportunityId, after.ownerId),
          ...{ title: name, source: 'fair', after },
        });
    standings.push({ ...after, on });
    events.push({ ...event, when: { occurredAt: `${on}T10:00:00.000Z`, effectiveOn: on } });
  }
  return { opportunityId, events, standings };
}

export async function seedDeals(stave: Stave, deals: readonly Deal[]): Promise<void> {
  for (const { opportunityId, events } of deals) await seed(stave, `opportunity/${opportunityId}`, ...events);
}
