select read.create_model('visit_fact', $columns$
  "visit_id" uuid not null,
  "person_id" uuid,
  "customer_id" uuid,
  "date" date,
  "made" boolean not null,
  "ordered" boolean not null,
  "contracted" boolean not null,
  "minutes" integer,
  "distance_m" integer,
  "exceptions" jsonb not null
$columns$, '"visit_id"');
create index on read.visit_fact (tenant_id, generation, "person_id", "date");
create index on read.visit_fact (tenant_id, generation, "customer_id", "date");
create index on read.visit_fact (tenant_id, generation, "date");
comment on table read.visit_fact is 'What counts once for each visit: whether it was made, where and how long, and brought an order or a contract.';
comment on column read.visit_fact."visit_id" is 'A visit.';
comment on column read.visit_fact."person_id" is 'Who made the visit; null before it is over.';
comment on column read.visit_fact."customer_id" is 'Who was visited; null before it is over, and for a prospect.';
comment on column read.visit_fact."date" is 'The day of the visit; null before it is over.';
comment on column read.visit_fact."made" is 'Whether the visit is over and was made.';
comment on column read.visit_fact."ordered" is 'Whether an order came of it, whenever that was linked or taken.';
comment on column read.visit_fact."contracted" is 'Whether a contract came of it.';
comment on column read.visit_fact."minutes" is 'How long it took; null before it is over.';
comment on column read.visit_fact."distance_m" is 'Metres from where the customer is to where it began; null where either is unknown.';
comment on column read.visit_fact."exceptions" is 'What was approved as out of the ordinary.';

select read.create_model('report_fact', $columns$
  "person_id" uuid not null,
  "date" date not null,
  "expected" boolean not null,
  "filed" boolean not null,
  "on_time" boolean not null,
  "missed" boolean not null,
  "signed" boolean not null,
  "returned" boolean not null,
  "quality_bp" integer not null,
  "currency" text collate "C",
  "stated_minor" bigint not null,
  "stated_gap_minor" bigint not null,
  "stated_count" integer not null,
  "stated_gap_count" integer not null
$columns$, '"person_id", "date"');
create index on read.report_fact (tenant_id, generation, "date");
comment on table read.report_fact is 'What counts once for each daily report of a person and a day.';
comment on column read.report_fact."person_id" is 'A person.';
comment on column read.report_fact."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.report_fact."expected" is 'Whether a report was expected and not excused.';
comment on column read.report_fact."filed" is 'Whether the report was filed.';
comment on column read.report_fact."on_time" is 'Whether it was first filed in time.';
comment on column read.report_fact."missed" is 'Whether it was not filed until it counted as missed.';
comment on column read.report_fact."signed" is 'Whether a signature on it is in force.';
comment on column read.report_fact."returned" is 'Whether it was ever returned.';
comment on column read.report_fact."quality_bp" is 'Total score of the signature in force, in basis points; 0 without one.';
comment on column read.report_fact."currency" is 'Currency of the money in it.';
comment on column read.report_fact."stated_minor" is 'What the log had of the sums of money that the author states.';
comment on column read.report_fact."stated_gap_minor" is 'How far the author states otherwise, either way.';
comment on column read.report_fact."stated_count" is 'What the log had of the visits, orders and calls that the author states.';
comment on column read.report_fact."stated_gap_count" is 'How far the author states otherwise, either way.';

select read.create_model('plan_fact', $columns$
  "person_id" uuid not null,
  "date" date not null,
  "expected" boolean not null,
  "submitted" boolean not null,
  "on_time" boolean not null,
  "on_plan" jsonb not null,
  "on_submitted" jsonb not null,
  "in_force" jsonb,
  "made" jsonb not null,
  "missed" jsonb not null,
  "planned_visits" integer not null,
  "planned_visits_made" integer not null,
  "planned_visits_in_order" integer not null,
  "missed_visits" integer not null
$columns$, '"person_id", "date"');
create index on read.plan_fact (tenant_id, generation, "date");
comment on table read.plan_fact is 'What counts once for each visit plan of a person and a day, and the visits on the version in force.';
comment on column read.plan_fact."person_id" is 'A person.';
comment on column read.plan_fact."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.plan_fact."expected" is 'Whether a plan was expected and not excused.';
comment on column read.plan_fact."submitted" is 'Whether a plan was submitted.';
comment on column read.plan_fact."on_time" is 'Whether its first version was submitted in time.';
comment on column read.plan_fact."on_plan" is 'The visits on the plan as it is now.';
comment on column read.plan_fact."on_submitted" is 'The visits on the version submitted last.';
comment on column read.plan_fact."in_force" is 'The visits of the version in force, less those that a later signed version drops.';
comment on column read.plan_fact."made" is 'The visits that were made on the day, in the order in which they began.';
comment on column read.plan_fact."missed" is 'The visits on the plan that were not made.';
comment on column read.plan_fact."planned_visits" is 'Number of visits on the plan in force.';
comment on column read.plan_fact."planned_visits_made" is 'Number of those that were made.';
comment on column read.plan_fact."planned_visits_in_order" is 'The most of those that were begun in the order of their windows, whatever was between them.';
comment on column read.plan_fact."missed_visits" is 'Number of visits that were missed.';

