-- The keys of personal data. What the log holds of a human being is ciphertext; to destroy the key is to erase it.

create table secret.tenant_key (
  tenant_id uuid primary key,
  wrapped bytea not null
);
comment on table secret.tenant_key is 'The key of each tenant, encrypted under the master key, which the database never sees.';
comment on column secret.tenant_key.tenant_id is 'The tenant.';
comment on column secret.tenant_key.wrapped is 'Nonce, ciphertext and tag.';

create table secret.subject_key (
  tenant_id uuid not null,
  key_id uuid not null,
  subject text collate "C" not null,
  wrapped bytea,
  created_at timestamptz not null default now(),
  destroyed_at timestamptz,
  primary key (tenant_id, key_id)
);
create index subject_key_subject on secret.subject_key (tenant_id, subject);
comment on table secret.subject_key is 'The keys of each person and customer, encrypted under the key of the tenant. One may have several.';
comment on column secret.subject_key.tenant_id is 'The tenant.';
comment on column secret.subject_key.key_id is 'The key, as ciphertexts name it.';
comment on column secret.subject_key.subject is 'Whose data it encrypts: person/<id>, customer/<id> or visit/<id>.';
comment on column secret.subject_key.wrapped is 'Nonce, ciphertext and tag; null once it is destroyed.';
comment on column secret.subject_key.created_at is 'When it was made.';
comment on column secret.subject_key.destroyed_at is 'When it was destroyed.';

create table secret.erasure (
  tenant_id uuid primary key,
  epoch integer not null,
  position bigint not null
);
comment on table secret.erasure is 'What each tenant has erased: whoever holds keys of a former epoch lets go of them.';
comment on column secret.erasure.tenant_id is 'The tenant.';
comment on column secret.erasure.epoch is 'Number of erasures; none is 0.';
comment on column secret.erasure.position is 'Position of the last event that asked for one and has got it.';

create function secret.tenant_key(p_tenant uuid, p_wrapped bytea) returns bytea
language plpgsql security definer set search_path = pg_catalog, secret as $$
begin
  insert into secret.tenant_key values (p_tenant, p_wrapped) on conflict do nothing;
  return (select k.wrapped from secret.tenant_key k where k.tenant_id = p_tenant);
end $$;
comment on function secret.tenant_key is 'The key of a tenant; this one where it has none yet.';

create function secret.keys(p_tenant uuid, p_keys uuid[])
returns table (epoch integer, tenant_key bytea, keys json)
language plpgsql stable security definer set search_path = pg_catalog, secret as $$
begin
  return query select
    coalesce((select e.epoch from secret.erasure e where e.tenant_id = p_tenant), 0),
    (select k.wrapped from secret.tenant_key k where k.tenant_id = p_tenant),
    (select json_agg(json_build_object('id', k.key_id, 'subject', k.subject, 'wrapped', encode(k.wrapped, 'hex')))
       from secret.subject_key k where k.tenant_id = p_tenant and k.key_id = any (p_keys) and k.wrapped is not null);
end $$;
comment on function secret.keys is 'Some keys of a tenant that are not destroyed, and the epoch in which they are so.';

create function secret.epochs(p_tenants uuid[]) returns table (tenant_id uuid, epoch integer)
language sql stable security definer set search_path = pg_catalog, secret as $$
  select e.tenant_id, e.epoch from secret.erasure e where e.tenant_id = any (p_tenants)
$$;
comment on function secret.epochs is 'How often each of some tenants has erased.';

-- Runs within the statement that appends: what is written stands or falls with its keys, and an erasure waits for it.
create function secret.use(p_tenant uuid, p_keys uuid[], p_subjects text[], p_wrapped bytea[]) returns void
language plpgsql security definer set search_path = pg_catalog, secret as $$
begin
  insert into secret.subject_key (tenant_id, key_id, subject, wrapped)
    select p_tenant, k.id, k.subject, k.wrapped from unnest(p_keys, p_subjects, p_wrapped) as k(id, subject, wrapped)
    order by k.id on conflict do nothing;
  perform from (select k.wrapped from secret.subject_key k
    where k.tenant_id = p_tenant and k.key_id = any (p_keys) order by k.key_id for share) as used
    where used.wrapped is null;
  if found then
    raise exception 'a key was destroyed meanwhile' using errcode = 'ST410';
  end if;
end $$;
comment on function secret.use is 'Keeps new keys, and refuses those that were destroyed.';

-- The erasures that were asked for and not carried out: the subjects are the streams of the events of these types.
create function secret.pending(p_tenant uuid, p_types text[]) returns table (p_position bigint, subject text)
language plpgsql stable security definer set search_path = pg_catalog, secret as $$
begin
  perform set_config('stave.tenant', p_tenant::text, true);
  return query select e.position, e.stream from log.event e
    where e.tenant_id = p_tenant and e.type = any (p_types)
      and e.position > coalesce((select d.position from secret.erasure d where d.tenant_id = p_tenant), 0)
    order by e.position;
end $$;
comment on function secret.pending is 'Erasures that were asked for and not carried out.';

create function secret.destroy(p_tenant uuid, p_subject text, p_position bigint) returns void
language plpgsql security definer set search_path = pg_catalog, secret as $$
begin
  update secret.subject_key k set wrapped = null, destroyed_at = now()
    where k.tenant_id = p_tenant and k.subject = p_subject and k.wrapped is not null;
  insert into secret.erasure as e values (p_tenant, 1, p_position)
    on conflict (tenant_id) do update set epoch = e.epoch + 1, position = greatest(e.position, p_position);
end $$;
comment on function secret.destroy is 'Destroys the keys of a subject, and begins another epoch.';

revoke all on all functions in schema secret from public;
grant usage on schema secret to stave_app;
grant execute on all functions in schema secret to stave_app;
