import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/storage/migrate.ts';
import { note } from '../support/figures.ts';
import { fillLog, type Ledger, openLedger } from '../support/ledger.ts';

const tables = ['event', 'block', 'receipt', 'head', 'access'];

/** What changes or adds rows, defines tables otherwise, or takes their guards away. */
const attempts: readonly string[] = [
  ...tables.flatMap((table) => [
    `update log.${table} set tenant_id = tenant_id`,
    `delete from log.${table}`,
    `truncate log.${table}`,
    `truncate log.${table} cascade`,
    `insert into log.${table} select * from log.${table} limit 1`,
    `insert into log.${table} overriding system value select * from log.${table} limit 1`,
    `insert into log.${table} overriding user value select * from log.${table} limit 1`,
    `insert into log.${table} select * from log.${table} on conflict do nothing`,
    `merge into log.${table} t using log.${table} s on t.tenant_id = s.tenant_id when matched then delete`,
    `select * from log.${table} for update`,
    `alter table log.${table} disable trigger user`,
    `alter table log.${table} disable trigger all`,
    `alter table log.${table} disable row level security`,
    `alter table log.${table} no force row level security`,
    `alter table log.${table} rename to former_${table}`,
    `alter table log.${table} set schema public`,
    `alter table log.${table} owner to current_user`,
    `alter table log.${table} add column extra integer`,
    `alter table log.${table} drop column tenant_id cascade`,
    `alter table log.${table} alter column tenant_id type text using 'x'`,
    `drop table log.${table} cascade`,
    `grant insert, update, delete, truncate on log.${table} to public`,
    `grant all on log.${table} to current_user`,
    `create rule quiet as on insert to log.${table} do instead nothing`,
    `create policy all_rows on log.${table} using (true) with check (true)`,
    `create trigger twist before insert on log.${table} for each row execute function suppress_redundant_updates_trigger()`,
    `create index on log.${table} (tenant_id)`,
    `copy log.${table} from program 'true'`,
  ]),
  'drop trigger append_only on log.event',
  'drop trigger append_only_truncate on log.event',
  'alter trigger append_only on log.event rename to nothing',
  'alter table log.event enable replica trigger append_only',
  'drop policy tenant on log.event',
  'alter policy tenant on log.event using (true)',
  'create or replace function log.refuse_change() returns trigger language plpgsql as $$ begin return new; end $$',
  'drop function log.refuse_change() cascade',
  'alter function log.refuse_change() rename to nothing',
  'drop function log.append',
  'alter function log.append owner to current_user',
  'alter function log.append set role stave_log',
  'create function log.sneak() returns void language sql security definer as $$ delete from log.event $$',
  'create table log.other (id integer)',
  'create view log.door as select * from log.event',
  'alter schema log rename to former',
  'drop schema log cascade',
  'grant all on schema log to public',
  'grant all on all tables in schema log to public',
  'alter default privileges in schema log grant all on tables to public',
  'drop owned by current_user cascade',
  'reassign owned by stave_owner to stave_app',
  'reassign owned by current_user to current_user',
  'set role stave_log',
  'set session authorization stave_log',
  'grant stave_log to current_user',
  'alter role current_user superuser',
  'set session_replication_role = replica',
  'set local session_replication_role = replica',
  "select set_config('session_replication_role', 'replica', true)",
  'set event_triggers = off',
  'alter event trigger stave_sealed disable',
  'drop event trigger stave_sealed',
  'drop function log.refuse_definition() cascade',
  'create or replace function log.refuse_definition() returns event_trigger language plpgsql as $$ begin end $$',
  "update pg_catalog.pg_trigger set tgenabled = 'D'",
  "update pg_catalog.pg_class set relowner = 'stave_app'::regrole where relname = 'event'",
  "do $$ begin execute 'alter table log.event disable trigger user'; end $$",
];

/** What PostgreSQL answers with a warning, having done nothing. */
const isHarmless = (attempt: string) => /^(grant|alter default privileges|reassign owned) /.test(attempt);

