select read.create_model('offer', $columns$
  "opportunity_id" uuid not null,
  "offer_id" uuid not null,
  "customer_id" uuid not null,
  "pipeline_id" uuid not null,
  "owner_id" uuid not null,
  "total_minor" bigint not null,
  "currency" text collate "C" not null,
  "submitted_on" date not null,
  "valid_until" date,
  "state" text collate "C" not null,
  "decided_on" date,
  "rejection_reason" text collate "C"
$columns$, '"opportunity_id", "offer_id"');
create index on read.offer (tenant_id, generation, "owner_id", "submitted_on");
create index on read.offer (tenant_id, generation, "customer_id", "submitted_on");
comment on table read.offer is 'The offers that were made, and what customers decided.';
comment on column read.offer."opportunity_id" is 'An opportunity.';
comment on column read.offer."offer_id" is 'An offer.';
comment on column read.offer."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.offer."pipeline_id" is 'A sales pipeline.';
comment on column read.offer."owner_id" is 'Who owned the opportunity when the offer was made.';
comment on column read.offer."total_minor" is 'What the customer would pay, in minor units.';
comment on column read.offer."currency" is 'A currency, ISO 4217.';
comment on column read.offer."submitted_on" is 'The day of the offer.';
comment on column read.offer."valid_until" is 'The last day on which it can be accepted.';
comment on column read.offer."state" is 'What the customer decided.';
comment on column read.offer."decided_on" is 'The day on which the customer decided.';
comment on column read.offer."rejection_reason" is 'Why it was rejected.';
select past.create_model('offer');

select read.create_model('opportunity', $columns$
  "opportunity_id" uuid not null,
  "customer_id" uuid not null,
  "pipeline_id" uuid not null,
  "pipeline_version" integer not null,
  "title" text collate "C" not null,
  "source" text collate "C" not null,
  "owner_id" uuid not null,
  "credits" jsonb not null,
  "status" text collate "C" not null,
  "stage_id" text collate "C" not null,
  "stage_since" timestamptz not null,
  "value_minor" bigint not null,
  "currency" text collate "C" not null,
  "lines" jsonb not null,
  "expected_margin_minor" bigint,
  "probability_num" bigint not null,
  "probability_den" bigint not null,
  "probability_source" text collate "C" not null,
  "forecast_category" text collate "C" not null,
  "expected_close" date,
  "original_close" date,
  "close_pushes" integer not null,
  "milestones" jsonb not null,
  "first_contact_at" timestamptz,
  "opened_at" timestamptz not null,
  "opened_on" date not null,
  "closed_on" date,
  "order_id" uuid,
  "contract_id" uuid,
  "loss_reason" text collate "C",
  "competitor_id" uuid,
  "note" text collate "C",
  "held_until" date,
  "external_id" text collate "C",
  "reference" text collate "C"
$columns$, '"opportunity_id"');
create index on read.opportunity (tenant_id, generation, "owner_id", "status");
create index on read.opportunity (tenant_id, generation, "customer_id", "opened_on");
create index on read.opportunity (tenant_id, generation, "pipeline_id", "status", "stage_id");
create index on read.opportunity (tenant_id, generation, "opened_at");
create index on read.opportunity (tenant_id, generation, "expected_close");
create index on read.opportunity (tenant_id, generation, "external_id");
comment on table read.opportunity is 'The opportunities and where they stand.';
comment on column read.opportunity."opportunity_id" is 'An opportunity.';
comment on column read.opportunity."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.opportunity."pipeline_id" is 'A sales pipeline.';
comment on column read.opportunity."pipeline_version" is 'Number of a published version of a pipeline.';
comment on column read.opportunity."title" is 'What it is about.';
comment on column read.opportunity."source" is 'How it came up.';
comment on column read.opportunity."owner_id" is 'Who is to win it.';
comment on column read.opportunity."credits" is 'Who has the credit for it.';
comment on column read.opportunity."status" is 'Whether it is open, on hold, won or lost.';
comment on column read.opportunity."stage_id" is 'A stage of a pipeline, by a key such as proposal.';
comment on column read.opportunity."stage_since" is 'Since when it is in its stage.';
comment on column read.opportunity."value_minor" is 'What it may come to, or came to, in minor units.';
comment on column read.opportunity."currency" is 'A currency, ISO 4217.';
comment on column read.opportunity."lines" is 'What the customer may buy.';
comment on column read.opportunity."expected_margin_minor" is 'Value of the lines less their cost, in minor units; null where a cost is missing.';
comment on column read.opportunity."probability_num" is 'Numerator of the probability.';
comment on column read.opportunity."probability_den" is 'Denominator of the probability.';
comment on column read.opportunity."probability_source" is 'Whether the probability is that of the stage, or the owner’s own.';
comment on column read.opportunity."forecast_category" is 'How far a forecast counts on an opportunity.';
comment on column read.opportunity."expected_close" is 'The day on which it is expected to be won.';
comment on column read.opportunity."original_close" is 'The day that was expected first.';
comment on column read.opportunity."close_pushes" is 'How many times the expected day was put off.';
comment on column read.opportunity."milestones" is 'What was reached, the earliest first.';
comment on column read.opportunity."first_contact_at" is 'When the customer was met for the first time.';
comment on column read.opportunity."opened_at" is 'When it was opened.';
comment on column read.opportunity."opened_on" is 'The day on which it was opened.';
comment on column read.opportunity."closed_on" is 'The day on which it was won or lost.';
comment on column read.opportunity."order_id" is 'The order that it came to.';
comment on column read.opportunity."contract_id" is 'The contract that it came to.';
comment on column read.opportunity."loss_reason" is 'Why an opportunity was lost.';
comment on column read.opportunity."competitor_id" is 'The competitor who won it.';
comment on column read.opportunity."note" is 'What was noted when it was lost or put on hold.';
comment on column read.opportunity."held_until" is 'The day on which it is to be taken up again.';
comment on column read.opportunity."external_id" is 'What the system called it that it was imported from; null where it was not.';
comment on column read.opportunity."reference" is 'The order or contract that it came to, by its number in the system it was imported from.';
select past.create_model('opportunity');

