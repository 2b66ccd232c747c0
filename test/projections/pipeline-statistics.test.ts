import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/engine/event.ts';
import { addDays, daysBetween, weekday } from '../../src/engine/instant.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import type { Standing } from '../../src/events/opportunity.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { pipelineEvents } from '../../src/events/pipeline.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { asking } from '../support/asking.ts';
import { at, type Deal, dealBuilder } from '../support/deals.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { document, drafted, pipelineId, published, stages } from '../support/pipeline.ts';
import { randomFrom } from '../support/questions.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';
import { tableRows } from '../support/tables.ts';

const { OrganisationConfigured, AssignmentEnded, PositionAssigned } = organisationEvents;

/** Bob goes from the north, under Sue, to the south on this day. */
const moved = '2026-03-16';
const [firstDay, today] = ['2025-09-01', '2026-06-30'];
const holidays = ['2025-12-25', '2026-01-01'];
const sellers = ['ann', 'bob', 'cat'] as const;

const people: readonly NewEvent[] = [
  OrganisationConfigured({
    name: 'Test',
    timeZone: 'Europe/Berlin',
    reportingCurrency: 'EUR',
    weekStart: 1,
    dailyReportDue: '18:00',
    weeklyReportDue: { isoWeekday: 1, time: '10:00' },
    monthlyReviewDueWorkingDay: 3,
  }),
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
    personId: idOf('bob'),
    positionId: idOf('southern position'),
    orgUnitId: idOf('south'),
    reportsToPositionId: idOf('boss-position'),
    from: moved,
    to: null,
    primary: true,
    fteBp: 10_000,
    specialisation: 'field_sales',
  }),
];

const below = randomFrom(11);
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
const order = ['lead', 'proposal', 'contract'];

/** A history that chance makes: forward and back, on hold, won, lost, reopened, transferred, put off, offered. */
function dealOf(index: number): Deal {
  const opened = addDays(firstDay, below(290));
  const deal = dealBuilder(`deal ${index}`, opened, {
    ...{ owner: pick(sellers), customer: `customer ${index % 12}`, pipelineVersion: 1 + below(2) },
    ...{ stage: pick(['lead', 'lead', 'proposal']), value: below(2_000) },
    ...{ currency: pick(['EUR', 'EUR', 'USD']), close: below(5) ? addDays(opened, below(90)) : null },
  });
  for (let step = below(14); step > 0; step--) {
    deal.after(below(22));
    if (deal.day() > today) break;
    const { status, stageId } = deal.standing();
    const place = order.indexOf(stageId);
    if (status !== 'open') {
      if (below(3) === 0) deal.reopen(pick(order));
      continue;
    }
    const acts: readonly (() => unknown)[] = [
      () => place < 2 && deal.move(order[place + 1]!),
      () => place < 2 && deal.move(order[place + 1 + below(2 - place)]!),
      () => place > 0 && deal.move(order[place - 1]!, 'back'),
      () => deal.win(),
      () => deal.lose(),
      () => below(2) && deal.hold(),
      () => deal.close(addDays(deal.day(), below(70))),
      () => deal.transfer(pick(sellers)),
      () => deal.worth(below(2_000)),
      () => deal.events.every(({ type }) => type !== 'MilestoneReached') && deal.reach('budget'),
      () => deal.offer(`offer ${index} ${step}`, below(3) ? addDays(deal.day(), below(40)) : undefined),
    ];
    pick(acts)();
    const offered = `offer ${index} ${step}`;
    if (!deal.events.some(({ data }) => (data as { offerId?: string }).offerId === idOf(offered))) continue;
    deal.after(below(30));
    if (deal.day() > today) break;
    if (below(3)) pick([deal.accept, deal.reject])(offered);
  }
  return deal;
}
const deals = Array.from({ length: 150 }, (_, index) => dealOf(index));

type Scope = readonly [kind: string, name: string | undefined];
const scopes: readonly Scope[] = [
  ['organisation', undefined],
  ['person', 'ann'],
  ['person', 'bob'],
  ['team', 'sue'],
  ['unit', 'north'],
  ['unit', 'south'],
];
const asked = ([subjectKind, name]: Scope) => ({ subjectKind, ...(name && { subjectId: idOf(name) }) });

/** Who belongs to whom on a day, told independently of the statements under test. */
function belongs(ownerId: string, [kind, name]: Scope, day: string): boolean {
  const owner = sellers.find((seller) => idOf(seller) === ownerId)!;
  if (kind === 'organisation') return true;
  if (kind === 'person') return owner === name;
  const southern: readonly string[] = day < moved ? ['cat'] : ['cat', 'bob'];
  return southern.includes(owner) === (name === 'south');
}

interface Step {
  readonly type: string;
  readonly day: string;
  readonly before: Standing | undefined;
  readonly after: Standing;
}
const stepsOf = ({ events }: Deal, asOf = today): readonly Step[] =>
  events
    .filter(({ data, when }) => 'after' in (data as object) && when!.effectiveOn! <= asOf)
    .map(({ type, data, when }) => ({
      type,
      day: when!.effectiveOn!,
      ...(data as Omit<Step, 'type' | 'day'>),
    }));
const statusAt = (deal: Deal, asOf: string) => stepsOf(deal, asOf).at(-1)?.after.status;
const runs = ({ status }: Standing): boolean => status === 'open' || status === 'on_hold';

