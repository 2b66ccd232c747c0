import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { v7 } from './clock.ts';
import type { Connection } from './connection.ts';

/** What stands where something was erased. */
export const erased = '[erased]';

/** A personal field as the log holds it. */
interface Sealed {
  readonly field: string;
  readonly key: string;
  /** Nonce, ciphertext and tag in base64url. */
  readonly sealed: string;
}

/** A key as the database keeps it. */
export interface WrappedKey {
  readonly id: string;
  readonly subject: string;
  /** Nonce, ciphertext and tag. */
  readonly wrapped: Buffer;
}

interface Key extends WrappedKey {
  readonly secret: KeyObject;
}

/** Keys by their ids; one that is missing was destroyed. */
export type Keys = ReadonlyMap<string, Key>;

/** Data whose personal fields are sealed, and the key that it takes to open them. */
export interface Stored {
  readonly data: unknown;
  readonly key: WrappedKey;
}

export interface Vault {
  /** Fetches a tenant's own key, once; undefined when it is there. Then `seal` and `digest` work. */
  readonly ready: (connection: Connection, tenantId: string) => Promise<void> | undefined;
  /** Encrypts the named fields under a key of the subject; undefined when there is none of them. */
  readonly seal: (
    tenantId: string,
    subject: string,
    fields: readonly string[],
    data: Readonly<Record<string, unknown>>,
  ) => Stored | undefined;
  /** HMAC-SHA-256 of texts under a key of the tenant, as lowercase hex; the same in every process. */
  readonly digest: (tenantId: string, texts: readonly string[]) => string;
  /** The keys that some values were sealed with; undefined when nothing in them is sealed. */
  readonly keysFor: (
    connection: Connection,
    tenantId: string,
    values: readonly unknown[],
  ) => Promise<Keys> | undefined;
  /** A value with everything in it opened. */
  readonly open: (tenantId: string, value: unknown, keys: Keys | undefined) => unknown;
  /** Lets go of all keys of a tenant. */
  readonly forget: (tenantId: string) => void;
  /** Lets go of the keys of tenants that have erased since it was asked last; answers those tenants. */
  readonly refresh: (connection: Connection) => Promise<readonly string[]>;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/** How many keys of a tenant are held. */
const keysMax = 20_000;

/** A key for one use, made from another one. */
const derived = (secret: string | KeyObject, use: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'stave', use, 32)));