describe('tampering by roles of the database', () => {
  let ledger: Ledger;
  const tried = { attempts: 0, succeeded: 0 };

  beforeAll(async () => {
    ledger = await openLedger();
    await fillLog(ledger.pool, ledger.tenantId, 20);
    await ledger.pool.query('select log.record_accesses($1, $2)', [
      ledger.tenantId,
      '[{"actor":"system/cli","credential":"system/cli","operation":"export","subjects":[]}]',
    ]);
  });
  afterAll(() => ledger.close());

  /** Works as a login of its own that has the rights of a role, and no others. */
  async function asLogin(role: string, work: (session: pg.Client) => Promise<void>): Promise<void> {
    const login = `${role}_${randomBytes(8).toString('hex')}`;
    const url = new URL(ledger.databaseUrl);
    url.username = login;
    url.password = login;
    await ledger.admin.query(`create role ${login} login password '${login}' in role ${role}`);
    const session = new pg.Client({ connectionString: url.href });
    await session.connect();
    try {
      await work(session);
    } finally {
      await session.end();
      await ledger.admin.query(`drop owned by ${login}; drop role ${login}`);
    }
  }

  /** Everything that the log's tables hold and how they are defined, in one text. */
  async function fingerprint(): Promise<string> {
    const questions = [
      ...tables.map((table) => `select t::text from log.${table} t order by 1`),
      `select c.relname, c.relowner::regrole, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.relnatts from pg_class c where relnamespace = 'log'::regnamespace order by 1`,
      `select tgname, tgenabled, tgrelid::regclass, tgfoid::regproc from pg_trigger t join pg_class c on c.oid = tgrelid where relnamespace = 'log'::regnamespace order by 3, 1`,
      `select proname, proowner::regrole, proacl, prosrc, proconfig from pg_proc where pronamespace = 'log'::regnamespace order by 1`,
      `select polname, polrelid::regclass, pg_get_expr(polqual, polrelid) from pg_policy order by 2, 1`,
      `select evtname, evtenabled, evtowner::regrole from pg_event_trigger`,
      `select nspname, nspowner::regrole, nspacl from pg_namespace where nspname = 'log'`,
    ];
    const parts: string[] = [];
    for (const text of questions) parts.push(JSON.stringify((await ledger.admin.query(text)).rows));
    return parts.join('\n');
  }

  const cases = ['stave_app', 'stave_analyst', 'stave_owner'].flatMap((role) => [
    [role, 'set', true] as const,
    [role, 'inherited', false] as const,
  ]);
  test.each(cases)('%s, %s, succeeds with nothing', async (role, _, set) => {
    const before = await fingerprint();
    const allowed: string[] = [];
    await asLogin(role, async (session) => {
      for (const attempt of attempts) {
        await session.query(`set role ${set ? role : 'none'}`);
        await session.query("select set_config('stave.tenant', $1, false)", [ledger.tenantId]);
        await session.query('begin');
        const done = await session.query(attempt).then(
          () => true,
          () => false,
        );
        await session.query('commit');
        if (done && !isHarmless(attempt)) allowed.push(attempt);
      }
    });
    tried.attempts += attempts.length;
    tried.succeeded += allowed.length;
    expect(allowed).toEqual([]);
    expect(await fingerprint()).toBe(before);
  });

  test('a superuser’s ordinary statements are refused too, whatever the replication role is', async () => {
    await ledger.admin.query('set session_replication_role = replica');
    for (const statement of [
      'update log.event set actor = actor',
      'delete from log.block',
      'delete from log.access',
      'truncate log.event',
    ])
      await expect(ledger.admin.query(statement)).rejects.toThrow('append-only');
    await ledger.admin.query('reset session_replication_role');
  });

  test('appending goes on, and a migration may define what the owner may not', async (context) => {
    note(context, 'roles', { roles: cases.length / 2, ...tried });
    await fillLog(ledger.pool, ledger.tenantId, 10, 2);
    await ledger.admin.query("delete from public.stave_migration where name = '0006_ledger.sql'");
    await migrate(ledger.databaseUrl);
    await fillLog(ledger.pool, ledger.tenantId, 10, 3);
    const { rows } = await ledger.admin.query(
      "select evtenabled, 'log.append'::regproc::oid in (select oid from pg_proc where proowner = 'stave_log'::regrole) as sealed from pg_event_trigger where evtname = 'stave_sealed'",
    );
    expect(rows).toEqual([{ evtenabled: 'A', sealed: true }]);
  });
});