interface Stay {
  readonly stageId: string;
  readonly version: number;
  readonly ownerId: string;
  readonly enteredOn: string;
  readonly leftOn: string | undefined;
  readonly exit: string;
  readonly won: boolean;
}
const exits: Readonly<Record<string, string>> = {
  OpportunityWon: 'won',
  OpportunityLost: 'lost',
  OpportunityHeld: 'onHold',
};
const exitOf = (step: Step, from: string): string =>
  exits[step.type] ?? (order.indexOf(step.after.stageId) > order.indexOf(from) ? 'advanced' : 'back');

/** The stays of a deal in open stages as they stood at the end of a day. */
function staysOf(deal: Deal, asOf: string): readonly Stay[] {
  const entries = stepsOf(deal, asOf).filter(({ before, after }) => before?.stay !== after.stay);
  const version = (deal.events[0]!.data as { readonly pipelineVersion: number }).pipelineVersion;
  return entries.flatMap(({ day, after }, index) => {
    const next = entries[index + 1];
    if (after.status !== 'open') return [];
    return {
      ...{ stageId: after.stageId, version, ownerId: after.ownerId, enteredOn: day, leftOn: next?.day },
      exit: next ? exitOf(next, after.stageId) : 'stillOpen',
      won: statusAt(deal, asOf) === 'won',
    };
  });
}

interface Lasting {
  readonly days: number;
  readonly over: boolean;
}
/** The product-limit estimate by its definition: at each duration, one factor over everybody who lasted so long. */
function percentile(lasting: readonly Lasting[], percent: number): number | null {
  let [num, den] = [1n, 1n];
  for (const days of [...new Set(lasting.map((one) => one.days))].toSorted((a, b) => a - b)) {
    const atRisk = lasting.filter((one) => one.days >= days).length;
    const over = lasting.filter((one) => one.over && one.days === days).length;
    num *= BigInt(atRisk - over);
    den *= BigInt(atRisk);
    if (over > 0 && num * 100n <= BigInt(100 - percent) * den) return days;
  }
  return null;
}

interface Rate {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly value: { readonly num: bigint; readonly den: bigint } | null;
  readonly state: string;
}
const fraction = ({ numerator, denominator }: Rate) => [numerator, denominator];
const ratio = (numerator: number | bigint, denominator: number | bigint) => [
  BigInt(numerator),
  BigInt(denominator),
];

interface Figures {
  readonly [exit: string]: unknown;
  readonly conversion: Rate;
}
interface Statistics {
  readonly stages: readonly (Figures & {
    readonly stageId: string;
    readonly cohorts: readonly (Figures & { readonly month: string })[];
  })[];
}

const workingDaysIn = (from: string, to: string): number => {
  let days = 0;
  for (let day = from; day < to; day = addDays(day, 1))
    if (weekday(day) < 6 && !holidays.includes(day)) days++;
  return days;
};
const lengths = { elapsed: daysBetween, working: workingDaysIn };

const endOfMonth = (month: string): string => addDays(`${addDays(`${month}-28`, 4).slice(0, 7)}-01`, -1);

/** What the stays of a stage come to, told independently. */
function expectedOf(
  stays: readonly Stay[],
  asOf: string,
  time: keyof typeof lengths,
  planned: (version: number) => number | null,
) {
  const daysIn = ({ enteredOn, leftOn }: Stay) => lengths[time](enteredOn, leftOn ?? asOf);
  const lasting = (some: readonly Stay[]) =>
    some.map((stay) => ({ days: daysIn(stay), over: stay.leftOn !== undefined }));
  const p90 = percentile(lasting(stays), 90);
  const isMature = ({ enteredOn }: Stay) =>
    p90 !== null && addDays(endOfMonth(enteredOn.slice(0, 7)), p90) <= asOf;
  return (some: readonly Stay[]) => {
    const count = (exit: string) => some.filter((stay) => stay.exit === exit).length;
    const mature = some.filter(isMature);
    const all = lasting(some);
    return {
      entered: some.length,
      ...Object.fromEntries(
        ['advanced', 'won', 'lost', 'back', 'onHold', 'stillOpen'].map((exit) => [exit, count(exit)]),
      ),
      wonEventually: some.filter(({ won }) => won).length,
      overstayed: some.filter((stay) => daysIn(stay) > (planned(stay.version) ?? Infinity)).length,
      conversion: ratio(
        mature.filter(({ exit }) => exit === 'advanced' || exit === 'won').length,
        mature.length,
      ),
      state:
        mature.length > 0 ? 'ok' : some.length > 0 ? 'insufficient_sample' : 'undefined_zero_denominator',
      duration: {
        sample: some.length,
        ended: all.filter(({ over }) => over).length,
        ...{ p50: percentile(all, 50), p75: percentile(all, 75), p90: percentile(all, 90) },
      },
    };
  };
}
const told = ({ conversion, ...figures }: Figures) => ({
  ...Object.fromEntries(
    ['entered', 'advanced', 'won', 'lost', 'back', 'onHold', 'stillOpen'].map((key) => [key, figures[key]]),
  ),
  ...{ wonEventually: figures['wonEventually'], overstayed: figures['overstayed'] },
  ...{ conversion: fraction(conversion), state: conversion.state, duration: figures['duration'] },
});

