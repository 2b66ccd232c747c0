import { randomOf } from '../src/cli/demo/random.ts';
import type { NewEvent } from '../src/engine/event.ts';
import { addDays } from '../src/engine/instant.ts';
import { callLogEvents } from '../src/events/call-log.ts';
import { opportunityEvents, type Standing } from '../src/events/opportunity.ts';
import { type PipelineStage, pipelineEvents } from '../src/events/pipeline.ts';
import { visitEvents } from '../src/events/visit.ts';
import { idOf } from './company.ts';

export const pipelineId = idOf('pipeline');
const milestones = ['need_confirmed', 'budget_confirmed', 'terms_agreed'] as const;

const stage = (
  stageId: string,
  kind: PipelineStage['kind'],
  [num, den]: readonly [string, string],
  days: number | null,
  requiredMilestones: readonly string[] = [],
): PipelineStage => ({
  stageId,
  name: stageId,
  kind,
  defaultProbability: { num, den },
  plannedDurationDays: days,
  rottingAfterDays: days,
  controllable: true,
  requiredMilestones: [...requiredMilestones],
  exitCriteria: [],
});
const open = [
  stage('lead', 'open', ['1', '10'], 20),
  stage('qualified', 'open', ['1', '4'], 30, ['need_confirmed']),
  stage('proposal', 'open', ['1', '2'], 35, ['budget_confirmed']),
  stage('negotiation', 'open', ['3', '4'], 25, ['terms_agreed']),
] as const;
const paused = stage('paused', 'on_hold', ['1', '20'], null);
const won = stage('won', 'won', ['1', '1'], null);
const lost = stage('lost', 'lost', ['0', '1'], null);
const document = {
  name: 'Direct sales',
  milestones: milestones.map((key) => ({ key, name: key })),
  stages: [...open, paused, won, lost],
};
export const pipeline: readonly NewEvent[] = [
  pipelineEvents.PipelineDefined({ pipelineId, ...document }),
  pipelineEvents.PipelineVersionPublished({ pipelineId, version: 1, ...document }),
];

/** An opportunity, and where it stands. */
export interface Deal {
  readonly opportunityId: string;
  readonly customerId: string;
  standing: Standing;
}

/** What happens on a day, counted from the first one, and in which stream; it has not happened before it is asked for. */
export interface Happening {
  readonly day: number;
  readonly stream: string;
  readonly events: () => readonly NewEvent[];
}

const inside = ({ stageId, kind, defaultProbability }: PipelineStage) => ({
  status: kind,
  stageId,
  probability: defaultProbability,
  probabilitySource: 'stage' as const,
});

/** Changes where a deal stands. */
function changed(deal: Deal, change: Partial<Standing>) {
  const { opportunityId, customerId, standing: before } = deal;
  deal.standing = { ...before, ...change };
  const head = { opportunityId, customerId, pipelineId, pipelineVersion: 1, ownerId: before.ownerId };
  return { ...head, before, after: deal.standing };
}
const entered = (deal: Deal, stage: PipelineStage) =>
  changed(deal, { ...inside(stage), stay: deal.standing.stay + 1 });

export const revised = (deal: Deal, amount: number): NewEvent =>
  opportunityEvents.OpportunityValueRevised({
    ...changed(deal, { value: { ...deal.standing.value, amountMinor: String(amount) } }),
    lines: [],
    reason: 'The need is another one.',
  });

const advanced = (deal: Deal, to: PipelineStage, direction: 'forward' | 'back'): NewEvent =>
  opportunityEvents.StageEntered({
    ...entered(deal, to),
    direction,
    ...(direction === 'back' && { reason: 'Once more.' }),
  });

export interface Market {
  readonly firstDay: string;
  readonly owners: readonly string[];
  readonly customers: number;
}
export const customerOf = (index: number): string => idOf(`customer ${index}`);

export const streamOf = ({ opportunityId }: Deal): string => `opportunity/${opportunityId}`;

/**
 * The life of an opportunity: stays in stages, forward and sometimes back, with revisions, milestones, offers and calls
 * in between, until it is won, lost, or nobody does anything about it any more.
 */
