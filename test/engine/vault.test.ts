import { describe, expect, test } from 'vitest';
import { createVault, erased, type WrappedKey } from '../../src/engine/vault.ts';
import { tenantId } from '../support/given.ts';

interface Box {
  readonly field: string;
  readonly key: string;
  readonly sealed: string;
}

/** The functions of schema `secret`, over keys in memory. */
function keeper() {
  const own = new Map<string, Buffer>();
  const keys = new Map<string, WrappedKey>();
  const state = { epoch: 0 };
  const query = async ({ name, values }: { readonly name: string; readonly values: readonly never[] }) => {
    const [tenant, argument] = values as unknown as readonly [string, unknown];
    if (name === 'tenant-key') {
      if (!own.has(tenant)) own.set(tenant, argument as Buffer);
      return { rows: [{ wrapped: own.get(tenant) }] };
    }
    const found = [...keys.values()]
      .filter(({ id }) => (argument as readonly string[]).includes(id))
      .map(({ id, subject, wrapped }) => ({ id, subject, wrapped: wrapped.toString('hex') }));
    return { rows: [{ epoch: state.epoch, tenant_key: own.get(tenant), keys: found }] };
  };
  return { keys, state, connection: { query } as never };
}

const data = { personId: 'p', name: 'Ada', phone: '1' };

async function sealedBy(masterKey = 'one') {
  const kept = keeper();
  const vault = createVault(masterKey);
  await vault.ready(kept.connection, tenantId);
  const stored = vault.seal(tenantId, 'person/p', ['name', 'email', 'phone'], data)!;
  kept.keys.set(stored.key.id, stored.key);
  const opened = async (value: unknown, by = createVault(masterKey), tenant = tenantId) =>
    by.open(tenant, value, await by.keysFor(kept.connection, tenant, [value]));
  return { ...kept, vault, stored, opened };
}

describe('the vault', () => {
  test('seals the fields that are there, each time otherwise, and opens them in another process', async () => {
    const { vault, stored, opened } = await sealedBy();
    expect(JSON.stringify(stored.data)).not.toMatch(/Ada/);
    expect(stored.data).toMatchObject({ personId: 'p', name: { field: 'name' } });
    expect(stored.data).not.toHaveProperty('email');
    expect(vault.seal(tenantId, 'person/p', ['name', 'phone'], data)!.data).not.toEqual(stored.data);
    expect(await opened(stored.data)).toEqual(data);
    expect(await opened({ deep: [{ row: stored.data }] })).toEqual({ deep: [{ row: data }] });
  });

  test('seals nothing where nothing is personal', async () => {
    const { vault } = await sealedBy();
    expect(vault.seal(tenantId, 'person/p', ['email'], data)).toBeUndefined();
    expect(vault.keysFor({} as never, tenantId, [data])).toBeUndefined();
  });

  test('does not open what was moved to another field, subject or tenant, or changed', async () => {
    const { keys, stored, opened } = await sealedBy();
    const { name } = stored.data as { readonly name: Box };
    await expect(opened({ ...name, field: 'phone' })).rejects.toThrow();
    await expect(
      opened({
        ...name,
        sealed:
          `A${name.sealed.slice(1)}` === name.sealed
            ? `B${name.sealed.slice(1)}`
            : `A${name.sealed.slice(1)}`,
      }),
    ).rejects.toThrow();
    await expect(opened(name, createVault('one'), tenantId.replace(/1$/, '2'))).rejects.toThrow();
    keys.set(stored.key.id, { ...stored.key, subject: 'person/q' });
    await expect(opened(name)).rejects.toThrow();
  });

  test('digests texts alike in every process and otherwise for every tenant', async () => {
    const { connection, vault } = await sealedBy();
    const other = tenantId.replace(/1$/, '2');
    const second = createVault('one');
    for (const tenant of [tenantId, other]) await second.ready(connection, tenant);
    const digest = vault.digest(tenantId, ['tax', 'GB123']);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(second.digest(tenantId, ['tax', 'GB123'])).toBe(digest);
    expect(second.digest(other, ['tax', 'GB123'])).not.toBe(digest);
    expect(vault.digest(tenantId, ['taxGB', '123'])).not.toBe(digest);
    vault.forget(tenantId);
    expect(vault.digest(tenantId, ['tax', 'GB123'])).toBe(digest);
  });

  test('digests nothing before it has the key of the tenant', () => {
    expect(() => createVault('one').digest(tenantId, ['GB123'])).toThrow(/not fetched/);
  });

  test('says so when the master key is another one', async () => {
    const { stored, opened } = await sealedBy();
    await expect(opened(stored.data, createVault('two'))).rejects.toThrow(/master key/);
  });

  test('shows as erased what it could open, as soon as the key is destroyed', async () => {
    const { vault, keys, state, stored, opened } = await sealedBy();
    expect(await opened(stored.data, vault)).toEqual(data);
    keys.clear();
    state.epoch += 1;
    expect(await opened(stored.data, vault)).toEqual({ personId: 'p', name: erased, phone: erased });
    expect(vault.seal(tenantId, 'person/p', ['name'], data)!.key.id).not.toBe(stored.key.id);
  });
});
