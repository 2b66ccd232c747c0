import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/engine/event.ts';
import { addDays } from '../../src/engine/instant.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { compareMedians, compareShares } from '../../src/events/comparison.ts';
import type {
  HypothesisCondition,
  HypothesisOutcome,
  HypothesisResult,
} from '../../src/events/hypothesis.ts';
import { hypothesisEvents } from '../../src/events/hypothesis.ts';
import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { hypothesis, hypothesisTest } from '../../src/projections/hypothesis.ts';
import { asking } from '../support/asking.ts';
import { ann, eur } from '../support/commerce.ts';
import { folded } from '../support/folded.ts';
import { seedAll } from '../support/generator.ts';
import { idOf } from '../support/given.ts';
import { document, drafted, pipelineId, published, standing } from '../support/pipeline.ts';
import { randomFrom } from '../support/questions.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const {
  OpportunityOpened,
  ExpectedCloseRevised,
  MilestoneReached,
  StageEntered,
  OpportunityWon,
  OpportunityLost,
} = opportunityEvents;

/** What is true of a deal; days are counted from its opening. */
interface Deal {
  readonly name: string;
  readonly openedOn: string;
  readonly source: 'Fair' | 'web';
  /** When it reached the milestone; it comes to its second stage on the fifth day. */
  readonly budgetAfter: number | null;
  readonly callAfter: number | null;
  readonly callNamesIt: boolean;
  readonly pushes: number;
  readonly amount: number;
  readonly days: number;
  readonly isWon: boolean;
}

const below = randomFrom(3);
const deals: readonly Deal[] = Array.from({ length: 400 }, (_, index) => {
  const source = below(2) ? ('Fair' as const) : ('web' as const);
  const budgetAfter = [null, 3, 8][below(3)]!;
  return {
    name: `deal ${index}`,
    openedOn: addDays('2025-01-01', index),
    ...{ source, budgetAfter },
    callAfter: below(2) ? 1 + below(20) : null,
    callNamesIt: below(2) === 0,
    pushes: below(4),
    amount: 1_000 * (1 + below(40)),
    days: (source === 'Fair' ? 20 : 50) + below(30),
    isWon: below(100) < (budgetAfter === 3 ? 60 : 25),
  };
});

const instant = (day: string, hour: number) => ({
  occurredAt: `${day}T${hour}:00:00.000Z`,
  effectiveOn: day,
});

/** What the log says of a deal. */
function eventsOf({
  name,
  openedOn,
  source,
  budgetAfter,
  pushes,
  amount,
  days,
  isWon,
}: Deal): readonly NewEvent[] {
  const own = {
    ...{ opportunityId: idOf(name), customerId: idOf(`customer of ${name}`) },
    ...{ pipelineId, pipelineVersion: 1, ownerId: ann },
  };
  let at: Standing = { ...standing, value: eur(String(amount)), expectedClose: addDays(openedOn, 30) };
  const change = (more: Partial<Standing>) => {
    const before = at;
    at = { ...at, ...more };
    return { ...own, before, after: at };
  };
  const on = (after: number, hour: number, event: NewEvent): NewEvent => ({
    ...event,
    when: instant(addDays(openedOn, after), hour),
  });
  const reached = MilestoneReached({ ...own, milestone: 'budget' });
  const opened = OpportunityOpened({ ...own, title: 'x', source, after: at });
  const isReached = (after: number) => (budgetAfter === after ? [on(after, 10, reached)] : []);
  return [
    on(0, 10, opened),
    ...isReached(3),
    on(5, 10, StageEntered({ ...change({ stageId: 'proposal', stay: 2 }), direction: 'forward' })),
    ...isReached(8),
    ...Array.from({ length: pushes }, (_, index) =>
      on(
        9,
        10 + index,
        ExpectedCloseRevised({ ...change({ expectedClose: addDays(openedOn, 40 + index) }), reason: 'x' }),
      ),
    ),
    isWon
      ? on(days, 12, OpportunityWon(change({ status: 'won', stageId: 'won', stay: 3 })))
      : on(
          days,
          12,
          OpportunityLost({ ...change({ status: 'lost', stageId: 'lost', stay: 3 }), reasonCode: 'other' }),
        ),
  ];
}

