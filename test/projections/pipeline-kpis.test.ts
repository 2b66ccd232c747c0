import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { NewEvent } from '../../src/engine/event.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { builtInKpis } from '../../src/events/kpi-catalogue.ts';
import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { pipelineEvents } from '../../src/events/pipeline.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { visitEvents } from '../../src/events/visit.ts';
import type { KpiValue } from '../../src/projections/kpi.ts';
import { asking } from '../support/asking.ts';
import { registered } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { document, drafted, pipelineId } from '../support/pipeline.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

type Value = z.output<typeof KpiValue>;
type Seed = readonly [stream: string, events: readonly NewEvent[]];

const march = { from: '2026-03-01', to: '2026-03-31' };
const sellers = ['ann', 'bob', 'cat'];
const kpis = [
  'win_rate',
  'win_rate_value',
  'hit_rate',
  'sales_cycle',
  'lost_cycle',
  'sales_velocity',
  'slippage_rate',
  'rotting_rate',
  'pipeline_creation_rate',
  'forecast_error_30',
  'forecast_error_60',
  'forecast_error_90',
  'activity_lift',
  'right_activity',
];

const rungs = { lead: ['1', '10'], proposal: ['1', '3'], won: ['1', '1'], lost: ['0', '1'] } as const;
const placed = (stageId: keyof typeof rungs): Partial<Standing> => ({
  stageId,
  status: stageId === 'won' || stageId === 'lost' ? stageId : 'open',
  probability: { num: rungs[stageId][0], den: rungs[stageId][1] },
});

type What =
  | { readonly to: keyof typeof rungs }
  | { readonly reopened: true }
  | { readonly value: string }
  | { readonly close: string }
  | { readonly owner: string }
  | { readonly credits: Readonly<Record<string, number>> }
  | { readonly milestone: string }
  | { readonly offer: string; readonly validUntil?: string }
  | { readonly accepted: string }
  | { readonly rejected: string };

interface Opening {
  readonly on: string;
  readonly value: string;
  readonly close?: string;
  readonly currency?: string;
}

const shares = (credits: Readonly<Record<string, number>>) =>
  Object.entries(credits).map(([name, shareBp]) => ({ personId: idOf(name), shareBp }));

/** An opportunity with a customer of its own, opened in the first stage, and what became of it day by day. */
function deal(
  name: string,
  owner: string,
  { on, value, close, currency = 'EUR' }: Opening,
  ...steps: readonly (readonly [day: string, what: What])[]
): Seed {
  let place: Standing = {
    ...{ status: 'open', stageId: 'lead', stay: 1, probability: { num: '1', den: '10' } },
    ...{ ownerId: idOf(owner), value: { amountMinor: value, currency }, probabilitySource: 'stage' },
    expectedClose: close ?? null,
  };
  let credits = { [owner]: 10_000 } as Readonly<Record<string, number>>;
  let closedBy = owner;
  const head = () => ({
    opportunityId: idOf(name),
    customerId: idOf(`${name} customer`),
    pipelineId,
    pipelineVersion: 1,
    ownerId: place.ownerId,
  });
  const change = (after: Partial<Standing>) => {
    const said = { ...head(), before: place, after: { ...place, ...after } };
    place = said.after;
    return said;
  };
  const moved = (stageId: keyof typeof rungs) => change({ ...placed(stageId), stay: place.stay + 1 });
  const eventOf = (what: What): NewEvent => {
    const reason = 'x';
    if ('reopened' in what)
      return opportunityEvents.OpportunityReopened({
        ...moved('lead'),
        ...{ reason, closedBy: idOf(closedBy), credits: shares(credits) },
      });
    if ('value' in what)
      return opportunityEvents.OpportunityValueRevised({
        ...change({ value: { amountMinor: what.value, currency } }),
        ...{ lines: [], reason },
      });
    if ('close' in what)
      return opportunityEvents.ExpectedCloseRevised({ ...change({ expectedClose: what.close }), reason });
    if ('owner' in what)
      return opportunityEvents.OpportunityTransferred({
        ...change({ ownerId: idOf(what.owner) }),
        ...{ to: idOf(what.owner), creditRule: 'keep', reason },
        ...{ credits: shares(credits), formerCredits: shares(credits) },
      });
    if ('credits' in what) {
      const formerCredits = shares(credits);
      credits = what.credits;
      return opportunityEvents.CreditSplitSet({
        ...head(),
        ...{ credits: shares(credits), formerCredits, standing: place, reason },
      });
    }
    if ('milestone' in what)
      return opportunityEvents.MilestoneReached({ ...head(), milestone: what.milestone });
    if ('offer' in what)
      return opportunityEvents.OfferSubmitted({
        ...head(),
        ...{ offerId: idOf(what.offer), total: place.value, validUntil: what.validUntil },
      });
    if ('accepted' in what)
      return opportunityEvents.OfferAccepted({ ...head(), offerId: idOf(what.accepted) });
    if ('rejected' in what)
      return opportunityEvents.OfferRejected({ ...head(), offerId: idOf(what.rejected), reason });
    if (what.to === 'won' || what.to === 'lost') closedBy = owner;
    if (what.to === 'won')
      return opportunityEvents.OpportunityWon({ ...moved('won'), credits: shares(credits) });
    if (what.to === 'lost')
      return opportunityEvents.OpportunityLost({
        ...moved('lost'),
        ...{ credits: shares(credits), reasonCode: 'price' },
      });
    return opportunityEvents.StageEntered({ ...moved(what.to), direction: 'forward' });
  };
  const opened = opportunityEvents.OpportunityOpened({
    ...head(),
    title: name,
    source: 'fair',
    after: place,
  });
  const days = [on, ...steps.map(([day]) => day)];
  return [
    `opportunity/${idOf(name)}`,
    [opened, ...steps.map(([, what]) => eventOf(what))].map((event, index) => ({
      ...event,
      when: { effectiveOn: days[index]!, occurredAt: `${days[index]}T10:00:00.000Z` },
    })),
  ];
}

