create table jobs.simulation (
  tenant_id uuid not null,
  simulation_id uuid not null,
  noted_at timestamptz not null default now(),
  claimed_until timestamptz,
  done integer not null default 0,
  total integer,
  primary key (tenant_id, simulation_id)
);
create index simulation_noted_at on jobs.simulation (noted_at);
comment on table jobs.simulation is 'The simulations that wait or run, and how far they have come.';
comment on column jobs.simulation.tenant_id is 'The tenant.';
comment on column jobs.simulation.simulation_id is 'The simulation.';
comment on column jobs.simulation.noted_at is 'Since when it waits.';
comment on column jobs.simulation.claimed_until is 'Until when it is some process''s own; null before one began.';
comment on column jobs.simulation.done is 'How many runs are done.';
comment on column jobs.simulation.total is 'How many runs there are; null before one began.';
grant select, insert, update, delete on jobs.simulation to stave_app;
select read.create_model('simulation', $columns$
  "simulation_id" uuid not null,
  "name" text collate "C" not null,
  "state" text collate "C" not null,
  "as_of" date not null,
  "year_end" date not null,
  "horizon_months" integer not null,
  "runs" integer not null,
  "seed" text collate "C" not null,
  "currency" text collate "C" not null,
  "stages" jsonb not null,
  "scenarios" jsonb not null,
  "defined_on" date not null,
  "result" jsonb,
  "cancelled_because" text collate "C",
  "pipeline_id" uuid,
  "origin" jsonb,
  "backtest" jsonb,
  "reallocation" jsonb
$columns$, '"simulation_id"');
comment on table read.simulation is 'The simulations of the sales process, and what came of them.';
comment on column read.simulation."simulation_id" is 'A simulation.';
comment on column read.simulation."name" is 'What the simulation is called.';
comment on column read.simulation."state" is 'Whether it waits or runs, is done, or was cancelled.';
comment on column read.simulation."as_of" is 'The day on which the simulation begins.';
comment on column read.simulation."year_end" is 'First day after the fiscal year.';
comment on column read.simulation."horizon_months" is 'How far it goes, in months.';
comment on column read.simulation."runs" is 'How often each scenario is run.';
comment on column read.simulation."seed" is 'The same one gives the same results.';
comment on column read.simulation."currency" is 'A currency, ISO 4217.';
comment on column read.simulation."stages" is 'The names of the stages, in their order.';
comment on column read.simulation."scenarios" is 'The names of the scenarios that are compared with how it is.';
comment on column read.simulation."defined_on" is 'The day on which it was defined.';
comment on column read.simulation."result" is 'What came of it; null before.';
comment on column read.simulation."cancelled_because" is 'Why it was cancelled; null where it was not.';
comment on column read.simulation."pipeline_id" is 'Whose history the model rests on; null where it was given.';
comment on column read.simulation."origin" is 'The history that it rests on; null where it was given.';
comment on column read.simulation."backtest" is 'What was simulated beside what happened; null before they are compared.';
comment on column read.simulation."reallocation" is 'What was adopted by it; null where nothing was.';
select past.create_model('simulation');
