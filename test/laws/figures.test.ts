import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/engine/event.ts';
import { addDays } from '../../src/engine/instant.ts';
import { createProjector, type Projector } from '../../src/engine/projector.ts';
import { CalendarKind, calendarEvents } from '../../src/events/calendar.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { targetEvents } from '../../src/events/target.ts';
import { targetPlanEvents } from '../../src/events/target-plan.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { rational } from '../../src/projections/figures.ts';
import { readModels } from '../../src/projections/index.ts';
import { createTenant, issueKeys } from '../../src/storage/tenants.ts';
import { eur, registered } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';

const first = '2026-01-01';
const last = '2026-04-30';
const sellers = ['ann', 'bob', 'cat', 'dan'] as const;
const people = ['boss', 'sue', 'sam', ...sellers] as const;
type Name = (typeof people)[number];

/** Sue leads the north, Sam the south. */
const offices = { north: 'sue', south: 'sam' } as const;
type Office = keyof typeof offices;

interface Seller {
  readonly begins: Office;
  /** The day on which the seller goes over to the other office; null for one who stays. */
  readonly moves: string | null;
}
interface Fact {
  readonly kind: 'order' | 'visit' | 'call';
  readonly by: Name;
  readonly on: string;
  readonly net: number;
  readonly isEffective: boolean;
}
interface World {
  readonly sellers: Readonly<Record<(typeof sellers)[number], Seller>>;
  /** What is recorded, part by part: business days come in any order. */
  readonly batches: readonly (readonly Fact[])[];
  readonly calendars: readonly (readonly [CalendarKind, number])[];
}

const anyDay = fc.integer({ min: 0, max: 119 }).map((days) => addDays(first, days));
const anySeller: fc.Arbitrary<Seller> = fc.record({
  begins: fc.constantFrom<Office>('north', 'south'),
  moves: fc.option(anyDay),
});
const anyFact: fc.Arbitrary<Fact> = fc.record({
  kind: fc.constantFrom('order' as const, 'visit' as const, 'call' as const),
  by: fc.constantFrom(...people),
  on: anyDay,
  net: fc.integer({ min: 0, max: 100_000 }),
  isEffective: fc.boolean(),
});
const anyWorld: fc.Arbitrary<World> = fc.record({
  sellers: fc.record({ ann: anySeller, bob: anySeller, cat: anySeller, dan: anySeller }),
  batches: fc.array(fc.array(anyFact, { minLength: 15, maxLength: 15 }), { minLength: 4, maxLength: 4 }),
  calendars: fc.array(fc.tuple(fc.constantFrom(...CalendarKind.options), fc.integer({ min: 1, max: 12 })), {
    minLength: 3,
    maxLength: 3,
  }),
});

const other = (office: Office): Office => (office === 'north' ? 'south' : 'north');

/** Where somebody is on a day, told independently of what is tested. */
function officeOf(world: World, name: Name, day: string): Office | undefined {
  if (name === 'boss') return undefined;
  if (name === 'sue' || name === 'sam') return name === 'sue' ? 'north' : 'south';
  const { begins, moves } = world.sellers[name];
  return moves === null || day < moves ? begins : other(begins);
}

const year = { periodId: 'FY2026', start: '2026-01-01', endExclusive: '2027-01-01' };
const planId = idOf('plan');
const nodes = [
  { name: 'all', responsible: 'boss', dimensions: {} },
  { name: 'north', responsible: 'sue', dimensions: { org_unit: idOf('north') } },
  { name: 'team of sam', responsible: 'sam', dimensions: { manager: idOf('sam') } },
  { name: 'ann', responsible: 'ann', dimensions: { salesperson: idOf('ann') } },
] as const;

