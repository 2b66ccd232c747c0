import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contractEvents } from '../../src/events/contract.ts';
import { opportunityEvents } from '../../src/events/opportunity.ts';
import { asking } from '../support/asking.ts';
import { customerId, eur } from '../support/commerce.ts';
import { type Deal, dealOf, seedDeals } from '../support/deal-turns.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { drafted, pipelineId, published } from '../support/pipeline.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const today = '2026-11-16';
const ratio = (num: number, den = 1) => ({ num: String(num), den: String(den) });
const people = [
  company,
  unit('north', 'region'),
  ...['boss', 'sue', 'ann', 'bob', 'eve'].map((name) => employed(name)),
  granted('boss', 'TM'),
  granted('sue', 'SV'),
  granted('ann', 'SP'),
  granted('bob', 'SP'),
  granted('eve', 'AN'),
  holds('boss', null),
  holds('sue', 'boss', { unit: 'north' }),
  holds('ann', 'sue', { unit: 'north' }),
  holds('bob', 'boss'),
  holds('eve', 'boss'),
];
const [ann, bob] = [idOf('ann'), idOf('bob')];

interface Worth {
  readonly currency: string;
  readonly valueMinor: bigint;
  readonly weighted: { readonly num: bigint; readonly den: bigint };
}
interface Depth {
  readonly open: number;
  readonly committed: number;
  readonly amounts: readonly Worth[];
  readonly renewals: { readonly count: number } | null;
}
interface Horizon {
  readonly plan: object | null;
  readonly months: readonly (Depth & {
    readonly month: string;
    readonly fiscalYear: string;
    readonly yearBeginsOn: string | null;
  })[];
  readonly overdue: Depth;
  readonly undated: Depth;
  readonly yearStart: Depth & { readonly required: bigint | null; readonly state: string };
  readonly creation:
    | readonly { readonly month: string; readonly count: number; readonly early: number }[]
    | null;
  readonly onlyThisYear: Readonly<Record<string, unknown>> | null;
  readonly newBusiness: object | null;
}

let stave: Stave;
let body: ReturnType<typeof asking>['body'];
let ask: ReturnType<typeof asking>['ask'];
const horizon = (more: object = {}, who?: string) => body<Horizon>('GetPipelineHorizon', { ...more }, who);

const deal = (name: string, expectedClose: string | null, value = '1000', ownerId = ann): Deal =>
  dealOf(name, { on: '2026-10-01', ownerId, value: eur(value), expectedClose });

/** So many a month that are opened on its tenth, and lost a month later. */
const monthly = (month: string, count: number, stageId = 'lead'): Deal[] =>
  Array.from({ length: count }, (_, index) =>
    dealOf(
      `${month} ${stageId} ${index}`,
      { on: `${month}-10`, ownerId: ann, stageId, value: eur('100') },
      {
        on: Temporal.PlainDate.from(`${month}-10`).add({ days: 5 }).toString(),
        status: 'lost',
        stageId: 'lost',
      },
    ),
  );

beforeAll(async () => {
  stave = await startStave({ clock: () => `${today}T10:00:00.000Z` });
  ({ body, ask } = asking(stave));
  await seed(stave, 'organisation', ...people);
  await seed(stave, `pipeline-def/${pipelineId}`, drafted, published);
  const offer = { opportunityId: idOf('agreed'), customerId, pipelineId, pipelineVersion: 1, ownerId: ann };
  const agreed = deal('agreed', '2026-11-30', '5000');
  await seedDeals(stave, [
    deal('late', '2026-11-15'),
    deal('today', today, '200'),
    deal('december', '2026-12-31', '300', bob),
    deal('january', '2027-01-01', '400'),
    deal('march', '2027-03-31', '500'),
    deal('april', '2027-04-01', '600'),
    deal('october', '2027-10-31', '700'),
    deal('november', '2027-11-01', '800'),
    deal('sometime', null, '900'),
    dealOf(
      'held',
      { on: '2026-10-01', expectedClose: '2026-12-01' },
      { on: '2026-10-02', status: 'on_hold', stageId: 'paused' },
    ),
    {
      ...agreed,
      events: [
        ...agreed.events,
        opportunityEvents.OfferSubmitted({ ...offer, offerId: idOf('offer'), total: eur('5000') }),
        opportunityEvents.OfferAccepted({ ...offer, offerId: idOf('offer') }),
      ],
    },
    ...[
      '2025-10',
      '2025-11',
      '2025-12',
      '2026-01',
      '2026-02',
      '2026-03',
      '2026-04',
      '2026-05',
      '2026-06',
      '2026-07',
      '2026-08',
      '2026-09',
    ].flatMap((month) => monthly(month, 3)),
    ...monthly('2026-09', 2, 'contract'),
  ]);
  await seed(
    stave,
    `contract/${idOf('contract')}`,
    contractEvents.ContractSigned({
      ...{ contractId: idOf('contract'), customerId, responsible: ann, value: eur('7000') },
      ...{ on: '2026-02-01', term: 1, termFrom: '2026-02-01', termTo: '2027-01-31' },
      dueAt: '2026-12-02T23:00:00.000Z',
    } as never),
  );
}, 60_000);
afterAll(() => stave?.close());

