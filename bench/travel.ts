import pg from 'pg';
import { demoTenantId } from '../src/cli/demo/world.ts';
import { loadDemo } from '../src/cli/demo.ts';
import { addDays } from '../src/engine/instant.ts';
import { createProjector } from '../src/engine/projector.ts';
import { createApp } from '../src/http/app.ts';
import { readModels } from '../src/projections/index.ts';
import { createRuntime, queriesByName } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { quantile, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';

const parameters = { seed: 1, scale: 1, weeks: 2, today: '2026-03-20' };
const tenantId = demoTenantId(parameters.seed);
/** Streams whose ids stay: who works where, and what is sold. */
const shared = /^(organisation|calendar|policy|person|product|competitor)(\/|$)/;
const claims = /^claim\//;
const ids = /[0-9a-f]{8}(?=(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/g;
const days = /\d{4}-\d\d-\d\d/g;

interface Told {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly data: string;
  readonly occurred_at: string;
  readonly effective_on: string;
}

/** Tells the demo's weeks again and again, later and of other customers, until the log has so many events. */
async function grow(owner: pg.Pool, told: readonly Told[], from: number, size: number): Promise<void> {
  const kept = new Set(
    told.flatMap(({ stream, data }) => (shared.test(stream) ? (data.match(ids) ?? []) : [])),
  );
  const again = told.filter(({ stream }) => !shared.test(stream) && !claims.test(stream));
  for (let position = from; position < size; ) {
    const copy = position;
    const turn = Math.ceil(copy / again.length) + Number(from > told.length);
    const later = (text: string): string =>
      text
        .replace(days, (day) => addDays(day, turn * 7 * (parameters.weeks + 1)))
        .replace(ids, (id) =>
          kept.has(id)
            ? id
            : ((Number.parseInt(id, 16) ^ Math.imul(copy, 2_654_435_761)) >>> 0)
                .toString(16)
                .padStart(8, '0'),
        );
    const part = again.slice(0, size - position);
    await owner.query(
      `with turn as (
         select * from unnest($3::integer[], $4::text[], $5::integer[], $6::text[], $7::timestamptz[], $8::date[])
           with ordinality as t(origin, stream, version, data, occurred_at, effective_on, n))
       insert into log.event (tenant_id, position, stream, version, type, schema_version, data, actor, credential,
         command_id, source, occurred_at, effective_on, recorded_at, body_hash)
       select e.tenant_id, $2 + t.n, t.stream, t.version, e.type, e.schema_version, t.data::json, e.actor, e.credential,
         e.command_id, 'again', t.occurred_at, t.effective_on, h.recorded_at + t.n * interval '1 microsecond', e.body_hash
       from turn t join log.event e on e.tenant_id = $1 and e.position = t.origin
       join log.head h on h.tenant_id = $1`,
      [
        tenantId,
        position,
        part.map((event) => event.position),
        part.map(({ stream }) => later(stream)),
        part.map(({ version }) => version),
        part.map(({ data }) => later(data)),
        part.map(({ occurred_at }) => later(occurred_at)),
        part.map(({ effective_on }) => later(effective_on)),
      ],
    );
    position += part.length;
    await owner.query(
      `update log.head h set position = $2, unbroken_from = $2, recorded_at = e.recorded_at
       from log.event e where h.tenant_id = $1 and e.tenant_id = $1 and e.position = $2`,
      [tenantId, position],
    );
  }
}

type Questions = readonly (readonly [name: string, input: Readonly<Record<string, unknown>>])[];

const visited = "type = 'VisitEnded' and data->>'customerId' is not null";

/** Questions of every size about what is in the log around a position at which there was a visit already. */
async function questionsAt(owner: pg.Pool, position: number): Promise<Questions> {
  const { rows } = await owner.query(
    `select data->>'personId' as person, data->>'customerId' as customer, data->>'date' as date from log.event
     where tenant_id = $1 and ${visited} and position <= $2 order by position desc limit 1`,
    [tenantId, position],
  );
  const { person: personId, customer: customerId, date } = rows[0];
  const span = { from: addDays(date, -30), to: date, asOf: date };
  const page = { limit: 50 };
  return [
    ['GetCustomer', { customerId }],
    ['GetTimeline', { subjectKind: 'customer', subjectId: customerId, ...page }],
    ['GetDaySheet', { personId, date }],
    ['GetDayFigures', { personId, date }],
    ['ListTargetProgress', { personId, asOf: date }],
    ['ListVisits', { date, sort: '-date', ...page }],
    ['ListOrders', { sort: '-orderedOn', ...page }],
    ['ListCustomers', { sort: 'name', ...page }],
    ['GetOrgChart', { on: date }],
    ['GetSignerQueue', {}],
    ['GetKpiValues', { subjectKind: 'person', subjectId: personId, grain: 'period', ...span }],
    ['GetKpiValues', { subjectKind: 'organisation', grain: 'period', ...span }],
  ];
}

/** Asks a server without a network, as of an instant or as of now. */
async function answer(
  app: Awaited<ReturnType<typeof createApp>>,
  name: string,
  input: Readonly<Record<string, unknown>>,
  knownAt?: string,
): Promise<string> {
  const { path } = queriesByName.get(name)!;
  const rest = Object.entries(input).filter(([field]) => !path.includes(`:${field}`));
  const parameters = new URLSearchParams([
    ...rest.map(([field, value]): [string, string] => [field, String(value)]),
    ...(knownAt === undefined ? [] : [['knownAt', knownAt] as [string, string]]),
  ]);
  const url = `/v1${path.replace(/:(\w+)/g, (_, field: string) => String(input[field]))}?${parameters}`;
  const { statusCode, body } = await app.inject({ url, headers: { authorization: 'Bearer bench' } });
  if (statusCode !== 200) throw new Error(`${url}: ${body}`);
  return body;
}

const timed = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
  const begun = performance.now();
  return [await work(), performance.now() - begun];
};

const momentsCount = 10;

/** The first answer as of an instant and the same again, beside the answer as it is now, in a growing tenant. */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const pool = createPool({ databaseUrl, connections: 20, name: 'bench' });
    const owner = new pg.Pool({ connectionString: databaseUrl });
    const log = { debug: () => undefined, warn: (_: unknown, message = '') => say(message) };
    await loadDemo({ ...parameters, databaseUrl, pool, masterKey: 'bench', log, wake: () => undefined });
    const { rows: told } = await owner.query(
      `select position::integer, stream, version, data::text, occurred_at::text, effective_on::text from log.event
       where tenant_id = $1 order by position`,
      [tenantId],
    );
    const figures: Record<string, number> = {};
    let wrong = 0;
    let former = told.length;
    let kept = 0;
    for (const size of full || process.env['STAVE_FULL'] === '1' ? [100_000, 1_000_000] : [100_000]) {
      await grow(owner, told, former, size);
      const following = createRuntime({ pool, masterKey: 'bench' });
      const projector = createProjector({ pool, read: following.read, models: readModels });
      const [, projectedMs] = await timed(() => projector.advance(tenantId));
      const [, keptMs] = await timed(() => following.historian.advance(tenantId, size));
      figures[`projectedPerSecondTo${size}`] = round((size - former) / (projectedMs / 1_000), 0);
      figures[`keptPerSecondTo${size}`] = round((size - kept) / (keptMs / 1_000), 0);
      for (const schema of ['read', 'past']) {
        const { rows } = await owner.query(
          `select sum(pg_total_relation_size(format('%I.%I', schemaname, tablename)))::float8 as bytes from pg_tables where schemaname = $1`,
          [schema],
        );
        figures[`${schema}MiBAt${size}`] = round(rows[0].bytes / 2 ** 20, 0);
      }
      await owner.query('vacuum analyze');
      await owner.query('checkpoint');
      former = size;
      kept = size;

      const app = await createApp({
        runtime: createRuntime({ pool, masterKey: 'bench' }),
        verify: async () => ({
          tenantId,
          credentialId: 'bench',
          name: 'bench',
          personId: undefined,
          roles: ['AU', 'TM', 'RM', 'IN'],
          scopes: undefined,
        }),
        secret: 'bench',
        version: '0',
        ready: async () => undefined,
        metrics: async () => '',
      });
      const { rows: ended } = await owner.query(
        `select min(position)::integer as first from log.event where tenant_id = $1 and ${visited}`,
        [tenantId],
      );
      const begun: number = ended[0].first;
      const times = { first: [] as number[], again: [] as number[], now: [] as number[] };
      for (let moment = 1; moment <= momentsCount; moment++) {
        const position = begun + Math.floor(((size - begun) * moment) / momentsCount);
        const { rows } = await owner.query(
          `select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from log.event
           where tenant_id = $1 and position = $2`,
          [tenantId, position],
        );
        const knownAt: string = rows[0].at;
        for (const [name, input] of await questionsAt(owner, position)) {
          const [first, firstMs] = await timed(() => answer(app, name, input, knownAt));
          const [again, againMs] = await timed(() => answer(app, name, input, knownAt));
          const [present, nowMs] = await timed(() => answer(app, name, input));
          times.first.push(firstMs);
          times.again.push(againMs);
          times.now.push(nowMs);
          if (first !== again || (position === size && first !== present && name !== 'GetSignerQueue'))
            wrong += 1;
          if (againMs > 50 || firstMs > 500)
            say(
              `${size} ${name} at ${position}: ${firstMs.toFixed(0)} ms, again ${againMs.toFixed(0)}, now ${nowMs.toFixed(0)}`,
            );
        }
      }
      await app.close();
      for (const [what, list] of Object.entries(times)) {
        figures[`${what}P50MsAt${size}`] = round(quantile(list, 0.5));
        figures[`${what}MaxMsAt${size}`] = round(Math.max(...list));
      }
      say(JSON.stringify(figures));
    }
    await pool.end();
    await owner.end();
    return { figures, ratios: {}, checks: { lost: wrong, doubled: 0, reordered: 0 } };
  });
