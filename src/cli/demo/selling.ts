import { addDays, daysBetween } from '../../engine/instant.ts';
import { drawDeals, handedOverOn, stayOn, workdayOf } from './deals.ts';
import * as names from './names.ts';
import { between, lostToCompetitor, pipelineDefinition, pipelineIdOf, truth } from './pipeline.ts';
import type { Random } from './random.ts';
import { type Chain, crm, eur, type Stage, type Step, stage, step } from './script.ts';
import type { Customer, Deal, Simulation } from './simulation.ts';
import { type Salesperson, supervisorOn, type World } from './world.ts';

type Input = Readonly<Record<string, unknown>>;

/** One command on an opportunity, on a day. */
interface Act {
  readonly day: string;
  readonly command: string;
  readonly input: Input;
}

const later = (a: string, b: string): string => (a > b ? a : b);

/** A value as two lines of products. */
function linesOf({ products }: World, draw: Random, minor: number) {
  const first = Math.round((minor * draw.int(30, 70)) / 100);
  return draw.sample(products, 2).map(({ productId, priceMinor, costMinor }, index) => {
    const amount = index === 0 ? first : minor - first;
    const quantity = Math.max(1, Math.round(amount / priceMinor));
    return { productId, quantity, amount: eur(amount), expectedCost: eur(quantity * costMinor) };
  });
}

/** All that is recorded of a deal, from its opening to its end. */
function* actsOf(world: World, deal: Deal): Generator<Act> {
  const { label, customer, nature, stays, orderId, values } = deal;
  const { customerId } = customer;
  const draw = world.random('acts', label);
  const act = (day: string, command: string, input: Input = {}): Act => ({ day, command, input });
  const { from: openedOn, until: firstUntil } = stays[0]!;
  let expectedClose = addDays(openedOn, draw.int(60, 120));
  let minor = between(draw, truth.value) * 10_000;
  let offers = 0;
  let hasTerms = false;
  const offerId = () => world.id(`offer/${label}/${offers}`);
  const product = draw.pick(names.productGroups)[0];
  values.push({ since: openedOn, minor });
  yield act(openedOn, 'OpenOpportunity', {
    customerId,
    pipelineId: pipelineIdOf(world),
    title: `${draw.pick(names.agreements)}: ${product}`,
    source: nature.source,
    value: eur(minor),
    expectedClose,
    firstContactAt: world.at(customer.since, 10 * 60),
  });
  for (const milestone of nature.milestones) {
    const after = draw.int(1, daysBetween(openedOn, firstUntil));
    const on = workdayOf(world, deal.opener, addDays(openedOn, after));
    yield act(on, 'ReachMilestone', { milestone });
  }
  for (const [index, { stageId, until: day, exit }] of stays.entries()) {
    const isOffered = stageId === 'offer' || stageId === 'negotiation';
    if (isOffered && (exit === 'lost' || exit === 'back'))
      yield act(day, 'RejectOffer', { offerId: offerId(), reason: draw.pick(names.refusals) });
    if (stageId === 'negotiation' && exit === 'forward') {
      if (!hasTerms) yield act(day, 'ReachMilestone', { milestone: 'terms_agreed' });
      hasTerms = true;
      yield act(day, 'AcceptOffer', { offerId: offerId() });
    }
    if (exit === 'won') {
      const contractId = world.id(`contract/${label}`);
      if (!orderId) {
        const termTo = Temporal.PlainDate.from(day).add({ years: 2 }).subtract({ days: 1 }).toString();
        yield act(day, 'SignContract', { contractId, customerId, termFrom: day, termTo, value: eur(minor) });
      }
      yield act(day, 'WinOpportunity', orderId ? { orderId } : { contractId });
    }
    if (exit === 'lost') {
      const reasonCode = draw.weighted(truth.lost);
      const shares = world.competitors.map(({ id }, place) => [id, truth.competitors[place]!] as const);
      const competitorId = draw.weighted(Object.fromEntries(shares));
      const isTo = lostToCompetitor.includes(reasonCode);
      yield act(day, 'LoseOpportunity', { reasonCode, ...(isTo && { competitorId }) });
    }
    const next = stays[index + 1];
    if (!next) return;
    if (exit === 'on_hold')
      yield act(day, 'HoldOpportunity', { until: next.until, reason: draw.pick(names.pauses) });
    if (exit === 'reopened') yield act(day, 'ReopenOpportunity', { reason: 'It goes on.' });
    if (exit === 'back')
      yield act(day, 'MoveStage', { stageId: next.stageId, reason: draw.pick(names.setbacks) });
    if (exit === 'forward') yield act(day, 'MoveStage', { stageId: next.stageId });
    if (exit === 'forward' && draw.chance(truth.slippage.probability)) {
      expectedClose = addDays(later(expectedClose, day), draw.int(...truth.slippage.days));
      yield act(day, 'ReviseExpectedClose', { expectedClose, reason: draw.pick(names.delays) });
    }
    if (next.stageId === 'offer') {
      offers += 1;
      minor = Math.round((minor * draw.int(85, 115)) / 10_000) * 100;
      values.push({ since: day, minor });
      yield act(day, 'ReviseValue', {
        total: eur(minor),
        lines: linesOf(world, draw, minor),
        reason: 'As it is offered.',
      });
      yield act(day, 'SubmitOffer', {
        offerId: offerId(),
        total: eur(minor),
        validUntil: addDays(day, 60),
      });
    }
  }
}

