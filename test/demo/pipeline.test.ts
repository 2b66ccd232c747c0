import { AsyncLocalStorage } from 'node:async_hooks';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { perform } from '../../src/cli/demo/perform.ts';
import {
  advanceOf,
  lostToCompetitor,
  type OpenStage,
  pipelineDefinition,
  pipelineIdOf,
  stageIds,
  truth,
} from '../../src/cli/demo/pipeline.ts';
import { type Chain, type Stage, type Step, stage } from '../../src/cli/demo/script.ts';
import { demoStages } from '../../src/cli/demo/stages.ts';
import { createWorld, type DemoParameters, works } from '../../src/cli/demo/world.ts';
import type { Actor } from '../../src/engine/decision.ts';
import { strict } from '../../src/engine/input.ts';
import { addDays, daysBetween, weekday } from '../../src/engine/instant.ts';
import { createProjector } from '../../src/engine/projector.ts';
import { percentilesOf } from '../../src/events/kaplan-meier.ts';
import { readModels } from '../../src/projections/index.ts';
import { createRuntime, queriesByName, type Runtime } from '../../src/runtime.ts';
import { simulate } from '../../src/simulation/simulation.ts';
import { createPool } from '../../src/storage/database.ts';
import { asAdmin, createTenant } from '../../src/storage/tenants.ts';
import { freshDatabase } from '../support/database.ts';

const parameters: DemoParameters = { seed: 1, scale: 1, weeks: 4, today: '2026-04-15' };
const world = createWorld(parameters);
const { tenantId, lastDay, setupDay, leaver } = world;
const pipelineId = pipelineIdOf(world);

/** What opportunities rest on, so that the test need not load the whole demo. */
const restedOn = new Set([
  ...['ConfigureOrganisation', 'OpenBusinessDay', 'DefineRegion', 'DefineChannel', 'CreateOrgUnit'],
  ...['RegisterPerson', 'EmployPerson', 'GrantRole', 'AssignPosition', 'AppointHead', 'EndEmployment'],
  ...['MoveOrgUnit', 'PublishFiscalCalendar', 'AdoptPolicy', 'RegisterCompetitor', 'DefineProduct'],
  ...['RegisterCustomer', 'AssignOwner', 'MarkLost', 'SignContract', 'TakeOrder'],
  ...['DefinePipeline', 'PublishPipelineVersion', 'SetCoverageAssumptions', 'RecordCoverageGap'],
  ...['DecideCoverageGapResponse', 'DefineSimulation'],
]);
const isNeeded = ({ command, input }: Step): boolean =>
  (restedOn.has(command) || 'opportunityId' in input) && !('visitId' in input);
const only = (chain: Chain): Chain =>
  chain.flatMap((link): Chain => {
    if ('together' in link) return [{ together: link.together.map(only) }];
    return isNeeded(link) ? [link] : [];
  });

function* neededStages(): Generator<Stage> {
  for (const { day, name, chains } of demoStages(parameters)) yield stage(day, name, chains.map(only));
}

interface Standing {
  readonly status: string;
  readonly stageId: string;
  readonly ownerId: string;
  readonly value: { readonly amountMinor: string };
  readonly expectedClose: string | null;
  readonly probability: { readonly num: string; readonly den: string };
}

interface Recorded {
  readonly type: string;
  readonly day: string;
  readonly data: Readonly<Record<string, string>> & { readonly before: Standing; readonly after: Standing };
}

interface Stay {
  readonly stageId: string;
  readonly from: string;
  /** What began it: an opening, a move or a reopening. */
  readonly begunBy: string;
  readonly until: string | undefined;
  /** How it ended: `forward`, `back`, `won`, `lost`, or otherwise. */
  readonly exit: string | undefined;
}

/** An opportunity as its events tell it. */
interface Told {
  readonly id: string;
  readonly events: readonly Recorded[];
  readonly opened: Recorded;
  readonly openedOn: string;
  readonly source: string;
  readonly milestones: readonly string[];
  readonly stays: readonly Stay[];
  readonly now: Standing;
  /** Whether it was lost because its customer was. */
  readonly isGone: boolean;
}

