import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customer } from '../../src/commands/customer/state.ts';
import {
  holdOpportunity,
  loseOpportunity,
  reopenOpportunity,
  winOpportunity,
} from '../../src/commands/opportunity/closing.ts';
import { openOpportunity } from '../../src/commands/opportunity/opening.ts';
import { transferOpportunity } from '../../src/commands/opportunity/ownership.ts';
import { overrideStage } from '../../src/commands/opportunity/progress.ts';
import {
  reviseExpectedClose,
  reviseProbability,
  reviseValue,
} from '../../src/commands/opportunity/revision.ts';
import { order } from '../../src/commands/order/state.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { pipeline } from '../../src/commands/pipeline.ts';
import type { Command } from '../../src/engine/decision.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { addDays, daysBetween } from '../../src/engine/instant.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { pipelineEvents } from '../../src/events/pipeline.ts';
import { policyEvents, policySchema } from '../../src/events/policy.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { asking } from '../support/asking.ts';
import { customerId, eur, orderId, registered, taken } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { document, drafted, pipelineId, published, stages } from '../support/pipeline.ts';
import { randomFrom } from '../support/questions.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';
import { tableRows } from '../support/tables.ts';

const { OrganisationConfigured, AssignmentEnded, PositionAssigned } = organisationEvents;

/** Bob goes from the north, under Sue, to the south on this day. */
const moved = '2026-03-16';
const sellers = ['ann', 'bob', 'cat'] as const;
type Seller = (typeof sellers)[number];

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

const below = randomFrom(6);
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
const currencies = ['EUR', 'USD'] as const;

interface Step {
  readonly day: string;
  readonly type: string;
  readonly before: Standing | undefined;
  readonly after: Standing;
}
interface Deal {
  readonly id: string;
  readonly events: readonly NewEvent[];
  readonly steps: readonly Step[];
}

const firstDay = '2026-01-01';
const lastDay = '2026-06-30';

/** What may be done next, as chance has it; much of it is refused. */
function whatever(opportunityId: string, day: string, currency: string) {
  const reason = 'x';
  const money = () => ({ amountMinor: String(below(2_000)), currency });
  return pick<() => readonly [Command, Readonly<Record<string, unknown>>]>([
    () => [reviseValue, { opportunityId, total: money(), reason }],
    () => [reviseExpectedClose, { opportunityId, expectedClose: addDays(day, below(120)), reason }],
    () => [reviseExpectedClose, { opportunityId, expectedClose: addDays(day, below(40)), reason }],
    () => [reviseProbability, { opportunityId, probability: { num: String(below(8)), den: '7' }, reason }],
    () => [overrideStage, { opportunityId, stageId: pick(['lead', 'proposal', 'contract']), reason }],
    () => [transferOpportunity, { opportunityId, to: idOf(pick(sellers)), reason }],
    () => [holdOpportunity, { opportunityId, reason }],
    () => [winOpportunity, { opportunityId, orderId, ...(below(2) && { total: money() }) }],
    () => [loseOpportunity, { opportunityId, reasonCode: 'other' }],
    () => [reopenOpportunity, { opportunityId, reason }],
    () => [reopenOpportunity, { opportunityId, reason }],
  ])();
}