const customerOf = (name: string, segment: string): Seed => [
  `customer/${idOf(`${name} customer`)}`,
  [
    customerEvents.CustomerRegistered({
      ...registered.data,
      ...{ customerId: idOf(`${name} customer`), name, segment },
    }),
  ],
];

const seeds: readonly Seed[] = [
  ...['boxes', 'bags'].map((name) => customerOf(name, 'retail')),
  ...['cups', 'mugs', 'pots', 'pans', 'lids', 'late'].map((name) => customerOf(name, 'trade')),
  deal(
    'boxes',
    'ann',
    { on: '2026-01-05', value: '1000', close: '2026-03-20' },
    ['2026-02-10', { to: 'proposal' }],
    ['2026-02-20', { offer: 'for boxes' }],
    ['2026-03-01', { credits: { ann: 6_000, bob: 4_000 } }],
    ['2026-03-02', { value: '2000' }],
    ['2026-03-03', { accepted: 'for boxes' }],
    ['2026-03-04', { milestone: 'budget' }],
    ['2026-03-20', { to: 'won' }],
  ),
  deal(
    'bags',
    'ann',
    { on: '2026-02-01', value: '500', close: '2026-03-10' },
    ['2026-02-05', { offer: 'for bags', validUntil: '2026-03-10' }],
    ['2026-03-09', { close: '2026-04-15' }],
  ),
  deal(
    'cups',
    'bob',
    { on: '2026-02-10', value: '300', close: '2026-03-25' },
    ['2026-02-11', { offer: 'for cups' }],
    ['2026-03-12', { rejected: 'for cups' }],
    ['2026-03-12', { to: 'lost' }],
  ),
  deal(
    'mugs',
    'bob',
    { on: '2026-03-02', value: '0', close: '2026-03-30' },
    ['2026-03-05', { value: '700' }],
    ['2026-03-06', { offer: 'for mugs' }],
  ),
  deal('pots', 'cat', { on: '2026-02-20', value: '900', currency: 'USD' }, ['2026-03-15', { to: 'won' }]),
  deal(
    'pans',
    'cat',
    { on: '2026-01-01', value: '400' },
    ['2026-02-10', { to: 'won' }],
    ['2026-03-05', { reopened: true }],
    ['2026-03-28', { to: 'lost' }],
  ),
  deal(
    'lids',
    'cat',
    { on: '2026-03-01', value: '100' },
    ['2026-03-02', { milestone: 'budget' }],
    ['2026-03-11', { to: 'won' }],
    ['2026-03-20', { owner: 'bob' }],
  ),
  [
    `visit/${idOf('visit')}`,
    [
      visitEvents.VisitEnded({
        ...{ visitId: idOf('visit'), personId: idOf('ann'), customerId: idOf('boxes customer') },
        ...{ date: '2026-03-03', planned: false, minutes: 30, outcome: 'effective', ruleVersion: 0 },
        ...{ startedAt: '2026-03-03T09:00:00.000Z', endedAt: '2026-03-03T09:30:00.000Z' },
      }),
    ],
  ],
  [
    `call-log/${idOf('bob')}/2026-03-28`,
    [
      callLogEvents.CallLogged(
        {
          ...{ personId: idOf('bob'), date: '2026-03-28', callId: idOf('call'), direction: 'outgoing' },
          ...{ calledAt: '2026-03-28T09:00:00.000Z', customerId: idOf('mugs customer') },
          ...{ opportunityId: idOf('mugs'), channel: 'phone', seconds: 60, resultCode: 'reached' },
        },
        { effectiveOn: '2026-03-28', occurredAt: '2026-03-28T09:00:00.000Z' },
      ),
    ],
  ],
];

