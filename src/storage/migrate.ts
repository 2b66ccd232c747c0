import { readdir, readFile } from 'node:fs/promises';
import { runMigrations } from 'bullmq';
import pg from 'pg';
import { sha256 } from '../engine/canonical.ts';

const folder = new URL('../../migrations/', import.meta.url);
const lockKey = 5_781_238_843n;

const roles = `
do $$ begin
  create role stave_owner nologin;
exception when duplicate_object or unique_violation then null; end $$;
do $$ begin
  create role stave_app nologin;
exception when duplicate_object or unique_violation then null; end $$;
do $$ begin
  create role stave_log nologin;
exception when duplicate_object or unique_violation then null; end $$;
do $$ begin
  create role stave_analyst nologin;
exception when duplicate_object or unique_violation then null; end $$;
grant stave_owner, stave_app, stave_log to current_user;
`;

const schemas = `
create schema if not exists log authorization stave_owner;
create schema if not exists read authorization stave_owner;
create schema if not exists past authorization stave_owner;
create schema if not exists jobs authorization stave_owner;
create schema if not exists auth authorization stave_owner;
create schema if not exists secret authorization stave_owner;
create table if not exists public.stave_migration (
  name text primary key, checksum text not null, applied_at timestamptz not null default now()
);
comment on table public.stave_migration is 'The migrations that were applied.';
`;

/** Lets a migration define the log, within its own transaction. */
const unseal = `
do $$ declare function regprocedure; begin
  for function in select oid::regprocedure from pg_proc
    where pronamespace = 'log'::regnamespace and proowner = 'stave_log'::regrole
  loop
    execute format('alter function %s owner to stave_owner', function);
  end loop;
  if exists (select from pg_event_trigger where evtname = 'stave_sealed' and evtowner = current_user::regrole) then
    alter event trigger stave_sealed disable;
  end if;
end $$`;

/** Gives what appends, or locks the head, to the role that alone may write to the log and, where a superuser migrates, refuses the owner all definitions. */
const seal = `
do $$ declare function regprocedure; begin
  if not has_schema_privilege('stave_log', 'log', 'create') then return; end if;
  for function in select oid::regprocedure from pg_proc
    where pronamespace = 'log'::regnamespace and proname in ('append', 'position_at', 'record_accesses')
  loop
    execute format('alter function %s owner to stave_log', function);
  end loop;
  if not (select rolsuper from pg_roles where rolname = current_user) then return; end if;
  if not exists (select from pg_event_trigger where evtname = 'stave_sealed') then
    create function log.refuse_definition() returns event_trigger language plpgsql set search_path = pg_catalog as $refuse$
    begin
      if (tg_tag = 'DROP OWNED' or pg_has_role(current_user, 'stave_owner', 'member'))
        and not (select rolsuper from pg_roles where rolname = current_user) then
        raise exception '% is refused: only migrations define the database', tg_tag using errcode = 'ST405';
      end if;
    end $refuse$;
    comment on function log.refuse_definition is 'Refuses every definition by the owner outside of migrations, and anybody to drop rights wholesale.';
    create event trigger stave_sealed on ddl_command_start execute function log.refuse_definition();
  end if;
  alter event trigger stave_sealed enable always;
end $$`;

const queueGrants = `
grant usage, create on schema bullmq to stave_app;
grant all on all tables in schema bullmq to stave_app;
grant all on all sequences in schema bullmq to stave_app;
grant execute on all functions in schema bullmq to stave_app;
`;

/** Brings a database to the newest schema, under a lock, each file in its own transaction; refuses an edited file. */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    await client.query(roles);
    await client.query(schemas);
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from public.stave_migration',
    );
    const applied = new Map(rows.map((row) => [row.name, row.checksum]));
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
    for (const name of names) {
      const text = await readFile(new URL(name, folder), 'utf8');
      const checksum = sha256(text);
      if (applied.get(name) === checksum) continue;
      if (applied.has(name)) throw new Error(`Migration ${name} was changed after it was applied.`);
      await client.query('begin');
      await client.query(unseal);
      await client.query('set local role stave_owner');
      await client.query(text);
      await client.query('reset role');
      await client.query(seal);
      await client.query('insert into public.stave_migration (name, checksum) values ($1, $2)', [
        name,
        checksum,
      ]);
      await client.query('commit');
    }
    await runMigrations(client as never, 'bullmq');
    await client.query(queueGrants);
  } finally {
    await client.end();
  }
}
