-- Keeps the counts of a read model's rows in step with them, whoever writes the rows: statement by statement, by what was
-- taken away and what was added. A count may come to zero and stays; it goes with the last rows of its generation.
create function read.keep_counts(p_of text, p_counts text, p_by text, p_where text) returns void
language plpgsql as $$
declare
  v_keys text := (
    select string_agg(format('%I', attname), ', ' order by attnum) from pg_attribute
    where attrelid = format('read.%I', p_counts)::regclass and attnum > 0 and attname not in ('tenant_id', 'generation', 'count'));
  v_table record;
begin
  for v_table in
    select * from (values
      ('insert', 'referencing new table as added', 'select *, 1 as step from added', ''),
      ('update', 'referencing old table as removed new table as added',
        'select *, 1 as step from added union all select *, -1 from removed', ''),
      ('delete', 'referencing old table as removed', 'select *, -1 as step from removed',
        format('delete from read.%I c where c."count" = 0 and (c.tenant_id, c.generation) in (
          select tenant_id, generation from removed);', p_counts))) as way(event, tables, source, after)
  loop
    execute format('create function read.%I() returns trigger language plpgsql as $body$
      begin
        insert into read.%I as kept (tenant_id, generation, %s, "count")
        select tenant_id, generation, %s, sum(step)
        from (select tenant_id, generation, %s, step from (%s) as changed where %s) as counted
        group by tenant_id, generation, %s having sum(step) <> 0
        on conflict (tenant_id, generation, %s) do update set "count" = kept."count" + excluded."count";
        %s
        return null;
      end $body$',
      format('%s_%s', p_counts, v_table.event), p_counts, v_keys, v_keys, p_by, v_table.source, p_where, v_keys, v_keys,
      v_table.after);
    execute format('comment on function read.%I is ''Keeps the counts of read.%s.''',
      format('%s_%s', p_counts, v_table.event), p_of);
    execute format('revoke all on function read.%I from public', format('%s_%s', p_counts, v_table.event));
    execute format('create trigger %I after %s on read.%I %s for each statement execute function read.%I()',
      format('%s_%s', p_counts, v_table.event), v_table.event, p_of, v_table.tables,
      format('%s_%s', p_counts, v_table.event));
  end loop;
end $$;
comment on function read.keep_counts is 'Lets the database keep the counts of a read model''s rows.';
revoke all on function read.keep_counts from public;

select read.create_model('milestone_reached', $columns$
  "opportunity_id" uuid not null,
  "milestone" text collate "C" not null,
  "customer_id" uuid not null,
  "pipeline_id" uuid not null,
  "owner_id" uuid not null,
  "reached_at" timestamptz not null,
  "reached_on" date not null
$columns$, '"opportunity_id", "milestone"');
create index on read.milestone_reached (tenant_id, generation, "pipeline_id", "milestone", "reached_on");
create index on read.milestone_reached (tenant_id, generation, "owner_id", "reached_on");
comment on table read.milestone_reached is 'The milestones that opportunities have reached.';
comment on column read.milestone_reached."opportunity_id" is 'An opportunity.';
comment on column read.milestone_reached."milestone" is 'A milestone on the way to a sale, by a key such as budget_confirmed.';
comment on column read.milestone_reached."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.milestone_reached."pipeline_id" is 'A sales pipeline.';
comment on column read.milestone_reached."owner_id" is 'Who owned the opportunity then.';
comment on column read.milestone_reached."reached_at" is 'When it was reached.';
comment on column read.milestone_reached."reached_on" is 'The day on which it was reached.';
select past.create_model('milestone_reached');

select read.create_model('stage_exit', $columns$
  "pipeline_id" uuid not null,
  "pipeline_version" integer not null,
  "stage_id" text collate "C" not null,
  "month" date not null,
  "exit" text collate "C" not null,
  "won" boolean not null,
  "count" integer not null
$columns$, '"pipeline_id", "pipeline_version", "stage_id", "month", "exit", "won"');
comment on table read.stage_exit is 'How the stays in open stages ended, by the month in which they began.';
comment on column read.stage_exit."pipeline_id" is 'A sales pipeline.';
comment on column read.stage_exit."pipeline_version" is 'Number of a published version of a pipeline.';
comment on column read.stage_exit."stage_id" is 'A stage of a pipeline, by a key such as proposal.';
comment on column read.stage_exit."month" is 'The first day of the month in which they began.';
comment on column read.stage_exit."exit" is 'How they ended; open while they last.';
comment on column read.stage_exit."won" is 'Whether the opportunity is won now.';
comment on column read.stage_exit."count" is 'How many rows there are of these.';
select read.keep_counts('stage_interval', 'stage_exit', $by$pipeline_id as "pipeline_id", pipeline_version as "pipeline_version", stage_id as "stage_id", date_trunc('month', entered_on)::date as "month", coalesce(exit, 'open') as "exit", won as "won"$by$, $where$kind = 'open'$where$);

select read.create_model('stage_duration', $columns$
  "pipeline_id" uuid not null,
  "pipeline_version" integer not null,
  "stage_id" text collate "C" not null,
  "since" date not null,
  "ended" boolean not null,
  "days" integer not null,
  "count" integer not null
$columns$, '"pipeline_id", "pipeline_version", "stage_id", "since", "ended", "days"');
comment on table read.stage_duration is 'How long the stays in open stages took, by the month in which they began.';
comment on column read.stage_duration."pipeline_id" is 'A sales pipeline.';
comment on column read.stage_duration."pipeline_version" is 'Number of a published version of a pipeline.';
comment on column read.stage_duration."stage_id" is 'A stage of a pipeline, by a key such as proposal.';
comment on column read.stage_duration."since" is 'The first day of the month in which they began; the very day while they last.';
comment on column read.stage_duration."ended" is 'Whether they are over.';
comment on column read.stage_duration."days" is 'How many days they took; 0 while they last.';
comment on column read.stage_duration."count" is 'How many rows there are of these.';
select read.keep_counts('stage_interval', 'stage_duration', $by$pipeline_id as "pipeline_id", pipeline_version as "pipeline_version", stage_id as "stage_id", case when left_on is null then entered_on else date_trunc('month', entered_on)::date end as "since", left_on is not null as "ended", coalesce(left_on - entered_on, 0) as "days"$by$, $where$kind = 'open'$where$);
