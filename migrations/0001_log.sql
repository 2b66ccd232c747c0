-- The log: one gapless, ordered, hash-chained sequence of events for each tenant.

create table log.tenant (
  tenant_id uuid primary key,
  name text not null,
  created_at timestamptz not null default now()
);
comment on table log.tenant is 'The companies that this database serves.';
comment on column log.tenant.tenant_id is 'The tenant; leads every key of every table.';
comment on column log.tenant.name is 'What operators call the tenant.';
comment on column log.tenant.created_at is 'When the tenant was created.';

create table log.head (
  tenant_id uuid primary key,
  position bigint not null default 0,
  recorded_at timestamptz not null default 'epoch',
  hash bytea not null default '\x'
);
comment on table log.head is 'Where each log ends. Locking this row makes the appends of a tenant serial.';
comment on column log.head.tenant_id is 'The tenant.';
comment on column log.head.position is 'Position of the last event; 0 when there is none.';
comment on column log.head.recorded_at is 'When the last block was recorded.';
comment on column log.head.hash is 'Hash of the last block; empty when there is none.';

create table log.event (
  tenant_id uuid not null,
  position bigint not null,
  stream text collate "C" not null,
  version integer not null,
  type text collate "C" not null,
  schema_version smallint not null,
  data json not null,
  actor text collate "C" not null,
  credential text collate "C",
  command_id uuid not null,
  correlation_id text,
  causation_position bigint,
  source text not null,
  occurred_at timestamptz not null,
  effective_on date not null,
  recorded_at timestamptz not null,
  body_hash bytea not null,
  primary key (tenant_id, position),
  unique (tenant_id, stream, version)
);
comment on table log.event is 'Every sales activity, for ever: rows are appended and never changed.';
comment on column log.event.tenant_id is 'The tenant.';
comment on column log.event.position is 'Place in the tenant''s log: 1, 2, 3, … without gaps, in commit order.';
comment on column log.event.stream is 'The thing that it happened to: noun/key.';
comment on column log.event.version is 'Place in its stream: 1, 2, 3, …';
comment on column log.event.type is 'What happened.';
comment on column log.event.schema_version is 'Version of the shape of data.';
comment on column log.event.data is 'The details, as the canonical JSON text that was hashed.';
comment on column log.event.actor is 'Who did it: person/<id>, integration/<name> or system/<name>.';
comment on column log.event.credential is 'The credential that was used; null for the system.';
comment on column log.event.command_id is 'The command that caused it; the same for all events of one command.';
comment on column log.event.correlation_id is 'The caller''s own reference, passed along.';
comment on column log.event.causation_position is 'The event that a reaction answered.';
comment on column log.event.source is 'Where the command came in: http, batch, reaction, clock or cli.';
comment on column log.event.occurred_at is 'When it happened in the business.';
comment on column log.event.effective_on is 'The business day, in the tenant''s time zone.';
comment on column log.event.recorded_at is 'When it was recorded, by the database clock; never goes back within a tenant.';
comment on column log.event.body_hash is 'SHA-256 over all columns but position and recorded_at.';

create table log.block (
  tenant_id uuid not null,
  first_position bigint not null,
  last_position bigint not null,
  recorded_at timestamptz not null,
  hash bytea not null,
  primary key (tenant_id, first_position)
);
comment on table log.block is 'The hash chain: one block for each append, over the hash of the block before it.';
comment on column log.block.tenant_id is 'The tenant.';
comment on column log.block.first_position is 'Position of the block''s first event.';
comment on column log.block.last_position is 'Position of the block''s last event.';
comment on column log.block.recorded_at is 'When the block was recorded.';
comment on column log.block.hash is 'sha256(previous hash, first, last, recorded_at in microseconds, sha256(body hashes in order)); numbers as 8 bytes, big-endian.';

