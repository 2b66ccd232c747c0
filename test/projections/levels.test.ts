import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { addDays } from '../../src/engine/instant.ts';
import type { Asker, Query } from '../../src/engine/query.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { rational } from '../../src/projections/figures.ts';
import type { KpiValue } from '../../src/projections/kpi.ts';
import { getTargetEvidence } from '../../src/projections/target-evidence.ts';
import { getTeamDay } from '../../src/projections/team-day.ts';
import { getUnitMonth } from '../../src/projections/unit-month.ts';
import { getUnitWeek } from '../../src/projections/unit-week.ts';
import { asking } from '../support/asking.ts';
import { idOf } from '../support/given.ts';
import { foundCompany, march, moved, people } from '../support/levels.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

type Value = z.output<typeof KpiValue>;
interface Kpi extends Pick<Value, 'kpi' | 'numerator' | 'denominator' | 'value'> {}
interface Ratio {
  readonly num: bigint;
  readonly den: bigint;
}
interface WeekFigures {
  readonly kpis: readonly Kpi[];
  readonly salespeople: Ratio;
  readonly salesPerPerson: Ratio | null;
  readonly competitorObservations: number;
  readonly abnormalCustomers: number;
}
interface Target {
  readonly measure: string;
  readonly targetId: string | null;
  readonly target: bigint;
  readonly actual: bigint;
  readonly gap: bigint;
  readonly inWeek: bigint;
  readonly inWeekBefore: bigint;
  readonly pace: Ratio | null;
  readonly gapShare: Ratio | null;
}
interface Week {
  readonly complete: boolean;
  readonly whole: WeekStanding;
  readonly parts: readonly (WeekStanding & { readonly kind: string; readonly id: string })[];
  readonly competitors: readonly unknown[];
  readonly abnormalCustomers: readonly unknown[];
}
interface WeekStanding {
  readonly targets: readonly Target[];
  readonly week: WeekFigures;
  readonly weekBefore: WeekFigures;
}
interface Complaints {
  readonly logged: number;
  readonly resolved: number;
  readonly open: number;
  readonly openSevere: number;
}
interface MonthStanding {
  readonly kpis: readonly Kpi[];
  readonly complaints: Complaints;
  readonly targets: readonly Target[];
}
interface Month {
  readonly complete: boolean;
  readonly whole: MonthStanding;
  readonly parts: readonly (MonthStanding & {
    readonly kind: string;
    readonly id: string;
    readonly parts: readonly { readonly id: string; readonly targets: readonly Target[] }[];
  })[];
  readonly rollingYear: {
    readonly series: readonly { readonly periodId: string; readonly netSales: bigint }[];
    readonly yearBefore: bigint;
    readonly growth: Ratio | null;
  } | null;
  readonly deviations: readonly (Target & { readonly responsible: string })[];
  readonly evaluations: unknown;
}

let stave: Stave;
let ask: ReturnType<typeof asking>['ask'];
let body: ReturnType<typeof asking>['body'];

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-15T20:00:00.000Z' });
  ({ ask, body } = asking(stave));
  await foundCompany(stave);
}, 60_000);
afterAll(() => stave.close());

const week = { periodId: '2026-W11', start: '2026-03-09', endExclusive: '2026-03-16' };
const before = { start: '2026-03-02', endExclusive: '2026-03-09' };
const weekOf = (unit: string, who?: string, more = {}) =>
  body<Week>('GetUnitWeek', { unitId: idOf(unit), week: week.periodId, ...more }, who);
const monthOf = (unit: string, who?: string, more = {}) =>
  body<Month>('GetUnitMonth', { unitId: idOf(unit), month: march, ...more }, who);
const partOf = <P extends { readonly id: string }>(parts: readonly P[], name: string): P =>
  parts.find(({ id }) => id === idOf(name))!;

const valuesOf = async (
  kind: 'unit' | 'person' | 'organisation',
  id: string | null,
  kpis: readonly string[],
  { start, endExclusive }: { readonly start: string; readonly endExclusive: string },
): Promise<readonly Kpi[]> => {
  const { data } = await body<{ data: readonly Value[] }>('GetKpiValues', {
    subjectKind: kind,
    ...(id && { subjectId: id }),
    from: start,
    to: addDays(endExclusive, -1),
    kpis,
  });
  return data;
};
const plain = (kpis: readonly Kpi[]) =>
  kpis.map(({ kpi, numerator, denominator, value }) => ({ kpi, numerator, denominator, value }));
