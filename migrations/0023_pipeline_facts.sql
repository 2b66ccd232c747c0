select read.create_model('opportunity_standing', $columns$
  "opportunity_id" uuid not null,
  "customer_id" uuid not null,
  "pipeline_id" uuid not null,
  "pipeline_version" integer not null,
  "opened_on" date not null,
  "over_on" date,
  "standings" jsonb not null
$columns$, '"opportunity_id"');
create index on read.opportunity_standing (tenant_id, generation, "over_on");
create index on read.opportunity_standing (tenant_id, generation, "opened_on");
comment on table read.opportunity_standing is 'Where opportunities stood at the end of any day, by what is known of it now.';
comment on column read.opportunity_standing."opportunity_id" is 'An opportunity.';
comment on column read.opportunity_standing."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.opportunity_standing."pipeline_id" is 'A sales pipeline.';
comment on column read.opportunity_standing."pipeline_version" is 'Number of a published version of a pipeline.';
comment on column read.opportunity_standing."opened_on" is 'The day on which it was opened.';
comment on column read.opportunity_standing."over_on" is 'The day on which it was won or lost; null while it is not.';
comment on column read.opportunity_standing."standings" is 'Where it stood at the end of each day on which that changed, each until the next.';
select past.create_model('opportunity_standing');