let stave: Stave;
let ask: ReturnType<typeof asking>['ask'];
let body: ReturnType<typeof asking>['body'];

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-31T20:00:00.000Z' });
  ({ ask, body } = asking(stave));
  await seed(
    stave,
    'organisation',
    organisationEvents.OrganisationConfigured({
      ...{ name: 'Test', timeZone: 'Europe/Berlin', reportingCurrency: 'EUR', weekStart: 1 },
      ...{ dailyReportDue: '18:00', weeklyReportDue: { isoWeekday: 1, time: '09:00' } },
      monthlyReviewDueWorkingDay: 3,
    }),
    company,
    unit('north', 'office'),
    unit('south', 'office'),
    ...['boss', 'sue', 'sam', ...sellers].map((name) => employed(name)),
    granted('boss', 'TM'),
    granted('sue', 'SV'),
    granted('sam', 'SV'),
    ...sellers.map((name) => granted(name, 'SP')),
    holds('boss', null),
    holds('sue', 'boss', { unit: 'north' }),
    holds('sam', 'boss', { unit: 'south' }),
    holds('ann', 'sue', { unit: 'north' }),
    holds('bob', 'sue', { unit: 'north' }),
    holds('cat', 'sam', { unit: 'south' }),
  );
  await seed(
    stave,
    `pipeline-def/${pipelineId}`,
    drafted,
    pipelineEvents.PipelineVersionPublished({ pipelineId, version: 1, ...document }),
  );
  for (const [stream, events] of seeds) await seed(stave, stream, ...events);
});
afterAll(() => stave?.close());

const person = (name: string) => ({ subjectKind: 'person', subjectId: idOf(name) });
const office = (name: string) => ({ subjectKind: 'unit', subjectId: idOf(name) });
const organisation = { subjectKind: 'organisation' };
const all = async (input: object) =>
  (await body<{ data: readonly Value[] }>('GetKpiValues', { kpis, ...march, ...input })).data;
const plain = ({ numerator, denominator, value }: Value) => [
  numerator,
  denominator,
  value && `${value.num}/${value.den}`,
];
const of = async (kpi: string, subject: object, more: object = {}) =>
  plain((await all({ ...subject, ...more, kpis: [kpi] }))[0]!);

describe('indicators of what ends', () => {
  test('count wins and losses on their days, and take back what is reopened', async () => {
    expect(await of('win_rate', person('ann'))).toEqual([1n, 1n, '1/1']);
    expect(await of('win_rate', person('bob'))).toEqual([0n, 1n, '0/1']);
    expect(await of('win_rate', person('cat'))).toEqual([1n, 2n, '1/2']);
    expect(await of('win_rate', organisation)).toEqual([2n, 4n, '1/2']);
    expect(await of('win_rate', person('cat'), { from: '2026-02-01', to: '2026-02-28' })).toEqual([
      1n,
      1n,
      '1/1',
    ]);
    const retail = { subjectKind: 'customer_segment', subjectId: 'retail' };
    expect(await of('win_rate', retail)).toEqual([1n, 1n, '1/1']);
  });

  test('split values by the credit', async () => {
    expect(await of('win_rate_value', person('ann'))).toEqual([1_200n, 1_200n, '1/1']);
    expect(await of('win_rate_value', person('bob'))).toEqual([800n, 1_100n, '8/11']);
    expect(await of('win_rate_value', organisation)).toEqual([1_700n, 2_400n, '17/24']);
  });

  test('have the median of the days from opening to end, of wins apart from losses', async () => {
    expect(await of('sales_cycle', person('ann'))).toEqual([148n, 2n, '74/1']);
    expect(await of('sales_cycle', person('cat'))).toEqual([33n, 2n, '33/2']);
    expect(await of('sales_cycle', organisation)).toEqual([46n, 2n, '23/1']);
    expect(await of('sales_cycle', person('bob'))).toEqual([0n, 0n, null]);
    expect(await of('lost_cycle', organisation)).toEqual([116n, 2n, '58/1']);
    expect(await of('sales_cycle', person('cat'), { from: '2026-02-01', to: '2026-02-28' })).toEqual([
      80n,
      2n,
      '40/1',
    ]);
  });

  test('have the value won over the days that it takes', async () => {
    expect(await of('sales_velocity', person('ann'))).toEqual([2_400n, 148n, '600/37']);
    expect(await of('sales_velocity', organisation)).toEqual([3_400n, 46n, '1700/23']);
    expect(await of('sales_velocity', person('bob'))).toEqual([1_600n, 0n, null]);
  });

  test('take an offer that runs out as rejected on the day after', async () => {
    expect(await of('hit_rate', person('ann'), { asOf: '2026-03-10' })).toEqual([1n, 1n, '1/1']);
    expect(await of('hit_rate', person('ann'), { asOf: '2026-03-11' })).toEqual([1n, 2n, '1/2']);
    expect(await of('hit_rate', person('bob'))).toEqual([0n, 1n, '0/1']);
    expect(await of('hit_rate', organisation)).toEqual([1n, 3n, '1/3']);
  });
});