/** Groups of people, and who is in each on a day. */
const groups = [
  { subject: 'subjectKind=organisation', has: () => true },
  { subject: `subjectKind=team&subjectId=${idOf('boss')}`, has: () => true },
  { subject: `subjectKind=unit&subjectId=${idOf('company')}`, has: () => true },
  ...(['north', 'south'] as const).flatMap((office) => {
    const has = (world: World, name: Name, day: string) => officeOf(world, name, day) === office;
    return [
      { subject: `subjectKind=unit&subjectId=${idOf(office)}`, has },
      { subject: `subjectKind=team&subjectId=${idOf(offices[office])}`, has },
    ];
  }),
] satisfies readonly {
  readonly subject: string;
  readonly has: (world: World, name: Name, day: string) => boolean;
}[];

const measures = {
  net_sales: [({ kind, net }: Fact) => (kind === 'order' ? net : 0), undefined],
  average_order_value: [
    ({ kind, net }: Fact) => (kind === 'order' ? net : 0),
    ({ kind }: Fact) => Number(kind === 'order'),
  ],
  effective_visit_rate: [
    ({ kind, isEffective }: Fact) => Number(kind === 'visit' && isEffective),
    ({ kind }: Fact) => Number(kind === 'visit'),
  ],
  call_volume: [({ kind }: Fact) => Number(kind === 'call'), undefined],
} as const;
const keys = Object.keys(measures) as (keyof typeof measures)[];

let server: Server;
let projector: Projector;
let facts = 0;

beforeAll(async () => {
  server = await startServer({
    worker: false,
    clock: () => '2026-05-31T10:00:00.000Z',
    limits: { requestsPerMinute: 1_000_000 },
  });
  const { pool, read } = server.runtime;
  projector = createProjector({ pool, read, models: readModels });
});
afterAll(() => server.stop());

function eventOf({ kind, by, on, net, isEffective }: Fact): readonly [string, NewEvent] {
  const id = idOf(`fact ${facts++}`);
  const keysOf = { personId: idOf(by), customerId: idOf('shop'), date: on };
  if (kind === 'call')
    return [
      `call-log/${idOf(by)}/${on}`,
      callLogEvents.CallLogged({
        ...{ ...keysOf, callId: id, calledAt: `${on}T09:00:00.000Z`, direction: 'outgoing' },
        ...{ channel: 'phone', seconds: 60, resultCode: 'reached' },
      }),
    ];
  if (kind === 'visit')
    return [
      `visit/${id}`,
      visitEvents.VisitEnded({
        ...{ ...keysOf, visitId: id, planned: false, minutes: 30, ruleVersion: 0 },
        ...{ startedAt: `${on}T09:00:00.000Z`, endedAt: `${on}T09:30:00.000Z` },
        outcome: isEffective ? 'effective' : 'ineffective',
      }),
    ];
  const line = {
    lineNo: 1,
    productId: idOf('product'),
    quantity: 1,
    netAmount: eur(String(net)),
    unitCost: null,
  };
  return [
    `order/${id}`,
    orderEvents.OrderTaken({
      ...{ orderId: id, customerId: idOf('shop'), takenBy: idOf(by), orderedOn: on },
      ...{ netTotal: eur(String(net)), lines: [line] },
    }),
  ];
}

