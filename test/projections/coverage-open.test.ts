import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addDays, daysBetween } from '../../src/engine/instant.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { type Lifetime, percentilesOf } from '../../src/events/kaplan-meier.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { asking } from '../support/asking.ts';
import { eur, registered } from '../support/commerce.ts';
import { type Deal, dealOf, seedDeals, type Turn } from '../support/deal-turns.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { drafted, pipelineId, published } from '../support/pipeline.ts';
import { randomFrom } from '../support/questions.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';
import { tableRows } from '../support/tables.ts';

const { AssignmentEnded, PositionAssigned } = organisationEvents;

/** Bob goes from the north to the south on this day. */
const moved = '2026-03-16';
const sellers = ['ann', 'bob', 'cat'] as const;
const people = [
  company,
  unit('north', 'region'),
  unit('south', 'region'),
  ...['boss', 'sue', ...sellers].map((name) => employed(name)),
  granted('boss', 'TM'),
  granted('sue', 'SV'),
  ...sellers.map((name) => granted(name, 'SP')),
  holds('boss', null),
  holds('sue', 'boss', { unit: 'north' }),
  holds('ann', 'sue', { unit: 'north' }),
  holds('bob', 'sue', { unit: 'north' }),
  holds('cat', 'boss', { unit: 'south' }),
  AssignmentEnded({ personId: idOf('bob'), positionId: idOf('bob-position'), from: '2024-01-01', on: moved }),
  PositionAssigned({
    ...{ personId: idOf('bob'), positionId: idOf('southern'), orgUnitId: idOf('south') },
    ...{ reportsToPositionId: idOf('boss-position'), from: moved, to: null, primary: true, fteBp: 10_000 },
    specialisation: 'field_sales',
  }),
];

const below = randomFrom(11);
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
const firstDay = '2025-01-01';
const lastDay = '2026-06-30';

/** What becomes of a deal, as chance has it. */
function randomDeal(index: number): Deal {
  let on = addDays(firstDay, below(500));
  const turns: [Turn, ...Turn[]] = [
    { on, stageId: pick(['lead', 'proposal']), ownerId: idOf(pick(sellers)), value: eur(String(below(900))) },
  ];
  let [status, stageId]: [Turn['status'], string] = ['open', turns[0].stageId!];
  for (let left = 12; left > 0; left--) {
    on = addDays(on, below(40));
    if (on > lastDay) break;
    if (status !== 'open') {
      if (status !== 'on_hold' && below(9)) break;
      [status, stageId] = ['open', 'lead'];
      turns.push({ on, status, stageId });
      continue;
    }
    const next = below(7);
    if (next === 0)
      turns.push({
        on,
        ownerId: idOf(
          pick(sellers.filter((name) => idOf(name) !== turns.findLast(({ ownerId }) => ownerId)!.ownerId)),
        ),
      });
    else if (next === 1) turns.push({ on, value: eur(String(below(900))) });
    else if (next <= 3) {
      stageId = pick(['lead', 'proposal', 'contract'].filter((each) => each !== stageId));
      turns.push({ on, stageId });
    } else {
      status = (['won', 'lost', 'on_hold'] as const)[next - 4]!;
      stageId = status === 'on_hold' ? 'paused' : status;
      turns.push({ on, status, stageId });
    }
  }
  return dealOf(`deal ${index}`, ...turns);
}
const deals = Array.from({ length: 160 }, (_, index) => randomDeal(index));

const isNorthern = (ownerId: string, day: string): boolean =>
  ownerId === idOf('ann') || ownerId === idOf('sue') || (ownerId === idOf('bob') && day < moved);
const belongs = (unitName: string, ownerId: string, day: string): boolean =>
  unitName === 'company' || isNorthern(ownerId, day) === (unitName === 'north');
const standingOn = ({ standings }: Deal, day: string) => standings.findLast(({ on }) => on <= day);

interface Level {
  readonly level: string;
  readonly open: bigint;
  readonly gap: bigint;
  readonly recoverable: bigint;
  readonly notRecoverable: bigint;
  readonly required: bigint;
  readonly requiredStaged: bigint | null;
  readonly basis: string;
  readonly cycleDays?: number;
  readonly lastStartOn: string;
  readonly history: {
    readonly from: string;
    readonly maturedUntil: string | null;
    readonly succeeded: number;
    readonly failed: number;
    readonly unfinished: number;
    readonly cycleDays: number | null;
    readonly state: string;
    readonly stages: readonly {
      readonly stageId: string;
      readonly entered: number;
      readonly meanDays: { readonly num: bigint; readonly den: bigint };
    }[];
  } | null;
  readonly detail: {
    readonly endsInYear: number;
    readonly values: readonly { readonly currency: string; readonly valueMinor: bigint }[];
    readonly places: readonly {
      readonly place: string;
      readonly open: number;
      readonly endsInYear: number;
      readonly since: string;
    }[];
    readonly people: readonly { readonly personId: string; readonly open: number }[];
  } | null;
}
interface Coverage {
  readonly basis: string;
  readonly levels: readonly Level[];
}

