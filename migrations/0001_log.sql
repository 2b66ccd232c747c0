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
  hash bytea not null default '\x',
  batch uuid,
  unbroken_from bigint not null default 0
);
comment on table log.head is 'Where each log ends. Locking this row makes the appends of a tenant serial.';
comment on column log.head.tenant_id is 'The tenant.';
comment on column log.head.position is 'Position of the last event; 0 when there is none.';
comment on column log.head.recorded_at is 'When the last block was recorded.';
comment on column log.head.hash is 'Hash of the last block; empty when there is none.';
comment on column log.head.batch is 'The append that moved the head last, by the id that its process gave it.';
comment on column log.head.unbroken_from is 'After this position every append was whole and followed the one that its process had sent before.';

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

-- In the functions below an order within a lateral subquery keeps the planner to the index of streams: a plan that was
-- made while the table was empty stays in use, and would read the whole tenant.

-- One round trip and one transaction for a whole batch of decided commands, numbered from 0 by their place in c_….
--   c_…:     the commands; c_before counts the batch's events before a command's own, c_count its own.
--   e_…:     the events in order; e_ord is the command of each.
--   p_doubt: JSON text, read only when in doubt: {"guards": [{stream, version, token, ords}], "deps": [{ord, on}]}.
--            Each guarded stream must still end with this version, written by the command `token`; deps are the
--            earlier commands of this batch on whose pending events a command was decided. Null where the caller
--            expects no doubt; when there is one, nothing is done and no row answered: it is to ask again with it.
-- Commands whose receipt exists or whose guard fails are left out together with those that depend on them.
-- Guards are in no doubt when the head was left by the append p_after and all since p_known, up to where the process
-- had seen the log, was appended whole by appends that followed one another: then these are the process's own, and no
-- event lies between the states that it decided on and the head.
create function log.append(p_tenant uuid, p_batch uuid, p_after uuid, p_known bigint, p_digest bytea, p_doubt text,
  c_key uuid[], c_fingerprint bytea[], c_command_id uuid[], c_stream text[], c_version integer[], c_record boolean[],
  c_before integer[], c_count integer[],
  e_ord integer[], e_stream text[], e_version integer[], e_type text[], e_schema_version smallint[], e_data json[],
  e_actor text[], e_credential text[], e_correlation_id text[], e_causation_position bigint[],
  e_source text[], e_occurred_at timestamptz[], e_effective_on date[], e_body_hash bytea[])
returns table (former bigint, batch uuid, doubted boolean, conflicts json, replays json, left_out integer[])
language plpgsql security definer set search_path = pg_catalog, log set enable_seqscan = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  head log.head;
  unbroken boolean;
  skipped integer[];
  moved integer := cardinality(e_ord);
  digest bytea := p_digest;
  now_recorded timestamptz;
