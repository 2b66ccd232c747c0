select read.create_model('hypothesis', $columns$
  "hypothesis_id" uuid not null,
  "version" integer not null,
  "name" text collate "C" not null,
  "pipeline_id" uuid not null,
  "condition" jsonb not null,
  "outcome" text collate "C" not null,
  "claim" text collate "C" not null,
  "currency" text collate "C",
  "opened_from" date,
  "state" text collate "C" not null,
  "tests" integer not null,
  "tested_on" date,
  "verdict" text collate "C",
  "result" jsonb,
  "retirement_reason" text collate "C"
$columns$, '"hypothesis_id"');
comment on table read.hypothesis is 'The rules of thumb, and what history says of them.';
comment on column read.hypothesis."hypothesis_id" is 'A rule of thumb.';
comment on column read.hypothesis."version" is 'Number of what it says, from 1.';
comment on column read.hypothesis."name" is 'The rule of thumb, in a few words.';
comment on column read.hypothesis."pipeline_id" is 'A sales pipeline.';
comment on column read.hypothesis."condition" is 'By what some opportunities differ from the others.';
comment on column read.hypothesis."outcome" is 'What differs: the share that is won of those that are won or lost; or of those that are won the median of the days since they were opened, or of what they came to.';
comment on column read.hypothesis."claim" is 'Which way it differs where the condition holds.';
comment on column read.hypothesis."currency" is 'Only opportunities in this currency; null where any is.';
comment on column read.hypothesis."opened_from" is 'Only opportunities that were opened on this day or later.';
comment on column read.hypothesis."state" is 'Whether it is tested any more.';
comment on column read.hypothesis."tests" is 'How many times it was tested, all versions together.';
comment on column read.hypothesis."tested_on" is 'The day of the latest test of what it says; null before one.';
comment on column read.hypothesis."verdict" is 'What that test says; null before one.';
comment on column read.hypothesis."result" is 'What that test comes to; null before one.';
comment on column read.hypothesis."retirement_reason" is 'Why it was retired; null where it is not.';
select past.create_model('hypothesis');

select read.create_model('hypothesis_test', $columns$
  "hypothesis_id" uuid not null,
  "test" integer not null,
  "version" integer not null,
  "tested_on" date not null,
  "facts_known_at" bigint not null,
  "verdict" text collate "C" not null,
  "result" jsonb not null
$columns$, '"hypothesis_id", "test"');
comment on table read.hypothesis_test is 'Every test of every rule of thumb.';
comment on column read.hypothesis_test."hypothesis_id" is 'A rule of thumb.';
comment on column read.hypothesis_test."test" is 'Number of the test, from 1.';
comment on column read.hypothesis_test."version" is 'Number of what it says, from 1.';
comment on column read.hypothesis_test."tested_on" is 'The day of the test.';
comment on column read.hypothesis_test."facts_known_at" is 'History is as the log had it at this position.';
comment on column read.hypothesis_test."verdict" is 'What history says of it: nothing is decided while the interval holds zero.';
comment on column read.hypothesis_test."result" is 'What it comes to.';
select past.create_model('hypothesis_test');

select read.create_model('simulation_model', $columns$
  "simulation_id" uuid not null,
  "input" jsonb not null
$columns$, '"simulation_id"');
comment on table read.simulation_model is 'What is simulated, whole: whoever runs it again gets the same bytes.';
comment on column read.simulation_model."simulation_id" is 'A simulation.';
comment on column read.simulation_model."input" is 'What is simulated: the model, the scenarios and the seed.';
select past.create_model('simulation_model');