const ratio = (num: number, den = 1) => ({ num: String(num), den: String(den) });
const offers = {
  level: 'offer',
  winProbability: ratio(1, 3),
  cycleMonths: ratio(4),
  counts: { of: 'opportunities', pipelineId, stageIds: ['proposal', 'contract'] },
};
const early = {
  level: 'potential_customer',
  winProbability: ratio(1, 2),
  cycleMonths: ratio(2),
  counts: { of: 'opportunities', pipelineId, stageIds: ['lead'] },
};
const leads = {
  level: 'lead',
  winProbability: ratio(1, 2),
  cycleMonths: ratio(3),
  counts: { of: 'customers', lifecycle: ['potential'] },
};

let stave: Stave;
let body: ReturnType<typeof asking>['body'];
let ask: ReturnType<typeof asking>['ask'];

async function plan(name: string, more: object = {}, periodId = 'FY2026'): Promise<void> {
  const input = {
    unitId: idOf(name),
    periodId,
    targetPerMonth: ratio(3),
    levels: [offers, early, leads],
    ...more,
  };
  expect(await stave.run('SetCoverageAssumptions', input)).toMatchObject({ ok: true });
}
const coverage = (name: string, asOf: string, who?: string, periodId = 'FY2026') =>
  body<Coverage>('GetCoverage', { unitId: idOf(name), periodId, asOf }, who);

/** Customers, with who owns them since when and the rungs that they came to. */
const customers = Array.from({ length: 40 }, (_, index) => {
  const day = addDays('2026-01-02', below(120));
  const target = below(2) ? addDays(day, below(60)) : undefined;
  const lost = below(4) === 0 ? addDays(day, below(90)) : undefined;
  return { id: idOf(`customer ${index}`), day, owner: pick(sellers), target, lost };
});

async function seedCustomer({ id, day, owner, target, lost }: (typeof customers)[number]): Promise<void> {
  const on = (date: string) => ({ effectiveOn: date, occurredAt: `${date}T09:00:00.000Z` });
  const events = [
    {
      ...customerEvents.CustomerRegistered({ ...registered.data, customerId: id, registeredOn: day }),
      when: on(day),
    },
    customerEvents.CustomerOwnerAssigned({
      ...{ customerId: id, personId: idOf(owner), shareBp: 10_000, coOwners: [], from: day },
      ...{ reason: 'initial' as const, replaces: null },
    }),
    ...(target
      ? [
          {
            ...customerEvents.CustomerLifecycleAdvanced({
              ...{ customerId: id, from: 'potential', to: 'target', on: target, ownerId: idOf(owner) },
            }),
            when: on(target),
          },
        ]
      : []),
    ...(lost
      ? [
          {
            ...customerEvents.CustomerLost({
              customerId: id,
              on: lost,
              reason: 'Gone.',
              ownerId: idOf(owner),
            }),
            when: on(lost),
          },
        ]
      : []),
  ];
  await seed(stave, `customer/${id}`, ...events);
}

beforeAll(async () => {
  stave = await startStave({ clock: () => `${lastDay}T20:00:00.000Z` });
  ({ body, ask } = asking(stave));
  await seed(stave, 'organisation', ...people);
  await seed(stave, `pipeline-def/${pipelineId}`, drafted, published);
  await seed(
    stave,
    'policy',
    policyEvents.PolicyAdopted({
      ...{ policyKey: 'coverage', policyVersion: 1, effectiveFrom: '2024-01-01', retroactive: false },
      ...{ document: { sampleMin: 5 }, docHash: 'x' },
    }),
  );
  await seedDeals(stave, deals);
  for (const customer of customers) await seedCustomer(customer);
  for (const name of ['company', 'north', 'south']) await plan(name);
}, 60_000);
afterAll(() => stave?.close());

const anyDay = fc.integer({ min: 0, max: 545 }).map((days) => addDays(firstDay, days));
const anyUnit = fc.constantFrom('company', 'north', 'south');