const exitOf = ({ type, data }: Recorded): string =>
  ({ OpportunityWon: 'won', OpportunityLost: 'lost', StageEntered: String(data['direction']) })[type] ?? type;

function toldBy(id: string, events: readonly Recorded[]): Told {
  const [opened] = events;
  const changes = events.filter(({ data }) => data.after && data.before?.stageId !== data.after.stageId);
  return {
    id,
    events,
    opened: opened!,
    openedOn: opened!.day,
    source: opened!.data['source']!,
    milestones: events.flatMap(({ type, data }) => (type === 'MilestoneReached' ? [data['milestone']!] : [])),
    stays: changes
      .map((change, index) => ({
        stageId: change.data.after.stageId,
        from: change.day,
        begunBy: change.type,
        until: changes[index + 1]?.day,
        exit: changes[index + 1] && exitOf(changes[index + 1]!),
      }))
      .filter(({ stageId }) => stageId !== 'won' && stageId !== 'lost'),
    now: events.findLast(({ data }) => data.after)!.data.after,
    isGone: events.some(({ data }) => data['note'] === 'The customer is lost.'),
  };
}

let databaseUrl: string;
let drop: () => Promise<void>;
let pool: Pool;
let runtime: Runtime;
let told: readonly Told[];

const rowsOf = (text: string) => asAdmin(databaseUrl, async (client) => (await client.query(text)).rows);

async function ask<T>(name: string, input: Readonly<Record<string, string>>): Promise<T> {
  const query = queriesByName.get(name)!;
  const actor: Actor = { tenantId, kind: 'system', name: 'test', credentialId: 'test', roles: [] };
  const asker = await runtime.asker(actor, query);
  if ('ok' in asker) throw new Error(asker.detail);
  const answer = await runtime.reader.answer(query, tenantId, strict(query.input).parse(input), asker);
  if (!answer.ok) throw new Error(answer.detail);
  return answer.body as T;
}

beforeAll(async () => {
  ({ url: databaseUrl, drop } = await freshDatabase());
  pool = createPool({ databaseUrl, connections: 8, name: 'demo test' });
  await createTenant(databaseUrl, 'Demo', tenantId);
  const instant = new AsyncLocalStorage<string>();
  const today = world.at(lastDay, 23 * 60);
  runtime = createRuntime({ pool, masterKey: 'test', clock: () => instant.getStore() ?? today });
  const projector = createProjector({ pool, read: runtime.read, models: readModels });
  await perform(neededStages(), {
    ...{ runtime, tenantId, instant, follow: async () => undefined },
    log: { debug: () => undefined } as never,
    signal: new AbortController().signal,
  });
  await projector.advance(tenantId);
  const events = await rowsOf(
    `select type, data, effective_on::text as day from log.event
     where stream like 'opportunity/%' and type <> 'CustomerLifecycleAdvanced' order by position`,
  );
  told = [...Map.groupBy(events as Recorded[], ({ data }) => data['opportunityId']!)].map(([id, own]) =>
    toldBy(id, own),
  );
}, 120_000);

afterAll(async () => {
  await runtime.dispatcher.close();
  await pool.end();
  await drop();
});

/** One in a thousand samples of a true parameter lies farther from it than so many standard errors. */
const z = 3.29;
const errorOf = (probability: number, sample: number): number =>
  Math.sqrt((probability * (1 - probability)) / sample);

function expectShare(hits: number, sample: number, probability: number): void {
  expect(sample).toBeGreaterThan(20);
  expect(Math.abs(hits / sample - probability)).toBeLessThan(z * errorOf(probability, sample));
}

const countOf = <T>(list: readonly T[], is: (each: T) => boolean): number => list.filter(is).length;
const isWon = ({ now }: Told): boolean => now.status === 'won';
const isRunning = ({ now }: Told): boolean => now.status === 'open' || now.status === 'on_hold';

/** By how many standard errors more of the first are won than of the second. */
function differenceOf(first: readonly Told[], second: readonly Told[]): number {
  const [a, b] = [first, second].map((group) => countOf(group, isWon) / group.length) as [number, number];
  return (a - b) / Math.hypot(errorOf(a, first.length), errorOf(b, second.length));
}

