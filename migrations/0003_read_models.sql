select read.create_model('visit_plan', $columns$
  "person_id" uuid not null,
  "date" date not null,
  "status" text collate "C" not null,
  "doc_version" integer not null,
  "doc_hash" text collate "C" not null,
  "content_hashes" jsonb not null,
  "submitted_at" timestamptz,
  "due_at" timestamptz,
  "lateness_minutes" integer,
  "completeness_bp" integer,
  "sign_off_due_at" timestamptz,
  "sign_off_overdue" boolean not null,
  "signer_id" uuid,
  "on_behalf_of" uuid,
  "decided_at" timestamptz,
  "comment" text collate "C",
  "issues" jsonb not null,
  "expected" boolean not null,
  "overdue" boolean not null,
  "excused" boolean not null,
  "no_visits_reason" text collate "C",
  "planned" integer not null,
  "closed" boolean not null,
  "completed" integer,
  "missed" jsonb not null,
  "unplanned" integer
$columns$, '"person_id", "date"');
create index on read.visit_plan (tenant_id, generation, "date");
create index on read.visit_plan (tenant_id, generation, "status");
comment on table read.visit_plan is 'The plans of visits, each of a person and a day, and where they stand.';
comment on column read.visit_plan."person_id" is 'A person.';
comment on column read.visit_plan."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.visit_plan."status" is 'Where the document stands.';
comment on column read.visit_plan."doc_version" is 'Number of the version submitted last; 0 before the first.';
comment on column read.visit_plan."doc_hash" is 'Hash of the document as it is now: what a signature must name.';
comment on column read.visit_plan."content_hashes" is 'Body hashes of the events that make up the document.';
comment on column read.visit_plan."submitted_at" is 'When the last version was submitted.';
comment on column read.visit_plan."due_at" is 'When the document was due.';
comment on column read.visit_plan."lateness_minutes" is 'Minutes by which the first version was late.';
comment on column read.visit_plan."completeness_bp" is 'How complete it is, in basis points.';
comment on column read.visit_plan."sign_off_due_at" is 'When the signature on the submitted version is due.';
comment on column read.visit_plan."sign_off_overdue" is 'Whether the signature is overdue.';
comment on column read.visit_plan."signer_id" is 'Who signed or returned it last.';
comment on column read.visit_plan."on_behalf_of" is 'In whose place it was signed.';
comment on column read.visit_plan."decided_at" is 'When it was signed or returned last.';
comment on column read.visit_plan."comment" is 'What the signer said.';
comment on column read.visit_plan."issues" is 'What the signer found wanting.';
comment on column read.visit_plan."expected" is 'Whether a plan was expected of the person.';
comment on column read.visit_plan."overdue" is 'Whether it was not submitted in time.';
comment on column read.visit_plan."excused" is 'Whether the person need not have planned after all.';
comment on column read.visit_plan."no_visits_reason" is 'Why there are no visits.';
comment on column read.visit_plan."planned" is 'Number of visits on the plan.';
comment on column read.visit_plan."closed" is 'Whether the day is over and counted.';
comment on column read.visit_plan."completed" is 'Planned visits that were made, when the plan was closed.';
comment on column read.visit_plan."missed" is 'Planned visits that were not made, when the plan was closed.';
comment on column read.visit_plan."unplanned" is 'Visits made that were not on the plan, when it was closed.';

select read.create_model('visit', $columns$
  "visit_id" uuid not null,
  "person_id" uuid not null,
  "date" date not null,
  "customer_id" uuid,
  "prospect_name" text collate "C",
  "state" text collate "C" not null,
  "planned" boolean not null,
  "unplanned_reason" text collate "C",
  "window_start" text collate "C",
  "window_end" text collate "C",
  "purposes" jsonb not null,
  "started_at" timestamptz,
  "ended_at" timestamptz,
  "minutes" integer,
  "geo" jsonb,
  "distance_m" integer,
  "offline" boolean not null,
  "clock_skew_ms" bigint,
  "outcome" text collate "C",
  "rule_version" integer,
  "results" jsonb not null,
  "met" jsonb not null,
  "decision_maker_met" boolean not null,
  "order_ids" jsonb not null,
  "orders_count" integer not null,
  "complaint_ids" jsonb not null,
  "collected_minor" bigint not null,
  "promised_minor" bigint not null,
  "cost_minor" bigint not null,
  "currency" text collate "C",
  "opinions" jsonb not null,
  "developments" jsonb not null,
  "exceptions" jsonb not null,
  "corrections" jsonb not null,
  "missed_reason" text collate "C",
  "missed_note" text collate "C"
$columns$, '"visit_id"');
create index on read.visit (tenant_id, generation, "person_id", "date");
create index on read.visit (tenant_id, generation, "customer_id", "date");
create index on read.visit (tenant_id, generation, "date");
comment on table read.visit is 'The visits: planned, going on, made and missed, with everything recorded about them.';
comment on column read.visit."visit_id" is 'A visit.';
comment on column read.visit."person_id" is 'A person.';
comment on column read.visit."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.visit."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.visit."prospect_name" is 'Who is visited, when it is no customer yet.';
comment on column read.visit."state" is 'Where the visit stands; left_open when nobody checked out on its day.';
comment on column read.visit."planned" is 'Whether it was on the plan of the day.';
comment on column read.visit."unplanned_reason" is 'Why it was made without being on the plan.';
comment on column read.visit."window_start" is 'Start of the planned window.';
comment on column read.visit."window_end" is 'End of the planned window.';
comment on column read.visit."purposes" is 'What it was planned for.';
comment on column read.visit."started_at" is 'When it began.';
comment on column read.visit."ended_at" is 'When it ended.';
comment on column read.visit."minutes" is 'How long it took.';
comment on column read.visit."geo" is 'Where it began.';
comment on column read.visit."distance_m" is 'Metres from where the customer is to where it began.';
comment on column read.visit."offline" is 'Whether it was entered on a device without a connection.';
comment on column read.visit."clock_skew_ms" is 'Milliseconds by which the device’s clock was ahead of ours.';
comment on column read.visit."outcome" is 'What a visit came to, by the effectiveness rule in force.';
comment on column read.visit."rule_version" is 'Version of the effectiveness rule; 0 is the default.';
comment on column read.visit."results" is 'What came of each purpose.';
comment on column read.visit."met" is 'Who was met.';
comment on column read.visit."decision_maker_met" is 'Whether a decision maker or influencer was met.';
comment on column read.visit."order_ids" is 'The orders that came of it.';
comment on column read.visit."orders_count" is 'Number of orders that came of it.';
comment on column read.visit."complaint_ids" is 'The complaints that came up.';
comment on column read.visit."collected_minor" is 'Money collected, in minor units.';
comment on column read.visit."promised_minor" is 'Money promised, in minor units.';
comment on column read.visit."cost_minor" is 'What it cost, mileage included, in minor units.';
comment on column read.visit."currency" is 'Currency of its money; null while there is none.';
comment on column read.visit."opinions" is 'What the customer thinks.';
comment on column read.visit."developments" is 'What has changed at the customer.';
comment on column read.visit."exceptions" is 'What was approved as out of the ordinary.';
comment on column read.visit."corrections" is 'What was corrected afterwards, in order.';
comment on column read.visit."missed_reason" is 'Why a planned visit did not happen.';
comment on column read.visit."missed_note" is 'What else there is to say about missing it.';

select read.create_model('timeline', $columns$
  "subject_kind" text collate "C" not null,
  "subject_id" uuid not null,
  "position" bigint not null,
  "occurred_at" timestamptz not null,
  "date" date not null,
  "type" text collate "C" not null,
  "stream" text collate "C" not null,
  "person_id" uuid,
  "data" jsonb not null
$columns$, '"subject_kind", "subject_id", "position"');
create index on read.timeline (tenant_id, generation, "subject_kind", "subject_id", "occurred_at");
comment on table read.timeline is 'What happened to whom: a row for each event and each subject of it.';
comment on column read.timeline."subject_kind" is 'What a timeline is about.';
comment on column read.timeline."subject_id" is 'The customer, person, complaint, order, opportunity or target.';
comment on column read.timeline."position" is 'Where the event stands in the log.';
comment on column read.timeline."occurred_at" is 'When it happened.';
comment on column read.timeline."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.timeline."type" is 'Type of the event.';
comment on column read.timeline."stream" is 'The stream that the event stands in.';
comment on column read.timeline."person_id" is 'Whose work it is; null when it is nobody’s.';
comment on column read.timeline."data" is 'What the event says.';

