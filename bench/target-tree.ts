import pg from 'pg';
import type { NewEvent } from '../src/engine/event.ts';
import { strict } from '../src/engine/input.ts';
import { addDays } from '../src/engine/instant.ts';
import { createProjector } from '../src/engine/projector.ts';
import { orderEvents } from '../src/events/order.ts';
import type { Dimensions } from '../src/events/target.ts';
import { targetEvents } from '../src/events/target.ts';
import { targetPlanEvents } from '../src/events/target-plan.ts';
import { toJson } from '../src/http/json.ts';
import { readModels } from '../src/projections/index.ts';
import { createRuntime, queriesByName } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createTenant } from '../src/storage/tenants.ts';
import { createCompany, idOf, type Place, personOf } from './company.ts';
import { quantile, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { appendTo, systemActor } from './visits.ts';

const [warmUps, tries] = [10, 300];
const orders = 111_112;
const [linesEach, daysOfYear] = [4, 365];
const asOf = '2026-09-17';
const currency = 'EUR';
const year = { periodId: 'FY2026', start: '2026-01-01', endExclusive: '2027-01-01' };
const planId = idOf('plan');
const seasons = [700, 700, 800, 800, 850, 850, 700, 600, 900, 1000, 1050, 1050];
const { top, units, sellers, organisation } = createCompany({ regions: 5, officesEach: 10, sellersEach: 16 });

const months = Array.from({ length: 12 }, (_, month) => ({
  periodId: `FY2026-M${String(month + 1).padStart(2, '0')}`,
  start: Temporal.PlainDate.from({ year: 2026, month: month + 1, day: 1 }).toString(),
  endExclusive: Temporal.PlainDate.from({ year: 2026, month: month + 1, day: 1 })
    .add({ months: 1 })
    .toString(),
}));

interface Node {
  readonly place: Place;
  readonly period: typeof year;
  readonly parent: string | undefined;
}
const targetOf = ({ place, period }: Node): string => idOf(`target ${place.name} ${period.periodId}`);
const nodes: readonly Node[] = [
  ...[...units, ...sellers].map((place) => ({
    place,
    period: year,
    parent: place.above ? idOf(`target ${place.above.name} ${year.periodId}`) : undefined,
  })),
  ...sellers.flatMap((place) =>
    months.map((period) => ({ place, period, parent: idOf(`target ${place.name} ${year.periodId}`) })),
  ),
];

function dimensionsOf(place: Place): Dimensions {
  if (place === top) return {};
  if (place.kind === 'seller') return { ...dimensionsOf(place.above!), salesperson: personOf(place) };
  return { org_unit: idOf(place.name) };
}
const depthOf = ({ above }: Place): number => (above ? depthOf(above) + 1 : 0);

const assigned = (node: Node): NewEvent =>
  targetEvents.TargetAssigned({
    targetId: targetOf(node),
    responsible: personOf(node.place),
    measure: 'net_sales',
    period: node.period,
    dimensions: dimensionsOf(node.place),
    value: { amountMinor: '1200000', currency },
    planId,
    parentTargetId: node.parent,
    depth: depthOf(node.place) + (node.period === year ? 0 : 1),
  });

const orderOf = (index: number): NewEvent =>
  orderEvents.OrderTaken({
    orderId: idOf(`order ${index}`),
    customerId: idOf(`customer ${index % 5_000}`),
    takenBy: personOf(sellers[index % sellers.length]!),
    orderedOn: addDays(year.start, (index * 7) % daysOfYear),
    netTotal: { amountMinor: String(4 * (1_000 + index)), currency },
    lines: Array.from({ length: linesEach }, (_, line) => ({
      lineNo: line + 1,
      productId: idOf(`product ${(index + line) % 40}`),
      quantity: 1,
      netAmount: { amountMinor: String(1_000 + index), currency },
      unitCost: { amountMinor: '100', currency },
    })),
  });

/** Appends things of which each is a stream of its own, many at a time. */
async function appendEach(
  pool: pg.Pool,
  tenantId: string,
  count: number,
  of: (index: number) => readonly [stream: string, events: readonly NewEvent[]],
) {
  const batch = 2_000;
  for (let done = 0; done < count; done += batch) {
    const size = Math.min(batch, count - done);
    await appendTo(
      pool,
      tenantId,
      Array.from({ length: size }, (_, index) => of(done + index)),
    );
  }
}

const takeOrders = (pool: pg.Pool, tenantId: string, first: number, count: number): Promise<void> =>
  appendEach(pool, tenantId, count, (index) => [
    `order/${idOf(`order ${first + index}`)}`,
    [orderOf(first + index)],
  ]);

interface TreeNode {
  readonly targetId: string;
  readonly parentTargetId: string | null;
  readonly actual: bigint;
}

/** How many nodes have another actual than the sum of their parts: here everything is somebody's part. */
function wrongSums(tree: readonly TreeNode[]): number {
  const sums = new Map<string, bigint>();
  for (const { parentTargetId: above, actual } of tree)
    if (above) sums.set(above, (sums.get(above) ?? 0n) + actual);
  return tree.filter(({ targetId, actual }) => (sums.get(targetId) ?? actual) !== actual).length;
}

/** The achievement tree of a company's year over a million facts, as it is sent; before each time something is sold. */
export async function measureTree(
  databaseUrl: string,
  say: BenchOptions['say'],
): Promise<Omit<BenchResult, 'ratios'>> {
  const pool = createPool({ databaseUrl, connections: 8, name: 'bench' });
  const owner = new pg.Pool({ connectionString: databaseUrl });
  const tenantId = await createTenant(databaseUrl, 'Bench');
  await appendTo(pool, tenantId, [
    ['organisation', organisation],
    [
      `target-plan/${planId}`,
      [
        targetPlanEvents.TargetPlanCreated({
          planId,
          name: 'Year',
          horizon: year,
          calendarVersion: 1,
          measures: ['net_sales'],
          rootOrgUnit: idOf(top.name),
          currency,
        }),
        targetPlanEvents.SeasonalityCurveAttached({ planId, weights: [...seasons] }),
      ],
    ],
  ]);
  await appendEach(pool, tenantId, nodes.length, (index) => [
    `target/${targetOf(nodes[index]!)}`,
    [assigned(nodes[index]!)],
  ]);
  await takeOrders(pool, tenantId, 0, orders);
  const query = queriesByName.get('GetTargetTree')!;
  const names = new Set(query.reads.map(({ name }) => name));
  const models = readModels.filter(({ name }) => names.has(name));
  const runtime = createRuntime({ pool, masterKey: 'bench' });
  const projector = createProjector({ pool, read: runtime.read, models });
  await projector.advance(tenantId);
  await owner.query('vacuum analyze');
  const facts = (await owner.query('select count(*)::integer from read.fact')).rows[0].count;
  const asking = await runtime.asker(systemActor(tenantId), query);
  if ('ok' in asking) throw new Error(asking.detail);
  const input = strict(query.input).parse({ planId, asOf });
  const ask = async () => {
    const answer = await runtime.reader.answer(query, tenantId, input, asking);
    if (!answer.ok) throw new Error(answer.detail);
    return answer.body as { readonly data: readonly TreeNode[] };
  };
  for (let turn = 0; turn < warmUps; turn++) await ask();
  const latencies: number[] = [];
  let bytes = 0;
  for (let turn = 0; turn < tries; turn++) {
    await takeOrders(pool, tenantId, orders + turn, 1);
    await projector.advance(tenantId);
    const begun = performance.now();
    bytes = toJson(await ask()).length;
    latencies.push(performance.now() - begun);
  }
  const { data } = await ask();
  const { rows } = await owner.query(
    "select sum(numerator)::text as total from read.fact where measure = 'net_sales' and date <= $1",
    [asOf],
  );
  const lost = Number(data[0]!.actual.toString() !== rows[0].total) + Number(data.length !== nodes.length);
  say(`${facts} facts, ${data.length} nodes, ${bytes} bytes`);
  await pool.end();
  await owner.end();
  return {
    figures: {
      nodes: data.length,
      facts,
      treeP50Ms: round(quantile(latencies, 0.5)),
      treeP99Ms: round(quantile(latencies, 0.99)),
    },
    checks: { lost, doubled: wrongSums(data), reordered: 0 },
  };
}