function callOf({
  name,
  openedOn,
  callAfter,
  callNamesIt,
}: Deal): readonly (readonly [string, readonly NewEvent[]])[] {
  if (callAfter === null) return [];
  const date = addDays(openedOn, callAfter);
  const when = instant(date, 11);
  const called = callLogEvents.CallLogged({
    ...{ personId: ann, date, callId: idOf(`call of ${name}`), calledAt: when.occurredAt },
    ...{ customerId: idOf(`customer of ${name}`), direction: 'outgoing', channel: 'phone', seconds: 60 },
    resultCode: 'reached',
    ...(callNamesIt && { opportunityId: idOf(name) }),
  });
  return [[`call-log/${idOf(`caller of ${name}`)}/${date}`, [{ ...called, when }]]];
}

describe('a rule of thumb', () => {
  let stave: Stave;
  let ask: ReturnType<typeof asking>;
  beforeAll(async () => {
    stave = await startStave({ clock: () => '2026-06-01T08:00:00.000Z' });
    ask = asking(stave);
    await seed(stave, `pipeline-def/${pipelineId}`, drafted, {
      ...published,
      data: { ...published.data, ...document },
    });
    await seedAll(stave, [
      ...deals.map((deal) => [`opportunity/${idOf(deal.name)}`, eventsOf(deal)] as const),
      ...deals.flatMap(callOf),
    ]);
  });
  afterAll(() => stave.close());

  async function tested(condition: HypothesisCondition, outcome: HypothesisOutcome, more: object = {}) {
    const hypothesisId = idOf(JSON.stringify([condition, outcome, more]));
    const stated = {
      hypothesisId,
      name: 'x',
      pipelineId,
      condition,
      outcome,
      claim: 'higher',
      currency: 'EUR',
    };
    expect(await stave.run('RegisterHypothesis', { ...stated, ...more })).toMatchObject({ ok: true });
    await stave.projector.advance(stave.tenantId);
    expect(await stave.run('TestHypothesis', { hypothesisId })).toMatchObject({ ok: true });
    const row = await ask.body<{ result: HypothesisResult; history: unknown[] }>('GetHypothesis', {
      hypothesisId,
    });
    expect(row.history).toHaveLength(1);
    const { data } = await ask.body<{ data: { result: HypothesisResult }[] }>('ListHypothesisEvidence', {
      hypothesisId,
    });
    expect(data[0]!.result).toEqual(row.result);
    return row.result;
  }
  const text = ({ num, den }: { num: bigint; den: bigint }) => ({ num: String(num), den: String(den) });
  /** What a test of shares comes to, counted here. */
  function counted(among: readonly Deal[], holds: (deal: Deal) => boolean) {
    const [holding, others] = [among.filter(holds), among.filter((deal) => !holds(deal))];
    const shareOf = (group: readonly Deal[]) => ({
      count: group.filter(({ isWon }) => isWon).length,
      of: group.length,
    });
    const { first, second, effect, low, high } = compareShares(shareOf(holding), shareOf(others));
    return {
      holding: { sample: holding.length, figure: text(first) },
      others: { sample: others.length, figure: text(second) },
      effect: text(effect),
      interval: { low: text(low), high: text(high) },
    };
  }

  test('about a milestone counts those who had reached it when they came to the stage', async () => {
    const condition = { kind: 'milestone' as const, milestone: 'budget', stageId: 'proposal' };
    const result = await tested(condition, 'won');
    expect(result).toEqual({
      ...counted(deals, ({ budgetAfter }) => budgetAfter === 3),
      verdict: 'supported',
    });
    expect(await tested(condition, 'won', { claim: 'lower' })).toMatchObject({ verdict: 'contradicted' });
  });
  test('about an activity counts those who were open for longer, by calls with the customer too', async () => {
    const result = await tested({ kind: 'activity', activity: 'call', withinDays: 25 }, 'won');
    const longer = deals.filter(({ days }) => days > 25);
    expect(longer.length).toBeLessThan(deals.length);
    expect(result).toMatchObject(counted(longer, ({ callAfter }) => callAfter !== null && callAfter <= 25));
    expect(await tested({ kind: 'activity', activity: 'call', withinDays: 5 }, 'won')).toMatchObject(
      counted(deals, ({ callAfter }) => callAfter !== null && callAfter <= 5),
    );
    expect(await tested({ kind: 'activity', activity: 'visit', withinDays: 5 }, 'won')).toMatchObject({
      holding: { sample: 0, figure: null },
      effect: null,
      interval: null,
      verdict: 'insufficient_sample',
    });
  });
  test('about value, pushes and source counts what each deal has', async () => {
    expect(await tested({ kind: 'value', aboveMinor: '20000' }, 'won')).toMatchObject({
      ...counted(deals, ({ amount }) => amount > 20_000),
      verdict: 'not_decided',
    });
    expect(await tested({ kind: 'pushes', moreThan: 1 }, 'won')).toMatchObject(
      counted(deals, ({ pushes }) => pushes > 1),
    );
    expect(
      await tested({ kind: 'source', source: 'FAIR' }, 'won', { openedFrom: '2025-06-01' }),
    ).toMatchObject(
      counted(
        deals.filter(({ openedOn }) => openedOn >= '2025-06-01'),
        ({ source }) => source === 'Fair',
      ),
    );
    expect(await tested({ kind: 'source', source: 'Fair' }, 'won', { currency: 'USD' })).toMatchObject({
      verdict: 'insufficient_sample',
    });
    expect(
      await tested({ kind: 'source', source: 'Fair' }, 'won', { openedFrom: '2026-01-20' }),
    ).toMatchObject({ verdict: 'insufficient_sample', effect: expect.anything() });
  });
  test('about days and values compares the medians of what was won', async () => {
    const won = deals.filter(({ isWon }) => isWon);
    const medians = (figureOf: (deal: Deal) => number) => {
      const figures = (source: Deal['source']) =>
        won.filter((deal) => deal.source === source).map((deal) => BigInt(figureOf(deal)));
      return compareMedians(figures('Fair'), figures('web'), 'other seed');
    };
    const days = await tested({ kind: 'source', source: 'Fair' }, 'cycle_days', { claim: 'lower' });
    const { first, second, effect } = medians((deal) => deal.days);
    expect(days).toMatchObject({
      holding: { figure: text(first) },
      others: { figure: text(second) },
      effect: text(effect),
      verdict: 'supported',
    });
    const value = await tested({ kind: 'source', source: 'Fair' }, 'value');
    expect(value.effect).toEqual(text(medians(({ amount }) => amount).effect));
    expect(value.verdict).toBe('not_decided');
  });
});

