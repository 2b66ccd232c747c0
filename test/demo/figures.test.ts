import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Step, stepsOf } from '../../src/cli/demo/script.ts';
import { demoStages } from '../../src/cli/demo/stages.ts';
import { targetPlanId } from '../../src/cli/demo/targets.ts';
import { createWorld, type DemoParameters } from '../../src/cli/demo/world.ts';
import { loadDemo } from '../../src/cli/demo.ts';
import type { Actor } from '../../src/engine/decision.ts';
import { strict } from '../../src/engine/input.ts';
import { dayOf } from '../../src/engine/instant.ts';
import { split } from '../../src/events/split.ts';
import { createRuntime, queriesByName } from '../../src/runtime.ts';
import { createPool } from '../../src/storage/database.ts';
import { asAdmin } from '../../src/storage/tenants.ts';
import { freshDatabase } from '../support/database.ts';

const parameters: DemoParameters = { seed: 4, scale: 0.1, weeks: 1, today: '2026-03-12' };
const world = createWorld(parameters);
const { tenantId, setupDay, fiscal, offices, regions, salespeople } = world;
const planId = targetPlanId(world);

let databaseUrl: string;
let drop: () => Promise<void>;
let pool: Pool;

const rowsOf = (text: string, parameters: readonly unknown[] = []) =>
  asAdmin(databaseUrl, async (client) => (await client.query(text, [...parameters])).rows);

interface Line {
  readonly lineNo: number;
  readonly netAmount: { readonly amountMinor: string };
}

/** What the generator drew until the demo begins: measure, day, who, and how much. */
interface Drawn {
  readonly measure: 'net_sales' | 'orders' | 'payment_recovered';
  readonly day: string;
  readonly personId: string;
  readonly amount: bigint;
}

function drawnFacts(): readonly Drawn[] {
  const orders = new Map<string, { readonly personId: string; readonly lines: readonly Line[] }>();
  const responsible = new Map<string, string>();
  const facts: Drawn[] = [];
  const netOf = (lines: readonly Line[]) =>
    lines.reduce((sum, { netAmount }) => sum + BigInt(netAmount.amountMinor), 0n);
  const note = ({ command, input, at }: Step) => {
    if (at > world.at(world.firstDay, 0)) return;
    const day = dayOf((input['occurredAt'] as string | undefined) ?? at, world.timeZone);
    const orderId = input['orderId'] as string;
    if (command === 'TakeOrder') {
      const personId = input['takenBy'] as string;
      const lines = (input['lines'] as Line[]).map((line, index) => ({ ...line, lineNo: index + 1 }));
      orders.set(orderId, { personId, lines });
      facts.push({ measure: 'orders', day, personId, amount: 1n });
      facts.push({ measure: 'net_sales', day, personId, amount: netOf(lines) });
    }
    if (command === 'ReturnOrder') {
      const back = (input['lines'] as Line[]).map(({ lineNo }) => lineNo);
      const { personId, lines } = orders.get(orderId)!;
      const amount = -netOf(lines.filter(({ lineNo }) => back.includes(lineNo)));
      facts.push({ measure: 'net_sales', day, personId, amount });
    }
    if (command === 'IssueInvoice')
      responsible.set(input['invoiceId'] as string, input['responsible'] as string);
    if (command === 'RecordPayment') {
      const amount = BigInt((input['amount'] as { readonly amountMinor: string }).amountMinor);
      const personId = responsible.get(input['invoiceId'] as string)!;
      facts.push({ measure: 'payment_recovered', day, personId, amount });
    }
  };
  for (const { chains } of demoStages(parameters)) for (const step of chains.flatMap(stepsOf)) note(step);
  return facts;
}

const drawn = drawnFacts();
const sumOf = (facts: readonly Drawn[]): bigint => facts.reduce((sum, { amount }) => sum + amount, 0n);
const yearBefore = drawn.filter(({ day }) => day >= fiscal.historyStart && day < fiscal.planned.start);

interface TreeNode {
  readonly targetId: string;
  readonly parentTargetId: string | null;
  readonly measure: string;
  readonly periodId: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly target: bigint;
  readonly actual: bigint;
  readonly unallocated: bigint;
  readonly overAssignment: bigint;
}