create table log.receipt (
  tenant_id uuid not null,
  key uuid not null,
  fingerprint bytea,
  command_id uuid not null,
  stream text collate "C" not null,
  version integer not null,
  first_position bigint,
  last_position bigint,
  position bigint not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, key)
);
comment on table log.receipt is 'One row for each accepted command, so that a repeat finds what the first one did.';
comment on column log.receipt.tenant_id is 'The tenant.';
comment on column log.receipt.key is 'Digest of credential and idempotency key, or the command id where no key was given.';
comment on column log.receipt.fingerprint is 'Digest of what was asked, to tell a repeat from another request under the same key.';
comment on column log.receipt.command_id is 'The command.';
comment on column log.receipt.stream is 'The command''s own stream.';
comment on column log.receipt.version is 'Version of that stream afterwards.';
comment on column log.receipt.first_position is 'Position of its first event; null when there was nothing to record.';
comment on column log.receipt.last_position is 'Position of its last event; null when there was nothing to record.';
comment on column log.receipt.position is 'Position of the log''s head afterwards.';
comment on column log.receipt.recorded_at is 'When it was accepted.';

-- One round trip and one transaction for a whole batch of decided commands.
--   commands: [{ord, deps, count, record, key, fingerprint, command_id, stream, version}]; deps are the earlier commands of
--             this batch whose pending events it was decided on, closed transitively.
--   guards:   [{stream, version, token, ords}]; each stream must still end with this version, written by the
--             command `token`.
--   events:   [{ord, n, stream, version, type, …}]; n counts from 0 within the command.
-- Commands whose receipt exists or whose guard fails are left out together with those that depend on them.
create function log.append(p_tenant uuid, p_commands json, p_guards json, p_events json)
returns table (former bigint, recorded bigint, conflicts json, replays json, left_out integer[])
language plpgsql security definer set search_path = pg_catalog, log as $$
declare
  head log.head;
  now_recorded timestamptz;
  moved bigint;
  digest bytea;
begin
  perform set_config('stave.tenant', p_tenant::text, true);
  select * into head from log.head h where h.tenant_id = p_tenant for update;
  if not found then
    raise exception 'there is no tenant %', p_tenant using errcode = 'ST404';
  end if;

  select json_agg(json_build_object('ord', c.ord, 'same', r.fingerprint is not distinct from decode(c.fingerprint, 'hex'),
           'stream', r.stream, 'version', r.version, 'first', r.first_position, 'last', r.last_position,
           'position', r.position)),
         array_agg(c.ord)
    into replays, left_out
    from json_to_recordset(p_commands) as c(ord integer, key uuid, fingerprint text)
    join log.receipt r on r.tenant_id = p_tenant and r.key = c.key;

  with broken as (
    select g.stream, g.ords
    from json_to_recordset(p_guards) as g(stream text, version integer, token uuid, ords integer[])
    left join lateral (
      select e.version, e.command_id from log.event e
      where e.tenant_id = p_tenant and e.stream = g.stream
      order by e.version desc limit 1
    ) as last on true
    where coalesce(last.version, 0) <> g.version or last.command_id is distinct from g.token
  )
  select json_agg(json_build_object('stream', broken.stream, 'ords', broken.ords)),
         left_out || (select array_agg(o.ord) from broken, unnest(broken.ords) as o(ord))
    into conflicts, left_out
    from broken;

  if left_out is not null then
    select array_agg(c.ord) into left_out
      from json_to_recordset(p_commands) as c(ord integer, deps integer[])
      where c.ord = any (left_out) or c.deps && left_out;
  end if;

  now_recorded := greatest(clock_timestamp(), head.recorded_at + interval '1 microsecond');

  with command as (
    select c.*, head.position + sum(c.count) over (order by c.ord) - c.count as before
    from json_to_recordset(p_commands) as c(ord integer, count integer, record boolean, key uuid, fingerprint text,
      command_id uuid, stream text, version integer)
    where left_out is null or c.ord <> all (left_out)
  ), event as (
    insert into log.event (tenant_id, position, stream, version, type, schema_version, data, actor, credential,
      command_id, correlation_id, causation_position, source, occurred_at, effective_on, recorded_at, body_hash)
    select p_tenant, command.before + e.n + 1, e.stream, e.version, e.type, e.schema_version, e.data, e.actor,
      e.credential, command.command_id, e.correlation_id, e.causation_position, e.source, e.occurred_at,
      e.effective_on, now_recorded, decode(e.body_hash, 'hex')
    from command join json_to_recordset(p_events) as e(ord integer, n integer, stream text, version integer, type text,
      schema_version smallint, data json, actor text, credential text, correlation_id text,
      causation_position bigint, source text, occurred_at timestamptz, effective_on date, body_hash text)
      on e.ord = command.ord
    returning position, body_hash
  ), total as (
    select count(*) as events, sha256(string_agg(event.body_hash, ''::bytea order by event.position)) as digest from event
  ), receipt as (
    insert into log.receipt (tenant_id, key, fingerprint, command_id, stream, version, first_position,
      last_position, position, recorded_at)
    select p_tenant, c.key, decode(c.fingerprint, 'hex'), c.command_id, c.stream, c.version,
      case when c.count > 0 then c.before + 1 end, case when c.count > 0 then c.before + c.count end,
      head.position + total.events, now_recorded
    from command c, total
    where c.record
  )
  select total.events, total.digest into moved, digest from total;

  if moved > 0 then
    digest := sha256(head.hash || int8send(head.position + 1) || int8send(head.position + moved)
      || int8send((extract(epoch from now_recorded) * 1000000)::bigint) || digest);
    insert into log.block values (p_tenant, head.position + 1, head.position + moved, now_recorded, digest);
    update log.head h set position = head.position + moved, recorded_at = now_recorded, hash = digest
      where h.tenant_id = p_tenant;
  end if;

  former := head.position;
  recorded := (extract(epoch from now_recorded) * 1000000)::bigint;
  return next;