/** The second version plans other durations. */
const planOf = (stageId: string) => (version: number) =>
  ({ lead: version === 1 ? 10 : 25, proposal: version === 1 ? null : 5 })[stageId] ?? null;
const newStages = stages.map((stage) => ({ ...stage, plannedDurationDays: planOf(stage.stageId)(2) }));

const activities = Array.from({ length: 90 }, (_, index) => ({
  kind: pick(['VisitEnded', 'CallLogged'] as const),
  day: addDays(firstDay, below(300)),
  hour: 8 + below(9),
  customerId: idOf(`customer ${below(12)}`),
  deal: below(2) ? pick(deals) : undefined,
  index,
}));
type Activity = (typeof activities)[number];
const isOf = (activity: Activity, deal: Deal): boolean =>
  activity.kind === 'CallLogged' && activity.deal
    ? activity.deal.id === deal.id
    : (activity.deal?.customerId ?? activity.customerId) === deal.customerId;
const momentOf = ({ day, hour }: Activity) => at(day, hour).occurredAt;

function activityEvent({ kind, day, hour, customerId, deal, index }: Activity): readonly [string, NewEvent] {
  const [personId, whose] = [idOf('ann'), deal?.customerId ?? customerId];
  const when = at(day, hour);
  if (kind === 'CallLogged')
    return [
      `call-log/${personId}/${day}`,
      {
        ...callLogEvents.CallLogged({
          ...{ personId, date: day, callId: idOf(`call ${index}`), calledAt: when.occurredAt },
          ...{ customerId: whose, direction: 'outgoing', channel: 'phone', seconds: 60 },
          ...{ resultCode: 'reached', ...(deal && { opportunityId: deal.id }) },
        }),
        when,
      },
    ];
  return [
    `visit/${idOf(`visit ${index}`)}`,
    {
      ...visitEvents.VisitEnded({
        ...{ visitId: idOf(`visit ${index}`), personId, customerId: whose, date: day, planned: true },
        ...{ startedAt: when.occurredAt, endedAt: when.occurredAt, minutes: 60 },
        ...{ outcome: 'effective', ruleVersion: 0 },
      }),
      when,
    },
  ];
}

let stave: Stave;
let body: <T>(name: string, input: Readonly<Record<string, unknown>>, who?: string) => Promise<T>;
let ask: ReturnType<typeof asking>['ask'];

const head = async (): Promise<number> => {
  const { rows } = await stave.pool.query('select position::integer from log.head where tenant_id = $1', [
    stave.tenantId,
  ]);
  return rows[0].position;
};
const tell = (...some: readonly Deal[]) =>
  some.reduce(
    (before, { id, events }) => before.then(() => seed(stave, `opportunity/${id}`, ...events)),
    Promise.resolve(),
  );
let half: number;

beforeAll(async () => {
  stave = await startStave({ clock: () => `${today}T20:00:00.000Z` });
  ({ body, ask } = asking(stave));
  await seed(stave, 'organisation', ...people);
  await seed(
    stave,
    'calendar',
    ...holidays.map((date) => calendarEvents.HolidayDeclared({ date, name: 'Holiday', regionId: null })),
  );
  await seed(
    stave,
    `pipeline-def/${pipelineId}`,
    drafted,
    published,
    pipelineEvents.PipelineVersionPublished({ pipelineId, version: 2, ...document, stages: newStages }),
  );
  await tell(...deals.slice(0, 75));
  half = await head();
  await tell(...deals.slice(75));
  for (const activity of activities) await seed(stave, ...activityEvent(activity));
}, 60_000);
afterAll(() => stave?.close());

function expectStatistics(
  { stages }: Statistics,
  some: readonly Deal[],
  {
    scope,
    asOf,
    time = 'elapsed',
    version,
  }: Readonly<{
    scope: Scope;
    asOf: string;
    time?: keyof typeof lengths;
    version?: number | undefined;
  }>,
): number {
  const all = some
    .flatMap((deal) => staysOf(deal, asOf))
    .filter(({ ownerId, enteredOn }) => belongs(ownerId, scope, enteredOn));
  expect(stages.map(({ stageId }) => stageId)).toEqual(order);
  for (const stage of stages) {
    const stays = all.filter(({ stageId }) => stageId === stage.stageId);
    const of = expectedOf(stays, asOf, time, (own) => planOf(stage.stageId)(version ?? own));
    expect(told(stage)).toEqual(of(stays));
    const months = [...new Set(stays.map(({ enteredOn }) => enteredOn.slice(0, 7)))].toSorted();
    expect(stage.cohorts.map(({ month }) => month)).toEqual(months);
    for (const cohort of stage.cohorts)
      expect(told(cohort)).toEqual(of(stays.filter(({ enteredOn }) => enteredOn.startsWith(cohort.month))));
  }
  return all.length;
}