async function tree(asOf: string): Promise<readonly TreeNode[]> {
  const runtime = createRuntime({ pool, masterKey: 'test' });
  const query = queriesByName.get('GetTargetTree')!;
  const actor: Actor = { tenantId, kind: 'system', name: 'test', credentialId: 'test', roles: [] };
  const asker = await runtime.asker(actor, query);
  if ('ok' in asker) throw new Error(asker.detail);
  const answer = await runtime.reader.answer(
    query,
    tenantId,
    strict(query.input).parse({ planId, asOf }),
    asker,
  );
  if (!answer.ok) throw new Error(answer.detail);
  return (answer.body as { readonly data: readonly TreeNode[] }).data;
}

const isYear = ({ periodId }: TreeNode): boolean => periodId === fiscal.planned.periodId;
const targetOf = (nodes: readonly TreeNode[]): bigint => nodes.reduce((sum, { target }) => sum + target, 0n);
const actualOf = (nodes: readonly TreeNode[]): bigint => nodes.reduce((sum, { actual }) => sum + actual, 0n);

beforeAll(async () => {
  ({ url: databaseUrl, drop } = await freshDatabase());
  pool = createPool({ databaseUrl, connections: 8, name: 'demo test' });
  const log = { debug: () => undefined, warn: (_: unknown, message: string) => expect.fail(message) };
  await loadDemo({
    ...parameters,
    databaseUrl,
    pool,
    masterKey: 'test',
    log: log as never,
    wake: () => undefined,
  });
}, 120_000);

afterAll(async () => {
  await pool.end();
  await drop();
});