select read.create_model('sign_off', $columns$
  "chain_hash" text collate "C" not null,
  "previous" text collate "C",
  "kind" text collate "C" not null,
  "author_id" uuid not null,
  "date" date not null,
  "position" bigint not null,
  "doc_version" integer not null,
  "doc_hash" text collate "C" not null,
  "signer_id" uuid not null,
  "on_behalf_of" uuid,
  "comment" text collate "C",
  "quality" jsonb,
  "signed_at" timestamptz not null,
  "voided_at" timestamptz,
  "voided_by" uuid,
  "void_reason" text collate "C"
$columns$, '"chain_hash"');
create index on read.sign_off (tenant_id, generation, "author_id", "date");
create index on read.sign_off (tenant_id, generation, "signer_id", "signed_at");
comment on table read.sign_off is 'The signatures on documents, each linked to the one before it on the same document.';
comment on column read.sign_off."chain_hash" is 'Hash over the signature and the one before it.';
comment on column read.sign_off."previous" is 'Chain hash of the signature before; null for the first.';
comment on column read.sign_off."kind" is 'A kind of document that is signed.';
comment on column read.sign_off."author_id" is 'Who wrote the document.';
comment on column read.sign_off."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.sign_off."position" is 'Where the signature stands in the log.';
comment on column read.sign_off."doc_version" is 'The version that was signed.';
comment on column read.sign_off."doc_hash" is 'SHA-256 over the body hashes of a document version’s content events, in order.';
comment on column read.sign_off."signer_id" is 'Who signed.';
comment on column read.sign_off."on_behalf_of" is 'In whose place it was signed.';
comment on column read.sign_off."comment" is 'What the signer said.';
comment on column read.sign_off."quality" is 'The signer’s scores.';
comment on column read.sign_off."signed_at" is 'When it was signed.';
comment on column read.sign_off."voided_at" is 'When the signature was voided; null while it holds.';
comment on column read.sign_off."voided_by" is 'Who voided it.';
comment on column read.sign_off."void_reason" is 'Why it was voided.';

select read.create_model('report_obligation', $columns$
  "kind" text collate "C" not null,
  "author_id" uuid not null,
  "date" date not null,
  "state" text collate "C" not null,
  "expected" boolean not null,
  "due_at" timestamptz,
  "overdue" boolean not null,
  "filed_at" timestamptz,
  "last_filed_at" timestamptz,
  "lateness_minutes" integer,
  "versions" integer not null,
  "returns" integer not null,
  "signer_id" uuid,
  "signed_at" timestamptz,
  "sign_off_overdue" boolean not null,
  "review_latency_minutes" integer,
  "completeness_bp" integer,
  "quality_total_bp" integer,
  "quality_items" jsonb,
  "discrepancy_count" integer not null
$columns$, '"kind", "author_id", "date"');
create index on read.report_obligation (tenant_id, generation, "author_id", "date");
create index on read.report_obligation (tenant_id, generation, "date", "state");
comment on table read.report_obligation is 'Who owes which document of which day, and what became of it.';
comment on column read.report_obligation."kind" is 'A kind of document that is signed.';
comment on column read.report_obligation."author_id" is 'Who owes the document.';
comment on column read.report_obligation."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.report_obligation."state" is 'What became of the obligation.';
comment on column read.report_obligation."expected" is 'Whether it was asked for; some are handed in unasked.';
comment on column read.report_obligation."due_at" is 'When it was due.';
comment on column read.report_obligation."overdue" is 'Whether it was not there when it was due.';
comment on column read.report_obligation."filed_at" is 'When its first version was handed in.';
comment on column read.report_obligation."last_filed_at" is 'When its last version was handed in.';
comment on column read.report_obligation."lateness_minutes" is 'Minutes by which the first version was late.';
comment on column read.report_obligation."versions" is 'Number of versions handed in.';
comment on column read.report_obligation."returns" is 'How often it was sent back.';
comment on column read.report_obligation."signer_id" is 'Who signed it.';
comment on column read.report_obligation."signed_at" is 'When it was signed.';
comment on column read.report_obligation."sign_off_overdue" is 'Whether the signature was not there in time.';
comment on column read.report_obligation."review_latency_minutes" is 'Minutes from the last version to its signature or return.';
comment on column read.report_obligation."completeness_bp" is 'How complete the last version is, in basis points.';
comment on column read.report_obligation."quality_total_bp" is 'The weighted scores in basis points.';
comment on column read.report_obligation."quality_items" is 'The score of each item.';
comment on column read.report_obligation."discrepancy_count" is 'Figures that the author states otherwise than the log.';

select read.create_model('deadline', $columns$
  "key" text collate "C" not null,
  "kind" text collate "C" not null,
  "due_at" timestamptz not null,
  "person_id" uuid,
  "command" text collate "C" not null,
  "input" jsonb not null
$columns$, '"key"');
create index on read.deadline (tenant_id, generation, "due_at");
comment on table read.deadline is 'What the clock does when its time has come, unless something settles it before.';
comment on column read.deadline."key" is 'What is due, for whom.';
comment on column read.deadline."kind" is 'What kind of deadline it is.';
comment on column read.deadline."due_at" is 'When it is due.';
comment on column read.deadline."person_id" is 'A person.';
comment on column read.deadline."command" is 'The command that is issued then.';
comment on column read.deadline."input" is 'The input of that command.';

select read.create_model('day_sheet', $columns$
  "person_id" uuid not null,
  "date" date not null,
  "plan_state" text collate "C" not null,
  "plan_overdue" boolean not null,
  "plan_lateness_minutes" integer,
  "plan_closed" boolean not null,
  "planned" integer not null,
  "started" integer not null,
  "completed" integer not null,
  "missed" integer not null,
  "unplanned" integer not null,
  "effective" integer not null,
  "left_open" integer not null,
  "orders_count" integer not null,
  "orders_net_minor" bigint not null,
  "collections_minor" bigint not null,
  "calls" integer not null,
  "cost_minor" bigint not null,
  "currency" text collate "C",
  "first_activity_at" timestamptz,
  "last_activity_at" timestamptz,
  "report_state" text collate "C" not null,
  "report_overdue" boolean not null,
  "report_lateness_minutes" integer,
  "report_filed_at" timestamptz,
  "signer_id" uuid,
  "sign_off_minutes" integer,
  "submitted_at" timestamptz
$columns$, '"person_id", "date"');
create index on read.day_sheet (tenant_id, generation, "date");
comment on table read.day_sheet is 'One row for each person and day: what was planned, what was done, what it brought and cost.';
comment on column read.day_sheet."person_id" is 'A person.';
comment on column read.day_sheet."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.day_sheet."plan_state" is 'Where the plan of the day stands.';
comment on column read.day_sheet."plan_overdue" is 'Whether the plan was not submitted in time.';
comment on column read.day_sheet."plan_lateness_minutes" is 'Minutes by which the plan was late.';
comment on column read.day_sheet."plan_closed" is 'Whether the plan is closed and counted.';
comment on column read.day_sheet."planned" is 'Visits on the plan.';
comment on column read.day_sheet."started" is 'Visits begun.';
comment on column read.day_sheet."completed" is 'Visits ended, planned or not.';
comment on column read.day_sheet."missed" is 'Planned visits that did not happen.';
comment on column read.day_sheet."unplanned" is 'Visits ended that were not on the plan.';
comment on column read.day_sheet."effective" is 'Visits that were effective.';
comment on column read.day_sheet."left_open" is 'Visits out of which nobody checked on the day.';
comment on column read.day_sheet."orders_count" is 'Orders taken, without those cancelled.';
comment on column read.day_sheet."orders_net_minor" is 'Their net total in minor units.';
comment on column read.day_sheet."collections_minor" is 'Money collected on visits, in minor units.';
comment on column read.day_sheet."calls" is 'Calls logged.';
comment on column read.day_sheet."cost_minor" is 'What the visits cost, mileage included, in minor units.';
comment on column read.day_sheet."currency" is 'Currency of the day’s money; null while there is none.';
comment on column read.day_sheet."first_activity_at" is 'The first visit or call.';
comment on column read.day_sheet."last_activity_at" is 'The last visit or call.';
comment on column read.day_sheet."report_state" is 'Where the report of the day stands.';
comment on column read.day_sheet."report_overdue" is 'Whether the report was not filed in time.';
comment on column read.day_sheet."report_lateness_minutes" is 'Minutes by which the report was late.';
comment on column read.day_sheet."report_filed_at" is 'When the report was filed first.';
comment on column read.day_sheet."signer_id" is 'Who signed the report.';
comment on column read.day_sheet."sign_off_minutes" is 'Minutes from filing the report last to its signature.';
comment on column read.day_sheet."submitted_at" is 'When the report was handed in last.';