describe('stage statistics', () => {
  test('are what becomes of the stays, for anybody, as of any day, in any time', async () => {
    const states = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...scopes),
        fc.integer({ min: 0, max: 300 }).map((days) => addDays(today, -days)),
        fc.constantFrom('elapsed', 'working'),
        fc.constantFrom(undefined, 1, 2),
        async (scope, asOf, time, version) => {
          const answer = await body<Statistics>('GetStageStatistics', {
            ...{ pipelineId, ...asked(scope), asOf, time },
            ...(version && { pipelineVersion: String(version) }),
          });
          expectStatistics(answer, deals, { scope, asOf, time, version });
          for (const { cohorts } of answer.stages)
            for (const { conversion } of cohorts) states.add(conversion.state);
        },
      ),
      { numRuns: 50, seed: 4 },
    );
    expect([...states].sort()).toEqual(['insufficient_sample', 'ok']);
  }, 60_000);

  test('of everybody today are those that the database counts', async () => {
    const answer = await body<Statistics>('GetStageStatistics', { pipelineId });
    expect(expectStatistics(answer, deals, { scope: scopes[0]!, asOf: today })).toBeGreaterThan(200);
    for (const { entered, advanced, won, lost, back, onHold, stillOpen } of answer.stages)
      expect(entered).toBe(
        [advanced, won, lost, back, onHold, stillOpen].reduce<number>((sum, each) => sum + Number(each), 0),
      );
  });

  test.each(scopes.slice(1))('of the %s %s today know what is won', async (...scope) => {
    const answer = await body<Statistics>('GetStageStatistics', { pipelineId, ...asked(scope) });
    expect(expectStatistics(answer, deals, { scope, asOf: today })).toBeGreaterThan(30);
  });

  test('count only the months that are asked for', async () => {
    const [fromMonth, toMonth] = ['2025-11', '2026-01'];
    const all = await body<Statistics>('GetStageStatistics', { pipelineId });
    for (const asOf of [{}, { asOf: addDays(today, -1) }]) {
      const some = await body<Statistics>('GetStageStatistics', { pipelineId, fromMonth, toMonth, ...asOf });
      for (const [index, stage] of some.stages.entries()) {
        const months = all.stages[index]!.cohorts.map(({ month }) => month).filter(
          (month) => month >= fromMonth && month <= toMonth,
        );
        expect(stage.cohorts.map(({ month }) => month)).toEqual(months);
      }
    }
  });

  test('are as they were known at a position', async () => {
    const then = await ask('GetStageStatistics', { pipelineId }, undefined, half);
    expectStatistics((then as unknown as { readonly body: Statistics }).body, deals.slice(0, 75), {
      scope: scopes[0]!,
      asOf: today,
    });
    const now = await ask('GetStageStatistics', { pipelineId }, undefined, await head());
    expect((now as unknown as { readonly body: Statistics }).body).toEqual(
      await body('GetStageStatistics', { pipelineId }),
    );
  });

  test('are the same after a rebuild, which leaves no counts of former generations', async () => {
    const counts = async () => {
      const client = await stave.pool.connect();
      await client.query(`begin; select set_config('stave.tenant', '${stave.tenantId}', true)`);
      const { rows } = await client.query(
        `select (to_jsonb(c) - 'generation')::text as row, generation from read.stage_exit c where count <> 0
         union all
         select (to_jsonb(c) - 'generation')::text as row, generation from read.stage_duration c where count <> 0 order by 1`,
      );
      await client.query('rollback');
      client.release();
      return {
        rows: rows.map(({ row }) => row),
        generations: new Set(rows.map((row) => row.generation)).size,
      };
    };
    const before = { answer: await body('GetStageStatistics', { pipelineId }), ...(await counts()) };
    const tables = await tableRows(stave);
    await stave.projector.rebuild(stave.tenantId, ['stage_interval', 'milestone_reached', 'offer']);
    await stave.projector.advance(stave.tenantId);
    expect({ answer: await body('GetStageStatistics', { pipelineId }), ...(await counts()) }).toEqual(before);
    expect(before.generations).toBe(1);
    expect(await tableRows(stave)).toEqual(tables);
  });

  test('are for those who see everybody in them', async () => {
    expect(await ask('GetStageStatistics', { pipelineId }, 'boss')).toMatchObject({ ok: true });
    expect(await ask('GetStageStatistics', { pipelineId }, 'sue')).toMatchObject({ code: 'not-found' });
    const team = { pipelineId, ...asked(['team', 'sue']) };
    expect(await ask('GetStageStatistics', team, 'sue')).toMatchObject({ ok: true });
    const own = { pipelineId, ...asked(['person', 'ann']) };
    expect(await ask('GetStageStatistics', own, 'ann')).toMatchObject({ ok: true });
    expect(await ask('GetStageStatistics', own, 'sue')).toMatchObject({ ok: true });
    expect(await ask('GetStageStatistics', own, 'bob')).not.toMatchObject({ ok: true });
    const absent = { pipelineId, pipelineVersion: '3' };
    expect(await ask('GetStageStatistics', absent)).toMatchObject({ code: 'not-found' });
  });
});