describe('indicators of what runs', () => {
  test('ask what was expected when the time began and is put off past its end', async () => {
    expect(await of('slippage_rate', organisation)).toEqual([1n, 3n, '1/3']);
    expect(await of('slippage_rate', person('ann'))).toEqual([1n, 2n, '1/2']);
    expect(await of('slippage_rate', person('bob'))).toEqual([0n, 1n, '0/1']);
    expect(await of('slippage_rate', organisation, { asOf: '2026-03-09' })).toEqual([0n, 0n, null]);
    expect(await of('slippage_rate', organisation, { asOf: '2026-03-10' })).toEqual([1n, 1n, '1/1']);
    expect(await of('slippage_rate', organisation, { from: '2026-03-10' })).toEqual([0n, 3n, '0/1']);
  });

  test('ask what nobody works on, by the stages and the policy of the day', async () => {
    expect(await of('rotting_rate', person('ann'))).toEqual([1n, 1n, '1/1']);
    expect(await of('rotting_rate', person('bob'))).toEqual([0n, 1n, '0/1']);
    expect(await of('rotting_rate', organisation, { asOf: '2026-03-07' })).toEqual([3n, 7n, '3/7']);
    expect(await of('rotting_rate', organisation, { asOf: '2026-03-27' })).toEqual([3n, 3n, '1/1']);
  });

  test('set what comes in against what is used up', async () => {
    expect(await of('pipeline_creation_rate', organisation)).toEqual([800n, 2_400n, '1/3']);
    expect(await of('pipeline_creation_rate', person('bob'))).toEqual([700n, 1_100n, '7/11']);
  });

  test('compare what ends with what was forecast before', async () => {
    expect(await of('forecast_error_30', organisation)).toEqual([1_797n, 2_100n, '599/700']);
    expect(await of('forecast_error_60', organisation)).toEqual([2_040n, 2_100n, '34/35']);
    expect(await of('forecast_error_90', organisation)).toEqual([2_100n, 2_100n, '1/1']);
    expect(await of('forecast_error_30', person('ann'))).toEqual([1_667n, 2_000n, '1667/2000']);
    expect(await of('forecast_error_30', person('bob'))).toEqual([30n, 0n, null]);
  });

  test('tell what activity goes with, and how much of it is of such kinds', async () => {
    expect(await of('activity_lift', organisation)).toEqual([5n, 2n, '5/2']);
    expect(await of('right_activity', person('ann'))).toEqual([1n, 1n, '1/1']);
    expect(await of('right_activity', person('bob'))).toEqual([0n, 1n, '0/1']);
    expect(await of('right_activity', organisation)).toEqual([1n, 2n, '1/2']);
  });
});

