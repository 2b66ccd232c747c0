create table jobs.demo (
  tenant_id uuid primary key,
  seed integer not null,
  scale double precision not null,
  weeks integer not null,
  today date not null,
  started_at timestamptz not null default now(),
  told_until date,
  finished_at timestamptz
);
comment on table jobs.demo is 'The demos of this database: with what each is loaded, so that one that was broken off goes on as it began.';
comment on column jobs.demo.tenant_id is 'The tenant that the demo lives in.';
comment on column jobs.demo.seed is 'The seed; each has a tenant of its own.';
comment on column jobs.demo.scale is 'Size of the organisation; 1 is 35 salespeople.';
comment on column jobs.demo.weeks is 'How many weeks it tells.';
comment on column jobs.demo.today is 'The business day after the last one that it tells.';
comment on column jobs.demo.started_at is 'When it was begun first.';
comment on column jobs.demo.told_until is 'The last day that was told to its end; a restart goes on after it.';
comment on column jobs.demo.finished_at is 'When it was complete; null while it is not.';
