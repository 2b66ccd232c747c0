import { addDays, weekday } from '../../engine/instant.ts';
import { advanceOf, between, type Nature, stageIds, truth } from './pipeline.ts';
import type { Random } from './random.ts';
import type { Customer, Deal, Simulation, Stay } from './simulation.ts';
import { type Salesperson, type World, works } from './world.ts';

/** How long before the demo begins the first opportunities are opened. */
const yearDays = 365;
/** For how long before it is won an opportunity may have brought an order. */
const orderedWithinDays = 14;

/** The working day of whoever owns the opportunities of somebody, on a day or after it. */
export function workdayOf(world: World, opener: Salesperson, day: string): string {
  const { person, lastDay, successor } = world.leaver;
  const owner = opener === person && day > lastDay ? successor : opener;
  return works(world, owner, day) ? day : workdayOf(world, opener, addDays(day, 1));
}

/** The day on which a successor takes over the opportunities of somebody who left. */
export const handedOverOn = (world: World): string =>
  workdayOf(world, world.leaver.person, addDays(world.leaver.lastDay, 1));

function drawStays(draw: Random, nature: Nature, openedOn: string, workday: (day: string) => string) {
  const stays: Stay[] = [];
  let from = openedOn;
  for (let place = 0; ; ) {
    const stageId = stageIds[place]!;
    if (stageId === truth.hold.stage && draw.chance(truth.hold.probability)) {
      const pausedOn = workday(addDays(from, draw.int(1, 3)));
      const resumedOn = workday(addDays(pausedOn, draw.int(...truth.hold.days)));
      stays.push({ stageId, from, until: pausedOn, exit: 'on_hold' });
      stays.push({ stageId: 'paused', from: pausedOn, until: resumedOn, exit: 'reopened' });
      from = resumedOn;
    }
    const { days, back } = truth.stages[stageId];
    const until = workday(addDays(from, between(draw, days)));
    const forward = advanceOf(stageId, nature);
    const way = draw.weighted({ forward, back, lost: 1 - forward - back });
    const exit = way === 'forward' && place === stageIds.length - 1 ? 'won' : way;
    stays.push({ stageId, from, until, exit });
    if (exit === 'won' || exit === 'lost') return stays;
    place += exit === 'forward' ? 1 : -1;
    from = until;
  }
}

/** Whom somebody can sell to on a day. */
function customersOf({ world, customers }: Simulation, person: Salesperson, day: string) {
  const { person: leaver, lastDay, successor } = world.leaver;
  const isThere = person === leaver ? day <= lastDay : true;
  const isWith = ({ handedOverBy }: Customer) =>
    person === leaver ? handedOverBy !== undefined : !handedOverBy || day > lastDay;
  const owned = customers.get(person === leaver ? successor : person)!;
  return isThere ? owned.filter((customer) => customer.since < day && isWith(customer)) : [];
}

/** An order that may have come of an opportunity that was won. */
function orderFor(known: readonly Customer[], { from: openedOn }: Stay, last: Stay, taken: Set<string>) {
  if (last.exit !== 'won') return undefined;
  const earliest = addDays(last.until, -orderedWithinDays);
  const begun = openedOn > earliest ? openedOn : earliest;
  return known
    .flatMap((customer) => customer.formerOrders.map((order) => ({ customer, ...order })))
    .find(({ orderId, orderedOn }) => begun < orderedOn && orderedOn < last.until && !taken.has(orderId));
}

/** The days of the demo and of the year before, each with the probability that a salesperson opens an opportunity. */
function openingDays({ setupDay, lastDay }: World) {
  const first = addDays(setupDay, -yearDays);
  const days: string[] = [];
  for (let day = `${first.slice(0, 7)}-01`; day.slice(0, 7) <= lastDay.slice(0, 7); day = addDays(day, 1))
    if (weekday(day) <= 5) days.push(day);
  const months = Map.groupBy(days, (day) => day.slice(0, 7));
  return days
    .filter((day) => first <= day && day <= lastDay)
    .map((day) => {
      const month = day.slice(0, 7);
      const inMonth = (truth.openedPerYear * truth.season[Number(month.slice(5)) - 1]!) / 10_000;
      return { day, probability: inMonth / months.get(month)!.length };
    });
}

/** All opportunities of the demo. */
export function drawDeals(simulation: Simulation): readonly Deal[] {
  const { world } = simulation;
  const taken = new Set<string>();
  const drawDeal = (opener: Salesperson, day: string, known: readonly Customer[]): Deal => {
    const label = `${opener.code}/${day}`;
    const draw = world.random('deal', label);
    const nature = {
      source: draw.weighted(truth.sources),
      milestones: Object.entries(truth.milestones).flatMap(([key, probability]) =>
        draw.chance(probability) ? [key] : [],
      ),
    };
    const stays = drawStays(draw, nature, day, (next) => workdayOf(world, opener, next));
    const order = orderFor(known, stays[0]!, stays.at(-1)!, taken);
    if (order) taken.add(order.orderId);
    return {
      label,
      opportunityId: world.id(`opportunity/${label}`),
      customer: order?.customer ?? draw.pick(known),
      nature,
      stays,
      orderId: order?.orderId,
      opener,
      owner: opener === world.leaver.person ? world.leaver.successor : opener,
      values: [],
      isGone: false,
    };
  };
  const days = openingDays(world);
  return [...world.salespeople, world.leaver.person].flatMap((opener) => {
    const draw = world.random('deals', opener.code);
    return days
      .filter(({ probability }) => draw.chance(probability))
      .flatMap(({ day }) => {
        const known = customersOf(simulation, opener, day);
        return known.length > 0 && works(world, opener, day) ? [drawDeal(opener, day, known)] : [];
      });
  });
}

/** Where a deal is at the end of a day; undefined before it is opened and after it is closed. */
export const stayOn = ({ stays, isGone }: Deal, day: string): Stay | undefined =>
  isGone ? undefined : stays.find(({ from, until }) => from <= day && day < until);
