select read.create_model('pipeline_month', $columns$
  "pipeline_id" uuid not null,
  "currency" text collate "C" not null,
  "month" date not null,
  "close_on" date not null,
  "step" text collate "C" not null,
  "count" integer not null,
  "value_minor" bigint not null
$columns$, '"pipeline_id", "currency", "month", "close_on", "step"');
comment on table read.pipeline_month is 'What moved in the pipeline of everybody, summed by calendar month and day of closing.';
comment on column read.pipeline_month."pipeline_id" is 'A sales pipeline.';
comment on column read.pipeline_month."currency" is 'A currency, ISO 4217.';
comment on column read.pipeline_month."month" is 'First day of the calendar month of the movements.';
comment on column read.pipeline_month."close_on" is 'The day of closing at which they moved; 1900-01-01 without one.';
comment on column read.pipeline_month."step" is 'What moved. Both entries of a day that was put off are pushed_out, of one that was brought forward pulled_in.';
comment on column read.pipeline_month."count" is 'What they add to the number of opportunities.';
comment on column read.pipeline_month."value_minor" is 'What they add to their value, in minor units.';
select past.create_model('pipeline_month');