select read.create_model('daily_report', $columns$
  "person_id" uuid not null,
  "date" date not null,
  "status" text collate "C" not null,
  "doc_version" integer not null,
  "doc_hash" text collate "C" not null,
  "content_hashes" jsonb not null,
  "submitted_at" timestamptz,
  "due_at" timestamptz,
  "lateness_minutes" integer,
  "completeness_bp" integer,
  "sign_off_due_at" timestamptz,
  "sign_off_overdue" boolean not null,
  "signer_id" uuid,
  "on_behalf_of" uuid,
  "decided_at" timestamptz,
  "comment" text collate "C",
  "issues" jsonb not null,
  "filed_at" timestamptz not null,
  "amendments" integer not null,
  "attendance" jsonb not null,
  "visit_results" jsonb not null,
  "complaints_handled" jsonb not null,
  "competitor_info" jsonb not null,
  "customer_opinions" jsonb not null,
  "customer_developments" jsonb not null,
  "experience" text collate "C" not null,
  "tomorrow_focus" text collate "C" not null,
  "other" text collate "C",
  "figures" jsonb not null,
  "figures_known_at" bigint not null,
  "stated" jsonb,
  "discrepancies" jsonb not null,
  "discrepancy_count" integer not null,
  "quality" jsonb,
  "quality_total_bp" integer,
  "reviews" jsonb not null
$columns$, '"person_id", "date"');
create index on read.daily_report (tenant_id, generation, "date");
create index on read.daily_report (tenant_id, generation, "status");
comment on table read.daily_report is 'The daily reports as they are now, with the figures of the log and those that the author states.';
comment on column read.daily_report."person_id" is 'A person.';
comment on column read.daily_report."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.daily_report."status" is 'Where the document stands.';
comment on column read.daily_report."doc_version" is 'Number of the version submitted last; 0 before the first.';
comment on column read.daily_report."doc_hash" is 'Hash of the document as it is now: what a signature must name.';
comment on column read.daily_report."content_hashes" is 'Body hashes of the events that make up the document.';
comment on column read.daily_report."submitted_at" is 'When the last version was submitted.';
comment on column read.daily_report."due_at" is 'When the document was due.';
comment on column read.daily_report."lateness_minutes" is 'Minutes by which the first version was late.';
comment on column read.daily_report."completeness_bp" is 'How complete it is, in basis points.';
comment on column read.daily_report."sign_off_due_at" is 'When the signature on the submitted version is due.';
comment on column read.daily_report."sign_off_overdue" is 'Whether the signature is overdue.';
comment on column read.daily_report."signer_id" is 'Who signed or returned it last.';
comment on column read.daily_report."on_behalf_of" is 'In whose place it was signed.';
comment on column read.daily_report."decided_at" is 'When it was signed or returned last.';
comment on column read.daily_report."comment" is 'What the signer said.';
comment on column read.daily_report."issues" is 'What the signer found wanting.';
comment on column read.daily_report."filed_at" is 'When it was filed first.';
comment on column read.daily_report."amendments" is 'How often it was amended.';
comment on column read.daily_report."attendance" is 'How the author attended on the day.';
comment on column read.daily_report."visit_results" is 'What came of each visit.';
comment on column read.daily_report."complaints_handled" is 'What was done about complaints.';
comment on column read.daily_report."competitor_info" is 'What is new about competitors.';
comment on column read.daily_report."customer_opinions" is 'What customers think.';
comment on column read.daily_report."customer_developments" is 'What has changed at customers.';
comment on column read.daily_report."experience" is 'What the day taught.';
comment on column read.daily_report."tomorrow_focus" is 'What matters tomorrow.';
comment on column read.daily_report."other" is 'What else there is to say.';
comment on column read.daily_report."figures" is 'The figures of a person’s day as the log had them.';
comment on column read.daily_report."figures_known_at" is 'The log position at which the figures were read.';
comment on column read.daily_report."stated" is 'Figures that the author states; they stand beside the computed ones.';
comment on column read.daily_report."discrepancies" is 'Where the author states other figures than the log.';
comment on column read.daily_report."discrepancy_count" is 'Number of such figures.';
comment on column read.daily_report."quality" is 'The signer’s scores.';
comment on column read.daily_report."quality_total_bp" is 'The weighted scores in basis points.';
comment on column read.daily_report."reviews" is 'What supervisors judged of the day’s efficiency.';

select read.create_model('competitor_observation', $columns$
  "observation_id" uuid not null,
  "visit_id" uuid not null,
  "person_id" uuid not null,
  "customer_id" uuid,
  "date" date not null,
  "observed_at" timestamptz not null,
  "competitor_id" uuid not null,
  "kind" text collate "C" not null,
  "product_id" uuid,
  "price_minor" bigint,
  "currency" text collate "C",
  "text" text collate "C" not null,
  "confidence" text collate "C" not null
$columns$, '"observation_id"');
create index on read.competitor_observation (tenant_id, generation, "competitor_id", "date");
create index on read.competitor_observation (tenant_id, generation, "visit_id");
create index on read.competitor_observation (tenant_id, generation, "person_id", "date");
create index on read.competitor_observation (tenant_id, generation, "product_id", "competitor_id", "date");
comment on table read.competitor_observation is 'What was observed of competitors on visits.';
comment on column read.competitor_observation."observation_id" is 'An observation of a competitor.';
comment on column read.competitor_observation."visit_id" is 'A visit.';
comment on column read.competitor_observation."person_id" is 'Who observed it.';
comment on column read.competitor_observation."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.competitor_observation."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.competitor_observation."observed_at" is 'When it was observed.';
comment on column read.competitor_observation."competitor_id" is 'A competitor.';
comment on column read.competitor_observation."kind" is 'What was observed of a competitor.';
comment on column read.competitor_observation."product_id" is 'A product.';
comment on column read.competitor_observation."price_minor" is 'The competitor’s price in minor units.';
comment on column read.competitor_observation."currency" is 'Currency of the price.';
comment on column read.competitor_observation."text" is 'What was observed.';
comment on column read.competitor_observation."confidence" is 'How sure an estimate is.';

select read.create_model('call', $columns$
  "call_id" uuid not null,
  "person_id" uuid not null,
  "date" date not null,
  "called_at" timestamptz not null,
  "customer_id" uuid not null,
  "direction" text collate "C" not null,
  "channel" text collate "C" not null,
  "seconds" integer not null,
  "result_code" text collate "C" not null,
  "opportunity_id" uuid,
  "note" text collate "C"
$columns$, '"person_id", "date", "call_id"');
create index on read.call (tenant_id, generation, "customer_id", "date");
comment on table read.call is 'The calls with customers.';
comment on column read.call."call_id" is 'A call.';
comment on column read.call."person_id" is 'A person.';
comment on column read.call."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.call."called_at" is 'When they talked.';
comment on column read.call."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.call."direction" is 'Who called.';
comment on column read.call."channel" is 'How they talked.';
comment on column read.call."seconds" is 'How long it took.';
comment on column read.call."result_code" is 'How a call came out.';
comment on column read.call."opportunity_id" is 'An opportunity.';
comment on column read.call."note" is 'What was said.';

select read.create_model('absence', $columns$
  "absence_id" uuid not null,
  "person_id" uuid not null,
  "from" date not null,
  "to" date not null,
  "kind" text collate "C" not null,
  "half_day" boolean not null
$columns$, '"absence_id"');
create index on read.absence (tenant_id, generation, "person_id", "from");
comment on table read.absence is 'When people are away; withdrawn absences are gone.';
comment on column read.absence."absence_id" is 'An absence.';
comment on column read.absence."person_id" is 'A person.';
comment on column read.absence."from" is 'First day of the absence.';
comment on column read.absence."to" is 'Last day of the absence.';
comment on column read.absence."kind" is 'Why the person is away.';
comment on column read.absence."half_day" is 'Whether the person works half of each of these days.';