/** When an opportunity is handed over, and the first thing that somebody does on one in a day. */
const handoverMinutes = 9 * 60;
const earliestMinutes = 9 * 60 + 30;
const latestMinutes = 16 * 60;

interface Timed extends Act {
  readonly minutes: number;
  /** What tells it from the other acts of its deal. */
  readonly about: string;
}

/** The acts on a deal that are told, in their order. */
function timed(world: World, deal: Deal): readonly Timed[] {
  const draw = world.random('minutes', deal.label);
  const acts = [...actsOf(world, deal)].filter(({ day }) => day <= world.lastDay);
  return [...Map.groupBy(acts, ({ day }) => day).values()]
    .sort(([a], [b]) => (a!.day < b!.day ? -1 : 1))
    .flatMap((ofDay) => {
      const begin = draw.int(earliestMinutes, latestMinutes);
      return ofDay.map((act, index) => ({ ...act, minutes: begin + index * 2 }));
    })
    .map((act, index) => ({ ...act, about: `${deal.label}/${index + 1}` }));
}

/** Says whose it is where a command asks for it. */
function inputOf(deal: Deal, { command, input }: Act, { personId }: Salesperson): Input {
  if (command === 'SignContract') return { ...input, responsible: personId };
  const { opportunityId } = deal;
  return command === 'OpenOpportunity'
    ? { opportunityId, ...input, ownerId: personId }
    : { opportunityId, ...input };
}

/** What was recorded of a deal before the demo begins, as the former system knew it. */
function formerSteps(world: World, deal: Deal, acts: readonly Timed[]): readonly Step[] {
  const at = world.at(world.setupDay, 13 * 60 + 30);
  const imported = (command: string, about: string, occurredAt: string, input: Input) =>
    step(at, crm, command, about, { ...input, occurredAt });
  const handover = handedOverOn(world);
  const { label, opportunityId, opener, owner, stays } = deal;
  const { exit, until } = stays.at(-1)!;
  const isHandedOver = opener !== owner && !(exit === 'lost' && until < handover);
  const transfer = imported('TransferOpportunity', label, world.at(handover, handoverMinutes), {
    opportunityId,
    to: owner.personId,
    reason: 'The former owner has left.',
  });
  return [
    ...(isHandedOver ? [transfer] : []),
    ...acts.map((act) =>
      imported(
        act.command,
        act.about,
        world.at(act.day, act.minutes),
        inputOf(deal, act, act.day < handover ? opener : owner),
      ),
    ),
  ];
}