describe('the figures of the demo', () => {
  test.each(['net_sales', 'orders', 'payment_recovered'] as const)(
    'have as facts of the years before what was drawn: %s',
    async (measure) => {
      const rows = await rowsOf(
        `select person_id, to_char(date, 'YYYY-MM') as month, sum(numerator)::text as amount from read.fact
         where measure = $1 and date <= $2 group by 1, 2`,
        [measure, setupDay],
      );
      const found = new Map(rows.map((row) => [`${row.person_id} ${row.month}`, BigInt(row.amount)]));
      const expected = new Map<string, bigint>();
      for (const { day, personId, amount } of drawn.filter((fact) => fact.measure === measure)) {
        const key = `${personId} ${day.slice(0, 7)}`;
        expected.set(key, (expected.get(key) ?? 0n) + amount);
      }
      expect(expected.size).toBeGreaterThan(12 * offices.length);
      expect(found).toEqual(expected);
    },
  );

  test('split the year by what each region sold a year before', async () => {
    const nodes = await tree(setupDay);
    const sold = regions.map(({ unitId }) => {
      const people = salespeople.filter(({ office }) => office.region.unitId === unitId);
      const ids = new Set(people.map(({ personId }) => personId));
      return sumOf(
        yearBefore.filter(({ measure, personId }) => measure === 'net_sales' && ids.has(personId)),
      );
    });
    const yearNode = (unitId: string) =>
      nodes.find(
        (node) => node.measure === 'net_sales' && isYear(node) && node.dimensions['org_unit'] === unitId,
      )!.target;
    const whole = 52_000_000n * BigInt(salespeople.length);
    expect(yearNode(world.headquartersId)).toBe(whole);
    expect(regions.map(({ unitId }) => yearNode(unitId))).toEqual(split(whole, sold));
  });

  test('have for each target the sum of its parts and of what they leave', async () => {
    const nodes = await tree(setupDay);
    const parts = Map.groupBy(nodes, ({ parentTargetId }) => parentTargetId);
    const broken = nodes.filter(({ targetId }) => parts.has(targetId));
    expect(broken.length).toBe(4 * (1 + regions.length + offices.length + salespeople.length) + 1);
    for (const { targetId, target, unallocated, overAssignment } of broken)
      expect(targetOf(parts.get(targetId)!) + unallocated - overAssignment).toBe(target);
    const left = broken.filter(({ unallocated }) => unallocated > 0n);
    expect(left.map(({ measure, unallocated }) => [measure, unallocated])).toEqual([['new_outlets', 1n]]);
  });

  test('sum what people achieve to what the company does, and that is what happened', async () => {
    const nodes = await tree(world.lastDay);
    const rows = await rowsOf(
      `select measure, sum(numerator)::text as amount from read.fact
       where date >= $1 and date <= $2 group by 1`,
      [fiscal.planned.start, world.lastDay],
    );
    const happened = new Map(rows.map(({ measure, amount }) => [measure, BigInt(amount)]));
    for (const measure of ['net_sales', 'gross_profit', 'payment_recovered', 'new_outlets']) {
      const years = nodes.filter((node) => node.measure === measure && isYear(node));
      const people = years.filter(({ dimensions }) => 'salesperson' in dimensions);
      const tops = years.filter(({ parentTargetId }) => parentTargetId === null);
      expect(people.length).toBe(salespeople.length);
      expect(tops.length).toBe(measure === 'net_sales' ? 2 : 1);
      for (const { actual } of tops) expect(actual).toBe(happened.get(measure));
      expect(actualOf(people)).toBe(happened.get(measure));
    }
    const groups = nodes.filter((node) => isYear(node) && 'product_group' in node.dimensions);
    expect(groups.length).toBe(5);
    expect(actualOf(groups)).toBe(happened.get('net_sales'));
  });

  test('come from one plan: discussed, published, and revised once for the economy', async () => {
    const [plan] = await rowsOf(
      'select state, publication, basis_kinds, waived from read.target_plan where plan_id = $1',
      [planId],
    );
    expect(plan).toMatchObject({
      state: 'published',
      publication: 1,
      basis_kinds: ['history', 'market_assessment'],
      waived: [{ rule: 'residue' }],
    });
    const events = await rowsOf(
      `select type, data from log.event where type in
       ('TargetCounterProposed', 'CounterProposalDecided', 'TargetFeasibilityAssessed') order by position`,
    );
    expect(events.map(({ type }) => type)).toEqual([
      ...Array.from({ length: 5 }, () => 'TargetFeasibilityAssessed'),
      'TargetCounterProposed',
      'CounterProposalDecided',
    ]);
    expect(events.at(-1)!.data).toMatchObject({ accepted: true });
    const revised = await rowsOf(
      `select measure, count(*)::integer as nodes from read.target
       where revision = 1 and last_reason = 'economy' group by 1`,
    );
    const people = salespeople.length;
    const nodesRevised = 1 + regions.length + offices.length + people * 13;
    expect(revised).toEqual([{ measure: 'gross_profit', nodes: nodesRevised }]);
    const nodes = await tree(world.lastDay);
    const top = nodes.find((node) => node.measure === 'gross_profit' && node.parentTargetId === null)!;
    expect(top.target).toBe(19_000_000n * BigInt(people));
  });
});

test('every office has sold in the year before, whatever day and seed the demo begins with', () => {
  const days = ['2026-01-05', '2026-03-31', '2026-04-01', '2026-11-22'];
  for (const [seed, today] of [...days, ...days, ...days].entries()) {
    const short: DemoParameters = { seed, scale: 0.1, weeks: 1, today };
    const small = createWorld(short);
    const { planned, historyStart } = small.fiscal;
    expect(planned.start <= today && today < planned.endExclusive).toBe(true);
    const orders = new Map(small.offices.map(({ code }) => [code, 0]));
    for (const { day, chains } of demoStages(short)) {
      if (day > small.setupDay) break;
      for (const { command, input } of chains.flatMap(stepsOf)) {
        const orderedOn = String(input['occurredAt']).slice(0, 10);
        if (command !== 'TakeOrder' || orderedOn < historyStart || orderedOn >= planned.start) continue;
        const { code } = small.salespeople.find(({ personId }) => personId === input['takenBy'])!.office;
        orders.set(code, orders.get(code)! + 1);
      }
    }
    for (const count of orders.values()) expect(count).toBeGreaterThanOrEqual(20);
  }
});