/** A history that chance makes, by the commands themselves. */
function dealOf(index: number): Deal {
  const id = idOf(`deal ${index}`);
  const currency = currencies[Number(index % 5 === 0)]!;
  const events: NewEvent[] = [];
  let day = addDays(firstDay, below(120));
  const attempt = (command: Command, input: Readonly<Record<string, unknown>>) => {
    const occurredAt = `${day}T1${below(9)}:00:00.000Z`;
    if (events.some((event) => event.when!.occurredAt! > occurredAt)) return;
    const { decision } = given(...events)
      .and(organisation.ref(), ...people)
      .and(pipeline.ref(pipelineId), drafted, published)
      .and(customer.ref(customerId), registered)
      .and(order.ref(orderId), taken)
      .when(command, input, { now: occurredAt, actor: { kind: 'system' } });
    if ('rejected' in decision) return;
    for (const event of decision)
      if (!('to' in event)) events.push({ ...event, when: { occurredAt, effectiveOn: day } });
  };
  attempt(openOpportunity, {
    opportunityId: id,
    customerId,
    ownerId: idOf(pick(sellers)),
    pipelineId,
    title: `Deal ${index}`,
    source: 'fair',
    value: { amountMinor: String(below(2_000)), currency },
    ...(below(4) && { expectedClose: addDays(day, below(90)) }),
  });
  for (let step = below(12); step > 0; step--) {
    day = addDays(day, below(25));
    if (day > lastDay) break;
    attempt(...whatever(id, day, currency));
  }
  const steps = events.map(({ type, data, when }) => ({
    type,
    day: when!.effectiveOn!,
    ...(data as { readonly before: Standing | undefined; readonly after: Standing }),
  }));
  return { id, events, steps };
}

const deals = Array.from({ length: 80 }, (_, index) => dealOf(index));

type Scope = readonly [kind: string, name: string | undefined];
const scopes: readonly Scope[] = [
  ['organisation', undefined],
  ['person', 'ann'],
  ['person', 'bob'],
  ['team', 'sue'],
  ['unit', 'north'],
  ['unit', 'south'],
];

/** Who belongs to whom on a day, told independently of the statements under test. */
function belongs(ownerId: string, [kind, name]: Scope, day: string): boolean {
  const owner = sellers.find((seller) => idOf(seller) === ownerId)!;
  if (kind === 'organisation') return true;
  if (kind === 'person') return owner === name;
  const southern: Seller[] = day < moved ? ['cat'] : ['cat', 'bob'];
  return southern.includes(owner) === (name === 'south');
}

const runs = ({ status }: Standing): boolean => status === 'open' || status === 'on_hold';
const worth = ({ value }: Standing): bigint => BigInt(value.amountMinor);
/** Where a deal stood after the last change before a day, or on it. */
const standingAt = ({ steps }: Deal, until: (day: string) => boolean): Standing | undefined =>
  steps.findLast(({ day }) => until(day))?.after;

interface Flow {
  readonly count: number;
  readonly valueMinor: bigint;
}
const sumOf = (flows: readonly Flow[]): Flow =>
  flows.reduce(
    (sum, { count, valueMinor }) => ({
      count: sum.count + count,
      valueMinor: sum.valueMinor + valueMinor,
    }),
    { count: 0, valueMinor: 0n },
  );

type Waterfall = Readonly<Record<string, Flow>> & { readonly currency: string };
const zero: Flow = { count: 0, valueMinor: 0n };

let stave: Stave;
let body: <T>(name: string, input: Readonly<Record<string, unknown>>, who?: string) => Promise<T>;
let ask: ReturnType<typeof asking>['ask'];

beforeAll(async () => {
  stave = await startStave({ clock: () => `${lastDay}T20:00:00.000Z` });
  ({ body, ask } = asking(stave));
  await seed(stave, 'organisation', ...people);
  await seed(stave, `customer/${customerId}`, registered);
  await seed(stave, `pipeline-def/${pipelineId}`, drafted, published);
  for (const { id, events } of deals) await seed(stave, `opportunity/${id}`, ...events);
}, 60_000);
afterAll(() => stave?.close());

