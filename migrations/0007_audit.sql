-- What an auditor filters the log by. Each ends in the position, so that a page is read in the order it is shown.
create index event_type on log.event (tenant_id, type, position);
create index event_actor on log.event (tenant_id, actor, position);
create index event_day on log.event (tenant_id, effective_on, position);

create index on read.contact (tenant_id, generation, "contact_id");

-- Recording times never go back within a tenant, so a position is found among them by halving, without an index.
create function log.position_before(p_tenant uuid, p_instant timestamptz) returns bigint
language plpgsql stable set search_path = pg_catalog, log as $$
declare
  low bigint := 0;
  high bigint;
  middle bigint;
  at timestamptz;
begin
  select h.position into high from log.head h where h.tenant_id = p_tenant;
  while low < high loop
    middle := (low + high + 1) / 2;
    select e.recorded_at into at from log.event e where e.tenant_id = p_tenant and e.position = middle;
    if at < p_instant then
      low := middle;
    else
      high := middle - 1;
    end if;
  end loop;
  return low;
end $$;
comment on function log.position_before is 'Position of the last event that was recorded before an instant; 0 when there is none.';
revoke all on function log.position_before from public;
grant execute on function log.position_before to stave_app, stave_log;
