select read.create_model('customer_clock', $columns$
  "customer_id" uuid not null,
  "last_call_logged" date,
  "last_visit_ended" date
$columns$, '"customer_id"');
comment on table read.customer_clock is 'On which day all opportunities of a customer were touched last in each way.';
comment on column read.customer_clock."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.customer_clock."last_call_logged" is 'The day of the last call that named no opportunity.';
comment on column read.customer_clock."last_visit_ended" is 'The day of the last visit.';
select past.create_model('customer_clock');

select read.create_model('opportunity_clock', $columns$
  "opportunity_id" uuid not null,
  "customer_id" uuid not null,
  "pipeline_id" uuid not null,
  "pipeline_version" integer not null,
  "owner_id" uuid not null,
  "status" text collate "C" not null,
  "stage_id" text collate "C" not null,
  "entered_on" date not null,
  "last_opportunity_opened" date,
  "last_opportunity_value_revised" date,
  "last_expected_close_revised" date,
  "last_probability_overridden" date,
  "last_milestone_reached" date,
  "last_stage_entered" date,
  "last_offer_submitted" date,
  "last_offer_accepted" date,
  "last_offer_rejected" date,
  "last_opportunity_held" date,
  "last_opportunity_reopened" date,
  "last_opportunity_transferred" date,
  "last_credit_split_set" date,
  "last_call_logged" date
$columns$, '"opportunity_id"');
create index on read.opportunity_clock (tenant_id, generation, "status");
create index on read.opportunity_clock (tenant_id, generation, "owner_id", "status");
comment on table read.opportunity_clock is 'Where opportunities stand, and on which day they were touched last in each way.';
comment on column read.opportunity_clock."opportunity_id" is 'An opportunity.';
comment on column read.opportunity_clock."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.opportunity_clock."pipeline_id" is 'A sales pipeline.';
comment on column read.opportunity_clock."pipeline_version" is 'Number of a published version of a pipeline.';
comment on column read.opportunity_clock."owner_id" is 'A person.';
comment on column read.opportunity_clock."status" is 'Whether it is open, on hold, won or lost.';
comment on column read.opportunity_clock."stage_id" is 'A stage of a pipeline, by a key such as proposal.';
comment on column read.opportunity_clock."entered_on" is 'The day on which it came to its stage.';
comment on column read.opportunity_clock."last_opportunity_opened" is 'The day of the last OpportunityOpened that is about it.';
comment on column read.opportunity_clock."last_opportunity_value_revised" is 'The day of the last OpportunityValueRevised that is about it.';
comment on column read.opportunity_clock."last_expected_close_revised" is 'The day of the last ExpectedCloseRevised that is about it.';
comment on column read.opportunity_clock."last_probability_overridden" is 'The day of the last ProbabilityOverridden that is about it.';
comment on column read.opportunity_clock."last_milestone_reached" is 'The day of the last MilestoneReached that is about it.';
comment on column read.opportunity_clock."last_stage_entered" is 'The day of the last StageEntered that is about it.';
comment on column read.opportunity_clock."last_offer_submitted" is 'The day of the last OfferSubmitted that is about it.';
comment on column read.opportunity_clock."last_offer_accepted" is 'The day of the last OfferAccepted that is about it.';
comment on column read.opportunity_clock."last_offer_rejected" is 'The day of the last OfferRejected that is about it.';
comment on column read.opportunity_clock."last_opportunity_held" is 'The day of the last OpportunityHeld that is about it.';
comment on column read.opportunity_clock."last_opportunity_reopened" is 'The day of the last OpportunityReopened that is about it.';
comment on column read.opportunity_clock."last_opportunity_transferred" is 'The day of the last OpportunityTransferred that is about it.';
comment on column read.opportunity_clock."last_credit_split_set" is 'The day of the last CreditSplitSet that is about it.';
comment on column read.opportunity_clock."last_call_logged" is 'The day of the last CallLogged that is about it.';
select past.create_model('opportunity_clock');

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