select read.create_model('assignment', $columns$
  "person_id" uuid not null,
  "position_id" uuid not null,
  "from" date not null,
  "to" date,
  "org_unit_id" uuid not null,
  "reports_to_position_id" uuid,
  "primary" boolean not null,
  "fte_bp" integer not null,
  "specialisation" text collate "C" not null
$columns$, '"person_id", "position_id", "from"');
create index on read.assignment (tenant_id, generation, "position_id", "from");
create index on read.assignment (tenant_id, generation, "org_unit_id", "from");
create index on read.assignment (tenant_id, generation, "reports_to_position_id");
comment on table read.assignment is 'Who holds which position when, in which unit and below whom.';
comment on column read.assignment."person_id" is 'A person.';
comment on column read.assignment."position_id" is 'A position in the organisation.';
comment on column read.assignment."from" is 'First day on which it holds.';
comment on column read.assignment."to" is 'First day on which it no longer holds; null while no end is known.';
comment on column read.assignment."org_unit_id" is 'A unit of the organisation.';
comment on column read.assignment."reports_to_position_id" is 'The position above; null at the top.';
comment on column read.assignment."primary" is 'Whether it is the person’s main position.';
comment on column read.assignment."fte_bp" is 'Share of full time in basis points.';
comment on column read.assignment."specialisation" is 'What the position concentrates on.';

select read.create_model('channel', $columns$
  "channel_id" uuid not null,
  "code" text collate "C" not null,
  "name" text collate "C" not null,
  "retired" boolean not null
$columns$, '"channel_id"');
comment on table read.channel is 'The sales channels.';
comment on column read.channel."channel_id" is 'A sales channel.';
comment on column read.channel."code" is 'Code of the channel.';
comment on column read.channel."name" is 'Name of the channel.';
comment on column read.channel."retired" is 'Whether nothing new is put into it.';

select read.create_model('delegation', $columns$
  "delegation_id" uuid not null,
  "from_position_id" uuid not null,
  "to_position_id" uuid not null,
  "document_kinds" jsonb not null,
  "from" date not null,
  "to" date not null,
  "reason" text collate "C" not null,
  "revoked" boolean not null
$columns$, '"delegation_id"');
create index on read.delegation (tenant_id, generation, "to_position_id", "from");
create index on read.delegation (tenant_id, generation, "from_position_id", "from");
comment on table read.delegation is 'Who may sign in whose place, and when.';
comment on column read.delegation."delegation_id" is 'A delegation.';
comment on column read.delegation."from_position_id" is 'The position whose right to sign is delegated.';
comment on column read.delegation."to_position_id" is 'The position whose holder may sign in its place.';
comment on column read.delegation."document_kinds" is 'What kinds of documents may be signed.';
comment on column read.delegation."from" is 'First day of the delegation.';
comment on column read.delegation."to" is 'First day on which it no longer holds.';
comment on column read.delegation."reason" is 'Why it was delegated.';
comment on column read.delegation."revoked" is 'Whether it was ended before its time.';

select read.create_model('exchange_rate', $columns$
  "base" text collate "C" not null,
  "quote" text collate "C" not null,
  "date" date not null,
  "rate_num" bigint not null,
  "rate_den" bigint not null,
  "source" text collate "C" not null
$columns$, '"base", "quote", "date"');
comment on table read.exchange_rate is 'What one unit of a currency was worth in another on a day, as an exact fraction.';
comment on column read.exchange_rate."base" is 'The currency that is worth something, ISO 4217.';
comment on column read.exchange_rate."quote" is 'The currency in which it is worth that, ISO 4217.';
comment on column read.exchange_rate."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.exchange_rate."rate_num" is 'Numerator of the rate.';
comment on column read.exchange_rate."rate_den" is 'Denominator of the rate.';
comment on column read.exchange_rate."source" is 'Who says so.';

select read.create_model('fiscal_period', $columns$
  "period_id" text collate "C" not null,
  "level" text collate "C" not null,
  "parent_id" text collate "C",
  "start" date not null,
  "end_exclusive" date not null,
  "state" text collate "C" not null,
  "closing_position" bigint,
  "figures_hash" text collate "C",
  "reopened_for" text collate "C",
  "witness" uuid
$columns$, '"period_id"');
create index on read.fiscal_period (tenant_id, generation, "level", "start");
comment on table read.fiscal_period is 'The fiscal years, halves, quarters and months of the calendar in force.';
comment on column read.fiscal_period."period_id" is 'A period, such as FY2026, FY2026-Q1, FY2026-M03, 2026-W07 or 2026-02-14.';
comment on column read.fiscal_period."level" is 'What kind of period it is.';
comment on column read.fiscal_period."parent_id" is 'The period that it is part of; null for a year.';
comment on column read.fiscal_period."start" is 'First day of the period.';
comment on column read.fiscal_period."end_exclusive" is 'First day after the period.';
comment on column read.fiscal_period."state" is 'Whether the figures of the period are closed.';
comment on column read.fiscal_period."closing_position" is 'Position of the log at which the figures were read.';
comment on column read.fiscal_period."figures_hash" is 'SHA-256 of the figures on which it was closed last.';
comment on column read.fiscal_period."reopened_for" is 'Why it was opened again.';
comment on column read.fiscal_period."witness" is 'The auditor who was witness when it was opened again.';

select read.create_model('holiday', $columns$
  "date" date not null,
  "scope" text collate "C" not null,
  "region_id" uuid,
  "name" text collate "C" not null
$columns$, '"date", "scope"');
comment on table read.holiday is 'The days on which nobody works, in the whole organisation or in one region.';
comment on column read.holiday."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.holiday."scope" is 'organisation, or the id of the region whose holiday it is.';
comment on column read.holiday."region_id" is 'The region whose holiday it is; null for everybody’s.';
comment on column read.holiday."name" is 'Name of the holiday.';

select read.create_model('org_unit', $columns$
  "unit_id" uuid not null,
  "code" text collate "C" not null,
  "name" text collate "C" not null,
  "kind" text collate "C" not null,
  "region_id" uuid,
  "from" date not null,
  "dissolved_on" date,
  "successor_id" uuid
$columns$, '"unit_id"');
comment on table read.org_unit is 'The units of the organisation; what they are part of is in org_unit_parent, by day.';
comment on column read.org_unit."unit_id" is 'A unit of the organisation.';
comment on column read.org_unit."code" is 'Code of the unit.';
comment on column read.org_unit."name" is 'Name of the unit.';
comment on column read.org_unit."kind" is 'What kind of unit it is.';
comment on column read.org_unit."region_id" is 'The sales region that the unit works in.';
comment on column read.org_unit."from" is 'The day on which the unit was founded.';
comment on column read.org_unit."dissolved_on" is 'First day on which the unit is no more.';
comment on column read.org_unit."successor_id" is 'The unit that took its place.';

select read.create_model('org_unit_head', $columns$
  "unit_id" uuid not null,
  "from" date not null,
  "to" date,
  "position_id" uuid not null
$columns$, '"unit_id", "from"');
comment on table read.org_unit_head is 'Which position heads which unit, and when.';
comment on column read.org_unit_head."unit_id" is 'A unit of the organisation.';
comment on column read.org_unit_head."from" is 'First day on which it holds.';
comment on column read.org_unit_head."to" is 'First day on which it no longer holds; null while no end is known.';
comment on column read.org_unit_head."position_id" is 'A position in the organisation.';

select read.create_model('org_unit_parent', $columns$
  "unit_id" uuid not null,
  "from" date not null,
  "to" date,
  "parent_id" uuid
$columns$, '"unit_id", "from"');
create index on read.org_unit_parent (tenant_id, generation, "parent_id", "from");
comment on table read.org_unit_parent is 'Which unit is part of which, and when.';
comment on column read.org_unit_parent."unit_id" is 'A unit of the organisation.';
comment on column read.org_unit_parent."from" is 'First day on which it holds.';
comment on column read.org_unit_parent."to" is 'First day on which it no longer holds; null while no end is known.';
comment on column read.org_unit_parent."parent_id" is 'The unit that it is part of; null for the root.';

select read.create_model('organisation', $columns$
  "stream" text collate "C" not null,
  "name" text collate "C" not null,
  "time_zone" text collate "C" not null,
  "reporting_currency" text collate "C" not null,
  "week_start" integer not null,
  "daily_report_due" text collate "C" not null,
  "weekly_report_due" jsonb not null,
  "monthly_review_due_working_day" integer not null
$columns$, '"stream"');
comment on table read.organisation is 'What holds for the whole organisation: one row.';
comment on column read.organisation."stream" is 'The stream that it stands in; there is one.';
comment on column read.organisation."name" is 'Name of the organisation.';
comment on column read.organisation."time_zone" is 'An IANA time zone, such as Europe/Berlin.';
comment on column read.organisation."reporting_currency" is 'The currency in which figures are added up, ISO 4217.';
comment on column read.organisation."week_start" is 'ISO weekday on which a week begins: 1 is Monday.';
comment on column read.organisation."daily_report_due" is 'When the report of a day is due, on that day.';
comment on column read.organisation."weekly_report_due" is 'When the report of a week is due: ISO weekday and time.';
comment on column read.organisation."monthly_review_due_working_day" is 'Working day of the next month on which the review of a month is due.';

