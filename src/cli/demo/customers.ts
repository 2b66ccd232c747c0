import { addDays, daysBetween } from '../../engine/instant.ts';
import * as names from './names.ts';
import type { Random } from './random.ts';
import { type Chain, crm, type DemoActor, eur, type Step, step, together } from './script.ts';
import type { Contact, Customer, Simulation } from './simulation.ts';
import type { Office, Salesperson, World } from './world.ts';

const perSalesperson = { least: 10, most: 14 };
/** How many customers somebody who left has handed over at most. */
const handedOver = 4;

function freshName({ names: taken }: Simulation, draw: Random, city: string): string {
  for (let tries = 0; ; tries++) {
    const name = `${draw.pick(names.tradeNames)} ${draw.pick(names.trades)} ${draw.pick(names.legalForms)}`;
    const unique = tries < 20 ? name : `${name} ${taken.size}`;
    if (taken.has(`${unique} ${city}`)) continue;
    taken.add(`${unique} ${city}`);
    return unique;
  }
}

interface Draft {
  readonly code: string;
  readonly kind: Customer['kind'];
  readonly office: Office;
  readonly since: string;
  readonly name?: string;
  readonly handedOverBy?: Salesperson | undefined;
}

function draft(
  simulation: Simulation,
  { code, kind, office, since, name, handedOverBy }: Draft,
  draw: Random,
): Customer {
  const { world } = simulation;
  const roles: readonly Contact['role'][] = ['decision_maker', 'influencer', 'user', 'gatekeeper'];
  const contacts = Array.from({ length: draw.int(1, 2) }, (_, index): Contact => {
    return {
      contactId: world.id(`contact/${code}/${index}`),
      role: index === 0 ? roles[0]! : draw.pick(roles),
    };
  });
  return {
    code,
    customerId: world.id(`customer/${code}`),
    name: name ?? freshName(simulation, draw, office.town),
    kind,
    city: office.town,
    since,
    regionId: office.region.regionId,
    channelId: (kind === 'dealer' ? world.channels[2]! : draw.pick(world.channels)).id,
    latE7: office.latE7 + draw.int(-1_500_000, 1_500_000),
    lonE7: office.lonE7 + draw.int(-2_000_000, 2_000_000),
    contacts,
    invoices: [],
    formerOrders: [],
    handedOverBy,
    openComplaintId: undefined,
  };
}

interface Registration {
  readonly customer: Customer;
  readonly owner: Salesperson;
  readonly actor: DemoActor;
  readonly at: string;
  /** When it happened, where that is before. */
  readonly occurredAt?: string;
  readonly dealer?: Customer;
}

/** Registers a customer with its contacts, its outlet and what is known of it. */
function registration(draw: Random, { customer, owner, actor, at, occurredAt, dealer }: Registration): Chain {
  const { code, customerId, name, kind, city, regionId, channelId, latE7, lonE7 } = customer;
  const when = occurredAt ? { occurredAt } : {};
  const about = { customerId, ...when };
  const register = step(at, actor, 'RegisterCustomer', code, {
    ...about,
    name,
    kind,
    city,
    regionId,
    channelId,
    segment: draw.pick(names.segments),
    source: draw.pick(['Referral', 'Fair', 'Cold call', 'Website']),
    ownerId: owner.personId,
    address: `${draw.pick(names.familyNames)}weg ${draw.int(1, 120)}`,
    geo: { latE7, lonE7, accuracyM: 20, source: 'manual' },
  });
  const more: Step[] = [
    ...customer.contacts.map(({ contactId, role }, index) =>
      step(at, actor, 'RecordContact', `${code}/${index}`, {
        ...about,
        contactId,
        role,
        name: `${draw.pick(names.givenNames)} ${draw.pick(names.familyNames)}`,
      }),
    ),
  ];
  if (kind === 'outlet') {
    const outletCode = `OUT-${code}`;
    const supplied = dealer && { dealerId: dealer.customerId };
    more.push(step(at, actor, 'OpenOutlet', code, { ...about, outletCode, ...supplied }));
  }
  return [register, together(more)];
}