describe('stage statistics by hand', () => {
  const own = idOf('small pipeline');
  const small = { pipelineId: own };
  const opened = '2026-05-01';
  const statistics = (more: Readonly<Record<string, string>> = {}) =>
    body<Statistics>('GetStageStatistics', { ...small, asOf: '2026-05-31', ...more });

  beforeAll(async () => {
    await seed(
      stave,
      `pipeline-def/${own}`,
      pipelineEvents.PipelineDefined({ ...small, ...document }),
      pipelineEvents.PipelineVersionPublished({ ...small, version: 1, ...document }),
    );
    await tell(
      dealBuilder('after 5 days', opened, small).after(5).move('contract').after(3).win(),
      dealBuilder('lost after 10', opened, small).after(10).lose(),
      dealBuilder('open for 10', '2026-05-21', small),
      dealBuilder('after 20 days', opened, small).after(20).win(),
      dealBuilder('open for 30', opened, small),
    );
  });

  test('do not leave out what lasts', async () => {
    const [lead, , contract] = (await statistics()).stages;
    expect(lead).toMatchObject({
      ...{ entered: 5, advanced: 1, won: 1, lost: 1, stillOpen: 2, wonEventually: 2, overstayed: 2 },
      duration: { sample: 5, ended: 3, p50: 20, p75: null, p90: null },
      ...{ plannedDurationDays: 10, controllable: true, exceedsPlan: true, toShorten: true },
    });
    expect(contract).toMatchObject({
      ...{ entered: 1, won: 1, wonEventually: 1, duration: { p50: 3, p90: 3 } },
      ...{ plannedDurationDays: null, exceedsPlan: false, toShorten: false },
    });
  });

  test('have a conversion once nine tenths of a month’s stays had the time to end', async () => {
    const conversions = async (asOf: string) => {
      const [lead, proposal, contract] = (await statistics({ asOf })).stages;
      return [lead, proposal, contract].map((stage) => stage!.conversion);
    };
    const empty = { numerator: 0n, denominator: 0n, value: null };
    expect(await conversions('2026-06-02')).toEqual([
      { ...empty, state: 'insufficient_sample' },
      { ...empty, state: 'undefined_zero_denominator' },
      { ...empty, state: 'insufficient_sample' },
    ]);
    expect((await conversions('2026-06-03'))[2]).toEqual({
      ...{ numerator: 1n, denominator: 1n, value: { num: 1n, den: 1n }, state: 'ok' },
    });
  });

  test('count working time', async () => {
    const [lead] = (await statistics({ time: 'working' })).stages;
    expect(lead).toMatchObject({ duration: { sample: 5, p50: 14 } });
    const { stays } = await body<{ readonly stays: readonly { readonly workingMinutes: bigint }[] }>(
      'GetOpportunity',
      { opportunityId: idOf('after 5 days') },
    );
    const [first, second] = stays;
    expect([first!.workingMinutes, second!.workingMinutes]).toEqual([27n * 60n, 23n * 60n]);
  });
});

interface InCurrency extends Rate {
  readonly currency: string;
}
interface Rates {
  readonly winRate: Rate;
  readonly winRateByValue: readonly InCurrency[];
  readonly cohort: { readonly opened: number; readonly open: number; readonly winRate: Rate };
  readonly hitRate: Rate;
  readonly offersExpired: number;
  readonly slippage: { readonly [became: string]: unknown; readonly rate: Rate };
  readonly salesCycle: { readonly won: unknown; readonly lost: unknown };
  readonly salesVelocity: readonly InCurrency[];
}
interface Asked {
  readonly scope: Scope;
  readonly from: string;
  readonly to: string;
  readonly asOf: string;
}
const earlier = (one: string, other: string): string => (one < other ? one : other);

interface Closing {
  readonly day: string;
  readonly status: string;
  readonly ownerId: string;
  readonly currency: string;
  readonly value: bigint;
  readonly cycle: number;
}
/** How a deal was closed, where it is closed at the end of a day. */
function closingOf(deal: Deal, asOf: string): Closing | undefined {
  const steps = stepsOf(deal, asOf);
  const closing = steps.findLast(({ before, after }) => before?.stay !== after.stay);
  if (!closing || runs(closing.after)) return undefined;
  const { day, after } = closing;
  return {
    ...{ day, status: after.status, ownerId: after.ownerId, currency: after.value.currency },
    ...{ value: BigInt(after.value.amountMinor), cycle: daysBetween(steps[0]!.day, day) },
  };
}

interface Offer {
  readonly ownerId: string;
  readonly validUntil: string | undefined;
  readonly decision: { readonly state: string; readonly day: string } | undefined;
}
const offersOf = ({ events }: Deal): readonly Offer[] =>
  events
    .filter(({ type }) => type === 'OfferSubmitted')
    .map(({ data }) => {
      const { offerId, ownerId, validUntil } = data as Record<string, string>;
      const decided = events.find(
        (event) =>
          ['OfferAccepted', 'OfferRejected'].includes(event.type) &&
          (event.data as Record<string, string>)['offerId'] === offerId,
      );
      return {
        ...{ ownerId: ownerId!, validUntil },
        decision: decided && {
          state: decided.type === 'OfferAccepted' ? 'accepted' : 'rejected',
          day: decided.when!.effectiveOn!,
        },
      };
    });

/** What an offer has come to at the end of a day, and since when. */
function outcomeOf({ validUntil, decision }: Offer, asOf: string) {
  if (decision && decision.day <= asOf) return decision;
  return validUntil && validUntil < asOf ? { state: 'expired', day: addDays(validUntil, 1) } : undefined;
}