/** Days that a recorded stay may last longer than the customer took, because nobody works in between. */
const recordedLateDays = 2;

/** Stays that have had the time to end, in a stage, with the opportunity. */
const maturedStays = (stageId: OpenStage) => {
  const enteredBy = addDays(lastDay, -(truth.stages[stageId].days[4] + 10));
  return told
    .filter(({ isGone }) => !isGone)
    .flatMap((opportunity) => opportunity.stays.map((stay) => ({ stay, opportunity })))
    .filter(({ stay }) => stay.stageId === stageId && stay.from <= enteredBy)
    .filter(({ stay }) => stay.exit !== 'OpportunityHeld');
};
const wentOn = ({ stay }: { readonly stay: Stay }): boolean => stay.exit === 'forward' || stay.exit === 'won';

/** Opportunities old enough for nearly all to be closed. */
const matured = () => told.filter(({ openedOn, isGone }) => openedOn <= addDays(lastDay, -130) && !isGone);

/** The probability that an opportunity of a nature is won, from each stage. */
function winProbability(source: string, milestones: readonly string[]): number {
  let win = stageIds.map(() => 0);
  for (let round = 0; round < 100; round += 1)
    win = stageIds.map((stageId, place) => {
      const next = place + 1 < stageIds.length ? win[place + 1]! : 1;
      const { back } = truth.stages[stageId];
      return advanceOf(stageId, { source, milestones }) * next + back * (win[place - 1] ?? 0);
    });
  return win[0]!;
}

const { source: bestSource, milestone: bestMilestone } = truth.better;
const metShare = truth.milestones.decision_maker_met;
const winOf = (source: string): number =>
  metShare * winProbability(source, [bestMilestone.key]) + (1 - metShare) * winProbability(source, []);
const shareOfBest = truth.sources[bestSource.key] / 100;
const winOverall = shareOfBest * winOf(bestSource.key) + (1 - shareOfBest) * winOf('Website');
const winWith = (milestones: readonly string[]): number =>
  shareOfBest * winProbability(bestSource.key, milestones) +
  (1 - shareOfBest) * winProbability('Website', milestones);

/** How often opportunities were won, between those that are and those that still may be. */
function expectWinRate(opportunities: readonly Told[], probability: number): void {
  const sample = opportunities.length;
  const won = countOf(opportunities, isWon);
  const tolerance = z * errorOf(probability, sample);
  expect(sample).toBeGreaterThan(50);
  expect(won / sample).toBeLessThan(probability + tolerance);
  expect((won + countOf(opportunities, isRunning)) / sample).toBeGreaterThan(probability - tolerance);
}