select read.create_model('person', $columns$
  "person_id" uuid not null,
  "employee_no" text collate "C",
  "name" text collate "C" not null,
  "email" text collate "C",
  "phone" text collate "C",
  "employed_from" date,
  "newcomer_until" date,
  "last_day" date,
  "ended_on" date,
  "end_reason" text collate "C"
$columns$, '"person_id"');
create index on read.person (tenant_id, generation, "name");
comment on table read.person is 'The people who are or were employed, as they are known now.';
comment on column read.person."person_id" is 'A person.';
comment on column read.person."employee_no" is 'Employee number; null before the employment.';
comment on column read.person."name" is 'The person’s name.';
comment on column read.person."email" is 'The person’s e-mail address.';
comment on column read.person."phone" is 'The person’s telephone number.';
comment on column read.person."employed_from" is 'First day of the latest employment.';
comment on column read.person."newcomer_until" is 'Until when the person counts as a newcomer.';
comment on column read.person."last_day" is 'Last day of the employment as it was announced.';
comment on column read.person."ended_on" is 'Last day of the employment, once it has ended.';
comment on column read.person."end_reason" is 'Why an employment ended.';

select read.create_model('policy_acknowledgement', $columns$
  "policy_key" text collate "C" not null,
  "policy_version" integer not null,
  "person_id" uuid not null,
  "acknowledged_at" timestamptz not null
$columns$, '"policy_key", "policy_version", "person_id"');
create index on read.policy_acknowledgement (tenant_id, generation, "person_id");
comment on table read.policy_acknowledgement is 'Who said to know which version of a policy.';
comment on column read.policy_acknowledgement."policy_key" is 'A policy.';
comment on column read.policy_acknowledgement."policy_version" is 'Number of the version of the policy.';
comment on column read.policy_acknowledgement."person_id" is 'A person.';
comment on column read.policy_acknowledgement."acknowledged_at" is 'When the person said so.';

select read.create_model('policy_version', $columns$
  "policy_key" text collate "C" not null,
  "policy_version" integer not null,
  "effective_from" date not null,
  "retroactive" boolean not null,
  "document" jsonb not null,
  "doc_hash" text collate "C" not null,
  "adopted_at" timestamptz not null
$columns$, '"policy_key", "policy_version"');
comment on table read.policy_version is 'Every version of every policy that was adopted.';
comment on column read.policy_version."policy_key" is 'A policy.';
comment on column read.policy_version."policy_version" is 'Number of the version of the policy.';
comment on column read.policy_version."effective_from" is 'First day on which the version is in force.';
comment on column read.policy_version."retroactive" is 'Whether it was allowed to take effect before its adoption.';
comment on column read.policy_version."document" is 'What the policy says.';
comment on column read.policy_version."doc_hash" is 'SHA-256 of the document as canonical JSON.';
comment on column read.policy_version."adopted_at" is 'When the version was adopted.';

select read.create_model('region', $columns$
  "region_id" uuid not null,
  "code" text collate "C" not null,
  "name" text collate "C" not null,
  "parent_id" uuid,
  "retired" boolean not null
$columns$, '"region_id"');
comment on table read.region is 'The sales regions.';
comment on column read.region."region_id" is 'A sales region.';
comment on column read.region."code" is 'Code of the region.';
comment on column read.region."name" is 'Name of the region.';
comment on column read.region."parent_id" is 'The region that it lies in.';
comment on column read.region."retired" is 'Whether nothing new is put into it.';

select read.create_model('role_grant', $columns$
  "person_id" uuid not null,
  "role" text collate "C" not null,
  "from" date not null,
  "to" date
$columns$, '"person_id", "role", "from"');
create index on read.role_grant (tenant_id, generation, "role", "from");
comment on table read.role_grant is 'Who has or had which role.';
comment on column read.role_grant."person_id" is 'A person.';
comment on column read.role_grant."role" is 'OP operator or executive · TM top manager · RM regional manager · SV supervisor · SP salesperson · DL dealer · AN analyst · AU auditor · IN integration · AD administrator · HR human resources · DEPT other department.';
comment on column read.role_grant."from" is 'First day on which it holds.';
comment on column read.role_grant."to" is 'First day on which it no longer holds; null while no end is known.';

select read.create_model('working_week', $columns$
  "from" date not null,
  "iso_weekdays" jsonb not null
$columns$, '"from"');
comment on table read.working_week is 'On which days of the week people work, until the next row begins; before the first it is Monday to Friday.';
comment on column read.working_week."from" is 'First day on which it holds.';
comment on column read.working_week."iso_weekdays" is 'ISO weekdays: 1 is Monday.';

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

select read.create_model('competitor', $columns$
  "competitor_id" uuid not null,
  "name" text collate "C" not null
$columns$, '"competitor_id"');
comment on table read.competitor is 'The competitors.';
comment on column read.competitor."competitor_id" is 'A competitor.';
comment on column read.competitor."name" is 'Name of the competitor.';

select read.create_model('complaint', $columns$
  "complaint_id" uuid not null,
  "customer_id" uuid not null,
  "channel" text collate "C" not null,
  "category" text collate "C" not null,
  "severity" integer not null,
  "state" text collate "C" not null,
  "description" text collate "C" not null,
  "desired_resolution" text collate "C",
  "order_id" uuid,
  "product_id" uuid,
  "lot" text collate "C",
  "visit_id" uuid,
  "claimed_minor" bigint,
  "claimed_currency" text collate "C",
  "logged_by" uuid,
  "logged_at" timestamptz not null,
  "resolve_by" date,
  "acknowledged_at" timestamptz,
  "assigned_to" uuid,
  "assigned_at" timestamptz,
  "resolved_at" timestamptz,
  "remedy_kind" text collate "C",
  "remedy_minor" bigint,
  "remedy_currency" text collate "C",
  "root_cause_class" text collate "C",
  "root_cause_detail" text collate "C",
  "resolution_note" text collate "C",
  "confirmation_attempts" integer not null,
  "confirmed_at" timestamptz,
  "satisfaction" integer,
  "reopen_count" integer not null,
  "reopened_at" timestamptz,
  "reopening_reason" text collate "C",
  "closed_at" timestamptz,
  "cost_minor" bigint,
  "cost_currency" text collate "C"
$columns$, '"complaint_id"');
create index on read.complaint (tenant_id, generation, "customer_id");
create index on read.complaint (tenant_id, generation, "assigned_to", "state");
create index on read.complaint (tenant_id, generation, "state", "severity");
comment on table read.complaint is 'The complaints and where they stand.';
comment on column read.complaint."complaint_id" is 'A complaint.';
comment on column read.complaint."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.complaint."channel" is 'The way on which a complaint came.';
comment on column read.complaint."category" is 'What a complaint is about.';
comment on column read.complaint."severity" is 'From 1, small, to 4, critical.';
comment on column read.complaint."state" is 'Where the complaint stands.';
comment on column read.complaint."description" is 'What the customer complains about.';
comment on column read.complaint."desired_resolution" is 'What the customer wishes.';
comment on column read.complaint."order_id" is 'An order.';
comment on column read.complaint."product_id" is 'A product.';
comment on column read.complaint."lot" is 'Lot or serial number.';
comment on column read.complaint."visit_id" is 'The visit on which it was logged.';
comment on column read.complaint."claimed_minor" is 'What the customer claims, in minor units.';
comment on column read.complaint."claimed_currency" is 'Currency of the claim.';
comment on column read.complaint."logged_by" is 'Who logged it; null for an integration.';
comment on column read.complaint."logged_at" is 'When it was logged.';
comment on column read.complaint."resolve_by" is 'The day by which it is to be resolved; null where none was set.';
comment on column read.complaint."acknowledged_at" is 'When it was acknowledged to the customer.';
comment on column read.complaint."assigned_to" is 'Who handles it.';
comment on column read.complaint."assigned_at" is 'When it was given to who handles it.';
comment on column read.complaint."resolved_at" is 'When it was resolved last.';
comment on column read.complaint."remedy_kind" is 'What was done for the customer.';
comment on column read.complaint."remedy_minor" is 'Amount of the remedy in minor units.';
comment on column read.complaint."remedy_currency" is 'Currency of the remedy.';
comment on column read.complaint."root_cause_class" is 'Where a complaint came from.';
comment on column read.complaint."root_cause_detail" is 'What it came from in detail.';
comment on column read.complaint."resolution_note" is 'What else is to be said about the resolution.';
comment on column read.complaint."confirmation_attempts" is 'How often the customer was asked in vain since it was resolved.';
comment on column read.complaint."confirmed_at" is 'When the customer confirmed that it is settled.';
comment on column read.complaint."satisfaction" is 'From 1, not at all, to 5, wholly satisfied.';
comment on column read.complaint."reopen_count" is 'How often it was reopened.';
comment on column read.complaint."reopened_at" is 'When it was reopened last.';
comment on column read.complaint."reopening_reason" is 'Why it was reopened last.';
comment on column read.complaint."closed_at" is 'When it was closed.';
comment on column read.complaint."cost_minor" is 'All that it cost us, in minor units.';
comment on column read.complaint."cost_currency" is 'Currency of the cost.';