const plan = async (periodId: string, more: object = {}) => {
  const level = { level: 'potential_customer', winProbability: ratio(1, 3), cycleMonths: ratio(4) };
  const input = { unitId: idOf('company'), periodId, targetPerMonth: ratio(3), ...more };
  const levels = [{ ...level, counts: { of: 'opportunities', pipelineId } }];
  expect(await stave.run('SetCoverageAssumptions', { levels, ...input })).toMatchObject({ ok: true });
};

describe('the next twelve months', () => {
  test('are calendar months from today on, with the boundary of the fiscal year', async () => {
    const { months, overdue, undated } = await horizon();
    expect(months.map(({ month }) => month)).toEqual([
      ...['2026-11-01', '2026-12-01', '2027-01-01', '2027-02-01', '2027-03-01', '2027-04-01'],
      ...['2027-05-01', '2027-06-01', '2027-07-01', '2027-08-01', '2027-09-01', '2027-10-01'],
    ]);
    expect(months.map(({ open }) => open)).toEqual([2, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1]);
    expect(months.map(({ fiscalYear }) => fiscalYear)).toEqual([
      ...Array(2).fill('FY2026'),
      ...Array(10).fill('FY2027'),
    ]);
    expect(months.map(({ yearBeginsOn }) => yearBeginsOn).filter(Boolean)).toEqual(['2027-01-01']);
    expect([overdue.open, undated.open]).toEqual([1, 1]);
  });

  test('hold what is open, what of it is agreed, and its value by probability', async () => {
    const { months } = await horizon();
    expect(months[0]).toMatchObject({
      open: 2,
      amounts: [{ currency: 'EUR', valueMinor: 5_200n, weighted: { num: 520n, den: 1n } }],
      committed: 1,
      committedAmounts: [{ valueMinor: 5_000n }],
      renewals: { count: 0 },
    });
    expect(months[2]).toMatchObject({
      renewals: { count: 1, amounts: [{ currency: 'EUR', valueMinor: 7_000n }] },
    });
  });

  test('are the same whatever the fiscal year is', async () => {
    const before = await horizon();
    const plain = ({ months }: Horizon) =>
      months.map(({ fiscalYear: _, yearBeginsOn: __, ...depth }) => depth);
    const published = { kind: 'calendar_month', fiscalYearStartMonth: 4, firstYear: 2024, years: 6 };
    expect(await stave.run('PublishFiscalCalendar', published)).toMatchObject({ ok: true });
    const after = await horizon();
    expect(plain(after)).toEqual(plain(before));
    expect(after.months.map(({ yearBeginsOn }) => yearBeginsOn).filter(Boolean)).toEqual(['2027-04-01']);
    expect(after.yearStart).toMatchObject({ start: '2027-04-01', endExclusive: '2027-07-01', open: 1 });
    await stave.run('PublishFiscalCalendar', { ...published, kind: '4-4-5', fiscalYearStartMonth: 1 });
    const weekly = await horizon();
    expect(plain(weekly)).toEqual(plain(before));
    expect(weekly.months.map(({ yearBeginsOn }) => yearBeginsOn).filter(Boolean)).toEqual(['2027-01-04']);
    await stave.run('PublishFiscalCalendar', {
      ...published,
      kind: 'thirteen_periods',
      fiscalYearStartMonth: 1,
    });
    expect((await horizon()).yearStart).toMatchObject({ start: '2027-01-04', endExclusive: '2027-04-04' });
    await stave.run('PublishFiscalCalendar', { ...published, fiscalYearStartMonth: 1 });
    expect(plain(await horizon())).toEqual(plain(before));
  });

  test('are those of a unit, a team or a person', async () => {
    const openOf = async (more: object, who?: string) =>
      (await horizon(more, who)).months.map(({ open }) => open).reduce((sum, count) => sum + count);
    expect(await openOf({})).toBe(7);
    expect(await openOf({ subjectKind: 'unit', subjectId: idOf('north') })).toBe(6);
    expect(await openOf({ subjectKind: 'person', subjectId: bob }, 'bob')).toBe(1);
    expect(await openOf({ subjectKind: 'team', subjectId: idOf('sue') }, 'sue')).toBe(6);
    expect(await openOf({ pipelineId: idOf('another') })).toBe(0);
  });

  test('are for those who see everybody, and renewals for those who see contracts', async () => {
    expect(await ask('GetPipelineHorizon', {}, 'sue')).toMatchObject({ code: 'not-found' });
    expect(
      await ask('GetPipelineHorizon', { subjectKind: 'person', subjectId: ann }, 'bob'),
    ).not.toMatchObject({ ok: true });
    expect((await horizon({}, 'boss')).months[2]!.renewals).toEqual({
      count: 1,
      amounts: [{ currency: 'EUR', valueMinor: 7_000n }],
    });
    expect((await horizon({}, 'eve')).months[2]!.renewals).toBeNull();
  });
});