const occurredAt = ({ input }: Step): string => input['occurredAt'] as string;

/** The pipeline, the opportunities of the year before, and on the agenda what becomes of them and of those to come. */
export function* pipelines(simulation: Simulation): Generator<Stage> {
  const { world, agenda, deals } = simulation;
  const { setupDay, management } = world;
  const pipelineId = pipelineIdOf(world);
  const lead = (command: string, input: Input) =>
    step(world.at(setupDay, 13 * 60 + 20), management.topManager.actor, command, 'demo', {
      pipelineId,
      ...input,
    });
  yield stage(setupDay, 'pipeline', [
    [lead('DefinePipeline', pipelineDefinition), lead('PublishPipelineVersion', {})],
  ]);

  const former = new Map<Customer, Step[]>();
  for (const deal of drawDeals(simulation)) {
    const acts = timed(world, deal);
    const { customer } = deal;
    deals.set(customer, [...(deals.get(customer) ?? []), deal]);
    const before = acts.filter(({ day }) => day < setupDay);
    if (before.length > 0)
      former.set(customer, [...(former.get(customer) ?? []), ...formerSteps(world, deal, before)]);
    const told = Map.groupBy(acts.slice(before.length), ({ day }) => day);
    for (const [day, ofDay] of told)
      agenda.put(day, 'office', () => {
        const { owner, isGone } = deal;
        if (isGone) return [];
        return ofDay.map((act) =>
          step(world.at(day, act.minutes), owner.actor, act.command, act.about, inputOf(deal, act, owner)),
        );
      });
  }
  yield stage(
    setupDay,
    'former opportunities',
    [...former.values()].map((steps) =>
      steps.toSorted((a, b) => (occurredAt(a) < occurredAt(b) ? -1 : occurredAt(a) > occurredAt(b) ? 1 : 0)),
    ),
  );
}

/** Whether something is open with a customer when a day begins. */
export const hasOpenDeal = ({ deals }: Simulation, customer: Customer, day: string): boolean =>
  (deals.get(customer) ?? []).some((deal) => stayOn(deal, addDays(day, -1)));

const isAhead = ({ stays, isGone }: Deal, day: string): boolean => !isGone && stays.at(-1)!.until >= day;

/** Hands over what is not closed before a day with its customer to a colleague. */
export function transferDeals(
  { world, deals }: Simulation,
  customer: Customer,
  to: Salesperson,
  day: string,
): Chain {
  const { actor } = supervisorOn(world, to.office, day);
  return (deals.get(customer) ?? [])
    .filter((deal) => isAhead(deal, day))
    .flatMap((deal) => {
      const { label, opportunityId, stays } = deal;
      deal.owner = to;
      if (stays[0]!.from >= day) return [];
      return [
        step(world.at(day, 8 * 60 + 5), actor, 'TransferOpportunity', `${label}/handover`, {
          opportunityId,
          to: to.personId,
          reason: 'The customer was handed over.',
        }),
      ];
    });
}

/** Loses what is not closed before a day, and never opens what would be, when a competitor wins the customer. */
export function loseDeals(
  { world, deals }: Simulation,
  customer: Customer,
  competitorId: string,
  day: string,
): Chain {
  return (deals.get(customer) ?? [])
    .filter((deal) => isAhead(deal, day))
    .flatMap((deal) => {
      const { label, opportunityId, owner } = deal;
      const isOpen = stayOn(deal, addDays(day, -1));
      deal.isGone = true;
      if (!isOpen) return [];
      return [
        step(world.at(day, 8 * 60 + 15), owner.actor, 'LoseOpportunity', `${label}/customer`, {
          opportunityId,
          reasonCode: 'competitor',
          competitorId,
          note: 'The customer is lost.',
        }),
      ];
    });
}