select read.create_model('opportunity_touch', $columns$
  "position" bigint not null,
  "type" text collate "C" not null,
  "customer_id" uuid not null,
  "opportunity_id" uuid,
  "person_id" uuid not null,
  "at" timestamptz not null,
  "day" date not null
$columns$, '"position"');
create index on read.opportunity_touch (tenant_id, generation, "opportunity_id", "day");
create index on read.opportunity_touch (tenant_id, generation, "customer_id", "day");
comment on table read.opportunity_touch is 'What may count as a touch of opportunities; which of it does, the policy says.';
comment on column read.opportunity_touch."position" is 'Position of the event in the log.';
comment on column read.opportunity_touch."type" is 'An event that may count as a touch of an opportunity.';
comment on column read.opportunity_touch."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.opportunity_touch."opportunity_id" is 'Null where the event is about all of the customer.';
comment on column read.opportunity_touch."person_id" is 'Whose work it was.';
comment on column read.opportunity_touch."at" is 'When it happened.';
comment on column read.opportunity_touch."day" is 'The business day on which it happened.';
select past.create_model('opportunity_touch');

select read.create_model('pipeline', $columns$
  "pipeline_id" uuid not null,
  "name" text collate "C" not null,
  "state" text collate "C" not null,
  "version" integer,
  "draft" jsonb,
  "versions" jsonb not null,
  "retirement_reason" text collate "C"
$columns$, '"pipeline_id"');
comment on table read.pipeline is 'The pipelines with all their versions.';
comment on column read.pipeline."pipeline_id" is 'A sales pipeline.';
comment on column read.pipeline."name" is 'Name for people.';
comment on column read.pipeline."state" is 'Whether a version is published, and new opportunities are taken.';
comment on column read.pipeline."version" is 'Number of the latest version; null before one is published.';
comment on column read.pipeline."draft" is 'What the next version would say; null where nothing is drafted.';
comment on column read.pipeline."versions" is 'What was published, the earliest first.';
comment on column read.pipeline."retirement_reason" is 'Why it was retired; null where it is not.';
select past.create_model('pipeline');

