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
comment on column read.kpi_definition."unit" is 'Of the value: a ratio, minor units of the reporting currency, or a count.';
comment on column read.kpi_definition."direction" is 'Which way is better.';
comment on column read.kpi_definition."versions" is 'What was published, the earliest first; empty for a draft.';
comment on column read.kpi_definition."retirement_reason" is 'Why it was retired; null where it is not.';
select past.create_model('kpi_definition');
