select read.create_model('coverage_gap', $columns$
  "gap_id" uuid not null,
  "unit_id" uuid not null,
  "period_id" text collate "C" not null,
  "level" text collate "C" not null,
  "state" text collate "C" not null,
  "detected_on" date not null,
  "recorded_on" date not null,
  "open" integer not null,
  "required" integer not null,
  "gap" integer not null,
  "recoverable" integer not null,
  "not_recoverable" integer not null,
  "year_end" date not null,
  "pipeline_actions" jsonb not null,
  "compensation" jsonb not null,
  "decided_on" date,
  "closed_on" date
$columns$, '"gap_id"');
create index on read.coverage_gap (tenant_id, generation, "unit_id", "period_id", "level");
comment on table read.coverage_gap is 'The gaps of pipelines, and what is done about them.';
comment on column read.coverage_gap."gap_id" is 'A gap in the pipeline.';
comment on column read.coverage_gap."unit_id" is 'The unit that the plan is for.';
comment on column read.coverage_gap."period_id" is 'A period, such as FY2026, FY2026-Q1, FY2026-M03, 2026-W07 or 2026-02-14.';
comment on column read.coverage_gap."level" is 'A level of the funnel, such as potential_customer, contract or lead.';
comment on column read.coverage_gap."state" is 'Whether a response is due, was decided, or the gap is closed.';
comment on column read.coverage_gap."detected_on" is 'The day on which it was recorded first.';
comment on column read.coverage_gap."recorded_on" is 'The day of the figures.';
comment on column read.coverage_gap."open" is 'How many are open.';
comment on column read.coverage_gap."required" is 'How many must be open.';
comment on column read.coverage_gap."gap" is 'How many are missing.';
comment on column read.coverage_gap."recoverable" is 'How many of them can still come to their end in the fiscal year.';
comment on column read.coverage_gap."not_recoverable" is 'How many of them cannot.';
comment on column read.coverage_gap."year_end" is 'First day after the fiscal year.';
comment on column read.coverage_gap."pipeline_actions" is 'What is done to fill the pipeline.';
comment on column read.coverage_gap."compensation" is 'What makes up for what the fiscal year cannot recover.';
comment on column read.coverage_gap."decided_on" is 'The day of the response; null before.';
comment on column read.coverage_gap."closed_on" is 'The day on which it was closed; null before.';
select past.create_model('coverage_gap');

select read.create_model('coverage_plan', $columns$
  "unit_id" uuid not null,
  "period_id" text collate "C" not null,
  "start" date not null,
  "end_exclusive" date not null,
  "target_per_month" jsonb not null,
  "levels" jsonb not null,
  "basis" text collate "C" not null,
  "average_value" jsonb,
  "set_on" date not null
$columns$, '"unit_id", "period_id"');
comment on table read.coverage_plan is 'What pipelines are to bring in a period, and what is assumed of their levels.';
comment on column read.coverage_plan."unit_id" is 'The unit that the plan is for.';
comment on column read.coverage_plan."period_id" is 'A period, such as FY2026, FY2026-Q1, FY2026-M03, 2026-W07 or 2026-02-14.';
comment on column read.coverage_plan."start" is 'First day of the period.';
comment on column read.coverage_plan."end_exclusive" is 'First day after the period.';
comment on column read.coverage_plan."target_per_month" is 'How many new customers, contracts or the like a month is to bring.';
comment on column read.coverage_plan."levels" is 'The levels of the funnel, the one nearest to the target first.';
comment on column read.coverage_plan."basis" is 'Whether it goes by what is assumed, or by what was found: history where there is enough of it, else assumptions.';
comment on column read.coverage_plan."average_value" is 'What one of the first level is worth when it is won; null where that is not said.';
comment on column read.coverage_plan."set_on" is 'The day on which they were set.';
select past.create_model('coverage_plan');