describe('what is open', () => {
  const levels = [
    ['offer', ['proposal', 'contract']],
    ['potential_customer', ['lead']],
  ] as const;

  test('is counted at the end of any day, with its value and whose it was then', async () => {
    let counted = 0n;
    await fc.assert(
      fc.asyncProperty(anyUnit, anyDay, async (name, day) => {
        const found = await coverage(name, day);
        for (const [index, [level, stageIds]] of levels.entries()) {
          const here = deals.flatMap((deal) => {
            const standing = standingOn(deal, day);
            const isOpen = standing?.status === 'open' && stageIds.includes(standing.stageId as never);
            if (!isOpen || !belongs(name, standing.ownerId, day)) return [];
            const since = deal.standings.find(({ stageId }) => stageIds.includes(stageId as never))!.on;
            return [{ ...standing, since }];
          });
          const { open, gap, recoverable, notRecoverable, required, detail, lastStartOn } =
            found.levels[index]!;
          counted += open;
          const of = (some: typeof here) => ({
            open: some.length,
            endsInYear: some.filter(({ since }) => since <= lastStartOn).length,
          });
          expect([found.levels[index]!.level, open]).toEqual([level, BigInt(here.length)]);
          expect(gap).toBe(required - open);
          expect(recoverable + notRecoverable).toBe(gap > 0n ? gap : 0n);
          expect(detail!.endsInYear).toBe(of(here).endsInYear);
          expect(detail!.values.reduce((sum, { valueMinor }) => sum + valueMinor, 0n)).toBe(
            here.reduce((sum, { value }) => sum + BigInt(value.amountMinor), 0n),
          );
          for (const { place, since, ...counts } of detail!.places) {
            const there = here.filter(({ stageId }) => stageId === place);
            expect(counts).toMatchObject(of(there));
            expect(since).toBe(there.map((each) => each.since).sort()[0]);
          }
          for (const { personId, open: theirs } of detail!.people)
            expect(theirs).toBe(here.filter(({ ownerId }) => ownerId === personId).length);
        }
      }),
      { numRuns: 60, seed: 3 },
    );
    expect(counted).toBeGreaterThan(500n);
  }, 60_000);

  test('of the ladder is counted by rung and primary owner, without who is lost', async () => {
    await fc.assert(
      fc.asyncProperty(anyUnit, anyDay, async (name, day) => {
        const { open } = (await coverage(name, day)).levels[2]!;
        const here = customers.filter(
          ({ day: since, owner, target, lost }) =>
            since <= day &&
            !(target && target <= day) &&
            !(lost && lost <= day) &&
            belongs(name, idOf(owner), day),
        );
        expect(open).toBe(BigInt(here.length));
      }),
      { numRuns: 40, seed: 4 },
    );
  }, 60_000);

  test('of the units adds up to that of the company', async () => {
    const [whole, north, south] = await Promise.all(
      ['company', 'north', 'south'].map(async (name) => (await coverage(name, lastDay)).levels),
    );
    for (const index of [0, 1, 2])
      expect(whole![index]!.open).toBe(north![index]!.open + south![index]!.open);
  });

  test('is shown in detail to those who see everybody in the unit', async () => {
    const of = async (who: string) => (await coverage('north', lastDay, who)).levels[0]!;
    expect((await of('boss')).detail).not.toBeNull();
    expect((await of('ann')).detail).toBeNull();
    expect((await of('ann')).open).toBe((await of('boss')).open);
  });

  test('can be asked for month by month', async () => {
    interface Months {
      readonly months: readonly {
        readonly month: string;
        readonly asOf: string;
        readonly levels: readonly Level[];
      }[];
    }
    const { months } = await body<Months>('GetCoverageMonths', { unitId: idOf('north'), periodId: 'FY2026' });
    expect(months.map(({ month, asOf }) => [month, asOf])).toEqual([
      ['2026-01-01', '2026-01-31'],
      ['2026-02-01', '2026-02-28'],
      ['2026-03-01', '2026-03-31'],
      ['2026-04-01', '2026-04-30'],
      ['2026-05-01', '2026-05-31'],
      ['2026-06-01', '2026-06-30'],
    ]);
    for (const { asOf, levels: shown } of months) {
      const day = await coverage('north', asOf);
      expect(shown.map(({ open, required, gap }) => [open, required, gap])).toEqual(
        day.levels.map(({ open, required, gap }) => [open, required, gap]),
      );
    }
    expect(await ask('GetCoverageMonths', { unitId: idOf('north'), periodId: 'FY2030' })).toMatchObject({
      code: 'not-found',
    });
  });
});