const summed = (parts: readonly (readonly Kpi[])[]) =>
  parts[0]!.map(({ kpi }, index) => ({
    kpi,
    numerator: parts.reduce((sum, part) => sum + (part[index]!.numerator ?? 0n), 0n),
    denominator:
      parts[0]![index]!.denominator === null
        ? null
        : parts.reduce((sum, part) => sum + (part[index]!.denominator ?? 0n), 0n),
  }));
const sums = (kpis: readonly Kpi[]) =>
  kpis.map(({ kpi, numerator, denominator }) => ({ kpi, numerator, denominator }));

describe('the figures of every level', () => {
  const units = ['company', 'north', 'south', 'leeds', 'york'];

  test.each(units)('of %s in a week and the one before are the sums of those below it', async (unit) => {
    const answer = await weekOf(unit);
    for (const [name, days] of [
      ['week', week],
      ['weekBefore', before],
    ] as const) {
      const whole = answer.whole[name];
      const keys = whole.kpis.map(({ kpi }) => kpi);
      expect(sums(whole.kpis)).toEqual(summed(answer.parts.map((part) => part[name].kpis)));
      expect(plain(whole.kpis)).toEqual(plain(await valuesOf('unit', idOf(unit), keys, days)));
      const add = (of: (figures: WeekFigures) => number) =>
        answer.parts.reduce((sum, part) => sum + of(part[name]), 0);
      expect(whole.competitorObservations).toBe(add((figures) => figures.competitorObservations));
      expect(whole.abnormalCustomers).toBe(add((figures) => figures.abnormalCustomers));
      const people = ({ num, den }: Ratio) => (num * 70n) / den;
      expect(people(whole.salespeople)).toBe(
        answer.parts.reduce((sum, part) => sum + people(part[name].salespeople), 0n),
      );
      for (const part of answer.parts) {
        if (part.kind === 'unit')
          expect(plain(part[name].kpis)).toEqual(plain(await valuesOf('unit', part.id, keys, days)));
        // Bob was in Leeds for some of the days only.
        else if (part.id !== idOf('bob'))
          expect(plain(part[name].kpis)).toEqual(plain(await valuesOf('person', part.id, keys, days)));
      }
    }
  });

  test.each(units)('of %s in a month are the sums of those below it', async (unit) => {
    const answer = await monthOf(unit);
    const days = { start: '2026-03-01', endExclusive: '2026-03-16' };
    const keys = answer.whole.kpis.map(({ kpi }) => kpi);
    expect(sums(answer.whole.kpis)).toEqual(summed(answer.parts.map(({ kpis }) => kpis)));
    expect(plain(answer.whole.kpis)).toEqual(plain(await valuesOf('unit', idOf(unit), keys, days)));
    for (const name of ['logged', 'resolved', 'open', 'openSevere'] as const)
      expect(answer.whole.complaints[name]).toBe(
        answer.parts.reduce((sum, { complaints }) => sum + complaints[name], 0),
      );
  });

  test('add up from people to the organisation', async () => {
    const { whole } = await weekOf('company');
    const keys = whole.week.kpis.map(({ kpi }) => kpi);
    const ofPeople = await Promise.all(people.map((name) => valuesOf('person', idOf(name), keys, week)));
    expect(sums(whole.week.kpis)).toEqual(summed(ofPeople));
    expect(plain(whole.week.kpis)).toEqual(plain(await valuesOf('organisation', null, keys, week)));
  });

  test('count somebody who moves in the week to each on their days', async () => {
    const [north, south] = [await weekOf('leeds'), await weekOf('south')];
    const sales = ({ week: { kpis } }: WeekStanding) =>
      kpis.find(({ kpi }) => kpi === 'net_sales')!.numerator;
    expect(sales(partOf(north.parts, 'bob'))).toBe(330n);
    expect(sales(partOf(south.parts, 'bob'))).toBe(4_000n);
    expect(partOf(north.parts, 'bob').week.salespeople).toEqual({ num: 3n, den: 7n });
    expect(partOf(south.parts, 'bob').week.salespeople).toEqual({ num: 4n, den: 7n });
    expect(partOf(south.parts, 'bob').week.salesPerPerson).toEqual({ num: 7_000n, den: 1n });
  });
});

