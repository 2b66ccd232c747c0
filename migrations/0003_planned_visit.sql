select read.create_model('planned_visit', $columns$
  "visit_id" uuid not null,
  "person_id" uuid not null,
  "date" date not null,
  "sequence" integer not null,
  "customer_id" uuid,
  "prospect_name" text collate "C",
  "region_id" uuid,
  "window_start" text collate "C" not null,
  "window_end" text collate "C" not null,
  "purposes" jsonb not null,
  "purpose_note" text collate "C",
  "objective" jsonb,
  "links" jsonb,
  "planned_travel_km" integer,
  "planned_cost_minor" bigint,
  "currency" text collate "C"
$columns$, '"visit_id"');
create index on read.planned_visit (tenant_id, generation, "person_id", "date");
comment on table read.planned_visit is 'The visits that are on somebody’s plan of a day; dropped ones are gone.';
comment on column read.planned_visit."visit_id" is 'A visit.';
comment on column read.planned_visit."person_id" is 'A person.';
comment on column read.planned_visit."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.planned_visit."sequence" is 'Place in the order in which the visits were planned.';
comment on column read.planned_visit."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.planned_visit."prospect_name" is 'Who is visited, when it is no customer yet.';
comment on column read.planned_visit."region_id" is 'A sales region.';
comment on column read.planned_visit."window_start" is 'Start of the planned window.';
comment on column read.planned_visit."window_end" is 'End of the planned window.';
comment on column read.planned_visit."purposes" is 'What the visit is for.';
comment on column read.planned_visit."purpose_note" is 'What the purpose other means.';
comment on column read.planned_visit."objective" is 'What the visit is meant to achieve.';
comment on column read.planned_visit."links" is 'What the visit is about.';
comment on column read.planned_visit."planned_travel_km" is 'Planned travel in kilometres.';
comment on column read.planned_visit."planned_cost_minor" is 'Planned cost in minor units.';
comment on column read.planned_visit."currency" is 'Currency of the planned cost.';