export function* lifeOf(index: number, deal: Deal, openedOn: number, market: Market): Generator<Happening> {
  const random = randomOf('deal', index);
  const { opportunityId, customerId } = deal;
  const stream = streamOf(deal);
  const own = () => ({
    opportunityId,
    customerId,
    pipelineId,
    pipelineVersion: 1,
    ownerId: deal.standing.ownerId,
  });
  let day = openedOn;
  const today = (): string => addDays(market.firstDay, day);
  const after = (min: number, max: number, events: Happening['events'], within = stream): Happening => {
    day += random.int(min, max);
    return { day, stream: within, events };
  };
  const small: Readonly<Record<'value' | 'close' | 'probability' | 'owner', () => NewEvent>> = {
    value: () =>
      revised(deal, Math.round((Number(deal.standing.value.amountMinor) * random.int(70, 150)) / 100)),
    close: () => {
      const from = [deal.standing.expectedClose!, today()].sort().at(-1)!;
      const change = changed(deal, { expectedClose: addDays(from, random.int(0, 70)) });
      return opportunityEvents.ExpectedCloseRevised({ ...change, reason: 'The customer needs time.' });
    },
    probability: () => {
      const probability = { num: String(random.int(1, 9)), den: '10' };
      const change = changed(deal, { probability, probabilitySource: 'override' });
      return opportunityEvents.ProbabilityOverridden({ ...change, reason: 'A good talk.' });
    },
    owner: () => {
      const to = random.pick(market.owners);
      const credits = [{ personId: to, shareBp: 10_000 }];
      const change = changed(deal, { ownerId: to });
      return opportunityEvents.OpportunityTransferred({
        ...{ ...change, to, creditRule: 'follow', credits },
        reason: 'Nearer.',
      });
    },
  };

  const title = `Deal ${index}`;
  yield after(0, 0, () => [
    opportunityEvents.OpportunityOpened({ ...own(), title, source: 'fair', after: deal.standing }),
  ]);
  for (let place = 0; ; ) {
    for (let more = random.int(0, 2); more > 0; more--) {
      const kind = random.weighted({ close: 40, value: 30, call: 24, probability: 4, owner: 2 });
      yield kind === 'call'
        ? after(2, 18, () => [callOf(deal, today())], `call-log/${title}/${day}`)
        : after(2, 18, () => [small[kind]()]);
    }
    const stage = open[place]!;
    const ends = random.weighted({ on: 64, back: 4, lost: 18, hold: 3, silence: 11 });
    if (ends === 'silence') return;
    if (ends === 'lost') {
      const reasonCode = random.pick(['price', 'product', 'no_budget', 'competitor'] as const);
      yield after(3, 40, () => [opportunityEvents.OpportunityLost({ ...entered(deal, lost), reasonCode })]);
      return;
    }
    if (ends === 'hold') {
      const reason = 'No budget.';
      yield after(3, 40, () => [opportunityEvents.OpportunityHeld({ ...entered(deal, paused), reason })]);
      yield after(10, 90, () => [
        opportunityEvents.OpportunityReopened({ ...entered(deal, stage), reason: 'A budget.' }),
      ]);
    } else if (ends === 'back' && place > 0) {
      const to = open[--place]!;
      yield after(3, 40, () => [advanced(deal, to, 'back')]);
    } else if (place < open.length - 1) {
      const to = open[++place]!;
      yield after(3, 40, () => [
        ...stage.requiredMilestones.map((milestone) =>
          opportunityEvents.MilestoneReached({ ...own(), milestone }),
        ),
        ...(to.stageId === 'negotiation'
          ? [
              opportunityEvents.OfferSubmitted({
                ...own(),
                offerId: idOf(`offer ${index} ${day}`),
                total: deal.standing.value,
              }),
            ]
          : []),
        advanced(deal, to, 'forward'),
      ]);
    } else {
      const orderId = idOf(`order ${index}`);
      yield after(3, 40, () => [opportunityEvents.OpportunityWon({ ...entered(deal, won), orderId })]);
      return;
    }
  }
}

/** A call of the owner about an opportunity. */
function callOf({ opportunityId, customerId, standing }: Deal, date: string): NewEvent {
  return callLogEvents.CallLogged({
    personId: standing.ownerId,
    date,
    callId: idOf(`call ${opportunityId} ${date}`),
    calledAt: `${date}T10:00:00.000Z`,
    customerId,
    opportunityId,
    direction: 'outgoing',
    channel: 'phone',
    seconds: 300,
    resultCode: 'reached',
  });
}

/** A deal before its first event. */
export function dealOf(index: number, openedOn: number, { firstDay, owners, customers }: Market): Deal {
  const random = randomOf('opening', index);
  return {
    opportunityId: idOf(`opportunity ${index}`),
    customerId: customerOf(random.int(0, customers - 1)),
    standing: {
      ...inside(open[0]),
      stay: 1,
      ownerId: random.pick(owners),
      value: {
        amountMinor: String(random.int(100, 5_000) * 1_000),
        currency: random.chance(0.1) ? 'USD' : 'EUR',
      },
      expectedClose: addDays(firstDay, openedOn + random.int(40, 200)),
    },
  };
}

export function visitOf(name: string, customerId: string, personId: string, date: string): NewEvent {
  return visitEvents.VisitEnded({
    visitId: idOf(`visit ${name}`),
    personId,
    customerId,
    date,
    planned: true,
    startedAt: `${date}T11:00:00.000Z`,
    endedAt: `${date}T12:00:00.000Z`,
    minutes: 60,
    outcome: 'effective',
    ruleVersion: 0,
  });
}