describe('the beginning of the next year', () => {
  test('has no need without a plan', async () => {
    expect(await horizon()).toMatchObject({
      plan: null,
      newBusiness: null,
      yearStart: { open: 2, required: null, state: 'unknown_need' },
    });
  });

  test('is a hole where fewer are expected than a quarter needs', async () => {
    await plan('FY2026');
    expect(await horizon()).toMatchObject({
      plan: { unitId: idOf('company'), periodId: 'FY2026' },
      yearStart: { start: '2027-01-01', endExclusive: '2027-04-01', open: 2, required: 27n, state: 'hole' },
    });
    await plan('FY2027', { targetPerMonth: ratio(2, 9) });
    expect((await horizon()).yearStart).toMatchObject({ open: 2, required: 2n, state: 'deep_enough' });
  });

  test('comes too early for what is opened today where the cycle is longer than the rest of the year', async () => {
    expect((await horizon()).newBusiness).toEqual({
      endsOn: '2027-03-16',
      lastStartOn: '2026-08-31',
      isTooLate: true,
    });
  });
});

describe('what is opened', () => {
  test('is compared with what the target needs at the time in which it ends', async () => {
    await plan('FY2026', { averageValue: eur('100') });
    await plan('FY2027', { targetPerMonth: ratio(6), averageValue: eur('100') });
    const { creation } = await horizon();
    expect(creation!.map(({ month, count, early }) => [month, count, early])).toEqual([
      ...[
        '2025-12',
        '2026-01',
        '2026-02',
        '2026-03',
        '2026-04',
        '2026-05',
        '2026-06',
        '2026-07',
        '2026-08',
      ].map((month) => [`${month}-01`, 3, 3]),
      ['2026-09-01', 5, 3],
      ['2026-10-01', 11, 11],
      ['2026-11-01', 0, 0],
    ]);
    const [december, ...rest] = creation!;
    expect(december).toMatchObject({
      amounts: [{ currency: 'EUR', valueMinor: 300n }],
      required: { num: 9n, den: 1n },
      rate: { num: 1n, den: 3n },
      valueRate: { num: 1n, den: 3n },
    });
    expect(rest.find(({ month }) => month === '2026-09-01')).toMatchObject({
      required: { num: 18n, den: 1n },
      rate: { num: 5n, den: 18n },
    });
  });

  test('only for this year shows in the last quarter', async () => {
    const { onlyThisYear } = await horizon();
    expect(onlyThisYear).toMatchObject({
      quarter: { start: '2026-10-01', endExclusive: '2027-01-01' },
      ...{ early: 11, days: 47, trailingEarly: 36, trailingDays: 365 },
      rate: { num: 4_015n, den: 1_692n },
      state: 'steady',
    });
    await seedDeals(
      stave,
      Array.from({ length: 140 }, (_, index) =>
        dealOf(
          `more ${index}`,
          { on: '2026-08-11', ownerId: ann },
          { on: '2026-08-12', status: 'lost', stageId: 'lost' },
        ),
      ),
    );
    expect((await horizon()).onlyThisYear).toMatchObject({
      trailingEarly: 176,
      rate: { num: 365n, den: 752n },
      state: 'only_this_year',
    });
    const bobs = await horizon({ subjectKind: 'person', subjectId: bob });
    expect(bobs.onlyThisYear).toMatchObject({ trailingEarly: 0, rate: null, state: 'insufficient_sample' });
  });
});

test('as it was known then is as it was answered then', async () => {
  const { rows } = await stave.pool.query('select position::integer from log.head where tenant_id = $1', [
    stave.tenantId,
  ]);
  const before = await horizon();
  await seedDeals(stave, [deal('new', '2026-12-20')]);
  expect(await horizon()).not.toEqual(before);
  expect(await ask('GetPipelineHorizon', {}, undefined, rows[0].position)).toMatchObject({ body: before });
});