describe('GetUnitWeek', () => {
  test('has the figures of the weekly report, the week before beside them', async () => {
    const { whole, competitors, abnormalCustomers } = await weekOf('north');
    const value = (figures: WeekFigures, key: string) => {
      const { numerator, denominator } = figures.kpis.find(({ kpi }) => kpi === key)!;
      return [numerator, denominator];
    };
    expect(value(whole.week, 'net_sales')).toEqual([51n + 600n + 330n - 990n + 90n, null]);
    expect(value(whole.weekBefore, 'net_sales')).toEqual([1_750n + 2_000n + 80n + 990n, null]);
    expect(value(whole.weekBefore, 'new_customers_developed')).toEqual([1n, null]);
    expect(value(whole.week, 'effective_visit_rate')).toEqual([1n, 3n]);
    expect(value(whole.weekBefore, 'effective_visit_rate')).toEqual([1n, 1n]);
    // The bill of the shop is Ann's; Bob took his to the south.
    expect(value(whole.week, 'payment_recovery_rate')).toEqual([300n, 900n]);
    expect(value(whole.week, 'report_submission_rate')).toEqual([2n, 3n]);
    expect(value(whole.week, 'report_timeliness')).toEqual([2n, 3n]);
    expect(value(whole.week, 'report_quality')).toEqual([16_000n, 20_000n]);
    expect(whole.week).toMatchObject({ salespeople: { num: 17n, den: 7n }, competitorObservations: 3 });
    expect(whole.weekBefore).toMatchObject({ salespeople: { num: 3n, den: 1n }, competitorObservations: 1 });
    expect(competitors).toEqual([{ competitorId: idOf('rival'), kind: 'price', count: 3 }]);
    expect(abnormalCustomers).toEqual([
      { customerId: idOf('shop'), ownerId: idOf('ann'), complaints: 1, severity: 4, disputes: 1 },
    ]);
  });

  test('shows the targets of the month, what the week brought of them, and the pace', async () => {
    const { whole, parts } = await weekOf('north');
    const [sales] = whole.targets.filter(({ measure }) => measure === 'net_sales');
    const leeds = partOf(parts, 'leeds').targets.find(({ measure }) => measure === 'net_sales')!;
    const york = partOf(parts, 'york').targets.find(({ measure }) => measure === 'net_sales')!;
    expect(leeds).toMatchObject({
      targetId: null,
      target: 4_000n,
      actual: 1_801n + 2_330n,
      inWeek: 51n - 990n + 330n,
      inWeekBefore: 1_750n + 990n + 2_000n,
    });
    // York has a target of its own, of which that of Cat is a part.
    expect(york).toMatchObject({ targetId: idOf('york'), target: 500n, actual: 170n, inWeek: 90n });
    // Ten of the 22 working days of March are over.
    expect(york.pace).toEqual(rational(170n * 22n, 500n * 10n));
    expect(sales).toMatchObject({ target: 4_500n, actual: leeds.actual + york.actual });
    expect(partOf((await weekOf('leeds')).parts, 'ann').targets).toMatchObject([
      { measure: 'net_sales', targetId: idOf('ann'), target: 3_000n, actual: 1_801n },
    ]);
  });

  test('shows what was known by a day, of the period that is asked for', async () => {
    const answer = await weekOf('north', undefined, { asOf: '2026-03-10', targetsOf: 'FY2026' });
    expect(answer).toMatchObject({ asOf: '2026-03-10', targetsOf: 'FY2026' });
    const sales = answer.whole.week.kpis.find(({ kpi }) => kpi === 'net_sales')!;
    expect(sales.numerator).toBe(51n + 600n);
    expect(answer.whole.targets.map(({ measure, target }) => [measure, target])).toContainEqual([
      'net_sales',
      60_000n,
    ]);
    expect(await ask('GetUnitWeek', { unitId: idOf('north'), week: 'FY2026-M03' })).toMatchObject({
      status: 404,
    });
    expect(await ask('GetUnitWeek', { unitId: idOf('none'), week: '2026-W11' })).toMatchObject({
      status: 404,
    });
  });
});