select read.create_model('contact', $columns$
  "contact_id" uuid not null,
  "customer_id" uuid not null,
  "name" text collate "C" not null,
  "role" text collate "C" not null,
  "title" text collate "C",
  "phone" text collate "C",
  "email" text collate "C",
  "left_on" date
$columns$, '"customer_id", "contact_id"');
comment on table read.contact is 'The people at customers, also those who have left.';
comment on column read.contact."contact_id" is 'A person at a customer.';
comment on column read.contact."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.contact."name" is 'Name of the contact.';
comment on column read.contact."role" is 'What a person at a customer decides.';
comment on column read.contact."title" is 'Position at the customer.';
comment on column read.contact."phone" is 'Telephone number.';
comment on column read.contact."email" is 'E-mail address.';
comment on column read.contact."left_on" is 'The day on which the contact left the customer.';

select read.create_model('customer', $columns$
  "customer_id" uuid not null,
  "name" text collate "C" not null,
  "city" text collate "C",
  "tax_id" text collate "C",
  "kind" text collate "C" not null,
  "region_id" uuid not null,
  "channel_id" uuid not null,
  "segment" text collate "C" not null,
  "source" text collate "C" not null,
  "geo" jsonb,
  "address" text collate "C",
  "phone" text collate "C",
  "email" text collate "C",
  "website" text collate "C",
  "industry" text collate "C",
  "employees" integer,
  "owner_id" uuid,
  "owned_since" date,
  "registered_on" date not null,
  "lifecycle" text collate "C" not null,
  "state" text collate "C" not null,
  "lost_on" date,
  "lost_reason" text collate "C",
  "lost_to" uuid,
  "potential_minor" bigint,
  "potential_currency" text collate "C",
  "potential_method" text collate "C",
  "potential_confidence" text collate "C",
  "potential_on" date,
  "frequency_visits" integer,
  "frequency_days" integer,
  "frequency_from" date
$columns$, '"customer_id"');
create index on read.customer (tenant_id, generation, "owner_id");
create index on read.customer (tenant_id, generation, "region_id");
create index on read.customer (tenant_id, generation, "name");
comment on table read.customer is 'The customers as they are known now.';
comment on column read.customer."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.customer."name" is 'Name of the company, or of the human being.';
comment on column read.customer."city" is 'City.';
comment on column read.customer."tax_id" is 'Tax number.';
comment on column read.customer."kind" is 'What a customer is to us.';
comment on column read.customer."region_id" is 'A sales region.';
comment on column read.customer."channel_id" is 'A sales channel.';
comment on column read.customer."segment" is 'Segment of the market.';
comment on column read.customer."source" is 'How we came to know the customer.';
comment on column read.customer."geo" is 'A place on earth and how well it is known.';
comment on column read.customer."address" is 'Street and number.';
comment on column read.customer."phone" is 'Telephone number.';
comment on column read.customer."email" is 'E-mail address.';
comment on column read.customer."website" is 'Website.';
comment on column read.customer."industry" is 'Industry.';
comment on column read.customer."employees" is 'Number of people who work there.';
comment on column read.customer."owner_id" is 'The primary owner; null in the pool.';
comment on column read.customer."owned_since" is 'Since when the owner owns the customer.';
comment on column read.customer."registered_on" is 'The day on which the customer was registered.';
comment on column read.customer."lifecycle" is 'The rung of a customer on the ladder from a contact to a key account.';
comment on column read.customer."state" is 'Whether the customer is lost.';
comment on column read.customer."lost_on" is 'The day on which the customer was lost.';
comment on column read.customer."lost_reason" is 'Why the customer was lost.';
comment on column read.customer."lost_to" is 'The competitor who won the customer.';
comment on column read.customer."potential_minor" is 'What the customer could buy in a year, in minor units.';
comment on column read.customer."potential_currency" is 'Currency of the potential.';
comment on column read.customer."potential_method" is 'How the potential was estimated.';
comment on column read.customer."potential_confidence" is 'How sure an estimate is.';
comment on column read.customer."potential_on" is 'The day on which the potential was estimated.';
comment on column read.customer."frequency_visits" is 'Visits due in each window.';
comment on column read.customer."frequency_days" is 'Length of the window in days.';
comment on column read.customer."frequency_from" is 'Since when the visit frequency holds.';

select read.create_model('customer_feedback', $columns$
  "customer_id" uuid not null,
  "feedback_id" uuid not null,
  "said_on" date not null,
  "heard_by" uuid,
  "topic" text collate "C" not null,
  "sentiment" integer not null,
  "text" text collate "C" not null,
  "product_id" uuid,
  "visit_id" uuid
$columns$, '"customer_id", "feedback_id"');
create index on read.customer_feedback (tenant_id, generation, "heard_by", "said_on");
comment on table read.customer_feedback is 'What customers said, and what they felt about it.';
comment on column read.customer_feedback."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.customer_feedback."feedback_id" is 'Something that a customer said.';
comment on column read.customer_feedback."said_on" is 'The day on which it was said.';
comment on column read.customer_feedback."heard_by" is 'Who heard it; null for an integration.';
comment on column read.customer_feedback."topic" is 'What it was about.';
comment on column read.customer_feedback."sentiment" is 'From -2, angry, to 2, delighted.';
comment on column read.customer_feedback."text" is 'What was said.';
comment on column read.customer_feedback."product_id" is 'A product.';
comment on column read.customer_feedback."visit_id" is 'A visit.';

select read.create_model('customer_owner', $columns$
  "customer_id" uuid not null,
  "person_id" uuid not null,
  "valid_from" date not null,
  "valid_to" date,
  "role" text collate "C" not null,
  "share_bp" integer not null,
  "reason" text collate "C" not null
$columns$, '"customer_id", "person_id", "valid_from"');
create index on read.customer_owner (tenant_id, generation, "person_id", "valid_from");
comment on table read.customer_owner is 'Who owns a customer from a day on until the day before another, and with what share of the credit.';
comment on column read.customer_owner."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.customer_owner."person_id" is 'A person.';
comment on column read.customer_owner."valid_from" is 'First day of the ownership.';
comment on column read.customer_owner."valid_to" is 'First day after the ownership; null until further notice.';
comment on column read.customer_owner."role" is 'Primary owner or co-owner.';
comment on column read.customer_owner."share_bp" is 'Basis points: 10 000 are 100 %.';
comment on column read.customer_owner."reason" is 'Why a customer changes hands.';