/** The company of a world, in a tenant of its own. */
async function found(world: World) {
  const tenantId = await createTenant(server.databaseUrl, 'Laws');
  const stave = { ...server.runtime, tenantId } as never;
  const moved = (name: (typeof sellers)[number]): readonly NewEvent[] => {
    const { begins, moves } = world.sellers[name];
    const position = { personId: idOf(name), positionId: idOf(`${name}-position`), from: '2024-01-01' };
    const moving = { position: `${name} later`, unit: other(begins), from: moves ?? '' };
    return [
      holds(name, offices[begins], { unit: begins }),
      ...(moves === null
        ? []
        : [
            organisationEvents.AssignmentEnded({ ...position, on: moves }),
            holds(name, offices[other(begins)], moving),
          ]),
    ];
  };
  await seed(
    stave,
    'organisation',
    organisationEvents.OrganisationConfigured({
      ...{ name: 'Laws', timeZone: 'Europe/Berlin', reportingCurrency: 'EUR', weekStart: 1 },
      ...{ dailyReportDue: '18:00', weeklyReportDue: { isoWeekday: 1, time: '10:00' } },
      monthlyReviewDueWorkingDay: 3,
    }),
    company,
    unit('north', 'office'),
    unit('south', 'office'),
    ...people.map((name) => employed(name)),
    ...sellers.map((name) => granted(name, 'SP')),
    holds('boss', null),
    holds('sue', 'boss', { unit: 'north' }),
    holds('sam', 'boss', { unit: 'south' }),
    ...sellers.flatMap(moved),
  );
  await seed(
    stave,
    `customer/${idOf('shop')}`,
    customerEvents.CustomerRegistered({ ...registered.data, customerId: idOf('shop') }),
  );
  await seed(
    stave,
    `target-plan/${planId}`,
    targetPlanEvents.TargetPlanCreated({
      ...{ planId, name: 'Year', horizon: year, calendarVersion: 0, measures: ['net_sales'] },
      ...{ rootOrgUnit: idOf('company'), currency: 'EUR' },
    }),
  );
  for (const { name, responsible, dimensions } of nodes)
    await seed(
      stave,
      `target/${idOf(name)}`,
      targetEvents.TargetAssigned({
        ...{ targetId: idOf(name), planId, responsible: idOf(responsible), measure: 'net_sales' },
        ...{ period: year, dimensions, value: eur('1000000') },
      }),
    );
  const [token] = await issueKeys(server.databaseUrl, [{ tenantId, name: 'laws', roles: ['TM'] }]);

  return {
    record: async (batch: readonly Fact[]): Promise<number> => {
      for (const [stream, event] of batch.map(eventOf)) await seed(stave, stream, event);
      await projector.advance(tenantId);
      const { rows } = await server.runtime.pool.query(
        'select position::integer from log.head where tenant_id = $1',
        [tenantId],
      );
      return rows[0].position;
    },
    publish: async (kind: CalendarKind, month: number, version: number): Promise<void> => {
      const periods = [...fiscalPeriods(kind, month, 2024, 5)];
      const event = calendarEvents.FiscalCalendarPublished({
        ...{ calendarVersion: version, kind, fiscalYearStartMonth: month, periods, withdrawn: [] },
      });
      await seed(stave, 'calendar', event);
      await projector.advance(tenantId);
    },
    get: async (path: string): Promise<string> => {
      const response = await fetch(`${server.url}/v1${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const text = await response.text();
      expect([path, response.status, text]).toEqual([path, 200, text]);
      return text;
    },
  };
}
type Founded = Awaited<ReturnType<typeof found>>;

interface Value {
  readonly kpi: keyof typeof measures;
  readonly numerator: string;
  readonly denominator: string | null;
  readonly value: { readonly num: string; readonly den: string } | null;
}
const span = `from=${first}&to=${last}&asOf=${last}`;
const valuesOf = async ({ get }: Founded, subject: string, period = span): Promise<readonly Value[]> =>
  JSON.parse(await get(`/kpis/values?${subject}&${period}&kpis=${keys.join(',')}`)).data;

const asked = [
  ...groups.map(({ subject }) => `/kpis/values?${subject}&${span}&kpis=${keys.join(',')}`),
  ...keys.map((key) => `/kpis/${key}/comparison?${span}`),
  `/kpis/average_order_value/comparison?${span}&of=units`,
  `/kpis/net_sales/evidence/numerator?subjectKind=organisation&${span}&limit=200`,
  `/target-plans/${planId}/tree?asOf=${last}`,
  ...nodes.map(({ name }) => `/targets/${idOf(name)}/progress?asOf=${last}`),
];

const total = (some: readonly Fact[], count: (fact: Fact) => number): bigint =>
  BigInt(some.reduce((sum, fact) => sum + count(fact), 0));

const seeds = [1, 2, 3];

describe.each(seeds)('In any world, such as %s,', (worldSeed) => {
  const [world] = fc.sample(anyWorld, { seed: worldSeed, numRuns: 1 }) as [World];
  const all = world.batches.flat();
  const before: { readonly position: number; readonly answers: readonly string[] }[] = [];
  let founded: Founded;

  beforeAll(async () => {
    founded = await found(world);
    for (const batch of world.batches) {
      const position = await founded.record(batch);
      before.push({ position, answers: await Promise.all(asked.map(founded.get)) });
    }
  }, 60_000);

  test('the ratio of a group is the ratio of the sums over its people, on the days on which they are in it', async () => {
    for (const { subject, has } of groups) {
      const members = all.filter(({ by, on }) => has(world, by, on));
      for (const { kpi, numerator, denominator, value } of await valuesOf(founded, subject)) {
        const [above, below] = measures[kpi];
        const [num, den] = [total(members, above), below ? total(members, below) : null];
        const expected = rational(num, den ?? 1n);
        expect([subject, kpi, numerator, denominator, value]).toEqual([
          subject,
          kpi,
          String(num),
          den === null ? null : String(den),
          expected && { num: String(expected.num), den: String(expected.den) },
        ]);
      }
    }
  });

  test('the figures of people sum to those of the organisation', async () => {
    const whole = await valuesOf(founded, 'subjectKind=organisation');
    const each = await Promise.all(
      people.map((name) => valuesOf(founded, `subjectKind=person&subjectId=${idOf(name)}`)),
    );
    for (const [index, { kpi, numerator, denominator }] of whole.entries()) {
      const sumOf = (side: 'numerator' | 'denominator') =>
        each.reduce((sum, values) => sum + BigInt(values[index]![side] ?? 0), 0n);
      expect([kpi, sumOf('numerator'), sumOf('denominator')]).toEqual([
        kpi,
        BigInt(numerator),
        BigInt(denominator ?? 0),
      ]);
    }
  });

  test('a target counts what those sold who count to it, on the days on which they do', async () => {
    const { data } = JSON.parse(await founded.get(`/target-plans/${planId}/tree?asOf=${last}`));
    const soldBy = (counts: (fact: Fact) => boolean) =>
      String(total(all.filter(counts), measures.net_sales[0]));
    const actual = Object.fromEntries(
      data.map((node: { targetId: string; actual: string }) => [node.targetId, node.actual]),
    );
    expect(actual).toEqual({
      [idOf('all')]: soldBy(() => true),
      [idOf('north')]: soldBy(({ by, on }) => officeOf(world, by, on) === 'north'),
      [idOf('team of sam')]: soldBy(({ by, on }) => officeOf(world, by, on) === 'south'),
      [idOf('ann')]: soldBy(({ by }) => by === 'ann'),
    });
  });

  test('what was known before late facts is answered as it was then, and what is known now with them', async () => {
    const now = before.at(-1)!;
    for (const { position, answers } of before) {
      const again = await Promise.all(asked.map((path) => founded.get(`${path}&knownAt=${position}`)));
      expect(again).toEqual(answers);
      if (position < now.position)
        expect(answers.filter((answer, index) => answer !== now.answers[index]).length).toBeGreaterThan(
          asked.length / 2,
        );
    }
    expect(await Promise.all(asked.map(founded.get))).toEqual(now.answers);
  });

  test('rolling twelve months do not change with the fiscal year', async () => {
    const windows = ['R12M@2026-02', 'R12M@2026-04', 'R12M@2027-01'];
    const rolling = () =>
      Promise.all(
        windows.flatMap((window) =>
          groups.map(async ({ subject }) =>
            (await valuesOf(founded, subject, `period=${window}`)).map(
              ({ numerator, denominator, value }) => [...[numerator, denominator, value]],
            ),
          ),
        ),
      );
    const withoutCalendar = await rolling();
    for (const [index, [kind, month]] of world.calendars.entries()) {
      await founded.publish(kind, month, index + 1);
      expect(await rolling()).toEqual(withoutCalendar);
    }
  });
});