describe('the waterfall', () => {
  test('foots for any scope, period and part, from what was there to what is there', async () => {
    const seen = new Set<string>();
    const day = fc.integer({ min: 0, max: 180 }).map((days) => addDays(firstDay, days));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...scopes),
        fc.tuple(day, day, day),
        fc.constantFrom('any', 'by_end'),
        async (scope, days, closing) => {
          const [from, asOf, to] = days.toSorted() as [string, string, string];
          const [subjectKind, name] = scope;
          const { data } = await body<{ readonly data: readonly Waterfall[] }>('GetPipelineWaterfall', {
            subjectKind,
            ...(name && { subjectId: idOf(name) }),
            from,
            to,
            asOf,
            closing,
          });
          for (const currency of currencies) {
            const flows = data.find((each) => each.currency === currency);
            const flow = (key: string): Flow => flows?.[key] ?? zero;
            const negative = ({ count, valueMinor }: Flow) => ({ count: -count, valueMinor: -valueMinor });
            expect(
              sumOf([
                ...['opening', 'created', 'increased', 'pulledIn', 'reopened', 'transferredIn'].map(flow),
                ...['decreased', 'pushedOut', 'won', 'lost', 'transferredOut'].map(flow).map(negative),
              ]),
            ).toEqual(flow('closing'));
            const { currency: _, ...named } = flows ?? { currency };
            for (const [key, { count, valueMinor }] of Object.entries(named as Record<string, Flow>)) {
              expect([key, count >= 0, valueMinor >= 0n]).toEqual([key, true, true]);
              if (count > 0 || valueMinor > 0n) seen.add(key);
            }
            const mine = deals.filter(({ steps }) => steps[0]?.after.value.currency === currency);
            const due = ({ expectedClose }: Pick<Standing, 'expectedClose'>) =>
              closing === 'any' || expectedClose === null || expectedClose <= to;
            const stock = (until: (day: string) => boolean, on: string) =>
              sumOf(
                mine
                  .map((deal) => standingAt(deal, until))
                  .filter(
                    (standing) =>
                      standing && runs(standing) && due(standing) && belongs(standing.ownerId, scope, on),
                  )
                  .map((standing) => ({ count: 1, valueMinor: worth(standing!) })),
              );
            expect(flow('opening')).toEqual(stock((each) => each < from, from));
            expect(flow('closing')).toEqual(stock((each) => each <= asOf, asOf));
            const within = mine
              .flatMap(({ steps }) => steps)
              .filter((step) => step.day >= from && step.day <= asOf);
            const at = (standing: Standing, step: Step) => belongs(standing.ownerId, scope, step.day);
            const flowOf = (chosen: readonly Step[], count = 1) =>
              sumOf(chosen.map(({ after }) => ({ count, valueMinor: worth(after) })));
            expect(flow('created')).toEqual(
              flowOf(within.filter((s) => !s.before && due(s.after) && at(s.after, s))),
            );
            for (const status of ['won', 'lost'] as const)
              expect(flow(status)).toEqual(
                flowOf(
                  within.filter((s) => s.after.status === status && runs(s.before!) && at(s.before!, s)),
                ),
              );
            expect(flow('reopened')).toEqual(
              flowOf(
                within.filter(
                  (s) => s.before && !runs(s.before) && runs(s.after) && due(s.after) && at(s.after, s),
                ),
              ),
            );
            const raised = within
              .filter((s) => s.before && runs(s.before) && runs(s.after) && due(s.after) && at(s.after, s))
              .map(({ before, after }) => worth(after) - worth(before!));
            const running = within.filter((s) => s.before && runs(s.before));
            const handed = running.filter((s) => s.type === 'OpportunityTransferred' && due(s.after));
            const bobs = sumOf(
              mine
                .map((deal) => standingAt(deal, (each) => each < moved))
                .filter((s) => s && runs(s) && due(s) && s.ownerId === idOf('bob'))
                .map((s) => ({ count: 1, valueMinor: worth(s!) })),
            );
            const moves = from < moved && moved <= asOf && !['organisation', 'person'].includes(subjectKind);
            const [joins, leaves] = [moves && name === 'south', moves && name !== 'south'];
            expect(flow('transferredIn')).toEqual(
              sumOf([
                flowOf(handed.filter((s) => !at(s.before!, s) && at(s.after, s))),
                ...(joins ? [bobs] : []),
              ]),
            );
            expect(flow('transferredOut')).toEqual(
              sumOf([
                flowOf(handed.filter((s) => at(s.before!, s) && !at(s.after, s))),
                ...(leaves ? [bobs] : []),
              ]),
            );
            const owned = running.filter((s) => at(s.after, s));
            expect(flow('pulledIn')).toEqual(
              flowOf(owned.filter((s) => !due(s.before!) && (due(s.after) || !runs(s.after)))),
            );
            expect(flow('pushedOut')).toEqual(
              flowOf(owned.filter((s) => due(s.before!) && runs(s.after) && !due(s.after))),
            );
            const total = (some: readonly bigint[]) => some.reduce((sum, each) => sum + each, 0n);
            expect(flow('increased').valueMinor).toBe(total(raised.filter((by) => by > 0n)));
            expect(flow('decreased').valueMinor).toBe(-total(raised.filter((by) => by < 0n)));
          }
        },
      ),
      { numRuns: 60, seed: 6 },
    );
    expect([...seen].sort()).toEqual([
      'closing',
      'created',
      'decreased',
      'increased',
      'lost',
      'opening',
      'pulledIn',
      'pushedOut',
      'reopened',
      'transferredIn',
      'transferredOut',
      'won',
    ]);
  }, 60_000);

  test('is the same from the sums of everybody as from the entries of all who belong to the company', async () => {
    const day = fc.oneof(
      fc.integer({ min: 0, max: 180 }).map((days) => addDays(firstDay, days)),
      fc.integer({ min: 1, max: 6 }).map((month) => `2026-0${month}-01`),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(day, day, day),
        fc.constantFrom('any', 'by_end'),
        fc.constantFrom({}, { pipelineId }),
        async (days, closing, part) => {
          const [from, asOf, to] = days.toSorted() as [string, string, string];
          const asked = { from, to, asOf, closing, ...part };
          const [all, members] = await Promise.all(
            [{}, { subjectKind: 'unit', subjectId: idOf('company') }].map((subject) =>
              body<{ readonly data: unknown }>('GetPipelineWaterfall', { ...asked, ...subject }),
            ),
          );
          expect(all!.data).toEqual(members!.data);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  }, 60_000);

  test('takes along what is theirs with people who move', async () => {
    const around = { from: addDays(moved, -1), to: moved, closing: 'any' };
    const of = async (subjectKind: string, name: string) => {
      const answer = await body<{ readonly data: readonly Waterfall[] }>('GetPipelineWaterfall', {
        subjectKind,
        subjectId: idOf(name),
        ...around,
      });
      return answer.data.find(({ currency }) => currency === 'EUR')!;
    };
    const [north, bob] = [await of('unit', 'north'), await of('person', 'bob')];
    expect(bob['opening']!.count).toBeGreaterThan(0);
    expect(bob).toMatchObject({ transferredIn: zero, transferredOut: zero });
    expect(north['transferredOut']!.count).toBeGreaterThanOrEqual(bob['opening']!.count);
  });

  test('is not for those who do not see everybody in it', async () => {
    const year = { from: firstDay, to: lastDay };
    expect(await ask('GetPipelineWaterfall', year, 'boss')).toMatchObject({ ok: true });
    expect(await ask('GetPipelineWaterfall', year, 'sue')).toMatchObject({ code: 'not-found' });
    const own = { ...year, subjectKind: 'person', subjectId: idOf('ann') };
    expect(await ask('GetPipelineWaterfall', own, 'ann')).toMatchObject({ ok: true });
    expect(await ask('GetPipelineWaterfall', own, 'bob')).not.toMatchObject({ ok: true });
  });
});