select read.create_model('sales_order', $columns$
  "order_id" uuid not null,
  "customer_id" uuid not null,
  "outlet_id" uuid,
  "visit_id" uuid,
  "channel_id" uuid,
  "dealer_id" uuid,
  "taken_by" uuid not null,
  "credits" jsonb not null,
  "ordered_on" date not null,
  "promised_on" date,
  "state" text collate "C" not null,
  "line_count" integer not null,
  "net_minor" bigint not null,
  "currency" text collate "C" not null,
  "gross_profit_minor" bigint,
  "lines_without_cost" integer not null,
  "confirmed_on" date,
  "delivered_on" date,
  "delivery_count" integer not null,
  "days_late" integer,
  "return_count" integer not null,
  "returned_minor" bigint not null,
  "service_count" integer not null,
  "last_service_on" date,
  "cancelled_on" date,
  "cancellation_reason" text collate "C"
$columns$, '"order_id"');
create index on read.sales_order (tenant_id, generation, "taken_by", "ordered_on");
create index on read.sales_order (tenant_id, generation, "customer_id", "ordered_on");
comment on table read.sales_order is 'The orders and where they stand.';
comment on column read.sales_order."order_id" is 'An order.';
comment on column read.sales_order."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.sales_order."outlet_id" is 'The outlet to which it goes.';
comment on column read.sales_order."visit_id" is 'The visit on which it was taken.';
comment on column read.sales_order."channel_id" is 'A sales channel.';
comment on column read.sales_order."dealer_id" is 'The dealer through whom it came.';
comment on column read.sales_order."taken_by" is 'Who took it.';
comment on column read.sales_order."credits" is 'Who has the credit for what it sells.';
comment on column read.sales_order."ordered_on" is 'The day of the order.';
comment on column read.sales_order."promised_on" is 'The day of delivery that was promised.';
comment on column read.sales_order."state" is 'Where the order stands.';
comment on column read.sales_order."line_count" is 'Number of lines.';
comment on column read.sales_order."net_minor" is 'What the customer pays, without tax, in minor units.';
comment on column read.sales_order."currency" is 'A currency, ISO 4217.';
comment on column read.sales_order."gross_profit_minor" is 'Net total less cost, in minor units; null when the cost of a line is missing.';
comment on column read.sales_order."lines_without_cost" is 'Number of lines whose cost was unknown when ordered.';
comment on column read.sales_order."confirmed_on" is 'The day on which it was confirmed.';
comment on column read.sales_order."delivered_on" is 'The day of the last delivery.';
comment on column read.sales_order."delivery_count" is 'Number of deliveries.';
comment on column read.sales_order."days_late" is 'Days after the promised day on which the delivery was complete, below zero when it was early; null before that, and without a promise.';
comment on column read.sales_order."return_count" is 'Number of times that something came back.';
comment on column read.sales_order."returned_minor" is 'What came back of it, in minor units.';
comment on column read.sales_order."service_count" is 'Number of services after a delivery.';
comment on column read.sales_order."last_service_on" is 'The day of the service that was recorded last.';
comment on column read.sales_order."cancelled_on" is 'The day on which it was cancelled.';
comment on column read.sales_order."cancellation_reason" is 'Why it was cancelled.';

select read.create_model('order_line', $columns$
  "order_id" uuid not null,
  "line_no" integer not null,
  "customer_id" uuid not null,
  "taken_by" uuid not null,
  "ordered_on" date not null,
  "product_id" uuid not null,
  "quantity" integer not null,
  "net_minor" bigint not null,
  "currency" text collate "C" not null,
  "unit_cost_minor" bigint,
  "gross_profit_minor" bigint,
  "returned_quantity" integer not null,
  "returned_minor" bigint not null,
  "cancelled" boolean not null
$columns$, '"order_id", "line_no"');
create index on read.order_line (tenant_id, generation, "taken_by", "ordered_on");
create index on read.order_line (tenant_id, generation, "product_id", "ordered_on");
create index on read.order_line (tenant_id, generation, "customer_id", "ordered_on");
comment on table read.order_line is 'What was ordered, line by line.';
comment on column read.order_line."order_id" is 'An order.';
comment on column read.order_line."line_no" is 'Place of the line in the order, from 1.';
comment on column read.order_line."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.order_line."taken_by" is 'Who has the credit for taking the order.';
comment on column read.order_line."ordered_on" is 'The day of the order.';
comment on column read.order_line."product_id" is 'A product.';
comment on column read.order_line."quantity" is 'How many units were ordered.';
comment on column read.order_line."net_minor" is 'What the customer pays for the line, in minor units.';
comment on column read.order_line."currency" is 'A currency, ISO 4217.';
comment on column read.order_line."unit_cost_minor" is 'Standard cost of a unit when ordered, in minor units; null when unknown.';
comment on column read.order_line."gross_profit_minor" is 'Net amount less cost, in minor units; null without a cost.';
comment on column read.order_line."returned_quantity" is 'How many units came back.';
comment on column read.order_line."returned_minor" is 'What the units that came back were paid, in minor units.';
comment on column read.order_line."cancelled" is 'Whether the order was cancelled.';

select read.create_model('outlet', $columns$
  "customer_id" uuid not null,
  "owner_id" uuid,
  "state" text collate "C" not null,
  "outlet_code" text collate "C",
  "dealer_id" uuid,
  "opened_on" date,
  "closed_on" date,
  "openings" jsonb not null,
  "closing_reason" text collate "C"
$columns$, '"customer_id"');
create index on read.outlet (tenant_id, generation, "owner_id");
comment on table read.outlet is 'The customers that are outlets, and whether they are open.';
comment on column read.outlet."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.outlet."owner_id" is 'The primary owner of the customer.';
comment on column read.outlet."state" is 'Whether the outlet is open.';
comment on column read.outlet."outlet_code" is 'The code of the outlet.';
comment on column read.outlet."dealer_id" is 'The dealer who supplies it.';
comment on column read.outlet."opened_on" is 'The day on which it was opened last.';
comment on column read.outlet."closed_on" is 'The day on which it was closed.';
comment on column read.outlet."openings" is 'From when until when it was open; null until further notice.';
comment on column read.outlet."closing_reason" is 'Why it was closed.';

select read.create_model('payment', $columns$
  "invoice_id" uuid not null,
  "payment_id" uuid not null,
  "order_id" uuid not null,
  "customer_id" uuid not null,
  "responsible" uuid not null,
  "collected_by" uuid,
  "credited_to" uuid not null,
  "visit_id" uuid,
  "amount_minor" bigint not null,
  "currency" text collate "C" not null,
  "received_on" date not null,
  "due_on" date not null,
  "method" text collate "C" not null,
  "reversed_on" date,
  "reversal_reason" text collate "C"
$columns$, '"invoice_id", "payment_id"');
create index on read.payment (tenant_id, generation, "credited_to", "received_on");
create index on read.payment (tenant_id, generation, "customer_id", "received_on");
comment on table read.payment is 'The payments on invoices, also those that were reversed.';
comment on column read.payment."invoice_id" is 'An invoice, and the receivable that it makes.';
comment on column read.payment."payment_id" is 'A payment.';
comment on column read.payment."order_id" is 'An order.';
comment on column read.payment."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.payment."responsible" is 'Who sees to the payment of the invoice.';
comment on column read.payment."collected_by" is 'Who collected the payment.';
comment on column read.payment."credited_to" is 'Who collected it, else who is responsible.';
comment on column read.payment."visit_id" is 'The visit on which it was collected.';
comment on column read.payment."amount_minor" is 'What was paid, in minor units.';
comment on column read.payment."currency" is 'A currency, ISO 4217.';
comment on column read.payment."received_on" is 'The day on which it was received.';
comment on column read.payment."due_on" is 'The day on which the invoice was due.';
comment on column read.payment."method" is 'How a payment was made.';
comment on column read.payment."reversed_on" is 'The day on which it was reversed; null while it holds.';
comment on column read.payment."reversal_reason" is 'Why it was reversed.';

select read.create_model('product', $columns$
  "product_id" uuid not null,
  "sku" text collate "C" not null,
  "name" text collate "C" not null,
  "group_id" uuid,
  "unit_of_measure" text collate "C" not null,
  "discontinued_on" date
$columns$, '"product_id"');
create index on read.product (tenant_id, generation, "sku");
comment on table read.product is 'What is sold, and what was.';
comment on column read.product."product_id" is 'A product.';
comment on column read.product."sku" is 'Stock-keeping unit.';
comment on column read.product."name" is 'Name of the product.';
comment on column read.product."group_id" is 'A group of products.';
comment on column read.product."unit_of_measure" is 'Unit in which it is sold.';
comment on column read.product."discontinued_on" is 'The first day on which it is no longer sold.';

select read.create_model('product_cost', $columns$
  "product_id" uuid not null,
  "valid_from" date not null,
  "valid_to" date,
  "cost_minor" bigint not null,
  "currency" text collate "C" not null
$columns$, '"product_id", "valid_from"');
comment on table read.product_cost is 'The standard costs of products, each from a day on until the day before another.';
comment on column read.product_cost."product_id" is 'A product.';
comment on column read.product_cost."valid_from" is 'First day of the cost.';
comment on column read.product_cost."valid_to" is 'First day after the cost; null until further notice.';
comment on column read.product_cost."cost_minor" is 'Standard cost of a unit in minor units.';
comment on column read.product_cost."currency" is 'A currency, ISO 4217.';

select read.create_model('product_price', $columns$
  "product_id" uuid not null,
  "price_list" text collate "C" not null,
  "valid_from" date not null,
  "valid_to" date,
  "price_minor" bigint not null,
  "currency" text collate "C" not null
$columns$, '"product_id", "price_list", "valid_from"');
comment on table read.product_price is 'The list prices of products, each from a day on until the day before another.';
comment on column read.product_price."product_id" is 'A product.';
comment on column read.product_price."price_list" is 'The price list that the price stands on.';
comment on column read.product_price."valid_from" is 'First day of the price.';
comment on column read.product_price."valid_to" is 'First day after the price; null until further notice.';
comment on column read.product_price."price_minor" is 'Price of a unit in minor units.';
comment on column read.product_price."currency" is 'A currency, ISO 4217.';

