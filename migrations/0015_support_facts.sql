select read.create_model('review_fact', $columns$
  "kind" text collate "C" not null,
  "author_id" uuid not null,
  "date" date not null,
  "doc_version" integer not null,
  "due_at" timestamptz not null,
  "person_id" uuid,
  "reviewed_on" date,
  "in_time" boolean not null
$columns$, '"kind", "author_id", "date", "doc_version"');
create index on read.review_fact (tenant_id, generation, "person_id", "reviewed_on");
create index on read.review_fact (tenant_id, generation, "reviewed_on");
comment on table read.review_fact is 'What counts once for each submitted version of a document: who signed or returned it, and whether in time.';
comment on column read.review_fact."kind" is 'A kind of document that is signed.';
comment on column read.review_fact."author_id" is 'Whose document it is.';
comment on column read.review_fact."date" is 'The day of the document.';
comment on column read.review_fact."doc_version" is 'Number of the version that was submitted.';
comment on column read.review_fact."due_at" is 'When the signature on it is due.';
comment on column read.review_fact."person_id" is 'Who signed or returned it; null before.';
comment on column read.review_fact."reviewed_on" is 'The day of that; null before.';
comment on column read.review_fact."in_time" is 'Whether it was signed or returned by the due time.';
select past.create_model('review_fact');

select read.create_model('complaint_fact', $columns$
  "complaint_id" uuid not null,
  "customer_id" uuid not null,
  "person_id" uuid,
  "resolve_by" date,
  "resolved_on" date,
  "in_time" boolean not null,
  "counts_on" date
$columns$, '"complaint_id"');
create index on read.complaint_fact (tenant_id, generation, "person_id", "counts_on");
create index on read.complaint_fact (tenant_id, generation, "counts_on");
create index on read.complaint_fact (tenant_id, generation, "resolved_on");
comment on table read.complaint_fact is 'What counts once for each complaint: who saw to it, and whether in time.';
comment on column read.complaint_fact."complaint_id" is 'A complaint.';
comment on column read.complaint_fact."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.complaint_fact."person_id" is 'Who handles it; null while nobody does.';
comment on column read.complaint_fact."resolve_by" is 'The day by which it is to be resolved; null where none was set.';
comment on column read.complaint_fact."resolved_on" is 'The day on which it was resolved last; null while it is open.';
comment on column read.complaint_fact."in_time" is 'Whether it is resolved, and was by that day.';
comment on column read.complaint_fact."counts_on" is 'The day on which it was resolved in time, or else the one by which it is to be.';
select past.create_model('complaint_fact');