describe('GetUnitMonth', () => {
  test('shows the targets of two levels below and who causes what is missing', async () => {
    const { whole, parts } = await monthOf('company');
    const ofSales = <T extends Target>(targets: readonly T[]) =>
      targets.find(({ measure }) => measure === 'net_sales')!;
    const [north, south] = [partOf(parts, 'north'), partOf(parts, 'south')];
    expect(ofSales(whole.targets)).toMatchObject({ target: 6_500n, actual: 4_301n + 4_000n, gapShare: null });
    expect(ofSales(north.targets)).toMatchObject({ target: 4_500n, actual: 4_301n, gap: 199n });
    expect(ofSales(south.targets)).toMatchObject({ target: 2_000n, actual: 4_000n });
    expect(north.parts.map(({ id }) => id).toSorted()).toEqual([idOf('leeds'), idOf('york')].toSorted());
    const york = ofSales(partOf(north.parts, 'york').targets);
    expect(york).toMatchObject({ gap: 330n, gapShare: { num: 330n, den: 199n } });
    expect(ofSales(partOf(south.parts, 'bob').targets)).toMatchObject({ targetId: idOf('bob in the south') });
    const gaps = north.parts.map(({ targets }) => ofSales(targets)?.gap ?? 0n);
    expect(gaps.reduce((a, b) => a + b, 0n)).toBe(199n);
  });

  test('compares the parts by indicators, the usual ones or others', async () => {
    const { whole, parts } = await monthOf('company', undefined, {
      kpis: ['call_volume', 'call_volume_compliance'],
    });
    expect(plain(whole.kpis)[0]).toMatchObject({ kpi: 'call_volume', numerator: 19n });
    expect(parts.map(({ id, kpis }) => [id, kpis[0]!.numerator])).toEqual(
      expect.arrayContaining([
        [idOf('north'), 2n + 3n + 5n + 1n + 1n],
        [idOf('south'), 7n],
        [idOf('boss'), 0n],
      ]),
    );
    expect(sums(whole.kpis)).toEqual(summed(parts.map(({ kpis }) => kpis)));
    expect(await ask('GetUnitMonth', { unitId: idOf('north'), month: march, kpis: ['none'] })).toMatchObject({
      status: 404,
    });
    expect(await ask('GetUnitMonth', { unitId: idOf('north'), month: '2026-W11' })).toMatchObject({
      status: 404,
    });
  });

  test('has the rolling year of net sales, whatever the fiscal year', async () => {
    const { rollingYear } = await monthOf('company');
    expect(rollingYear!.series).toHaveLength(12);
    expect(rollingYear!.series.at(-1)).toEqual({ periodId: 'R12M@2026-02', netSales: 400n + 700n });
    expect(rollingYear!.series[0]).toEqual({ periodId: 'R12M@2025-03', netSales: 400n });
    expect(rollingYear).toMatchObject({ yearBefore: 0n, growth: null });
    const over = await monthOf('company', undefined, { asOf: '2026-03-31' });
    expect(over.rollingYear!.series.at(-1)!.periodId).toBe('R12M@2026-03');
    expect(over.rollingYear).toMatchObject({ yearBefore: 400n });
  });

  test('names the largest deviations of each measure, the farthest first', async () => {
    const { deviations } = await monthOf('company');
    const ofSales = deviations.filter(({ measure }) => measure === 'net_sales');
    expect(ofSales.map(({ targetId, gap }) => [targetId, gap])).toEqual([
      [idOf('bob in the south'), -2_000n],
      [idOf('bob in Leeds'), -1_330n],
      [idOf('ann'), 1_199n],
      [idOf('cat'), 280n],
    ]);
    expect(new Set(deviations.map(({ measure }) => measure))).toEqual(
      new Set(['net_sales', 'orders', 'payment_recovered']),
    );
  });

  test('counts complaints to the owner of the customer', async () => {
    const { whole, parts } = await monthOf('company');
    expect(whole.complaints).toEqual({ logged: 3, resolved: 1, open: 2, openSevere: 1 });
    expect(partOf(parts, 'south').complaints).toEqual({ logged: 1, resolved: 1, open: 0, openSevere: 0 });
    const early = await monthOf('company', undefined, { asOf: '2026-03-09' });
    expect(early.whole.complaints).toEqual({ logged: 2, resolved: 0, open: 2, openSevere: 2 });
  });

  test('says how people were evaluated, to those who read evaluations', async () => {
    const distribution = {
      people: 3,
      median: { num: 9_250n, den: 1n },
      steps: [
        { fromBp: 7_000, toBp: 8_000, people: 1 },
        { fromBp: 11_000, toBp: 12_000, people: 1 },
      ],
    };
    expect((await monthOf('company', 'boss')).evaluations).toEqual(distribution);
    expect((await monthOf('north', 'rita')).evaluations).toMatchObject({ people: 2 });
    expect((await monthOf('company', 'ina')).evaluations).toBeNull();
  });
});