select read.create_model('receivable', $columns$
  "invoice_id" uuid not null,
  "order_id" uuid not null,
  "customer_id" uuid not null,
  "responsible" uuid not null,
  "issued_on" date not null,
  "due_on" date not null,
  "currency" text collate "C" not null,
  "amount_minor" bigint not null,
  "paid_minor" bigint not null,
  "open_minor" bigint not null,
  "written_off_minor" bigint not null,
  "state" text collate "C" not null,
  "moved_on" date not null,
  "settled_on" date,
  "promised_minor" bigint,
  "promised_for" date,
  "disputed" boolean not null,
  "complaint_id" uuid,
  "last_paid_on" date
$columns$, '"invoice_id"');
create index on read.receivable (tenant_id, generation, "responsible", "due_on");
create index on read.receivable (tenant_id, generation, "customer_id", "due_on");
create index on read.receivable (tenant_id, generation, "settled_on");
comment on table read.receivable is 'The invoices and what is paid of each.';
comment on column read.receivable."invoice_id" is 'An invoice, and the receivable that it makes.';
comment on column read.receivable."order_id" is 'An order.';
comment on column read.receivable."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.receivable."responsible" is 'Who sees to the payment.';
comment on column read.receivable."issued_on" is 'The day of the invoice.';
comment on column read.receivable."due_on" is 'The day on which it is due.';
comment on column read.receivable."currency" is 'A currency, ISO 4217.';
comment on column read.receivable."amount_minor" is 'Amount of the invoice in minor units.';
comment on column read.receivable."paid_minor" is 'What is paid of it, in minor units.';
comment on column read.receivable."open_minor" is 'What is still to be paid, in minor units.';
comment on column read.receivable."written_off_minor" is 'What was given up of it, in minor units.';
comment on column read.receivable."state" is 'Whether it is paid; written_off when nothing is open and some of it was given up.';
comment on column read.receivable."moved_on" is 'The latest day on which something was issued, paid, reversed or given up.';
comment on column read.receivable."settled_on" is 'The day since which nothing is open; null while something is.';
comment on column read.receivable."promised_minor" is 'What the customer promised last to pay, in minor units.';
comment on column read.receivable."promised_for" is 'The day by which the customer promised to pay it.';
comment on column read.receivable."disputed" is 'Whether the customer disputes it.';
comment on column read.receivable."complaint_id" is 'The complaint that the last dispute rests on.';
comment on column read.receivable."last_paid_on" is 'The day of the payment that was recorded last.';

select read.create_model('target', $columns$
  "target_id" uuid not null,
  "responsible" uuid not null,
  "measure" text collate "C" not null,
  "period_id" text collate "C" not null,
  "period_start" date not null,
  "period_end" date not null,
  "dimensions" jsonb not null,
  "unit" text collate "C" not null,
  "value" bigint not null,
  "currency" text collate "C",
  "assigned_by" uuid,
  "state" text collate "C" not null,
  "withdrawal_reason" text collate "C",
  "plan_id" uuid,
  "parent_target_id" uuid,
  "depth" integer not null,
  "floor" bigint,
  "stretch" bigint,
  "unallocated" bigint not null,
  "over_assignment" bigint not null,
  "split_dimension" text collate "C",
  "acknowledgement" text collate "C" not null,
  "acknowledged_on" date,
  "execution_plan" text collate "C" not null,
  "revision" integer not null,
  "last_reason" text collate "C",
  "feasibility" text collate "C",
  "falling_periods" jsonb not null,
  "parts" jsonb
$columns$, '"target_id"');
create index on read.target (tenant_id, generation, "responsible", "measure", "period_start");
create index on read.target (tenant_id, generation, "plan_id", "depth");
create index on read.target (tenant_id, generation, "parent_target_id");
comment on table read.target is 'The targets that people are to reach, nodes of plans among them; those withdrawn are kept.';
comment on column read.target."target_id" is 'A target.';
comment on column read.target."responsible" is 'Who is to reach it.';
comment on column read.target."measure" is 'The key of a measure of targets: a built-in one, or one that the tenant defined.';
comment on column read.target."period_id" is 'A period, such as FY2026, FY2026-Q1, FY2026-M03, 2026-W07 or 2026-02-14.';
comment on column read.target."period_start" is 'First day of the period.';
comment on column read.target."period_end" is 'First day after the period.';
comment on column read.target."dimensions" is 'What the target is narrowed to. Without salesperson, unit and manager it counts the team of the responsible person.';
comment on column read.target."unit" is 'Money, a count, or a ratio of counts.';
comment on column read.target."value" is 'What is to be reached: minor units, a count, or basis points.';
comment on column read.target."currency" is 'Currency of the value; null where it is no money.';
comment on column read.target."assigned_by" is 'Who assigned it.';
comment on column read.target."state" is 'Whether the target holds.';
comment on column read.target."withdrawal_reason" is 'Why it was withdrawn.';
comment on column read.target."plan_id" is 'The plan of which it is a node; null without one.';
comment on column read.target."parent_target_id" is 'The node of which it is a part; null at the top.';
comment on column read.target."depth" is 'How many nodes are above it.';
comment on column read.target."floor" is 'The least that is accepted, in the unit of the value.';
comment on column read.target."stretch" is 'What is hoped for, in the unit of the value.';
comment on column read.target."unallocated" is 'What of it no part has.';
comment on column read.target."over_assignment" is 'What its parts have beyond it.';
comment on column read.target."split_dimension" is 'What it is broken down by; null for a leaf.';
comment on column read.target."acknowledgement" is 'What the responsible person said to the target.';
comment on column read.target."acknowledged_on" is 'The day on which it was acknowledged first.';
comment on column read.target."execution_plan" is 'How far the execution plan of a target is.';
comment on column read.target."revision" is 'How often it was revised.';
comment on column read.target."last_reason" is 'Why it was revised last.';
comment on column read.target."feasibility" is 'Whether it can be reached; null until assessed.';
comment on column read.target."falling_periods" is 'Its parts by period that, seasons apart, fall below the one before; as of the last publication.';
comment on column read.target."parts" is 'Who has which part of it on which days; null unless it was reassigned.';

select read.create_model('target_plan', $columns$
  "plan_id" uuid not null,
  "name" text collate "C" not null,
  "state" text collate "C" not null,
  "period_id" text collate "C" not null,
  "period_start" date not null,
  "period_end" date not null,
  "measures" jsonb not null,
  "root_org_unit" uuid not null,
  "currency" text collate "C" not null,
  "created_by" uuid,
  "basis_kinds" jsonb not null,
  "by_intuition" boolean not null,
  "seasonality" jsonb,
  "roots" integer not null,
  "discuss_until" date,
  "approved_by" uuid,
  "published_on" date,
  "publication" integer not null,
  "plan_hash" text collate "C",
  "waived" jsonb not null,
  "recall_reason" text collate "C"
$columns$, '"plan_id"');
comment on table read.target_plan is 'The target plans and how far each is.';
comment on column read.target_plan."plan_id" is 'A target plan.';
comment on column read.target_plan."name" is 'What the plan is called.';
comment on column read.target_plan."state" is 'How far a target plan is.';
comment on column read.target_plan."period_id" is 'The period that the plan covers.';
comment on column read.target_plan."period_start" is 'First day of the plan.';
comment on column read.target_plan."period_end" is 'First day after the plan.';
comment on column read.target_plan."measures" is 'What the plan has targets for.';
comment on column read.target_plan."root_org_unit" is 'The unit that the plan is for.';
comment on column read.target_plan."currency" is 'A currency, ISO 4217.';
comment on column read.target_plan."created_by" is 'Who created it.';
comment on column read.target_plan."basis_kinds" is 'What it is said to rest on.';
comment on column read.target_plan."by_intuition" is 'Whether it rests on nothing but intuition.';
comment on column read.target_plan."seasonality" is 'The share of each period; null without a curve.';
comment on column read.target_plan."roots" is 'Targets at its top, those withdrawn among them.';
comment on column read.target_plan."discuss_until" is 'Last day of the discussion.';
comment on column read.target_plan."approved_by" is 'Who approved it.';
comment on column read.target_plan."published_on" is 'The day on which it was published last.';
comment on column read.target_plan."publication" is 'How often it was published.';
comment on column read.target_plan."plan_hash" is 'SHA-256 over what was published last.';
comment on column read.target_plan."waived" is 'The rules that the last publication did without.';
comment on column read.target_plan."recall_reason" is 'Why it was recalled last.';
