-- Time travel: every version of every row of the read models, so that any query can be answered as the log stood then.

create table past.cursor (
  tenant_id uuid not null,
  model text collate "C" not null,
  version integer not null,
  position bigint not null default 0,
  error text,
  primary key (tenant_id, model, version)
);
comment on table past.cursor is 'How far the former rows of each read model are kept.';
comment on column past.cursor.tenant_id is 'The tenant.';
comment on column past.cursor.model is 'The read model: its table in this schema.';
comment on column past.cursor.version is 'Version of the fold that makes the rows.';
comment on column past.cursor.position is 'Position of the last event whose rows are kept.';
comment on column past.cursor.error is 'Why it stopped; null while it moves.';

create table past.epoch (
  tenant_id uuid primary key,
  epoch integer not null
);
comment on table past.epoch is 'How often the former rows of a tenant were made anew; answers from before are not given again.';
comment on column past.epoch.tenant_id is 'The tenant.';
comment on column past.epoch.epoch is 'Number of times; none is 0.';

-- Makes the table of a read model's former rows, with the indexes of the live one. A model whose key has the position of
-- an event needs none: its rows never change.
create function past.create_model(p_name text) returns void
language plpgsql as $$
declare
  entry record;
begin
  if exists (select from pg_attribute where attrelid = format('read.%I', p_name)::regclass and attname = 'position'
             and attnum = any ((select indkey from pg_index
               where indrelid = format('read.%I', p_name)::regclass and indisprimary)::smallint[])) then
    return;
  end if;
  execute format('create table past.%I (like read.%I including comments, since_position bigint not null, until_position bigint not null) with (fillfactor = 85)', p_name, p_name);
  for entry in
    select i.indisprimary as is_key, string_agg(format('%I', a.attname), ', ' order by k.n) as columns
    from pg_index i cross join lateral unnest(i.indkey::smallint[]) with ordinality as k(attnum, n)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where i.indrelid = format('read.%I', p_name)::regclass
    group by i.indexrelid, i.indisprimary
  loop
    if entry.is_key then
      execute format('alter table past.%I add primary key (%s, since_position)', p_name, entry.columns);
    else
      execute format('create index on past.%I (%s)', p_name, entry.columns);
    end if;
  end loop;
  execute format('alter table past.%I enable row level security', p_name);
  execute format('alter table past.%I force row level security', p_name);
  execute format('create policy tenant on past.%I using (tenant_id = nullif(current_setting(''stave.tenant'', true), '''')::uuid)', p_name);
  execute format('grant select, insert, update, delete on past.%I to stave_app', p_name);
  execute format('comment on table past.%I is %L', p_name, format('Every version of every row of read.%s.', p_name));
  execute format('comment on column past.%I.generation is ''Version of the fold that made the row.''', p_name);
  execute format('comment on column past.%I.since_position is ''Position of the event that made the row so.''', p_name);
  execute format('comment on column past.%I.until_position is ''Position of the event that changed or removed it; the largest bigint while it is so.''', p_name);
end $$;
comment on function past.create_model is 'Makes the table of the former rows of a read model.';
revoke all on function past.create_model from public;

select past.create_model(tablename) from pg_tables
  where schemaname = 'read' and tablename not in ('lane', 'generation') order by tablename;

grant usage on schema past to stave_app;
grant select, insert, update, delete on past.cursor, past.epoch to stave_app;

-- The last position recorded at or before an instant; null when the instant is still to come. An append on its way may
-- yet be recorded before an instant that is later than the head's: it is waited for, by locking the head as it does.
create function log.position_at(p_tenant uuid, p_at timestamptz) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, log as $$
declare
  head log.head;
begin
  perform set_config('stave.tenant', p_tenant::text, true);
  if p_at > clock_timestamp() then
    return null;
  end if;
  select * into head from log.head h where h.tenant_id = p_tenant;
  if head.recorded_at <= p_at then
    select * into head from log.head h where h.tenant_id = p_tenant for share;
  end if;
  if not found then
    raise exception 'there is no tenant %', p_tenant using errcode = 'ST404';
  end if;
  return log.position_before(p_tenant, p_at + interval '1 microsecond');
end $$;
comment on function log.position_at is 'The last position recorded at or before an instant.';

create function log.recorded_at(p_tenant uuid, p_position bigint) returns timestamptz
language plpgsql stable security definer set search_path = pg_catalog, log as $$
begin
  perform set_config('stave.tenant', p_tenant::text, true);
  return (select e.recorded_at from log.event e where e.tenant_id = p_tenant and e.position = p_position);
end $$;
comment on function log.recorded_at is 'When the event at a position was recorded; null where there is none.';

revoke all on function log.position_at, log.recorded_at from public;
grant execute on function log.position_at, log.recorded_at to stave_app;
