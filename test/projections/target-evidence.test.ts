import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asking } from '../support/asking.ts';
import { idOf } from '../support/given.ts';
import { foundCompany, handedOver, moved, nodes, planId } from '../support/levels.ts';
import { type Stave, startStave } from '../support/stave.ts';

interface Entry {
  readonly date: string;
  readonly personId: string;
  readonly amount: bigint;
  readonly share: { readonly num: bigint; readonly den: bigint } | null;
  readonly events: readonly {
    readonly position: number;
    readonly type: string;
    readonly sentence: string | null;
  }[];
}
interface Page {
  readonly data: readonly Entry[];
  readonly nextCursor: string | null;
}

let stave: Stave;
let ask: ReturnType<typeof asking>['ask'];
let body: ReturnType<typeof asking>['body'];

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-31T20:00:00.000Z' });
  ({ ask, body } = asking(stave));
  await foundCompany(stave);
}, 60_000);
afterAll(() => stave.close());

async function evidenceOf(
  name: string,
  asOf: string,
  limit = '200',
  who?: string,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const input = { targetId: idOf(name), asOf, limit, ...(cursor && { cursor }) };
    const page: Page = await body<Page>('GetTargetEvidence', input, who);
    entries.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor);
  return entries;
}
const sumOf = (entries: readonly Entry[]) => entries.reduce((sum, { amount }) => sum + amount, 0n);

describe('the evidence of a target', () => {
  test.each(['2026-01-01', '2026-03-04', '2026-03-10', '2026-03-11', moved, '2026-03-31'])(
    'adds up to what was achieved of each target, as of %s',
    async (asOf) => {
      const tree = await body<{ data: readonly { targetId: string; actual: bigint }[] }>('GetTargetTree', {
        planId,
        asOf,
      });
      expect(tree.data).toHaveLength(nodes.length);
      for (const { name } of nodes) {
        const { actual } = tree.data.find(({ targetId }) => targetId === idOf(name))!;
        expect([name, sumOf(await evidenceOf(name, asOf))]).toEqual([name, actual]);
      }
      const reached = tree.data.filter(({ actual }) => actual !== 0n);
      if (asOf === '2026-03-31') expect(reached).toHaveLength(nodes.length - 1);
    },
  );

  test('goes on page by page, each thing once', async () => {
    const whole = await evidenceOf('year', '2026-03-31');
    expect(whole.length).toBeGreaterThan(15);
    expect(await evidenceOf('year', '2026-03-31', '4')).toEqual(whole);
    expect(whole.map(({ date }) => date)).toEqual(whole.map(({ date }) => date).toSorted());
  });

  test('counts an order once to each group of its products, and its lines to their own', async () => {
    const ofOrder = (entries: readonly Entry[]) => entries.filter(({ date }) => date === '2026-03-03');
    expect(ofOrder(await evidenceOf('orders of a group', '2026-03-31'))).toMatchObject([
      { amount: 1n, share: { num: 1n, den: 1n }, events: [{ type: 'OrderTaken' }] },
    ]);
    expect(ofOrder(await evidenceOf('orders of the other group', '2026-03-31'))).toMatchObject([
      { amount: 1n },
    ]);
    expect(ofOrder(await evidenceOf('group', '2026-03-31'))).toMatchObject([
      { amount: 1_000n, share: { num: 4n, den: 7n } },
      { amount: 250n, share: { num: 1n, den: 7n } },
    ]);
  });

  test('shows what is undone, and what somebody has of an order', async () => {
    const entries = await evidenceOf('ann', '2026-03-31');
    expect(entries.filter(({ amount }) => amount < 0n)).toMatchObject([
      {
        date: '2026-03-12',
        amount: -900n,
        share: { num: 10n, den: 11n },
        events: [{ type: 'OrderCancelled' }],
      },
      { date: '2026-03-12', amount: -90n },
    ]);
    expect(entries.find(({ amount }) => amount === 51n)).toMatchObject({
      date: '2026-03-10',
      personId: idOf('ann'),
      share: { num: 51n, den: 101n },
      events: [{ type: 'OrderTaken', sentence: expect.stringContaining('took an order') }],
    });
  });

  test('counts everybody on their own days', async () => {
    const before = await evidenceOf('bob in Leeds', '2026-03-31');
    const after = await evidenceOf('bob in the south', '2026-03-31');
    expect(before.every(({ date }) => date < moved)).toBe(true);
    expect(after.every(({ date }) => date >= moved)).toBe(true);
    const handed = await evidenceOf('cat, then dan', '2026-03-31');
    expect(handed.map(({ personId, date }) => [personId, date < handedOver])).toEqual([
      [idOf('cat'), true],
      [idOf('dan'), false],
    ]);
  });

  test('names all events that made a customer a new one', async () => {
    const [first] = await evidenceOf('new', '2026-03-31');
    expect(first).toMatchObject({ amount: 1n, share: { num: 1n, den: 1n } });
    expect(first!.events.map(({ type }) => type)).toContain('OrderTaken');
  });

  test('is for those who see everybody whose figures they are', async () => {
    const refused = { ok: false, status: 404 };
    const of = (name: string, who: string) => ask('GetTargetEvidence', { targetId: idOf(name) }, who);
    expect(sumOf(await evidenceOf('ann', '2026-03-31', '200', 'ann'))).toBe(1_801n);
    expect(await of('ann', 'sue')).toMatchObject({ ok: true });
    expect(await of('ann', 'bob')).toMatchObject(refused);
    expect(await of('north', 'rita')).toMatchObject({ ok: true });
    expect(await of('north', 'sue')).toMatchObject(refused);
    // Dan has the target now, and Cat had it: he sees it reached, and not by whom.
    expect(await ask('GetTargetProgress', { targetId: idOf('cat, then dan') }, 'dan')).toMatchObject({
      ok: true,
    });
    expect(await of('cat, then dan', 'dan')).toMatchObject(refused);
    expect(await of('year', 'olga')).toMatchObject({ ok: false, status: 403 });
    const [entry] = await evidenceOf('year', '2026-03-31', '200', 'ina');
    expect(entry!.events).toMatchObject([{ sentence: null }]);
  });

  test('is of targets that hold, and goes on from its own cursors alone', async () => {
    expect(await ask('GetTargetEvidence', { targetId: idOf('none') })).toMatchObject({ status: 404 });
    await expect(ask('GetTargetEvidence', { targetId: idOf('year'), cursor: 'x' })).rejects.toThrow();
    const { nextCursor } = await body<Page>('GetTargetEvidence', { targetId: idOf('year'), limit: '1' });
    await expect(
      ask('GetTargetEvidence', { targetId: idOf('ann'), limit: '1', cursor: nextCursor! }),
    ).rejects.toThrow();
  });
});