select read.create_model('pipeline_board', $columns$
  "pipeline_id" uuid not null,
  "owner_id" uuid not null,
  "stage_id" text collate "C" not null,
  "forecast_category" text collate "C" not null,
  "currency" text collate "C" not null,
  "probability_num" bigint not null,
  "probability_den" bigint not null,
  "count" integer not null,
  "value_minor" bigint not null
$columns$, '"pipeline_id", "owner_id", "stage_id", "forecast_category", "currency", "probability_num", "probability_den"');
comment on table read.pipeline_board is 'What is in the pipeline now, summed by owner, stage, category of forecast, currency and probability.';
comment on column read.pipeline_board."pipeline_id" is 'A sales pipeline.';
comment on column read.pipeline_board."owner_id" is 'A person.';
comment on column read.pipeline_board."stage_id" is 'A stage of a pipeline, by a key such as proposal.';
comment on column read.pipeline_board."forecast_category" is 'How far a forecast counts on an opportunity.';
comment on column read.pipeline_board."currency" is 'A currency, ISO 4217.';
comment on column read.pipeline_board."probability_num" is 'Numerator of the probability.';
comment on column read.pipeline_board."probability_den" is 'Denominator of the probability.';
comment on column read.pipeline_board."count" is 'How many opportunities are open or on hold there.';
comment on column read.pipeline_board."value_minor" is 'What they may come to, in minor units.';
select past.create_model('pipeline_board');

select read.create_model('pipeline_movement', $columns$
  "position" bigint not null,
  "entry" integer not null,
  "opportunity_id" uuid not null,
  "customer_id" uuid not null,
  "pipeline_id" uuid not null,
  "owner_id" uuid not null,
  "day" date not null,
  "expected_close" date,
  "kind" text collate "C" not null,
  "count" integer not null,
  "value_minor" bigint not null,
  "currency" text collate "C" not null
$columns$, '"position", "entry"');
create index on read.pipeline_movement (tenant_id, generation, "owner_id", "day");
create index on read.pipeline_movement (tenant_id, generation, "opportunity_id");
create index on read.pipeline_movement (tenant_id, generation, "day");
create index on read.pipeline_movement (tenant_id, generation, "expected_close", "day");
comment on table read.pipeline_movement is 'What moved in the pipeline: entries that sum to what is in it, for whomever and until whenever.';
comment on column read.pipeline_movement."position" is 'Position of the event in the log.';
comment on column read.pipeline_movement."entry" is 'Number of the entry within the event, from 1.';
comment on column read.pipeline_movement."opportunity_id" is 'An opportunity.';
comment on column read.pipeline_movement."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.pipeline_movement."pipeline_id" is 'A sales pipeline.';
comment on column read.pipeline_movement."owner_id" is 'In whose pipeline it moved.';
comment on column read.pipeline_movement."day" is 'The business day of the movement.';
comment on column read.pipeline_movement."expected_close" is 'The day of closing at which it moved; null without one.';
comment on column read.pipeline_movement."kind" is 'What moved. A revised day of closing leaves the former day (pushed_out) and comes to the new one (pulled_in); a transfer leaves one owner and comes to another.';
comment on column read.pipeline_movement."count" is 'What it adds to the number of opportunities; below zero where they leave.';
comment on column read.pipeline_movement."value_minor" is 'What it adds to their value, in minor units; below zero where it leaves.';
comment on column read.pipeline_movement."currency" is 'A currency, ISO 4217.';
select past.create_model('pipeline_movement');