interface Amounts {
  readonly currency: string;
  readonly count: number;
  readonly valueMinor: bigint;
  readonly weighted: { readonly num: bigint; readonly den: bigint };
}
interface Board {
  readonly count: number;
  readonly amounts: readonly Amounts[];
  readonly stages: readonly {
    readonly stageId: string;
    readonly count: number;
    readonly amounts: readonly Amounts[];
  }[];
  readonly categories: readonly {
    readonly category: string;
    readonly count: number;
    readonly amounts: readonly Amounts[];
  }[];
}

describe('the board', () => {
  /** Compares sums over the common denominator of all probabilities there are. */
  const common = 7n * 60n;
  const expectSums = (
    { count, amounts }: Omit<Board, 'stages' | 'categories'>,
    standings: readonly Standing[],
  ) => {
    expect(count).toBe(standings.length);
    for (const { currency, ...sums } of amounts) {
      const mine = standings.filter(({ value }) => value.currency === currency);
      expect([sums.count, sums.valueMinor]).toEqual([
        mine.length,
        mine.reduce((sum, each) => sum + worth(each), 0n),
      ]);
      const weighted = mine.reduce(
        (sum, each) =>
          sum + (worth(each) * BigInt(each.probability.num) * common) / BigInt(each.probability.den),
        0n,
      );
      expect(sums.weighted.num * common).toBe(weighted * sums.weighted.den);
    }
  };
  const current = () => deals.flatMap((deal) => standingAt(deal, () => true) ?? []).filter(runs);

  test.each<readonly [string, Scope, string | undefined]>([
    ['of all', ['organisation', undefined], undefined],
    ['of the unit', ['unit', 'south'], undefined],
    ['of the team', ['team', 'sue'], undefined],
    ['of a person', ['person', 'cat'], undefined],
    ['of those whom a supervisor sees', ['team', 'sue'], 'sue'],
  ])('sums what is in each stage %s, weighted exactly', async (_, scope, who) => {
    const [subjectKind, name] = scope;
    const asked = who ? {} : { subjectKind, ...(name && { subjectId: idOf(name) }) };
    const board = await body<Board>('GetPipelineBoard', { pipelineId, ...asked }, who);
    const mine = current().filter(({ ownerId }) => belongs(ownerId, scope, lastDay));
    expect(mine.length).toBeGreaterThan(3);
    expectSums(board, mine);
    expect(board.stages.map(({ stageId }) => stageId)).toEqual(['lead', 'proposal', 'contract', 'paused']);
    for (const { stageId, ...stage } of board.stages)
      expectSums(
        stage,
        mine.filter((standing) => standing.stageId === stageId),
      );
    expect(board.categories.map(({ category }) => category)).toEqual(['pipeline', 'omitted']);
    for (const { category, ...sums } of board.categories)
      expectSums(
        sums,
        mine.filter(({ status }) => (status === 'open') === (category === 'pipeline')),
      );
  });

  test('is that of the closing of the waterfall', async () => {
    const board = await body<Board>('GetPipelineBoard', { pipelineId });
    const { data } = await body<{ readonly data: readonly Waterfall[] }>('GetPipelineWaterfall', {
      from: firstDay,
      to: lastDay,
      closing: 'any',
      pipelineId,
    });
    expect(board.amounts.map(({ currency, count, valueMinor }) => ({ currency, count, valueMinor }))).toEqual(
      data.map(({ currency, closing }) => ({ currency, ...closing })),
    );
  });
});