describe('the rows of a rule of thumb', () => {
  const hypothesisId = idOf('hypothesis');
  const registered = hypothesisEvents.HypothesisRegistered({
    ...{ hypothesisId, version: 1, name: 'x', pipelineId, outcome: 'won', claim: 'higher' },
    condition: { kind: 'pushes', moreThan: 2 },
  });
  const result = {
    ...{ effect: null, interval: null, verdict: 'insufficient_sample' as const },
    ...{ holding: { sample: 0, figure: null }, others: { sample: 3, figure: null } },
  };
  const tested = hypothesisEvents.HypothesisTested({
    ...{ hypothesisId, version: 1, test: 1, testedOn: '2026-03-02', factsKnownAt: 7, result },
  });
  test('show the latest test of what it says now, and keep all', () => {
    expect(folded(hypothesis, registered, tested)).toMatchObject([
      { version: 1, tests: 1, verdict: 'insufficient_sample', result, currency: null, state: 'in_use' },
    ]);
    const next = hypothesisEvents.HypothesisRegistered({ ...registered.data, version: 2, claim: 'lower' });
    const retired = hypothesisEvents.HypothesisRetired({ hypothesisId, reason: 'Old.' });
    expect(folded(hypothesis, registered, tested, next, retired)).toMatchObject([
      { version: 2, tests: 1, verdict: null, result: null, state: 'retired', retirementReason: 'Old.' },
    ]);
    expect(folded(hypothesisTest, registered, tested)).toEqual([
      {
        ...{ hypothesisId, test: 1, version: 1, testedOn: '2026-03-02', factsKnownAt: 7n },
        ...{ verdict: 'insufficient_sample', result },
      },
    ]);
  });
});
