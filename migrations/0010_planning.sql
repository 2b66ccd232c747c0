select read.create_model('measure', $columns$
  "measure_key" text collate "C" not null,
  "name" text collate "C" not null,
  "unit" text collate "C" not null,
  "additivity" text collate "C" not null,
  "direction" text collate "C" not null,
  "terms" jsonb not null,
  "state" text collate "C" not null
$columns$, '"measure_key"');
comment on table read.measure is 'The measures of targets that the tenant defined; those retired are kept.';
comment on column read.measure."measure_key" is 'The key of a measure of targets: a built-in one, or one that the tenant defined.';
comment on column read.measure."name" is 'Name for people.';
comment on column read.measure."unit" is 'Whether it is a sum of money or a count.';
comment on column read.measure."additivity" is 'Whether the values of parts add up to that of the whole: always; not over time, where the last one counts; or never.';
comment on column read.measure."direction" is 'Which way is better.';
comment on column read.measure."terms" is 'The facts that it adds up.';
comment on column read.measure."state" is 'Whether new targets may have it.';
select past.create_model('measure');