describe('what the opportunities of the demo are drawn from is recovered from their events:', () => {
  test('how many are opened in each month of the season', async () => {
    const owned = await rowsOf(
      `select data->>'personId' as "personId", min(data->>'from') as since from log.event
       where type = 'CustomerOwnerAssigned' group by 1`,
    );
    const since = new Map(owned.map((row) => [row.personId, row.since]));
    const weekdays = new Map<string, number>();
    const days: string[] = [];
    const first = addDays(setupDay, -365);
    for (let day = `${first.slice(0, 7)}-01`; day < `${lastDay.slice(0, 7)}-31`; day = addDays(day, 1)) {
      if (weekday(day) <= 5) weekdays.set(day.slice(0, 7), (weekdays.get(day.slice(0, 7)) ?? 0) + 1);
      if (first <= day && day <= lastDay) days.push(day);
    }
    const expected = new Map<string, number>();
    for (const person of [...world.salespeople, leaver.person])
      for (const day of days) {
        const isThere = (since.get(person.personId) ?? lastDay) < day && works(world, person, day);
        if (!isThere || (person === leaver.person && day > leaver.lastDay)) continue;
        const month = day.slice(0, 7);
        const inMonth = (truth.openedPerYear * truth.season[Number(month.slice(5)) - 1]!) / 10_000;
        expected.set(month, (expected.get(month) ?? 0) + inMonth / weekdays.get(month)!);
      }
    const opened = Map.groupBy(told, ({ openedOn }) => openedOn.slice(0, 7));
    expect([...opened.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [month, mean] of expected)
      expect(Math.abs(opened.get(month)!.length - mean)).toBeLessThan(z * Math.sqrt(mean));
    const mean = [...expected.values()].reduce((sum, each) => sum + each, 0);
    expect(mean).toBeGreaterThan(500);
    expect(Math.abs(told.length - mean)).toBeLessThan(z * Math.sqrt(mean));
  });

  test('how they came up, and what they may come to', () => {
    for (const [source, weight] of Object.entries(truth.sources))
      expectShare(
        countOf(told, (each) => each.source === source),
        told.length,
        weight / 100,
      );
    const hundreds = told.map(({ opened }) => Number(opened.data.after.value.amountMinor) / 10_000);
    for (const [quarter, bound] of truth.value.entries()) {
      if (quarter === 0 || quarter === 4) continue;
      expectShare(
        countOf(hundreds, (value) => value <= bound),
        hundreds.length,
        quarter / 4,
      );
    }
    expect(Math.min(...hundreds)).toBeGreaterThanOrEqual(truth.value[0]);
    expect(Math.max(...hundreds)).toBeLessThanOrEqual(truth.value[4]);
  });

  test.each(stageIds)('how many go on from a stage, and how many go back: %s', (stageId) => {
    const stays = maturedStays(stageId);
    const groups = Map.groupBy(stays, ({ opportunity }) => advanceOf(stageId, opportunity));
    expect(stays.every(({ stay }) => stay.exit)).toBe(true);
    expect(groups.size).toBe(stageId === bestSource.stage || stageId === bestMilestone.stage ? 2 : 1);
    for (const [probability, group] of groups) expectShare(countOf(group, wentOn), group.length, probability);
    const back = countOf(stays, ({ stay }) => stay.exit === 'back');
    if (truth.stages[stageId].back === 0) expect(back).toBe(0);
    else expectShare(back, stays.length, truth.stages[stageId].back);
  });

  test.each(stageIds)('how long a stage takes, with what is still open in it: %s', (stageId) => {
    const lifetimes = told
      .flatMap(({ stays }) => stays)
      .filter((stay) => stay.stageId === stageId)
      .map(({ from, until, exit }) => ({
        duration: daysBetween(from, until ?? lastDay),
        censored: exit === undefined || exit === 'OpportunityHeld',
      }));
    /** The Kaplan–Meier estimate of the share that lasts longer, and Greenwood's error of it. */
    const lasting = (days: number): { readonly share: number; readonly error: number } => {
      let share = 1;
      let sum = 0;
      for (let day = 0; day <= days; day += 1) {
        const atRisk = countOf(lifetimes, ({ duration }) => duration >= day);
        const ended = countOf(lifetimes, ({ duration, censored }) => duration === day && !censored);
        if (ended === 0 || ended === atRisk) continue;
        share *= (atRisk - ended) / atRisk;
        sum += ended / (atRisk * (atRisk - ended));
      }
      return { share, error: share * Math.sqrt(sum) };
    };
    const { days } = truth.stages[stageId];
    for (const [quarter, bound] of days.entries()) {
      if (quarter === 0 || quarter === 4) continue;
      const left = 1 - quarter / 4;
      const before = lasting(bound - 1);
      const after = lasting(bound + recordedLateDays);
      expect(before.share + z * before.error).toBeGreaterThan(left);
      expect(after.share - z * after.error).toBeLessThan(left);
    }
    const { p50 } = percentilesOf(lifetimes);
    expect(lasting(p50!).share).toBeLessThanOrEqual(0.5);
    expect(lasting(p50! - 1).share).toBeGreaterThan(0.5);
    expect(Math.abs(p50! - days[2])).toBeLessThanOrEqual((days[3] - days[2]) / 2);
  });

  test('how many are won, and that one source wins clearly more often', () => {
    const fromBest = matured().filter(({ source }) => source === bestSource.key);
    const others = matured().filter(({ source }) => source !== bestSource.key);
    expectWinRate(fromBest, winOf(bestSource.key));
    expectWinRate(others, winOf('Website'));
    expectWinRate(matured(), winOverall);
    expect(differenceOf(fromBest, others)).toBeGreaterThan(z);
  });

  test('how often milestones are reached, and that one lifts and one does not', () => {
    const passed = told.filter(({ stays, isGone }) => stays[0]!.exit && !isGone);
    for (const [key, probability] of Object.entries(truth.milestones))
      expectShare(
        countOf(passed, ({ milestones }) => milestones.includes(key)),
        passed.length,
        probability,
      );
    const parted = (key: string) => {
      const { true: reached = [], false: missed = [] } = Object.groupBy(matured(), ({ milestones }) =>
        milestones.includes(key) ? 'true' : 'false',
      );
      return [reached, missed] as const;
    };
    const [met, unmet] = parted(bestMilestone.key);
    expectWinRate(met, winWith([bestMilestone.key]));
    expectWinRate(unmet, winWith([]));
    expect(winWith([bestMilestone.key]) / winWith([])).toBeGreaterThan(1.9);
    expect(differenceOf(met, unmet)).toBeGreaterThan(z);
    const [tested, untested] = parted('samples_tested');
    expect(Math.abs(differenceOf(tested, untested))).toBeLessThan(z);
  });

  test('how often the day of closing slips, and how often something is put on hold', () => {
    const all = told.flatMap(({ events }) => events);
    const forward = countOf(all, (event) => event.type === 'StageEntered' && exitOf(event) === 'forward');
    const slipped = all.filter(({ type }) => type === 'ExpectedCloseRevised');
    expectShare(slipped.length, forward, truth.slippage.probability);
    const [least, most] = truth.slippage.days;
    for (const { day, data } of slipped) {
      const { expectedClose: before } = data.before;
      const days = daysBetween(before! > day ? before! : day, data.after.expectedClose!);
      expect(days).toBeGreaterThanOrEqual(least);
      expect(days).toBeLessThanOrEqual(most);
    }
    const entered = told
      .filter(({ isGone }) => !isGone)
      .flatMap(({ stays }) => stays)
      .filter(({ stageId, from }) => stageId === truth.hold.stage && from <= addDays(lastDay, -10))
      .filter(({ begunBy }) => begunBy === 'StageEntered');
    const held = countOf(entered, ({ exit }) => exit === 'OpportunityHeld');
    expectShare(held, entered.length, truth.hold.probability);
  });

  test('why they are lost, and to whom', () => {
    const lost = told
      .filter(({ isGone }) => !isGone)
      .flatMap(({ events }) => events)
      .filter(({ type }) => type === 'OpportunityLost');
    for (const [reason, weight] of Object.entries(truth.lost))
      expectShare(
        countOf(lost, ({ data }) => data['reasonCode'] === reason),
        lost.length,
        weight / 100,
      );
    const to = lost.filter(({ data }) => lostToCompetitor.includes(data['reasonCode']!));
    for (const [place, { id }] of world.competitors.entries())
      expectShare(
        countOf(to, ({ data }) => data['competitorId'] === id),
        to.length,
        truth.competitors[place]! / 100,
      );
  });
});

interface Board {
  readonly count: number;
  readonly amounts: readonly Amounts[];
  readonly stages: readonly {
    readonly stageId: string;
    readonly count: number;
    readonly amounts: readonly Amounts[];
  }[];
}
interface Amounts {
  readonly count: number;
  readonly valueMinor: bigint;
  readonly weighted: { readonly num: bigint; readonly den: bigint };
}

describe('the pipeline of the demo', () => {
  const idle = async (more: Readonly<Record<string, string>>) => {
    type Page = { readonly data: readonly { readonly opportunityId: string }[] };
    const { data } = await ask<Page>('ListIdleOpportunities', {
      pipelineId,
      asOf: lastDay,
      limit: '200',
      ...more,
    });
    return data.map(({ opportunityId }) => opportunityId).sort();
  };
  const open = () => told.filter(({ now }) => now.status === 'open');
  const stageOf = (id: string) => pipelineDefinition.stages.find(({ stageId }) => stageId === id)!;

  test.each([
    ['the organisation', {}, () => true],
    ...world.offices.map(({ code, unitId, salespeople }) => [
      code,
      { subjectKind: 'unit', subjectId: unitId },
      (ownerId: string) => salespeople.some(({ personId }) => personId === ownerId),
    ]),
    ...world.salespeople
      .slice(0, 5)
      .map(({ code, personId }) => [
        code,
        { subjectKind: 'person', subjectId: personId },
        (ownerId: string) => ownerId === personId,
      ]),
  ] as [string, Record<string, string>, (ownerId: string) => boolean][])(
    'has on its board what plain counts have: %s',
    async (_, subject, isTheirs) => {
      const board = await ask<Board>('GetPipelineBoard', { pipelineId, ...subject });
      const theirs = told.filter((each) => isRunning(each) && isTheirs(each.now.ownerId));
      const expectSame = (found: Pick<Board, 'count' | 'amounts'>, those: readonly Told[]) => {
        expect(found.count).toBe(those.length);
        expect(found.amounts.length).toBe(Math.min(1, those.length));
        for (const { count, valueMinor, weighted } of found.amounts) {
          const values = those.map(({ now }) => BigInt(now.value.amountMinor));
          expect(count).toBe(those.length);
          expect(valueMinor).toBe(values.reduce((sum, value) => sum + value, 0n));
          const over60 = those.map(
            ({ now }, index) =>
              (values[index]! * BigInt(now.probability.num) * 60n) / BigInt(now.probability.den),
          );
          expect(weighted.num * 60n).toBe(over60.reduce((sum, value) => sum + value, 0n) * weighted.den);
        }
      };
      expectSame(board, theirs);
      expect(board.stages.map(({ stageId }) => stageId)).toEqual([...stageIds, 'paused']);
      for (const each of board.stages)
        expectSame(
          each,
          theirs.filter(({ now }) => now.stageId === each.stageId),
        );
    },
  );

  test('holds something in every stage, and closing days that are past', () => {
    for (const stageId of [...stageIds, 'paused'])
      expect(countOf(told, (each) => isRunning(each) && each.now.stageId === stageId)).toBeGreaterThan(0);
    expect(countOf(open(), ({ now }) => now.expectedClose! < lastDay)).toBeGreaterThan(0);
  });

  test('lists what rots and what has overstayed as plain counts have it', async () => {
    const overstayed = open().filter(({ stays, now }) => {
      const { plannedDurationDays } = stageOf(now.stageId) as { plannedDurationDays: number };
      return daysBetween(stays.at(-1)!.from, lastDay) > plannedDurationDays;
    });
    const untouching = ['OpportunityValueRevised', 'ExpectedCloseRevised', 'OpportunityTransferred'];
    const rotting = open().filter(({ events, now }) => {
      const { rottingAfterDays } = stageOf(now.stageId) as { rottingAfterDays: number };
      const touched = events.findLast(({ type }) => !untouching.includes(type))!.day;
      return daysBetween(touched, lastDay) > rottingAfterDays;
    });
    expect(overstayed.length).toBeGreaterThan(5);
    expect(rotting.length).toBeGreaterThan(5);
    expect(await idle({ overstayed: 'true' })).toEqual(overstayed.map(({ id }) => id).sort());
    expect(await idle({ rotting: 'true' })).toEqual(rotting.map(({ id }) => id).sort());
  });

  test('belongs to whoever owns the customer, on each day', async () => {
    const owners = await rowsOf(
      `select data->>'customerId' as "customerId", data->>'personId' as "personId", data->>'from' as since
       from log.event where type = 'CustomerOwnerAssigned' order by position`,
    );
    const ownerOn = (customerId: string, day: string): string | undefined =>
      owners.findLast((row) => row.customerId === customerId && row.since <= day)?.personId;
    const strays = told.flatMap(({ events }) =>
      events.filter(({ day, data }) => {
        const owner = ownerOn(data['customerId']!, day);
        return owner !== (data.after?.ownerId ?? data['ownerId']);
      }),
    );
    expect(strays).toEqual([]);
    const transfers = told.flatMap(({ events }) =>
      events.filter(({ type }) => type === 'OpportunityTransferred'),
    );
    const left = transfers.filter(({ data }) => data.before.ownerId === leaver.person.personId);
    expect(left.length).toBeGreaterThan(1);
    expect(transfers.length).toBeGreaterThan(left.length);
    for (const { data } of transfers)
      expect({ ...data.after, ownerId: data.before.ownerId }).toEqual(data.before);
  });

  test('is worked on when its owner works', () => {
    const people = new Map([...world.salespeople, leaver.person].map((person) => [person.personId, person]));
    const transferred = new Set(
      told
        .filter(({ events }) => events.some(({ type }) => type === 'OpportunityTransferred'))
        .map(({ id }) => id),
    );
    for (const { id, events } of told.filter(({ id, isGone }) => !transferred.has(id) && !isGone))
      for (const { day, type, data } of events) {
        const owner = people.get(data.after?.ownerId ?? data['ownerId']!)!;
        expect([id, day, type, works(world, owner, day)]).toEqual([id, day, type, true]);
      }
  });

  test('is won by orders and contracts of the same customer', async () => {
    const references = await rowsOf(
      `select coalesce(data->>'orderId', data->>'contractId') as id, data->>'customerId' as "customerId"
       from log.event where type in ('OrderTaken', 'ContractSigned')`,
    );
    const customerOf = new Map(references.map(({ id, customerId }) => [id, customerId]));
    const wins = told.flatMap(({ events }) => events.filter(({ type }) => type === 'OpportunityWon'));
    const by = (key: string) => wins.flatMap(({ data }) => data[key] ?? []);
    expect(by('orderId').length).toBeGreaterThan(10);
    expect(by('contractId').length).toBeGreaterThan(10);
    expect(new Set([...by('orderId'), ...by('contractId')]).size).toBe(wins.length);
    for (const { data } of wins)
      expect(customerOf.get(data['orderId'] ?? data['contractId'])).toBe(data['customerId']);
  });

  test('has a gap in the company and in one region that are answered, and a simulation that waits', async () => {
    const gaps = await rowsOf(
      `select unit_id, state, open, required - open = gap as foots, jsonb_array_length(pipeline_actions) as actions,
         jsonb_array_length(compensation) as sources from read.coverage_gap order by open desc`,
    );
    expect(gaps).toMatchObject([
      { unit_id: world.headquartersId, state: 'answered', foots: true, actions: 2, sources: 2 },
      { unit_id: world.regions[0]!.unitId, state: 'answered', foots: true, actions: 2, sources: 2 },
    ]);
    const [{ day }] = await rowsOf(
      `select effective_on::text as day from log.event where type = 'CoverageGapDetected' limit 1`,
    );
    const openBefore = told.filter(({ stays }) =>
      stays.some(
        ({ stageId, from, until }) =>
          stageId !== 'paused' && from < day && (until === undefined || until >= day),
      ),
    );
    expect(gaps[0].open).toBe(openBefore.length);
    expect(await rowsOf('select state, stages, scenarios from read.simulation')).toEqual([
      {
        state: 'waiting',
        stages: ['Qualified', 'Needs analysis', 'Offer', 'Negotiation', 'Contract at the customer'],
        scenarios: ['More calls', 'Offers sooner'],
      },
    ]);
  });

  test('is simulated from what it was until then: a year to come brings what the truth would', async () => {
    const [{ data }] = await rowsOf(`select data from log.event where type = 'SimulationDefined'`);
    const { simulationId: _, name: __, ...input } = data;
    const runs = 300;
    const { scenarios } = simulate({ ...input, runs });
    const yearly = scenarios.map(({ results }) => {
      const { newCustomers } = results.find(({ window }) => window === 'next_12_months')!;
      return Number(newCustomers.sum) / runs;
    });
    const openedInAYear = countOf(told, ({ openedOn }) => openedOn > addDays(lastDay, -365));
    const expected = openedInAYear * winOverall;
    expect(Math.abs(yearly[0]! / expected - 1)).toBeLessThan(0.3);
    expect(yearly[1]! / yearly[0]!).toBeGreaterThan(1.1);
    expect(yearly[1]! / yearly[0]!).toBeLessThan(1.2);
    expect(yearly[2]!).toBeGreaterThanOrEqual(yearly[0]!);
  });
});