begin
  perform set_config('stave.tenant', p_tenant::text, true);
  select * into head from log.head h where h.tenant_id = p_tenant for update;
  if not found then
    raise exception 'there is no tenant %', p_tenant using errcode = 'ST404';
  end if;
  unbroken := coalesce(head.batch = p_after, false);

  if exists (select from log.receipt r where r.tenant_id = p_tenant and r.key = any (c_key)) then
    select json_agg(json_build_object('ord', c.n - 1, 'same', r.fingerprint is not distinct from c.fingerprint,
             'stream', r.stream, 'version', r.version, 'first', r.first_position, 'last', r.last_position,
             'position', r.position)),
           array_agg(c.n - 1)
      into replays, left_out
      from unnest(c_key, c_fingerprint) with ordinality as c(key, fingerprint, n)
      join log.receipt r on r.tenant_id = p_tenant and r.key = c.key;
  end if;

  doubted := not unbroken or coalesce(head.unbroken_from > p_known, true);
  if p_doubt is null and (doubted or left_out is not null) then
    return;
  end if;
  if doubted then
    with broken as (
      select g.stream, g.ords
      from json_to_recordset(p_doubt::json->'guards') as g(stream text, version integer, token uuid, ords integer[])
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
  end if;

  if left_out is not null then
    unbroken := false;
    with recursive dep as (
      select d.ord, d.on from json_to_recordset(p_doubt::json->'deps') as d(ord integer, "on" integer)
    ), gone as (
      select o.ord from unnest(left_out) as o(ord)
      union
      select dep.ord from gone join dep on dep.on = gone.ord
    )
    select array_agg(gone.ord) into left_out from gone;
    select array_agg(c.skipped order by c.n), max(c.skipped) into skipped, moved
      from (select c.n, sum(c.count) filter (where c.n - 1 = any (left_out)) over (order by c.n) as skipped
            from unnest(c_count) with ordinality as c(count, n)) c;
    moved := cardinality(e_ord) - coalesce(moved, 0);
    select sha256(string_agg(e.body_hash, ''::bytea order by e.n)) into digest
      from unnest(e_ord, e_body_hash) with ordinality as e(ord, body_hash, n)
      where e.ord <> all (left_out);
  end if;

  now_recorded := greatest(clock_timestamp(), head.recorded_at + interval '1 microsecond');

  digest := sha256(head.hash || int8send(head.position + 1) || int8send(head.position + moved)
    || int8send((extract(epoch from now_recorded) * 1000000)::bigint) || digest);

  -- All in one statement: beginning one costs as much as several rows.
  with receipts as (
    insert into log.receipt (tenant_id, key, fingerprint, command_id, stream, version, first_position, last_position,
      position, recorded_at)
    select p_tenant, c.key, c.fingerprint, c.command_id, c.stream, c.version,
      case when c.count > 0 then head.position + c.before - coalesce(skipped[c.n], 0) + 1 end,
      case when c.count > 0 then head.position + c.before - coalesce(skipped[c.n], 0) + c.count end,
      head.position + moved, now_recorded
    from unnest(c_key, c_fingerprint, c_command_id, c_stream, c_version, c_record, c_before, c_count) with ordinality
      as c(key, fingerprint, command_id, stream, version, record, before, count, n)
    where c.record and (left_out is null or c.n - 1 <> all (left_out))
  ), block as (
    insert into log.block select p_tenant, head.position + 1, head.position + moved, now_recorded, digest
    where moved > 0
  ), moved_head as (
    update log.head h set position = head.position + moved, recorded_at = now_recorded, hash = digest, batch = p_batch,
        unbroken_from = case when unbroken then head.unbroken_from else head.position + moved end
      where h.tenant_id = p_tenant and moved > 0
  )
  insert into log.event (tenant_id, position, stream, version, type, schema_version, data, actor, credential,
    command_id, correlation_id, causation_position, source, occurred_at, effective_on, recorded_at, body_hash)
  select p_tenant, head.position + e.n - coalesce(skipped[e.ord + 1], 0), e.stream, e.version, e.type,
    e.schema_version, e.data, e.actor, e.credential, c_command_id[e.ord + 1], e.correlation_id, e.causation_position,
    e.source, e.occurred_at, e.effective_on, now_recorded, e.body_hash
  from unnest(e_ord, e_stream, e_version, e_type, e_schema_version, e_data, e_actor, e_credential, e_correlation_id,
    e_causation_position, e_source, e_occurred_at, e_effective_on, e_body_hash) with ordinality
    as e(ord, stream, version, type, schema_version, data, actor, credential, correlation_id, causation_position,
      source, occurred_at, effective_on, body_hash, n)
  where left_out is null or e.ord <> all (left_out);

  former := head.position;
  batch := case when moved > 0 then p_batch else head.batch end;
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
    from unnest(p_streams) as wanted(stream)
    cross join lateral (
      select e.position, e.stream, e.version, e.type, e.schema_version, e.data, e.actor, e.credential, e.command_id,
        e.correlation_id, e.causation_position, e.source, e.occurred_at, e.effective_on
      from log.event e where e.tenant_id = p_tenant and e.stream = wanted.stream
      order by e.version) e;
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