interface Shown {
  readonly stageSince: string;
  readonly credits: readonly unknown[];
  readonly ownerId: string;
  readonly stays: readonly Readonly<Record<string, unknown>>[];
}
const { OpportunityOpened } = opportunityEvents;

test('an opportunity stays in one stage after the other, without gaps', async () => {
  for (const { id, steps } of deals.slice(0, 20)) {
    const { stays, ...shown } = await body<Shown>('GetOpportunity', { opportunityId: id });
    const last = steps.at(-1)!.after;
    expect(stays).toHaveLength(last.stay);
    expect(shown).toMatchObject({
      status: last.status,
      stageId: last.stageId,
      ownerId: last.ownerId,
      expectedClose: last.expectedClose,
      valueMinor: worth(last),
      stageSince: stays.at(-1)!['enteredAt'],
    });
    for (const [index, stay] of stays.entries()) {
      const next = stays[index + 1];
      expect(stay['leftAt']).toBe(next?.['enteredAt'] ?? null);
      expect(stay['exit'] === null).toBe(next === undefined);
    }
  }
});

test('a closed opportunity that is transferred keeps its stage, history, links and text', async () => {
  const opportunityId = idOf('closed');
  const at = (hour: number) => ({ occurredAt: `2026-05-01T${hour}:00:00.000Z`, effectiveOn: '2026-05-01' });
  const { steps } = deals[1]!;
  const before = { ...steps[0]!.after, ownerId: idOf('ann') };
  const own = { opportunityId, customerId, pipelineId, pipelineVersion: 1, ownerId: idOf('ann') };
  const after: Standing = { ...before, status: 'won', stageId: 'won', stay: 2 };
  const moves = async () => {
    const list = await body<{ readonly data: readonly unknown[] }>('ListPipelineMovements', {
      opportunityId,
    });
    return list.data.length;
  };
  await seed(
    stave,
    `opportunity/${opportunityId}`,
    { ...OpportunityOpened({ ...own, title: 'Text', source: 'fair', after: before }), when: at(10) },
    { ...opportunityEvents.OpportunityWon({ ...own, before, after, orderId }), when: at(11) },
  );
  const shown = await body<Shown>('GetOpportunity', { opportunityId });
  const moved = await moves();
  await seed(stave, `opportunity/${opportunityId}`, {
    ...opportunityEvents.OpportunityTransferred({
      ...own,
      before: after,
      after: { ...after, ownerId: idOf('cat') },
      to: idOf('cat'),
      creditRule: 'keep',
      credits: [{ personId: idOf('ann'), shareBp: 10_000 }],
      reason: 'Ann leaves.',
    }),
    when: at(12),
  });
  expect(await body('GetOpportunity', { opportunityId })).toEqual({ ...shown, ownerId: idOf('cat') });
  expect(await moves()).toBe(moved);
});