function ratesOf(some: readonly Deal[], { scope, from, to, asOf }: Asked) {
  const end = earlier(to, asOf);
  const isIn = (ownerId: string, day: string) => day >= from && day <= end && belongs(ownerId, scope, day);
  const closed = some
    .flatMap((deal) => closingOf(deal, asOf) ?? [])
    .filter(({ ownerId, day }) => isIn(ownerId, day));
  const ofStatus = (wanted: string) => closed.filter(({ status }) => status === wanted);
  const won = ofStatus('won');
  const durations = (closings: readonly Closing[]) => {
    const lasting = closings.map(({ cycle }) => ({ days: cycle, over: true }));
    return {
      ...{ sample: lasting.length, ended: lasting.length },
      ...{ p50: percentile(lasting, 50), p75: percentile(lasting, 75), p90: percentile(lasting, 90) },
    };
  };
  const worth = (closings: readonly Closing[], currency: string) =>
    closings.filter((one) => one.currency === currency).reduce((sum, { value }) => sum + value, 0n);
  const currencies = [...new Set(closed.map(({ currency }) => currency))].toSorted();
  const opened = some
    .map((deal) => ({ first: stepsOf(deal)[0]!, became: statusAt(deal, asOf)! }))
    .filter(({ first }) => isIn(first.after.ownerId, first.day))
    .map(({ became }) => became);
  const became = (wanted: string) => opened.filter((status) => status === wanted).length;
  const decided = some
    .flatMap(offersOf)
    .map((offer) => ({ ...offer, ...outcomeOf(offer, asOf) }))
    .filter(({ ownerId, day }) => day && isIn(ownerId, day));
  const outcome = (wanted: string) => decided.filter(({ state }) => state === wanted).length;
  const stands = some.flatMap((deal) => {
    const start = stepsOf(deal, addDays(from, -1)).at(-1)?.after;
    const isExpected =
      start && runs(start) && start.expectedClose && start.expectedClose >= from && start.expectedClose <= to;
    if (!isExpected || !belongs(start.ownerId, scope, from)) return [];
    const now = stepsOf(deal, end).at(-1)!.after;
    if (!runs(now)) return now.status;
    return now.expectedClose && now.expectedClose <= to ? 'stillExpected' : 'slipped';
  });
  const standing = (wanted: string) => stands.filter((stand) => stand === wanted).length;
  const cycle = durations(won);
  return {
    winRate: ratio(won.length, closed.length),
    winRateByValue: currencies.map((currency) => [
      currency,
      ...ratio(worth(won, currency), worth(closed, currency)),
    ]),
    cohort: {
      ...{ opened: opened.length, open: opened.length - became('won') - became('lost') },
      winRate: ratio(became('won'), became('won') + became('lost')),
    },
    hitRate: ratio(outcome('accepted'), decided.length),
    offersExpired: outcome('expired'),
    slippage: {
      ...{ expected: stands.length, won: standing('won'), lost: standing('lost') },
      ...{ slipped: standing('slipped'), stillExpected: standing('stillExpected') },
      rate: ratio(standing('slipped'), stands.length),
    },
    salesCycle: { won: cycle, lost: durations(ofStatus('lost')) },
    salesVelocity: currencies
      .filter((currency) => worth(won, currency) > 0n)
      .map((currency) => [currency, ...ratio(worth(won, currency), cycle.p50 ?? 0)]),
  };
}
const inCurrency = ({ currency, ...rate }: InCurrency) => [currency, ...fraction(rate)];
const toldRates = ({
  winRate,
  winRateByValue,
  cohort,
  hitRate,
  slippage,
  salesVelocity,
  ...rest
}: Rates) => ({
  winRate: fraction(winRate),
  winRateByValue: winRateByValue.map(inCurrency),
  cohort: { ...cohort, winRate: fraction(cohort.winRate) },
  hitRate: fraction(hitRate),
  offersExpired: rest.offersExpired,
  slippage: { ...slippage, rate: fraction(slippage.rate) },
  salesCycle: rest.salesCycle,
  salesVelocity: salesVelocity.map(inCurrency),
});