/** Gives a customer of somebody who left to the successor, from the day after on. */
function handover({ at: instant, leaver }: World, { code, customerId }: Customer, at: string): Step {
  return step(at, crm, 'AssignOwner', `${code}/handover`, {
    customerId,
    personId: leaver.successor.personId,
    reason: 'handover',
    occurredAt: instant(addDays(leaver.lastDay, 1), 8 * 60),
  });
}

/** The customers who are there from the start, as the former system knew them: first the dealers, then the others. */
export function* knownCustomers(simulation: Simulation): Generator<readonly Chain[]> {
  const { world } = simulation;
  const at = world.at(world.setupDay, 11 * 60);
  /** A salesperson finds the first customer at once, the others in time. */
  const knownSince = (draw: Random, owner: Salesperson, index: number): string => {
    const longest = daysBetween(owner.employedFrom, world.setupDay) - 1;
    return addDays(world.setupDay, -(index === 0 ? longest : draw.int(7, longest)));
  };
  const registered = (draw: Random, customer: Customer, owner: Salesperson, dealer?: Customer): Chain => {
    const { code, customerId, since } = customer;
    const occurredAt = world.at(since, draw.int(540, 1_000));
    return [
      ...registration(draw, {
        ...{ customer, actor: crm, at, occurredAt },
        owner: customer.handedOverBy ?? owner,
        ...(dealer && { dealer }),
      }),
      step(at, crm, 'SetVisitFrequency', code, {
        customerId,
        visits: draw.pick([1, 2, 2, 4]),
        windowDays: 28,
        from: world.setupDay,
      }),
      ...(draw.chance(0.5)
        ? [
            step(at, crm, 'RecordPotential', code, {
              customerId,
              annual: eur(draw.int(5, 200) * 100_000),
              method: draw.pick(['Interview', 'Branch average', 'Purchases of last year']),
              confidence: draw.pick(['low', 'medium', 'high']),
              occurredAt,
            }),
          ]
        : []),
      ...(customer.handedOverBy ? [handover(world, customer, at)] : []),
    ];
  };
  const count = Math.max(2, Math.round(20 * world.parameters.scale));
  yield Array.from({ length: count }, (_, index) => {
    const owner = world.salespeople[(index * 7) % world.salespeople.length]!;
    const draw = world.random('dealer', index);
    const since = knownSince(draw, owner, index);
    const code = `D${index + 1}`;
    const dealer = draft(simulation, { code, kind: 'dealer', office: owner.office, since }, draw);
    simulation.dealers.push(dealer);
    simulation.customers.get(owner)!.push(dealer);
    return registered(draw, dealer, owner);
  });
  yield world.salespeople.flatMap((owner) => {
    const draw = world.random('customers', owner.code);
    const { leaver } = world;
    const length = draw.int(perSalesperson.least, perSalesperson.most);
    return Array.from({ length }, (_, index) => {
      const kind = draw.weighted({ outlet: 50, end_customer: 35, key_account: 15 });
      const code = `${owner.code}-C${index + 1}`;
      const since = knownSince(draw, owner, index);
      const isHandedOver =
        owner === leaver.successor && index >= length - handedOver && since < leaver.lastDay;
      const handedOverBy = isHandedOver ? leaver.person : undefined;
      const customer = draft(simulation, { code, kind, office: owner.office, since, handedOverBy }, draw);
      simulation.customers.get(owner)!.push(customer);
      return registered(draw, customer, owner, draw.pick(simulation.dealers));
    });
  });
}

/** A prospect becomes a customer of the salesperson who won it. */
export function wonCustomer(
  simulation: Simulation,
  owner: Salesperson,
  { label, name, at }: { readonly label: string; readonly name: string; readonly at: string },
): { readonly customer: Customer; readonly chain: Chain } {
  const draw = simulation.world.random('won', label);
  const kind = draw.weighted({ outlet: 60, end_customer: 40 });
  const since = at.slice(0, 10);
  const customer = draft(simulation, { code: `N-${label}`, kind, office: owner.office, since, name }, draw);
  const dealer = draw.pick(simulation.dealers);
  return { customer, chain: registration(draw, { customer, owner, actor: owner.actor, at, dealer }) };
}

/** A name for a prospect that no customer has. */
export const prospectName = (simulation: Simulation, draw: Random, office: Office): string =>
  freshName(simulation, draw, office.town);