describe('GetTeamDay', () => {
  const day = '2026-03-10';
  interface TeamDay {
    readonly totals: Readonly<Record<string, number>> & { readonly money: readonly unknown[] };
    readonly people: readonly {
      readonly personId: string;
      readonly sheet: Readonly<Record<string, unknown>> | null;
      readonly targets: readonly Readonly<Record<string, unknown>>[];
    }[];
  }
  const teamOf = (leader: string, date: string, who?: string) =>
    body<TeamDay>('GetTeamDay', { personId: idOf(leader), date }, who);
  const idsOf = ({ people: team }: TeamDay) => team.map(({ personId }) => personId).toSorted();
  const ids = (...names: readonly string[]) => names.map(idOf).toSorted();

  test('shows a supervisor everybody of the team on the day, in one answer', async () => {
    expect(idsOf(await teamOf('sue', day, 'sue'))).toEqual(ids('sue', 'ann', 'bob'));
    expect(idsOf(await teamOf('sue', moved, 'sue'))).toEqual(ids('sue', 'ann'));
    expect(idsOf(await teamOf('rita', moved, 'rita'))).toEqual(ids('rita', 'sue', 'ann', 'tom', 'cat'));
    expect(idsOf(await teamOf('ann', day, 'ann'))).toEqual(ids('ann'));
    expect(await ask('GetTeamDay', { personId: idOf('rita'), date: day }, 'sue')).toMatchObject({
      status: 403,
    });
  });

  test('sums the sheets of the team', async () => {
    const { totals, people: team } = await teamOf('rita', day);
    for (const name of ['calls', 'completed', 'effective', 'ordersCount'])
      expect([name, totals[name]]).toEqual([
        name,
        team.reduce((sum, { sheet }) => sum + Number(sheet?.[name] ?? 0), 0),
      ]);
    expect(totals).toMatchObject({ calls: 3, completed: 1, ordersCount: 2 });
    expect(totals.money).toEqual([
      { currency: 'EUR', ordersNetMinor: 701n, collectionsMinor: 0n, costMinor: 0n },
    ]);
  });

  test('says of each target what the day brought, had to bring, and what is left for each day', async () => {
    const { people: team } = await teamOf('sue', day);
    const ann = team.find(({ personId }) => personId === idOf('ann'))!;
    // 3 000 in March; 2 740 before the tenth, 51 on it; 16 of 22 working days are left with it.
    expect(ann.targets).toMatchObject([
      {
        targetId: idOf('ann'),
        target: 3_000n,
        achieved: 51n,
        periodToDate: 2_791n,
        ratio: { num: 2_791n, den: 3_000n },
        workingDaysLeft: 15,
        requiredOnDay: 17n,
        requiredPerDay: 14n,
      },
    ]);
    const sheet = await body<{ targets: unknown }>(
      'GetDaySheet',
      { personId: idOf('ann'), date: day },
      'ann',
    );
    expect(sheet.targets).toEqual(ann.targets);
    const sunday = await body<{ targets: readonly unknown[] }>('GetDaySheet', {
      personId: idOf('ann'),
      date: '2026-03-15',
    });
    expect(sunday.targets).toMatchObject([{ achieved: 0n, requiredOnDay: null, workingDaysLeft: 12 }]);
  });
});