describe('pipeline rates', () => {
  test('are those of the histories, for anybody, over any days, as of any day', async () => {
    const seen = new Set<string>();
    const day = fc.integer({ min: 0, max: 300 }).map((days) => addDays(firstDay, days));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...scopes),
        fc.tuple(day, day),
        fc.integer({ min: -40, max: 60 }),
        async (scope, days, later) => {
          const [from, to] = days.toSorted() as [string, string];
          const until = addDays(to, later);
          const asOf = until < from ? from : earlier(until, today);
          const answer = await body<Rates>('GetPipelineRates', {
            ...asked(scope),
            pipelineId,
            from,
            to,
            asOf,
          });
          const expected = ratesOf(deals, { scope, from, to, asOf });
          expect(toldRates(answer)).toEqual(expected);
          for (const [key, count] of Object.entries(expected.slippage)) if (count) seen.add(key);
          if (expected.offersExpired > 0) seen.add('expired');
          if (expected.hitRate[0]! > 0n) seen.add('accepted');
        },
      ),
      { numRuns: 60, seed: 3 },
    );
    expect([...seen].sort()).toEqual([
      'accepted',
      'expected',
      'expired',
      'lost',
      'rate',
      'slipped',
      'stillExpected',
      'won',
    ]);
  }, 60_000);

  test('are for those who see everybody in them', async () => {
    const year = { from: firstDay, to: today };
    expect(await ask('GetPipelineRates', year, 'boss')).toMatchObject({ ok: true });
    expect(await ask('GetPipelineRates', year, 'sue')).toMatchObject({ code: 'not-found' });
    const own = { ...year, ...asked(['person', 'ann']) };
    expect(await ask('GetPipelineRates', own, 'ann')).toMatchObject({ ok: true });
    expect(await ask('GetPipelineRates', own, 'bob')).not.toMatchObject({ ok: true });
  });

  describe('by hand', () => {
    const own = idOf('pipeline of March');
    const deal = (name: string, close: string | null, openedOn = '2026-02-10') =>
      dealBuilder(name, openedOn, { pipelineId: own, close, value: 600 });
    const march = (more: Readonly<Record<string, string>> = {}) =>
      body<Rates>('GetPipelineRates', { pipelineId: own, period: 'FY2026-M03', ...more });

    beforeAll(async () => {
      await tell(
        deal('pushed out and back', '2026-03-10')
          .on('2026-03-05')
          .close('2026-04-20')
          .on('2026-03-15')
          .close('2026-03-25'),
        deal('pushed out', '2026-03-10').on('2026-03-05').close('2026-05-01'),
        deal('pushed out and won', '2026-03-10')
          .on('2026-03-05')
          .close('2026-05-01')
          .on('2026-03-20')
          .worth(900)
          .win(),
        deal('lost in time', '2026-03-31').on('2026-03-06').lose(),
        deal('overdue', '2026-03-10'),
        deal('opened later', '2026-03-30', '2026-03-02'),
        deal('pulled in', '2026-05-10').on('2026-03-05').close('2026-03-20'),
        deal('won and reopened', '2026-05-10').on('2026-03-08').win().on('2026-04-02').reopen(),
        deal('offered', null)
          .on('2026-02-20')
          .offer('accepted', '2026-03-31')
          .offer('rejected')
          .offer('expired', '2026-03-09')
          .offer('expired in April', '2026-03-31')
          .offer('accepted late', '2026-03-12')
          .offer('never decided')
          .on('2026-03-03')
          .accept('accepted')
          .on('2026-03-04')
          .reject('rejected')
          .on('2026-03-20')
          .accept('accepted late'),
      );
    });

    test('slips what has left the period at its end, out and back has not', async () => {
      expect((await march()).slippage).toMatchObject({
        ...{ expected: 5, won: 1, lost: 1, slipped: 1, stillExpected: 2 },
        rate: { numerator: 1n, denominator: 5n, value: { num: 1n, den: 5n }, state: 'ok' },
      });
      expect((await march({ asOf: '2026-03-10' })).slippage).toMatchObject({
        ...{ expected: 5, won: 0, lost: 1, slipped: 3, stillExpected: 1 },
      });
    });

    test('count an offer that expired as rejected on the day after', async () => {
      const { hitRate, offersExpired } = await march();
      expect([fraction(hitRate), offersExpired]).toEqual([ratio(2, 4), 1]);
      const before = await march({ asOf: '2026-03-14' });
      expect([fraction(before.hitRate), before.offersExpired]).toEqual([ratio(1, 4), 2]);
      const april = await march({ period: 'FY2026-M04' });
      expect([fraction(april.hitRate), april.offersExpired]).toEqual([ratio(0, 1), 1]);
    });

    test('close what is closed as of the day, at its value then, and tell the speed', async () => {
      expect(toldRates(await march({ asOf: '2026-03-31' }))).toMatchObject({
        winRate: ratio(2, 3),
        winRateByValue: [['EUR', 1_500n, 2_100n]],
        salesCycle: { won: { sample: 2, p50: 26, p90: 38 }, lost: { sample: 1, p50: 24 } },
        salesVelocity: [['EUR', 1_500n, 26n]],
      });
      expect(toldRates(await march())).toMatchObject({
        winRate: ratio(1, 2),
        salesVelocity: [['EUR', 900n, 38n]],
      });
      const february = await march({ period: 'FY2026-M02' });
      expect(february.cohort).toMatchObject({ opened: 8, open: 6 });
      expect(fraction(february.cohort.winRate)).toEqual(ratio(1, 2));
      expect(february.winRate).toMatchObject({ value: null, state: 'undefined_zero_denominator' });
    });
  });
});

interface Slipped {
  readonly opportunityId: string;
  readonly ownerId: string;
  readonly daysSlipped: number;
}

