import type { Pool } from 'pg';
import { type Column, columnsOf } from '../src/engine/columns.ts';
import type { ReadModel } from '../src/engine/read-model.ts';
import { readModels } from '../src/projections/index.ts';
import { createTenant } from '../src/storage/tenants.ts';

/** Tables that grow with what people do; the others grow with the company. */
const activity = new Set([
  'call',
  'competitor_observation',
  'complaint',
  'complaint_outcome',
  'customer_feedback',
  'daily_report',
  'day_sheet',
  'fact',
  'fact_day',
  'order_line',
  'payment',
  'plan_fact',
  'planned_visit',
  'receivable',
  'report_fact',
  'report_obligation',
  'report_review',
  'sales_order',
  'sign_off',
  'timeline',
  'visit',
  'visit_fact',
  'visit_plan',
]);

/** Ids that an activity makes; all others name people, customers, products and the like. */
const made = new Set(['call_id', 'complaint_id', 'feedback_id', 'invoice_id', 'observation_id', 'order_id']);
for (const name of ['payment_id', 'visit_id']) made.add(name);

/** How far apart the copies lie: the month that is asked about holds one. What the demo tells of former years may coincide with a copy. */
const daysApart = 365;
const positionsApart = 1_000_000_000;

/** What a copy of a row says in a column: the same things done by the same people, earlier. */
function earlier({ name, type }: Column): string {
  const column = `r."${name}"`;
  if (type === 'date') return `${column} - copy * ${daysApart}`;
  if (type === 'timestamptz') return `${column} - make_interval(days => copy * ${daysApart})`;
  if (name === 'position') return `${column} - copy::bigint * ${positionsApart}`;
  if (name === 'chain_hash') return `case when copy = 0 then ${column} else md5(${column} || copy) end`;
  if (made.has(name)) return `case when copy = 0 then ${column} else md5(${column}::text || copy)::uuid end`;
  return column;
}

async function copyRows(owner: Pool, model: ReadModel, from: string, to: string, copies: number) {
  const columns = columnsOf(model);
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const values = columns.map((column) => (activity.has(model.name) ? earlier(column) : `r."${column.name}"`));
  await owner.query(
    `insert into read."${model.name}" (tenant_id, generation, ${names})
     select $2, r.generation, ${values.join(', ')} from read."${model.name}" r
     join read.generation g on g.tenant_id = r.tenant_id and g.generation = r.generation and g.model = $3 and g.live
     cross join generate_series(0, $4::integer) as copy
     where r.tenant_id = $1
     on conflict do nothing`,
    [from, to, model.name, activity.has(model.name) ? copies - 1 : 0],
  );
}

/**
 * A tenant with the read models of another one as they would be after `copies` times as long: what people do now they
 * did in each year before. It has the reference streams too, and no other events.
 */
export async function withHistory(databaseUrl: string, owner: Pool, from: string, copies: number) {
  const tenantId = await createTenant(databaseUrl, `Bench ${copies}`);
  const copy = (text: string) => owner.query(text, [from, tenantId]);
  const columns = await owner.query(
    "select string_agg(column_name, ', ' order by ordinal_position) as names from information_schema.columns where table_schema = 'log' and table_name = 'event' and column_name <> 'tenant_id'",
  );
  const { names } = columns.rows[0];
  await copy(
    `insert into log.event (tenant_id, ${names}) select $2, ${names} from log.event
     where tenant_id = $1 and stream in ('organisation', 'calendar', 'policy')`,
  );
  await copy(
    'update log.head h set position = f.position from log.head f where h.tenant_id = $2 and f.tenant_id = $1',
  );
  await copy(
    "insert into read.lane (tenant_id, lane, position) select $2, lane, position from read.lane where tenant_id = $1 and lane = 'main'",
  );
  await copy(
    `insert into read.generation (tenant_id, model, generation, version, lane, live)
     select $2, model, generation, version, lane, live from read.generation where tenant_id = $1 and live`,
  );
  for (const model of readModels) await copyRows(owner, model, from, tenantId, copies);
  return tenantId;
}
