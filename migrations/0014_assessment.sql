select read.create_model('kpi_definition', $columns$
  "key" text collate "C" not null,
  "name" text collate "C" not null,
  "purpose" text collate "C" not null,
  "unit" text collate "C" not null,
  "direction" text collate "C" not null,
  "versions" jsonb not null,
  "retirement_reason" text collate "C"
$columns$, '"key"');
comment on table read.kpi_definition is 'The key performance indicators of the tenant’s own, with all their versions.';
comment on column read.kpi_definition."key" is 'Key of a key performance indicator, such as transaction_rate.';
comment on column read.kpi_definition."name" is 'Name for people.';
comment on column read.kpi_definition."purpose" is 'Which question it answers.';
comment on column read.kpi_definition."unit" is 'Of the value: a ratio, minor units of the reporting currency, a count, days or minutes.';
comment on column read.kpi_definition."direction" is 'Which way is better.';
comment on column read.kpi_definition."versions" is 'What was published, the earliest first; empty for a draft.';
comment on column read.kpi_definition."retirement_reason" is 'Why it was retired; null where it is not.';
select past.create_model('kpi_definition');
select read.create_model('scorecard', $columns$
  "scorecard_id" uuid not null,
  "version" integer not null,
  "name" text collate "C" not null,
  "role" text collate "C" not null,
  "level" text collate "C" not null,
  "items" jsonb not null,
  "warnings" jsonb not null,
  "designed_at" timestamptz not null,
  "state" text collate "C" not null,
  "retirement_reason" text collate "C"
$columns$, '"scorecard_id"');
comment on table read.scorecard is 'By what people of a role are assessed, in the latest design.';
comment on column read.scorecard."scorecard_id" is 'A scorecard.';
comment on column read.scorecard."version" is 'Number of the design of the scorecard.';
comment on column read.scorecard."name" is 'Name for people.';
comment on column read.scorecard."role" is 'OP operator or executive · TM top manager · RM regional manager · SV supervisor · SP salesperson · DL dealer · AN analyst · AU auditor · IN integration · AD administrator · HR human resources · DEPT other department.';
comment on column read.scorecard."level" is 'When a period of this level is closed, people are evaluated by it.';
comment on column read.scorecard."items" is 'What counts, and how much.';
comment on column read.scorecard."warnings" is 'What it should rather have, or have not.';
comment on column read.scorecard."designed_at" is 'When this version was designed.';
comment on column read.scorecard."state" is 'Whether people are evaluated by it.';
comment on column read.scorecard."retirement_reason" is 'Why it was retired; null where it is not.';
select past.create_model('scorecard');
select read.create_model('evaluation', $columns$
  "person_id" uuid not null,
  "period_id" text collate "C" not null,
  "start" date not null,
  "end_exclusive" date not null,
  "scorecard_id" uuid not null,
  "scorecard_version" integer not null,
  "state" text collate "C" not null,
  "items" jsonb not null,
  "changes" jsonb not null,
  "counted_bp" integer not null,
  "total_bp" integer,
  "reports_signed" integer not null,
  "reports_due" integer not null,
  "facts_known_at" integer not null,
  "reviewer_id" uuid,
  "comment" text collate "C",
  "final_at" timestamptz,
  "disputes" jsonb not null,
  "restatements" jsonb not null,
  "doc_hash" text collate "C"
$columns$, '"person_id", "period_id"');
create index on read.evaluation (tenant_id, generation, "period_id", "scorecard_id");
comment on table read.evaluation is 'What people came to in their assessments.';
comment on column read.evaluation."person_id" is 'A person.';
comment on column read.evaluation."period_id" is 'A period, such as FY2026, FY2026-Q1, FY2026-M03, 2026-W07 or 2026-02-14.';
comment on column read.evaluation."start" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.evaluation."end_exclusive" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.evaluation."scorecard_id" is 'A scorecard.';
comment on column read.evaluation."scorecard_version" is 'Number of the design of the scorecard.';
comment on column read.evaluation."state" is 'How far it has come; accepted is one that is acknowledged, or whose dispute is resolved.';
comment on column read.evaluation."items" is 'The items as they were computed.';
comment on column read.evaluation."changes" is 'Changes of scores by the review and by disputes.';
comment on column read.evaluation."counted_bp" is 'Sum of the weights of the items that have a value.';
comment on column read.evaluation."total_bp" is 'Scores by weight over the counted weights, rounded down; null where nothing counts.';
comment on column read.evaluation."reports_signed" is 'Daily reports of the period with a signature in force.';
comment on column read.evaluation."reports_due" is 'Daily reports of the period that were due.';
comment on column read.evaluation."facts_known_at" is 'The position of the log up to which facts are in it.';
comment on column read.evaluation."reviewer_id" is 'Who reviewed it; null before, and for the system.';
comment on column read.evaluation."comment" is 'What the reviewer said.';
comment on column read.evaluation."final_at" is 'When it becomes final by itself, unless a dispute is open; null before the review.';
comment on column read.evaluation."disputes" is 'What the person disputed, and what became of it.';
comment on column read.evaluation."restatements" is 'What late facts changed, the total before and after.';
comment on column read.evaluation."doc_hash" is 'Hash of the final evaluation; null before.';
select past.create_model('evaluation');