end $$;
comment on function log.append is 'Appends the events of decided commands whose guards still hold.';

create function log.load(p_tenant uuid, p_streams text[])
returns table (head bigint, events json)
language plpgsql stable security definer set search_path = pg_catalog, log as $$
begin
  perform set_config('stave.tenant', p_tenant::text, true);
  select h.position into head from log.head h where h.tenant_id = p_tenant;
  if not found then
    raise exception 'there is no tenant %', p_tenant using errcode = 'ST404';
  end if;
  select json_agg(row_to_json(e) order by e.stream, e.version) into events
    from (select e.position, e.stream, e.version, e.type, e.schema_version, e.data, e.actor, e.credential, e.command_id,
            e.correlation_id, e.causation_position, e.source, e.occurred_at, e.effective_on
          from log.event e where e.tenant_id = p_tenant and e.stream = any (p_streams)) e;
  return next;
end $$;
comment on function log.load is 'The head of a tenant''s log and all events of some streams.';

create function log.tail(p_tenant uuid, p_after bigint, p_up_to bigint) returns setof json
language plpgsql stable security definer set search_path = pg_catalog, log as $$
begin
  perform set_config('stave.tenant', p_tenant::text, true);
  return query
    select row_to_json(e) from (
      select e.position, e.stream, e.version, e.type, e.schema_version, e.data, e.actor, e.credential, e.command_id,
        e.correlation_id, e.causation_position, e.source, e.occurred_at, e.effective_on
      from log.event e where e.tenant_id = p_tenant and e.position > p_after and e.position <= p_up_to
      order by e.position) e;
end $$;
comment on function log.tail is 'The events of a tenant between two positions, in order.';

create function log.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on log.% is refused: the log is append-only', tg_op, tg_table_name using errcode = 'ST405';
end $$;
comment on function log.refuse_change is 'Refuses to change or remove what was recorded.';

do $$
declare name text;
begin
  foreach name in array array['event', 'block'] loop
    execute format('create trigger append_only before update or delete on log.%I for each row execute function log.refuse_change()', name);
    execute format('create trigger append_only_truncate before truncate on log.%I for each statement execute function log.refuse_change()', name);
    execute format('alter table log.%I enable always trigger append_only', name);
    execute format('alter table log.%I enable always trigger append_only_truncate', name);
  end loop;
  foreach name in array array['event', 'block', 'receipt'] loop
    execute format('alter table log.%I enable row level security', name);
    execute format('alter table log.%I force row level security', name);
    execute format('create policy tenant on log.%I using (tenant_id = nullif(current_setting(''stave.tenant'', true), '''')::uuid)', name);
  end loop;
end $$;

revoke all on all functions in schema log from public;
grant usage on schema log to stave_app;
grant select on all tables in schema log to stave_app;
grant execute on function log.append, log.load, log.tail to stave_app;
