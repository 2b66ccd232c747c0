select read.create_model('fact_month', $columns$
  "person_id" uuid not null,
  "month" date not null,
  "measure" text collate "C" not null,
  "currency" text collate "C" not null,
  "numerator" bigint not null
$columns$, '"person_id", "month", "measure", "currency"');
create index on read.fact_month (tenant_id, generation, "measure", "month");
comment on table read.fact_month is 'The facts summed by person, calendar month, measure and currency.';
comment on column read.fact_month."person_id" is 'The person; the id of zeros where it was nobody.';
comment on column read.fact_month."month" is 'First day of the calendar month.';
comment on column read.fact_month."measure" is 'What is counted or summed.';
comment on column read.fact_month."currency" is 'Currency of a sum of money, ISO 4217; empty for everything else.';
comment on column read.fact_month."numerator" is 'Sum of the facts: minor units or a count.';
select past.create_model('fact_month');