describe('slippage', () => {
  const slipped = (some: readonly Deal[]) =>
    some
      .flatMap((deal) => {
        const steps = stepsOf(deal);
        const { after } = steps.at(-1)!;
        const closes = steps.flatMap((step) => step.after.expectedClose ?? []);
        const pushes = steps.filter(
          ({ type, before, after }) =>
            type === 'ExpectedCloseRevised' &&
            before!.expectedClose !== null &&
            before!.expectedClose < after.expectedClose!,
        ).length;
        if (!runs(after) || pushes === 0) return [];
        const [originalClose, currentClose] = [closes[0]!, after.expectedClose!];
        const quarter = (day: string) => day.slice(0, 4) + Math.floor((Number(day.slice(5, 7)) - 1) / 3);
        return {
          opportunityId: deal.id,
          ...{ customerId: deal.customerId, pipelineId, ownerId: after.ownerId },
          ...{ originalClose, currentClose, pushes },
          daysSlipped: daysBetween(originalClose, currentClose),
          pushedAcrossQuarter: quarter(originalClose) < quarter(currentClose),
          pushedAcrossYear: originalClose.slice(0, 4) < currentClose.slice(0, 4),
        };
      })
      .toSorted((a, b) => b.daysSlipped - a.daysSlipped || (a.opportunityId < b.opportunityId ? -1 : 1));

  test('is listed, furthest first and page by page, by who sees it', async () => {
    const listed: unknown[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: { readonly data: readonly unknown[]; readonly nextCursor: string | null } = await body(
        'ListSlippage',
        { pipelineId, limit: '4', ...(cursor && { cursor }) },
      );
      listed.push(...page.data);
      cursor = page.nextCursor;
    }
    const expected = slipped(deals);
    expect(expected.length).toBeGreaterThan(8);
    expect(expected.some((row) => row.pushedAcrossYear)).toBe(true);
    expect(expected.some((row) => row.pushedAcrossQuarter && !row.pushedAcrossYear)).toBe(true);
    expect(listed).toEqual(expected);
    const own = await body<{ readonly data: readonly Slipped[] }>('ListSlippage', { pipelineId }, 'cat');
    expect(own.data).toEqual(expected.filter(({ ownerId }) => ownerId === idOf('cat')));
    expect(own.data.length).toBeGreaterThan(0);
    const others = { pipelineId, ownerId: idOf('ann') };
    expect(await body('ListSlippage', others, 'cat')).toMatchObject({ data: [] });
  });
});

interface Compared {
  readonly with: Rate;
  readonly without: Rate;
  readonly lift: Rate;
}
interface Milestones {
  readonly milestones: readonly (Compared & {
    readonly milestone: string;
    readonly opened: number;
    readonly reached: number;
    readonly wonAfter: number;
    readonly activities: readonly (Compared & { readonly kind: string })[];
  })[];
}

describe('milestones', () => {
  const kinds = { visit: 'VisitEnded', call: 'CallLogged' } as const;
  function judged(deal: Deal, asOf: string) {
    const [first] = deal.events;
    const reached = deal.events.find(
      ({ type, when }) => type === 'MilestoneReached' && when!.effectiveOn! <= asOf,
    );
    const closing = closingOf(deal, asOf);
    const until = reached?.when?.occurredAt ?? (closing ? at(closing.day).occurredAt : '9');
    const had = (kind: keyof typeof kinds) =>
      activities.some(
        (activity) =>
          activity.kind === kinds[kind] &&
          isOf(activity, deal) &&
          activity.day <= asOf &&
          momentOf(activity) >= first!.when!.occurredAt! &&
          momentOf(activity) <= until,
      );
    return { reached: reached !== undefined, closing, visit: had('visit'), call: had('call') };
  }
  type Judged = ReturnType<typeof judged>;
  const shares = (
    some: readonly Judged[],
    has: (one: Judged) => boolean,
    succeeds: (one: Judged) => boolean,
  ) =>
    [some.filter(has), some.filter((one) => !has(one))].map((part) =>
      ratio(part.filter(succeeds).length, part.length),
    );
  const toldShares = ({ with: one, without }: Compared) => [fraction(one), fraction(without)];

  test('go along with being won, and activities with milestones, as the histories have it', async () => {
    const day = fc.integer({ min: 0, max: 300 }).map((days) => addDays(firstDay, days));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...scopes),
        fc.tuple(day, day),
        fc.nat(200),
        async (scope, days, later) => {
          const [from, to] = days.toSorted() as [string, string];
          const asOf = earlier(addDays(to, later), today);
          const { milestones } = await body<Milestones>('GetMilestoneStatistics', {
            ...{ pipelineId, ...asked(scope), from, to, asOf },
          });
          const all = deals
            .filter((deal) => {
              const { day, after } = stepsOf(deal)[0]!;
              return day >= from && day <= earlier(to, asOf) && belongs(after.ownerId, scope, day);
            })
            .map((deal) => judged(deal, asOf));
          const [budget] = milestones;
          const isWon = ({ closing }: Judged) => closing?.status === 'won';
          const reached = all.filter((one) => one.reached);
          expect(budget).toMatchObject({
            ...{ milestone: 'budget', opened: all.length, reached: reached.length },
            wonAfter: reached.filter(isWon).length,
          });
          const closed = all.filter(({ closing }) => closing);
          const [one, other] = shares(closed, ({ reached }) => reached, isWon);
          expect(toldShares(budget!)).toEqual([one, other]);
          expect(fraction(budget!.lift)).toEqual([one![0]! * other![1]!, one![1]! * other![0]!]);
          for (const activity of budget!.activities) {
            const kind = activity.kind as keyof typeof kinds;
            expect(toldShares(activity)).toEqual(
              shares(
                all,
                (one) => one[kind],
                (one) => one.reached,
              ),
            );
          }
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  }, 60_000);

  test('name the activity that goes along with them most, first', async () => {
    const { milestones } = await body<Milestones>('GetMilestoneStatistics', {
      pipelineId,
      from: firstDay,
      to: today,
    });
    const [budget] = milestones;
    expect(Number(budget!.lift.numerator)).toBeGreaterThan(0);
    const lifts = budget!.activities.map(
      ({ lift: { numerator, denominator } }) => Number(numerator) / Number(denominator),
    );
    expect(lifts).toEqual(lifts.toSorted((a, b) => b - a));
    expect(lifts).toHaveLength(2);
    expect(await ask('GetMilestoneStatistics', { pipelineId }, 'sue')).toMatchObject({ code: 'not-found' });
  });
});
