select read.create_model('visit_frequency', $columns$
  "customer_id" uuid not null,
  "from" date not null,
  "visits" integer not null,
  "window_days" integer not null
$columns$, '"customer_id", "from"');
comment on table read.visit_frequency is 'How often a customer is to be visited, until the next row of it begins.';
comment on column read.visit_frequency."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.visit_frequency."from" is 'First day on which it holds.';
comment on column read.visit_frequency."visits" is 'Visits due in each window.';
comment on column read.visit_frequency."window_days" is 'Length of the window in days; 28 are four weeks.';
select past.create_model('visit_frequency');

select read.create_model('report_review', $columns$
  "person_id" uuid not null,
  "date" date not null,
  "doc_version" integer not null,
  "filed_at" timestamptz not null,
  "filed_on" date not null,
  "signer_id" uuid,
  "decided_at" timestamptz,
  "decided_on" date,
  "returned" boolean not null
$columns$, '"person_id", "date", "doc_version"');
create index on read.report_review (tenant_id, generation, "decided_on");
create index on read.report_review (tenant_id, generation, "filed_on");
comment on table read.report_review is 'The versions of daily reports: when each was filed, and when it was signed or returned first.';
comment on column read.report_review."person_id" is 'The author.';
comment on column read.report_review."date" is 'A business day in the tenant’s time zone, YYYY-MM-DD.';
comment on column read.report_review."doc_version" is 'Number of the version.';
comment on column read.report_review."filed_at" is 'When it was filed.';
comment on column read.report_review."filed_on" is 'The day on which it was filed.';
comment on column read.report_review."signer_id" is 'Who signed or returned it first.';
comment on column read.report_review."decided_at" is 'When that was.';
comment on column read.report_review."decided_on" is 'On which day.';
comment on column read.report_review."returned" is 'Whether it was returned then.';
select past.create_model('report_review');

select read.create_model('complaint_outcome', $columns$
  "complaint_id" uuid not null,
  "customer_id" uuid not null,
  "category" text collate "C" not null,
  "logged_on" date not null,
  "person_id" uuid,
  "closed_on" date,
  "reopened" boolean not null
$columns$, '"complaint_id"');
create index on read.complaint_outcome (tenant_id, generation, "customer_id");
create index on read.complaint_outcome (tenant_id, generation, "person_id", "closed_on");
create index on read.complaint_outcome (tenant_id, generation, "closed_on");
comment on table read.complaint_outcome is 'What counts once for each complaint: when it was closed, by whom, and whether it came back.';
comment on column read.complaint_outcome."complaint_id" is 'A complaint.';
comment on column read.complaint_outcome."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.complaint_outcome."category" is 'What a complaint is about.';
comment on column read.complaint_outcome."logged_on" is 'The day on which it was logged.';
comment on column read.complaint_outcome."person_id" is 'Who handles it.';
comment on column read.complaint_outcome."closed_on" is 'The day on which it was closed last.';
comment on column read.complaint_outcome."reopened" is 'Whether it was ever opened again.';
select past.create_model('complaint_outcome');