describe('rotting', () => {
  const opportunityId = idOf('idle');
  const own = { opportunityId, customerId, pipelineId, pipelineVersion: 1, ownerId: idOf('ann') };
  const on = (day: string) => ({ occurredAt: `${day}T10:00:00.000Z`, effectiveOn: day });
  const standing: Standing = {
    status: 'open',
    stageId: 'lead',
    stay: 1,
    ownerId: idOf('ann'),
    value: eur('1000'),
    expectedClose: null,
    probability: { num: '1', den: '10' },
    probabilitySource: 'stage',
  };
  interface Idle {
    readonly lastTouch: { readonly type: string; readonly at: string };
  }
  const idle = async (asOf: string, versions: Readonly<Record<string, string>> = {}) => {
    const shown = await body<{ readonly idle: Idle }>('GetOpportunity', { opportunityId, asOf, ...versions });
    return shown.idle;
  };

  beforeAll(async () => {
    await seed(stave, `opportunity/${opportunityId}`, {
      ...OpportunityOpened({ ...own, title: 'Idle', source: 'fair', after: standing }),
      when: on('2026-05-01'),
    });
    await seed(stave, `call-log/${idOf('ann')}/2026-05-04`, {
      ...callLogEvents.CallLogged({
        personId: idOf('ann'),
        date: '2026-05-04',
        callId: idOf('call'),
        calledAt: '2026-05-04T10:00:00.000Z',
        customerId,
        direction: 'outgoing',
        channel: 'phone',
        seconds: 60,
        resultCode: 'reached',
        opportunityId,
      }),
      when: on('2026-05-04'),
    });
    await seed(stave, `opportunity/${opportunityId}`, {
      ...opportunityEvents.OpportunityValueRevised({
        ...own,
        before: standing,
        after: { ...standing, value: eur('2000') },
        lines: [],
        reason: 'x',
      }),
      when: on('2026-05-08'),
    });
  });

  test('begins so many days after the last touch, and a stay is too long after its plan', async () => {
    expect(await idle('2026-05-11')).toMatchObject({
      policyVersion: 0,
      pipelineVersion: 1,
      idleDays: 7,
      rottingAfterDays: 7,
      rotting: false,
      stageDays: 10,
      plannedDurationDays: 10,
      overstayed: false,
      lastTouch: { type: 'CallLogged', at: '2026-05-04T10:00:00.000Z' },
    });
    expect(await idle('2026-05-12')).toMatchObject({ idleDays: 8, rotting: true, overstayed: true });
    expect(await idle('2026-05-03')).toMatchObject({ idleDays: 2, lastTouch: { type: 'OpportunityOpened' } });
    expect(await idle('2026-04-30')).toBe(null);
  });

  test('is judged again by another version, while the former answer stays', async () => {
    const former = await idle('2026-05-12');
    const slower = stages.map((stage) => ({ ...stage, rottingAfterDays: 30, plannedDurationDays: null }));
    await seed(
      stave,
      `pipeline-def/${pipelineId}`,
      pipelineEvents.PipelineVersionPublished({ pipelineId, version: 2, ...document, stages: slower }),
    );
    await seed(
      stave,
      'policy',
      policyEvents.PolicyAdopted({
        policyKey: 'pipeline',
        policyVersion: 1,
        effectiveFrom: '2026-06-01',
        retroactive: true,
        document: { touches: ['OpportunityValueRevised'] },
        docHash: 'x',
      }),
    );
    expect(await idle('2026-05-12', { pipelineVersion: '2' })).toMatchObject({
      pipelineVersion: 2,
      rottingAfterDays: 30,
      rotting: false,
      overstayed: false,
    });
    expect(await idle('2026-05-12', { policyVersion: '1' })).toMatchObject({
      policyVersion: 1,
      idleDays: 4,
      rotting: false,
      lastTouch: { type: 'OpportunityValueRevised', at: '2026-05-08T10:00:00.000Z' },
    });
    expect(await idle('2026-05-12')).toEqual(former);
    expect(await idle('2026-05-12', { policyVersion: '0', pipelineVersion: '1' })).toEqual(former);
    expect(await idle('2026-06-02')).toMatchObject({ policyVersion: 1, idleDays: 25 });
    expect(await ask('GetOpportunity', { opportunityId, policyVersion: '9' })).toMatchObject({
      code: 'not-found',
    });
  });

  test('begins anew when the customer is visited, for all that is open with the customer', async () => {
    await seed(stave, `visit/${idOf('visit')}`, {
      ...visitEvents.VisitEnded({
        visitId: idOf('visit'),
        personId: idOf('bob'),
        customerId,
        date: '2026-05-20',
        planned: true,
        startedAt: '2026-05-20T09:00:00.000Z',
        endedAt: '2026-05-20T10:00:00.000Z',
        minutes: 60,
        outcome: 'effective',
        ruleVersion: 0,
      }),
      when: on('2026-05-20'),
    });
    expect(await idle('2026-05-21')).toMatchObject({
      idleDays: 1,
      lastTouch: { type: 'VisitEnded', personId: idOf('bob') },
    });
    expect(await idle('2026-05-19')).toMatchObject({ idleDays: 15, lastTouch: { type: 'CallLogged' } });
  });

  test('is listed, longest first and page by page, by who sees it', async () => {
    interface Page {
      readonly data: readonly { readonly opportunityId: string; readonly idleDays: number }[];
      readonly nextCursor: string | null;
    }
    const all = await body<Page>('ListIdleOpportunities', { asOf: lastDay, limit: '200' });
    const open = deals.filter((deal) => standingAt(deal, () => true)?.status === 'open').length;
    expect(all.data).toHaveLength(open + 1);
    const idleDays = all.data.map((row) => row.idleDays);
    expect(idleDays).toEqual(idleDays.toSorted((a, b) => b - a));
    const paged: Page['data'][number][] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Page = await body('ListIdleOpportunities', {
        asOf: lastDay,
        limit: '7',
        ...(cursor && { cursor }),
      });
      paged.push(...page.data);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all.data);
    const rotten = await body<Page>('ListIdleOpportunities', {
      asOf: lastDay,
      rotting: 'true',
      limit: '200',
    });
    const fresh = await body<Page>('ListIdleOpportunities', {
      asOf: lastDay,
      rotting: 'false',
      limit: '200',
    });
    expect(rotten.data.length).toBeGreaterThan(0);
    expect(rotten.data.length + fresh.data.length).toBe(all.data.length);
    const own = await body<Page>('ListIdleOpportunities', { asOf: lastDay, limit: '200' }, 'cat');
    const others = { asOf: lastDay, ownerId: idOf('ann') };
    expect(own.data.length).toBeGreaterThan(0);
    expect(own.data.length).toBeLessThan(all.data.length);
    expect(await body('ListIdleOpportunities', others, 'cat')).toMatchObject({ data: [] });
  });
});

