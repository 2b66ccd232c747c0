select read.create_model('simulation_model', $columns$
  "simulation_id" uuid not null,
  "input" jsonb not null
$columns$, '"simulation_id"');
comment on table read.simulation_model is 'What is simulated, whole: whoever runs it again gets the same bytes.';
comment on column read.simulation_model."simulation_id" is 'A simulation.';
comment on column read.simulation_model."input" is 'What is simulated: the model, the scenarios and the seed.';
select past.create_model('simulation_model');