function encrypt(key: KeyObject, plain: Buffer, context: readonly string[]): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(JSON.stringify(context)));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, box: Buffer, context: readonly string[]): Buffer {
  const decipher = createDecipheriv(algorithm, key, box.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(JSON.stringify(context)));
  decipher.setAuthTag(box.subarray(-tagBytes));
  return Buffer.concat([decipher.update(box.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}

const isSealed = (value: object): value is Sealed => 'sealed' in value && 'key' in value && 'field' in value;

/** The ids of the keys of everything sealed in a value. */
function keyIdsIn(value: unknown, ids: Set<string>): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) for (const item of value) keyIdsIn(item, ids);
  else if (isSealed(value)) ids.add(value.key);
  else for (const name in value) keyIdsIn((value as Record<string, unknown>)[name], ids);
}

interface Held {
  /** The epoch of the keys; undefined before the first were fetched. */
  epoch: number | undefined;
  /** The epoch that `refresh` has told. */
  told: number;
  own: KeyObject | undefined;
  /** The key of digests, derived from `own` when it is first needed. */
  digesting: KeyObject | undefined;
  readonly keys: Map<string, Key>;
  /** The key under which each subject's data is sealed now. */
  readonly current: Map<string, Key>;
}

/**
 * Encrypts what is personal under keys of its subject, which are kept in the database under the tenant's key, and that
 * under the master key. A key is looked up with the tenant's epoch: once it is destroyed nobody opens anything with it.
 */
export function createVault(masterKey: string): Vault {
  const master = derived(masterKey, 'tenant keys');
  const tenants = new Map<string, Held>();
  const preparing = new Map<string, Promise<void>>();

  function heldOf(tenantId: string): Held {
    const known = tenants.get(tenantId);
    if (known) return known;
    const held: Held = {
      epoch: undefined,
      told: 0,
      own: undefined,
      digesting: undefined,
      keys: new Map(),
      current: new Map(),
    };
    tenants.set(tenantId, held);
    return held;
  }

  function clear({ keys, current }: Held): void {
    keys.clear();
    current.clear();
  }

  function unwrapOwn(held: Held, tenantId: string, wrapped: Buffer): KeyObject {
    try {
      held.own ??= createSecretKey(decrypt(master, wrapped, [tenantId]));
    } catch {
      throw new Error('The master key is not the one that the keys of this database were made under');
    }
    return held.own;
  }

  async function prepare(connection: Connection, tenantId: string): Promise<void> {
    const { rows } = await connection.query({
      name: 'tenant-key',
      text: 'select secret.tenant_key($1, $2) as wrapped',
      values: [tenantId, encrypt(master, randomBytes(32), [tenantId])],
    });
    unwrapOwn(heldOf(tenantId), tenantId, rows[0].wrapped);
  }

  function ready(connection: Connection, tenantId: string): Promise<void> | undefined {
    if (tenants.get(tenantId)?.own) return undefined;
    const known = preparing.get(tenantId);
    if (known) return known;
    const prepared = prepare(connection, tenantId).finally(() => preparing.delete(tenantId));
    preparing.set(tenantId, prepared);
    return prepared;
  }

  function ownOf({ own }: Held): KeyObject {
    if (!own) throw new Error('The key of the tenant was not fetched');
    return own;
  }

  function hold(held: Held, key: Key): void {
    if (held.keys.size >= keysMax) clear(held);
    held.keys.set(key.id, key);
    held.current.set(key.subject, key);
  }

  function currentKey(tenantId: string, subject: string): Key {
    const held = heldOf(tenantId);
    const known = held.current.get(subject);
    if (known) return known;
    const bytes = randomBytes(32);
    const id = v7();
    const wrapped = encrypt(ownOf(held), bytes, [tenantId, subject, id]);
    const key: Key = { id, subject, wrapped, secret: createSecretKey(bytes) };
    hold(held, key);
    return key;
  }

  async function fetchKeys(connection: Connection, tenantId: string, held: Held, ids: readonly string[]) {
    const { rows } = await connection.query({
      name: 'subject-keys',
      text: 'select epoch, tenant_key, keys from secret.keys($1, $2)',
      values: [tenantId, ids],
    });
    const { epoch, tenant_key: own, keys } = rows[0];
    const found = ((keys ?? []) as readonly { id: string; subject: string; wrapped: string }[]).map(
      ({ id, subject, wrapped: hex }): Key => {
        const wrapped = Buffer.from(hex, 'hex');
        const bytes = decrypt(unwrapOwn(held, tenantId, own), wrapped, [tenantId, subject, id]);
        return { id, subject, wrapped, secret: createSecretKey(bytes) };
      },
    );
    return { epoch: epoch as number, found };
  }

  async function keysOf(
    connection: Connection,
    tenantId: string,
    ids: ReadonlySet<string>,
  ): Promise<Map<string, Key>> {
    const held = heldOf(tenantId);
    const missing = [...ids].filter((id) => !held.keys.has(id));
    const known = new Map([...ids].flatMap((id) => held.keys.get(id) ?? []).map((key) => [key.id, key]));
    let { epoch, found } = await fetchKeys(connection, tenantId, held, missing);
    if (held.epoch === undefined || epoch > held.epoch) {
      clear(held);
      held.epoch = epoch;
      known.clear();
      if (missing.length < ids.size)
        ({ epoch, found } = await fetchKeys(connection, tenantId, held, [...ids]));
    }
    for (const key of found) {
      known.set(key.id, key);
      if (epoch === held.epoch) hold(held, key);
    }
    return known;
  }

  function openOne(tenantId: string, { field, key: id, sealed }: Sealed, keys: Keys | undefined): unknown {
    const key = keys?.get(id);
    if (!key) return erased;
    const context = [tenantId, key.subject, field];
    return JSON.parse(decrypt(key.secret, Buffer.from(sealed, 'base64url'), context).toString());
  }

  function open(tenantId: string, value: unknown, keys: Keys | undefined): unknown {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((item) => open(tenantId, item, keys));
    if (isSealed(value)) return openOne(tenantId, value, keys);
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, open(tenantId, item, keys)]),
    );
  }

  return {
    ready,
    seal: (tenantId, subject, fields, data) => {
      const present = fields.filter((field) => data[field] !== undefined);
      if (present.length === 0) return undefined;
      const key = currentKey(tenantId, subject);
      const stored = { ...data };
      for (const field of present) {
        const plain = Buffer.from(JSON.stringify(data[field]));
        const sealed = encrypt(key.secret, plain, [tenantId, subject, field]).toString('base64url');
        stored[field] = { field, key: key.id, sealed } satisfies Sealed;
      }
      return { data: stored, key };
    },
    digest: (tenantId, texts) => {
      const held = heldOf(tenantId);
      held.digesting ??= derived(ownOf(held), 'digests');
      return createHmac('sha256', held.digesting).update(JSON.stringify(texts)).digest('hex');
    },
    keysFor: (connection, tenantId, values) => {
      const ids = new Set<string>();
      keyIdsIn(values, ids);
      return ids.size > 0 ? keysOf(connection, tenantId, ids) : undefined;
    },
    open,
    forget: (tenantId) => clear(heldOf(tenantId)),
    refresh: async (connection) => {
      const { rows } = await connection.query({
        name: 'epochs',
        text: 'select tenant_id, epoch from secret.epochs($1)',
        values: [[...tenants.keys()]],
      });
      const changed = rows.filter((row) => heldOf(row.tenant_id).told < row.epoch);
      for (const row of changed) {
        const held = heldOf(row.tenant_id);
        clear(held);
        held.epoch = row.epoch;
        held.told = row.epoch;
      }
      return changed.map((row) => row.tenant_id);
    },
  };
}