test('idleness is on any day, under any policy, what the events until then say', async () => {
  const on = (day: string) => ({ occurredAt: `${day}T10:00:00.000Z`, effectiveOn: day });
  await seed(stave, `call-log/${idOf('bob')}/2026-02-10`, {
    ...callLogEvents.CallLogged({
      personId: idOf('bob'),
      date: '2026-02-10',
      callId: idOf('a call about nothing'),
      calledAt: '2026-02-10T10:00:00.000Z',
      customerId,
      direction: 'incoming',
      channel: 'phone',
      seconds: 60,
      resultCode: 'reached',
    }),
    when: on('2026-02-10'),
  });
  const ofCustomer = [
    { type: 'CallLogged', ...on('2026-02-10') },
    { type: 'VisitEnded', ...on('2026-05-20') },
  ];
  const counted = {
    '0': policySchema('pipeline').parse({}).touches,
    '1': ['OpportunityValueRevised'],
  } as const;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 180 }),
      fc.constantFrom('0', '1'),
      async (days, policyVersion) => {
        const asOf = addDays(firstDay, days);
        const types: readonly string[] = ['OpportunityOpened', ...counted[policyVersion]];
        const expected = deals
          .filter((deal) => standingAt(deal, (day) => day <= asOf)?.status === 'open')
          .map(({ id, events }) => {
            const own = events.map(({ type, when }) => ({
              type,
              occurredAt: when!.occurredAt!,
              effectiveOn: when!.effectiveOn!,
            }));
            const last = [...own, ...ofCustomer]
              .filter(({ type }) => types.includes(type))
              .filter((touch) => touch.effectiveOn <= asOf && touch.occurredAt >= own[0]!.occurredAt)
              .toSorted((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1))
              .at(-1)!;
            return [id, daysBetween(last.effectiveOn, asOf), last.occurredAt] as const;
          })
          .toSorted(([a, aDays], [b, bDays]) => bDays - aDays || (a < b ? -1 : 1));
        interface Listed {
          readonly data: readonly {
            readonly opportunityId: string;
            readonly idleDays: number;
            readonly lastTouch: { readonly at: string };
          }[];
        }
        const { data } = await body<Listed>('ListIdleOpportunities', { asOf, policyVersion, limit: '200' });
        const known = new Set(deals.map(({ id }) => id));
        expect(
          data
            .filter(({ opportunityId }) => known.has(opportunityId))
            .map(({ opportunityId, idleDays, lastTouch }) => [opportunityId, idleDays, lastTouch.at]),
        ).toEqual(expected);
      },
    ),
    { numRuns: 40, seed: 8 },
  );
}, 60_000);

test('sums and clocks are the same when they are made again', async () => {
  const models = ['pipeline_board', 'pipeline_month', 'opportunity_clock', 'customer_clock'];
  const rows = async () => {
    await stave.projector.advance(stave.tenantId);
    const tables = await tableRows(stave);
    return models.map((model) => tables.get(model)!);
  };
  const live = await rows();
  for (const table of live) expect(table.length).toBeGreaterThan(0);
  await stave.projector.rebuild(stave.tenantId, models);
  expect(await rows()).toEqual(live);
});