describe('who looks', () => {
  test('sees the parts all of whose people they see, and the sums of these', async () => {
    const of = async (unit: string, who: string) => {
      const answer = await weekOf(unit, who);
      return [answer.complete, answer.parts.map(({ id }) => id).toSorted()];
    };
    expect(await of('north', 'rita')).toEqual([true, [idOf('leeds'), idOf('york'), idOf('rita')].toSorted()]);
    expect(await of('north', 'tom')).toEqual([false, [idOf('york')]]);
    expect(await of('york', 'cat')).toEqual([false, [idOf('cat')]]);
    const targets = ({ whole }: Week) => whole.targets.map(({ measure, target }) => [measure, target]);
    expect(targets(await weekOf('north', 'rita'))).toEqual(targets(await weekOf('north')));
    expect(targets(await weekOf('north', 'tom'))).toEqual([['net_sales', 500n]]);
    const own = await weekOf('north', 'tom');
    expect(sums(own.whole.week.kpis)).toEqual(sums(own.parts[0]!.week.kpis));
    expect(await ask('GetUnitWeek', { unitId: idOf('south'), week: week.periodId }, 'rita')).toMatchObject({
      status: 404,
    });
    expect(await monthOf('north', 'tom')).toMatchObject({ complete: false, rollingYear: null });
    expect((await monthOf('north', 'tom')).deviations.map(({ responsible }) => responsible)).not.toContain(
      idOf('ann'),
    );
  });

  test('gets results and nobody’s activity as an operator', async () => {
    const inputs: readonly (readonly [Query, object])[] = [
      [getTeamDay, { personId: idOf('sue'), date: week.start }],
      [getUnitWeek, { unitId: idOf('north'), week: week.periodId }],
      [getUnitMonth, { unitId: idOf('company'), month: march }],
      [getTargetEvidence, { targetId: idOf('year') }],
    ];
    for (const [{ name }, input] of inputs)
      expect([name, await ask(name, input as never, 'olga')]).toMatchObject([
        name,
        { ok: false, status: 403 },
      ]);
    expect(await body('GetResults', { period: march }, 'olga')).toMatchObject({
      netSales: 8_992n,
      payments: 300n,
      achievement: [
        { measure: 'net_sales', target: 6_500n, actual: 8_301n },
        { measure: 'orders', target: 200n, actual: 2n },
        { measure: 'payment_recovered', target: 500n, actual: 300n },
      ],
      rollingYear: { series: [{ periodId: 'R12M@2026-02', netSales: 1_100n }], yearBefore: 0n, growth: null },
    });
    // Of the year the nodes at the top count; that of a group is part of what everybody has.
    expect(await body('GetResults', { period: 'FY2026' }, 'olga')).toMatchObject({
      achievement: [
        { measure: 'net_sales', target: 100_000n },
        { measure: 'new_customers', target: 3n },
        { measure: 'orders', target: 18n },
      ],
    });
  });
});

test('a reorganisation that is entered late attributes the week anew', async () => {
  const former = await weekOf('north');
  const { rows } = await stave.pool.query('select position::integer from log.head where tenant_id = $1', [
    stave.tenantId,
  ]);
  await seed(
    stave,
    'organisation',
    organisationEvents.OrgUnitMoved({
      unitId: idOf('york'),
      newParentId: idOf('south'),
      from: week.start,
      formerFrom: '2020-01-01',
      to: null,
    }),
  );
  const [north, south] = [await weekOf('north'), await weekOf('south')];
  const sales = (figures: WeekFigures) => figures.kpis.find(({ kpi }) => kpi === 'net_sales')!.numerator;
  expect(sales(partOf(north.parts, 'york').week)).toBe(0n);
  expect(sales(partOf(north.parts, 'york').weekBefore)).toBe(80n);
  expect(sales(partOf(south.parts, 'york').week)).toBe(90n);
  expect(sales(partOf(south.parts, 'york').weekBefore)).toBe(0n);
  for (const { whole, parts } of [north, south])
    expect(sums(whole.week.kpis)).toEqual(summed(parts.map((part) => part.week.kpis)));
  const system = {
    tenantId: stave.tenantId,
    kind: 'system',
    name: 'x',
    credentialId: 'x',
    roles: [],
  } as const;
  const asker = (await stave.asker(system, getUnitWeek)) as Asker;
  const input = { unitId: idOf('north'), week: week.periodId };
  expect(
    await stave.reader.answer(getUnitWeek, stave.tenantId, input, asker, 0, undefined, rows[0].position),
  ).toMatchObject({ ok: true, body: former });
});