describe('every indicator of the pipeline', () => {
  interface Entry {
    readonly amount: bigint;
    readonly events: readonly object[];
  }
  const formulaOf = (key: string) => builtInKpis.find((each) => each.key === key)!.formula;

  test('is among those that everybody has', () => {
    expect(kpis.filter((key) => !builtInKpis.some((each) => each.key === key))).toEqual([]);
  });

  test('adds up from the people to units and the organisation, where it is a ratio of sums', async () => {
    const people = await Promise.all(sellers.map((name) => all(person(name))));
    const north = await all(office('north'));
    for (const [index, { kpi, numerator, denominator }] of (await all(organisation)).entries()) {
      if (formulaOf(kpi) !== 'ratio') continue;
      const sum = (side: 'numerator' | 'denominator', some: readonly (readonly Value[])[]) =>
        some.reduce((total, each) => total + (each[index]![side] ?? 0n), 0n);
      expect([kpi, sum('numerator', people), sum('denominator', people)]).toEqual([
        kpi,
        numerator,
        denominator,
      ]);
      const northern = people.slice(0, 2);
      expect([kpi, north[index]!.numerator, north[index]!.denominator]).toEqual([
        kpi,
        sum('numerator', northern),
        sum('denominator', northern),
      ]);
    }
  });

  test('has evidence that adds up to it, each made by events', async () => {
    for (const { kpi, numerator, denominator, evidence } of await all(office('company')))
      for (const [side, total] of Object.entries({ numerator, denominator })) {
        if (!evidence || total === null) continue;
        const asked = { kpi, side, ...office('company'), ...march, limit: '200' };
        const { data } = await body<{ data: readonly Entry[] }>('GetKpiEvidence', asked);
        expect([kpi, data.filter(({ events }) => events.length === 0)]).toEqual([kpi, []]);
        const sum = data.reduce((sofar, { amount }) => sofar + amount, 0n);
        if (formulaOf(kpi) === 'ratio') expect([kpi, side, sum]).toEqual([kpi, side, total]);
      }
  });

  test('says of people and units beside each other what it says of each', async () => {
    const each = new Map<string, readonly Value[]>();
    for (const subject of [...sellers.map(person), ...['north', 'south'].map(office)])
      each.set(subject.subjectId, await all(subject));
    for (const key of kpis)
      for (const peers of ['people', 'units']) {
        const { data } = await body<{ data: readonly { id: string; rank: number | null }[] }>(
          'GetKpiComparison',
          { kpi: key, of: peers, ...march },
        );
        expect(data).toHaveLength(peers === 'people' ? sellers.length : 2);
        for (const { id, rank: _, ...result } of data)
          expect([key, id, each.get(id)?.find(({ kpi }) => kpi === key)]).toMatchObject([key, id, result]);
      }
  });

  test('knows customers and not products', async () => {
    const trade = { subjectKind: 'customer_segment', subjectId: 'trade' };
    for (const { kpi, state } of await all(trade))
      expect([kpi, state]).not.toContain('subject_unknown_to_measure');
    expect(await of('win_rate', trade)).toEqual([1n, 3n, '1/3']);
  });

  test('is the same when everything is told again, and as it was before a late fact', async () => {
    const before = await all(organisation);
    await stave.projector.rebuild(stave.tenantId);
    await stave.projector.advance(stave.tenantId);
    expect(await all(organisation)).toEqual(before);
    const { rows } = await stave.pool.query('select position::integer from log.head where tenant_id = $1', [
      stave.tenantId,
    ]);
    const [stream, events] = deal('late', 'cat', { on: '2026-02-27', value: '50', close: '2026-03-08' }, [
      '2026-03-04',
      { to: 'lost' },
    ]);
    await seed(stave, stream, ...events);
    expect(await of('win_rate', organisation)).toEqual([2n, 5n, '2/5']);
    expect(await of('slippage_rate', organisation)).toEqual([1n, 4n, '1/4']);
    const past = await ask('GetKpiValues', { kpis, ...organisation, ...march }, undefined, rows[0].position);
    const { data } = (past as unknown as { body: { data: readonly Value[] } }).body;
    expect(data.map((value) => [value.kpi, ...plain(value)])).toEqual(
      before.map((value) => [value.kpi, ...plain(value)]),
    );
  });

  test('counts the touches of the policy in force', async () => {
    const asOf = { asOf: '2026-03-15' };
    expect(await of('rotting_rate', person('ann'), asOf)).toEqual([1n, 2n, '1/2']);
    await seed(
      stave,
      'policy',
      policyEvents.PolicyAdopted({
        ...{ policyKey: 'pipeline', policyVersion: 1, effectiveFrom: '2026-03-15', retroactive: true },
        ...{ document: { touches: ['ExpectedCloseRevised'] }, docHash: '0'.repeat(64) },
      }),
    );
    expect(await of('rotting_rate', person('ann'), asOf)).toEqual([0n, 2n, '0/1']);
    expect(await of('rotting_rate', person('ann'), { asOf: '2026-03-14' })).toEqual([1n, 2n, '1/2']);
  });
});
