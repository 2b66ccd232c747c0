-- Read models: where each one stands, and the helpers that make their tables alike.

create table read.lane (
  tenant_id uuid not null,
  lane text collate "C" not null,
  position bigint not null default 0,
  error text,
  primary key (tenant_id, lane)
);
comment on table read.lane is 'How far read models have followed the log. The models of one lane move together.';
comment on column read.lane.tenant_id is 'The tenant.';
comment on column read.lane.lane is 'main, model@generation for one that moves by itself, or rebuild@id for those that are rebuilt together.';
comment on column read.lane.position is 'Position of the last event that is folded into the lane''s tables.';
comment on column read.lane.error is 'Why the lane stopped; null while it moves.';

create table read.generation (
  tenant_id uuid not null,
  model text collate "C" not null,
  generation integer not null,
  version integer not null,
  lane text collate "C" not null,
  live boolean not null,
  primary key (tenant_id, model, generation)
);
create unique index generation_live on read.generation (tenant_id, model) where live;
comment on table read.generation is 'The generations of each read model; queries see the live one.';
comment on column read.generation.tenant_id is 'The tenant.';
comment on column read.generation.model is 'The read model: its table in this schema.';
comment on column read.generation.generation is 'Number of the generation; part of every row''s key.';
comment on column read.generation.version is 'Version of the fold that fills it.';
comment on column read.generation.lane is 'The lane that it moves in; dropped once it is replaced, until its rows are removed.';
comment on column read.generation.live is 'Whether queries are answered from it.';

-- Makes the table of a read model: tenant and generation lead its key, row level security is the second wall.
create function read.create_model(p_name text, p_columns text, p_key text) returns void
language plpgsql as $$
begin
  execute format('create table read.%I (tenant_id uuid not null, generation integer not null, %s, primary key (tenant_id, generation, %s))', p_name, p_columns, p_key);
  execute format('alter table read.%I enable row level security', p_name);
  execute format('alter table read.%I force row level security', p_name);
  execute format('create policy tenant on read.%I using (tenant_id = nullif(current_setting(''stave.tenant'', true), '''')::uuid)', p_name);
  execute format('grant select, insert, update, delete on read.%I to stave_app', p_name);
  execute format('comment on column read.%I.tenant_id is ''The tenant.''', p_name);
  execute format('comment on column read.%I.generation is ''The generation that the row belongs to.''', p_name);
end $$;
comment on function read.create_model is 'Makes the table of a read model.';
revoke all on function read.create_model from public;

-- Makes generations the live ones, takes them into the main lane, and marks those before them for removal.
create function read.cut_over(p_tenant uuid, p_models text[], p_generations integer[]) returns void
language plpgsql as $$
begin
  update read.generation g set live = false, lane = 'dropped'
    from unnest(p_models, p_generations) as e(model, generation)
    where g.tenant_id = p_tenant and g.model = e.model and g.generation < e.generation;
  update read.generation g set live = true, lane = 'main'
    from unnest(p_models, p_generations) as e(model, generation)
    where g.tenant_id = p_tenant and g.model = e.model and g.generation = e.generation;
  delete from read.lane l where l.tenant_id = p_tenant and l.lane <> 'main' and not exists (
    select from read.generation g where g.tenant_id = l.tenant_id and g.lane = l.lane);
end $$;
comment on function read.cut_over is 'Makes generations of read models the live ones.';
revoke all on function read.cut_over from public;
grant execute on function read.cut_over to stave_app;

grant usage on schema read to stave_app;
grant select, insert, update, delete on read.lane, read.generation to stave_app;

create table jobs.reaction (
  tenant_id uuid not null,
  reaction text collate "C" not null,
  position bigint not null default 0,
  error text,
  primary key (tenant_id, reaction)
);
comment on table jobs.reaction is 'How far each reaction has followed the log.';
comment on column jobs.reaction.tenant_id is 'The tenant.';
comment on column jobs.reaction.reaction is 'The reaction.';
comment on column jobs.reaction.position is 'Position of the last event that it has answered.';
comment on column jobs.reaction.error is 'Why it stopped; null while it moves.';

create table jobs.next_due (
  tenant_id uuid primary key,
  due_at timestamptz not null,
  held boolean not null default false
);
create index next_due_at on jobs.next_due (due_at) where not held;
comment on table jobs.next_due is 'The earliest deadline of each tenant, so that a tick of the clock looks at one row.';
comment on column jobs.next_due.tenant_id is 'The tenant.';
comment on column jobs.next_due.due_at is 'When its earliest deadline falls due; infinity when there is none.';
comment on column jobs.next_due.held is 'Whether the tenant''s clock stands still, as it does while history is loaded.';

create table jobs.deadline_attempt (
  tenant_id uuid not null,
  key text not null,
  attempts integer not null,
  next_at timestamptz not null,
  error text,
  primary key (tenant_id, key)
);
comment on table jobs.deadline_attempt is 'Deadlines whose command failed, and when they are tried again.';
comment on column jobs.deadline_attempt.tenant_id is 'The tenant.';
comment on column jobs.deadline_attempt.key is 'The deadline.';
comment on column jobs.deadline_attempt.attempts is 'How often it has been tried.';
comment on column jobs.deadline_attempt.next_at is 'When it is tried again.';
comment on column jobs.deadline_attempt.error is 'Why the last attempt failed.';

grant usage on schema jobs to stave_app;
grant select, insert, update, delete on all tables in schema jobs to stave_app;

create table auth.credential (
  credential_id text collate "C" primary key,
  tenant_id uuid not null,
  name text not null,
  hash bytea not null,
  person_id uuid,
  roles text[] not null default '{}',
  scopes text[],
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);
create index credential_tenant on auth.credential (tenant_id);
comment on table auth.credential is 'API keys. The secret itself is shown once and not kept.';
comment on column auth.credential.credential_id is 'The public part of the key.';
comment on column auth.credential.tenant_id is 'The tenant that the key opens.';
comment on column auth.credential.name is 'What the key is for.';
comment on column auth.credential.hash is 'SHA-256 of the secret part.';
comment on column auth.credential.person_id is 'The person whose key it is; null for an integration.';
comment on column auth.credential.roles is 'Roles of an integration''s key; a person''s come from the organisation.';
comment on column auth.credential.scopes is 'Permissions that the key is limited to; null for all.';
comment on column auth.credential.created_at is 'When it was issued.';
comment on column auth.credential.expires_at is 'When it ends by itself.';
comment on column auth.credential.revoked_at is 'When it was revoked.';

grant usage on schema auth to stave_app;
grant select on auth.credential to stave_app;