select read.create_model('pipeline_stage', $columns$
  "pipeline_id" uuid not null,
  "version" integer not null,
  "stage_id" text collate "C" not null,
  "ordinal" integer not null,
  "name" text collate "C" not null,
  "kind" text collate "C" not null,
  "probability_num" bigint not null,
  "probability_den" bigint not null,
  "planned_duration_days" integer,
  "rotting_after_days" integer,
  "controllable" boolean not null,
  "required_milestones" jsonb not null,
  "exit_criteria" jsonb not null,
  "forecast_category" text collate "C" not null,
  "lifecycle_from" text collate "C",
  "lifecycle_to" text collate "C"
$columns$, '"pipeline_id", "version", "stage_id"');
comment on table read.pipeline_stage is 'The stages of every published version of a pipeline.';
comment on column read.pipeline_stage."pipeline_id" is 'A sales pipeline.';
comment on column read.pipeline_stage."version" is 'Number of a published version of a pipeline.';
comment on column read.pipeline_stage."stage_id" is 'A stage of a pipeline, by a key such as proposal.';
comment on column read.pipeline_stage."ordinal" is 'Its place among the stages, from 1.';
comment on column read.pipeline_stage."name" is 'Name for people.';
comment on column read.pipeline_stage."kind" is 'What it means to stand in a stage.';
comment on column read.pipeline_stage."probability_num" is 'Numerator of the default probability.';
comment on column read.pipeline_stage."probability_den" is 'Denominator of the default probability.';
comment on column read.pipeline_stage."planned_duration_days" is 'How long a stay is planned to take; null without a plan.';
comment on column read.pipeline_stage."rotting_after_days" is 'After how many days without a touch an opportunity rots; null where it never does.';
comment on column read.pipeline_stage."controllable" is 'Whether it is ours to make a stay shorter.';
comment on column read.pipeline_stage."required_milestones" is 'Milestones to be reached before going on.';
comment on column read.pipeline_stage."exit_criteria" is 'What must hold before going on.';
comment on column read.pipeline_stage."forecast_category" is 'How far a forecast counts on an opportunity.';
comment on column read.pipeline_stage."lifecycle_from" is 'The lowest rung of customers whom it takes up the ladder; null for any.';
comment on column read.pipeline_stage."lifecycle_to" is 'The rung to which it takes them; null for none.';
select past.create_model('pipeline_stage');

select read.create_model('stage_interval', $columns$
  "opportunity_id" uuid not null,
  "stay" integer not null,
  "pipeline_id" uuid not null,
  "pipeline_version" integer not null,
  "customer_id" uuid not null,
  "stage_id" text collate "C" not null,
  "kind" text collate "C" not null,
  "owner_id" uuid not null,
  "entered_at" timestamptz not null,
  "entered_on" date not null,
  "left_at" timestamptz,
  "left_on" date,
  "duration_seconds" bigint,
  "exit" text collate "C",
  "value_minor" bigint not null,
  "currency" text collate "C" not null,
  "won" boolean not null
$columns$, '"opportunity_id", "stay"');
create index on read.stage_interval (tenant_id, generation, "pipeline_id", "stage_id", "entered_on");
create index on read.stage_interval (tenant_id, generation, "kind", "left_on");
create index on read.stage_interval (tenant_id, generation, "kind", "entered_on");
create index on read.stage_interval (tenant_id, generation, "owner_id", "entered_on");
comment on table read.stage_interval is 'The stays of opportunities in stages, one row each; one without an end is censored.';
comment on column read.stage_interval."opportunity_id" is 'An opportunity.';
comment on column read.stage_interval."stay" is 'Number of the stay, from 1.';
comment on column read.stage_interval."pipeline_id" is 'A sales pipeline.';
comment on column read.stage_interval."pipeline_version" is 'Number of a published version of a pipeline.';
comment on column read.stage_interval."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.stage_interval."stage_id" is 'A stage of a pipeline, by a key such as proposal.';
comment on column read.stage_interval."kind" is 'What it means to stand in a stage.';
comment on column read.stage_interval."owner_id" is 'Who owned the opportunity when the stay began.';
comment on column read.stage_interval."entered_at" is 'When the stay began.';
comment on column read.stage_interval."entered_on" is 'The day on which the stay began.';
comment on column read.stage_interval."left_at" is 'When the stay ended; null while it lasts.';
comment on column read.stage_interval."left_on" is 'The day on which the stay ended; null while it lasts.';
comment on column read.stage_interval."duration_seconds" is 'How long the stay took; null while it lasts.';
comment on column read.stage_interval."exit" is 'How the stay ended; null while it lasts.';
comment on column read.stage_interval."value_minor" is 'What the opportunity was worth when the stay began, in minor units.';
comment on column read.stage_interval."currency" is 'A currency, ISO 4217.';
comment on column read.stage_interval."won" is 'Whether the opportunity is won now.';
select past.create_model('stage_interval');