select read.create_model('fact_day', $columns$
  "person_id" uuid not null,
  "date" date not null,
  "measure" text collate "C" not null,
  "currency" text collate "C" not null,
  "numerator" bigint not null
$columns$, '"person_id", "date", "measure", "currency"');
create index on read.fact_day (tenant_id, generation, "measure", "date");
comment on table read.fact_day is 'The facts summed by person, business day, measure and currency.';
comment on column read.fact_day."person_id" is 'The person; the id of zeros where it was nobody.';
comment on column read.fact_day."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.fact_day."measure" is 'What is counted or summed.';
comment on column read.fact_day."currency" is 'Currency of a sum of money, ISO 4217; empty for everything else.';
comment on column read.fact_day."numerator" is 'Sum of the facts: minor units or a count.';

select read.create_model('fact', $columns$
  "position" bigint not null,
  "measure" text collate "C" not null,
  "ordinal" integer not null,
  "date" date not null,
  "person_id" uuid,
  "customer_id" uuid,
  "product_id" uuid,
  "channel_id" uuid,
  "dealer_id" uuid,
  "visit_id" uuid,
  "order_id" uuid,
  "numerator" bigint not null,
  "currency" text collate "C" not null
$columns$, '"position", "measure", "ordinal"');
create index on read.fact (tenant_id, generation, "person_id", "measure", "date");
create index on read.fact (tenant_id, generation, "order_id", "measure");
comment on table read.fact is 'What happened, as numbers: each adds to one measure of one business day and is never changed.';
comment on column read.fact."position" is 'Position of the event in the log.';
comment on column read.fact."measure" is 'What is counted or summed.';
comment on column read.fact."ordinal" is 'Number of the fact within its event and measure: for an order that of the line, and 1 000 more for each further person.';
comment on column read.fact."date" is 'The business day to which it counts.';
comment on column read.fact."person_id" is 'A person.';
comment on column read.fact."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.fact."product_id" is 'A product.';
comment on column read.fact."channel_id" is 'A sales channel.';
comment on column read.fact."dealer_id" is 'The appointment of a customer as a dealer.';
comment on column read.fact."visit_id" is 'A visit.';
comment on column read.fact."order_id" is 'An order.';
comment on column read.fact."numerator" is 'What it adds to the measure: minor units or a count; below zero to undo.';
comment on column read.fact."currency" is 'Currency of a sum of money, ISO 4217; empty for everything else.';

select read.create_model('customer_fact', $columns$
  "customer_id" uuid not null,
  "new_on" date,
  "person_id" uuid,
  "raised_on" date,
  "first_orders" jsonb not null,
  "losses" jsonb not null,
  "owners" jsonb not null
$columns$, '"customer_id"');
create index on read.customer_fact (tenant_id, generation, "person_id", "new_on");
create index on read.customer_fact (tenant_id, generation, "new_on");
comment on table read.customer_fact is 'What counts once for each customer: when it became one, to whose credit, and when it was lost.';
comment on column read.customer_fact."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.customer_fact."new_on" is 'The day of the first order that stands, or on which an opportunity made the customer a new one before; null without both.';
comment on column read.customer_fact."person_id" is 'Who owned the customer on that day, else who took that order.';
comment on column read.customer_fact."raised_on" is 'The day on which an opportunity first made the customer a new one; null where none did.';
comment on column read.customer_fact."first_orders" is 'The first orders that stand, earliest first.';
comment on column read.customer_fact."losses" is 'From when until when the customer was lost; null until further notice.';
comment on column read.customer_fact."owners" is 'The primary owners, each until the next; null while there was none.';