describe('what the past says', () => {
  interface Came {
    readonly since: string;
    readonly outcome: 'succeeded' | 'failed' | 'unfinished';
    readonly days: number;
  }
  /** Who came to a level, and what became of it, told by the deals themselves. */
  function cameTo(
    stageIds: readonly string[],
    next: readonly string[],
    asOf: string,
    from: string,
  ): readonly Came[] {
    return deals.flatMap((deal) => {
      const first = deal.standings.findIndex(({ stageId }) => stageIds.includes(stageId));
      if (first < 0) return [];
      const since = deal.standings[first]!.on;
      const stay = deal.standings[first]!.stay;
      const reached = deal.standings.find(
        (each) => each.stay > stay && (each.status === 'won' || next.includes(each.stageId)),
      )?.on;
      const last = deal.standings.at(-1)!;
      const closed =
        last.status === 'lost'
          ? deal.standings.findLast(
              ({ status }, index) => status === 'lost' && deal.standings[index - 1]?.status !== 'lost',
            )!.on
          : undefined;
      const ended =
        reached !== undefined && reached <= asOf
          ? reached
          : closed !== undefined && closed <= asOf
            ? closed
            : undefined;
      const outcome =
        reached !== undefined && reached <= asOf ? 'succeeded' : ended ? 'failed' : 'unfinished';
      return since >= from && since <= asOf
        ? [{ since, outcome, days: daysBetween(since, ended ?? asOf) } as const]
        : [];
    });
  }
  const lifetimes = (some: readonly Came[], censored: (each: Came) => boolean): readonly Lifetime[] =>
    some.map((each) => ({ duration: each.days, censored: censored(each) }));

  test.each([
    [0, ['proposal', 'contract'], [] as string[]],
    [1, ['lead'], ['proposal', 'contract']],
  ] as const)('of level %i is what an independent count says', async (index, stageIds, next) => {
    const { history } = (await coverage('company', lastDay)).levels[index]!;
    const { from, maturedUntil, ...found } = history!;
    expect(from).toBe('2024-06-01');
    const all = cameTo(stageIds, next, lastDay, from);
    const { p90 } = percentilesOf(lifetimes(all, ({ outcome }) => outcome === 'unfinished'));
    expect(maturedUntil! <= addDays(lastDay, 1 - p90!)).toBe(true);
    expect(
      Temporal.PlainDate.from(maturedUntil!).add({ months: 1 }).toString() > addDays(lastDay, 1 - p90!),
    ).toBe(true);
    const matured = all.filter(({ since }) => since < maturedUntil!);
    const count = (wanted: Came['outcome']) => matured.filter(({ outcome }) => outcome === wanted).length;
    expect(found).toMatchObject({
      succeeded: count('succeeded'),
      failed: count('failed'),
      unfinished: count('unfinished'),
      cycleDays: percentilesOf(
        lifetimes(
          matured.filter(({ outcome }) => outcome !== 'failed'),
          ({ outcome }) => outcome === 'unfinished',
        ),
      ).p50,
    });
    expect(found.succeeded + found.failed).toBeGreaterThan(20);
    const inFirst = deals.filter(({ standings }) => {
      const since = standings.find(({ stageId }) => stageIds.includes(stageId as never))?.on;
      return (
        since &&
        since >= from &&
        since < maturedUntil! &&
        standings.some(({ stageId, on }) => stageId === stageIds[0] && on <= lastDay)
      );
    });
    expect(found.stages.find(({ stageId }) => stageId === stageIds[0])!.entered).toBe(inFirst.length);
  });

  test('is what a plan goes by that says so, where there is enough of it', async () => {
    await plan('company', { basis: 'history' });
    const { basis, levels } = await coverage('company', lastDay);
    expect(basis).toBe('history');
    const [offer] = levels;
    const { succeeded, failed, cycleDays } = offer!.history!;
    expect(offer).toMatchObject({ basis: 'history', assumed: { winProbability: { num: 1n, den: 3n } } });
    const months = 3n * BigInt(cycleDays!) * 4_800n * BigInt(succeeded + failed);
    const per = 146_097n * BigInt(succeeded);
    expect(offer!.required).toBe((months + per - 1n) / per);
    expect(offer!.requiredStaged).not.toBeNull();
    await seed(
      stave,
      'policy',
      policyEvents.PolicyAdopted({
        ...{ policyKey: 'coverage', policyVersion: 2, effectiveFrom: '2026-06-01', retroactive: false },
        ...{ document: { sampleMin: 10_000 }, docHash: 'x' },
      }),
    );
    const few = await coverage('company', lastDay);
    expect(few.levels).toMatchObject([
      { basis: 'assumptions', required: 36n, history: { state: 'insufficient_sample' } },
      { basis: 'assumptions', required: 36n },
      { basis: 'assumptions' },
    ]);
    expect((await coverage('company', '2026-05-31')).levels[0]).toMatchObject({ basis: 'history' });
    await plan('company');
  });
});

