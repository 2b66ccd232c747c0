-- Who read what: the reads of auditors, of the log and of personal data in bulk. It is kept beside the log and not in it,
-- so that reading the log does not lengthen it.

create table log.access (
  tenant_id uuid not null,
  number bigint not null,
  recorded_at timestamptz not null,
  actor text collate "C" not null,
  credential text collate "C" not null,
  request text,
  operation text collate "C" not null,
  subjects uuid[] not null,
  hash bytea not null,
  primary key (tenant_id, number)
);
create index access_actor on log.access (tenant_id, actor, number);
create index access_subjects on log.access using gin (subjects);
comment on table log.access is 'Who read what, for ever: rows are appended and never changed.';
comment on column log.access.tenant_id is 'The tenant.';
comment on column log.access.number is 'Place among the accesses of the tenant: 1, 2, 3, … without gaps.';
comment on column log.access.recorded_at is 'When it was recorded, by the database clock, before the answer was given; never goes back within a tenant.';
comment on column log.access.actor is 'Who read: person/<id>, integration/<name> or system/<name>.';
comment on column log.access.credential is 'The credential that was used.';
comment on column log.access.request is 'The request; null for the command line.';
comment on column log.access.operation is 'What was asked, by the name that the API documentation gives it, or the command.';
comment on column log.access.subjects is 'Whom and what it named, by id.';
comment on column log.access.hash is 'sha256 of the hash before it and of its other columns.';

create function log.access_hash(p_previous bytea, p_access log.access) returns bytea
language sql stable set search_path = pg_catalog, log as $$
  select sha256(p_previous || convert_to(json_build_array(p_access.tenant_id, p_access.number,
    (extract(epoch from p_access.recorded_at) * 1000000)::bigint, p_access.actor, p_access.credential, p_access.request,
    p_access.operation, p_access.subjects)::text, 'UTF8'))
$$;
comment on function log.access_hash is 'The hash of an access that follows upon another one; after nothing for the first.';

create function log.record_accesses(p_tenant uuid, p_accesses json) returns void
language plpgsql security definer set search_path = pg_catalog, log as $$
declare
  before log.access;
  entry log.access;
begin
  perform set_config('stave.tenant', p_tenant::text, true);
  perform pg_advisory_xact_lock(hashtextextended('log.access ' || p_tenant, 0));
  select * into before from log.access a where a.tenant_id = p_tenant order by a.number desc limit 1;
  for entry in select * from json_populate_recordset(null::log.access, p_accesses) loop
    entry.tenant_id := p_tenant;
    entry.number := coalesce(before.number, 0) + 1;
    entry.recorded_at := greatest(clock_timestamp(), before.recorded_at + interval '1 microsecond');
    entry.hash := log.access_hash(coalesce(before.hash, ''), entry);
    insert into log.access values (entry.*);
    before := entry;
  end loop;
end $$;
comment on function log.record_accesses is 'Appends some accesses, each with the hash over the one before it.';

create trigger append_only before update or delete on log.access for each row execute function log.refuse_change();
create trigger append_only_truncate before truncate on log.access for each statement execute function log.refuse_change();
alter table log.access enable always trigger append_only;
alter table log.access enable always trigger append_only_truncate;
alter table log.access enable row level security;
alter table log.access force row level security;
create policy tenant on log.access using (tenant_id = nullif(current_setting('stave.tenant', true), '')::uuid);

revoke all on function log.access_hash, log.record_accesses from public;
revoke insert, update, delete, truncate on log.access from stave_owner;
grant select on log.access to stave_app, stave_log;
grant insert on log.access to stave_log;
grant execute on function log.access_hash to stave_app, stave_log;
grant execute on function log.record_accesses to stave_app;