test('a rebuild comes to the same rows and answers', async () => {
  const answer = await coverage('company', lastDay);
  const before = await tableRows(stave);
  expect(before.get('customer_rung')!.length).toBeGreaterThan(40);
  await stave.projector.rebuild(stave.tenantId);
  expect(await tableRows(stave)).toEqual(before);
  expect(await coverage('company', lastDay)).toEqual(answer);
});

test('as it was known then is as it was answered then', async () => {
  const input = { unitId: idOf('south'), periodId: 'FY2026', asOf: lastDay };
  const before = await ask('GetCoverage', input);
  const { rows } = await stave.pool.query('select position::integer from log.head where tenant_id = $1', [
    stave.tenantId,
  ]);
  await seedDeals(stave, [dealOf('late', { on: lastDay, ownerId: idOf('cat') })]);
  expect(await ask('GetCoverage', input)).not.toMatchObject({ body: (before as { body: object }).body });
  expect(await ask('GetCoverage', input, undefined, rows[0].position)).toMatchObject({
    body: (before as { body: object }).body,
  });
});

describe('the golden examples, from opportunities', () => {
  const level = {
    level: 'potential_customer',
    cycleMonths: ratio(4),
    counts: { of: 'opportunities', pipelineId },
  };
  let company2: Stave;
  let golden: ReturnType<typeof asking>;
  beforeAll(async () => {
    company2 = await startStave({ clock: () => '2026-11-01T08:00:00.000Z' });
    golden = asking(company2);
    await seed(company2, 'organisation', ...people);
    await seed(company2, `pipeline-def/${pipelineId}`, drafted, published);
    await seedDeals(
      company2,
      Array.from({ length: 26 }, (_, index) =>
        dealOf(`open ${index}`, { on: '2026-10-01', ownerId: idOf('ann') }),
      ),
    );
  });
  afterAll(() => company2?.close());
  const keys = { unitId: idOf('company'), periodId: 'FY2026' };
  const planned = async (...levels: readonly object[]) => {
    const set = { ...keys, targetPerMonth: ratio(3), levels };
    expect(await company2.run('SetCoverageAssumptions', set)).toMatchObject({ ok: true });
    return (await golden.body<Coverage>('GetCoverage', keys)).levels;
  };

  test.each([
    [ratio(1, 3), 36n, 10n],
    [ratio(1, 4), 48n, 22n],
    [ratio(3, 10), 40n, 14n],
    [ratio(0), null, null],
  ])('1: at a probability of %o, %s have to be open', async (winProbability, required, gap) => {
    expect(await planned({ ...level, winProbability })).toMatchObject([{ required, open: 26n, gap }]);
  });

  test('2: three chained levels', async () => {
    const levels = await planned(
      { ...level, winProbability: ratio(1, 3) },
      { level: 'lead', winProbability: ratio(2, 5), counts: { of: 'customers', lifecycle: ['potential'] } },
      { level: 'contact', winProbability: ratio(3, 4) },
    );
    expect(levels.map(({ required, open }) => [required, open])).toEqual([
      [36n, 26n],
      [90n, 0n],
      [120n, null],
    ]);
  });

  test('3: what the year cannot recover asks for compensation', async () => {
    const [first] = await planned({ ...level, winProbability: ratio(1, 3) });
    expect(first).toMatchObject({
      ...{ gap: 10n, recoverable: 0n, notRecoverable: 10n, state: 'beyond_limit' },
      ...{ endsOn: '2027-03-01', lastStartOn: '2026-08-31', isTooLate: true },
      detail: { endsInYear: 0 },
    });
    expect(await company2.run('WatchCoverage', keys)).toMatchObject({ ok: true });
    const respond = (more: object) =>
      company2.run('DecideCoverageGapResponse', { ...keys, level: level.level, ...more });
    expect(await respond({ pipelineActions: ['Call.'] })).toMatchObject({ code: 'compensationMissing' });
    const compensation = [{ via: 'price_mix', amount: eur('100') }];
    expect(await respond({ compensation })).toMatchObject({ ok: true });
  });

  test('4: what is started when the cycle is longer than the year has no effect on it', async () => {
    const [first] = await planned({ ...level, winProbability: ratio(1, 3), cycleMonths: ratio(14) });
    expect(first).toMatchObject({ isTooLate: true, endsOn: '2028-01-01', required: 126n, recoverable: 0n });
  });
});
