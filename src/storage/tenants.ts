import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Pool } from 'pg';
import pg from 'pg';
import { sha256 } from '../engine/canonical.ts';
import { v7 } from '../engine/clock.ts';

export interface NewCredential {
  readonly tenantId: string;
  readonly name: string;
  readonly personId?: string;
  /** Roles of an integration's key; a person's come from the organisation. */
  readonly roles?: readonly string[];
  /** Permissions that the key is limited to. */
  readonly scopes?: readonly string[];
  readonly expiresAt?: string;
}

export interface Credential {
  readonly credentialId: string;
  readonly tenantId: string;
  readonly name: string;
  readonly personId: string | undefined;
  readonly roles: readonly string[];
  readonly scopes: readonly string[] | undefined;
}

/** Works on a connection of its own with the rights of the database's owner. */
export async function asAdmin<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Creates a tenant with an empty log; the same id again changes nothing. */
export const createTenant = (databaseUrl: string, name: string, tenantId: string = v7()): Promise<string> =>
  asAdmin(databaseUrl, async (client) => {
    await client.query('insert into log.tenant (tenant_id, name) values ($1, $2) on conflict do nothing', [
      tenantId,
      name,
    ]);
    await client.query('insert into log.head (tenant_id) values ($1) on conflict do nothing', [tenantId]);
    return tenantId;
  });

export const listTenants = (
  databaseUrl: string,
): Promise<readonly { tenantId: string; name: string; position: number }[]> =>
  asAdmin(databaseUrl, async (client) => {
    const { rows } = await client.query(
      'select tenant_id, name, position from log.tenant join log.head using (tenant_id) order by created_at',
    );
    return rows.map((row) => ({ tenantId: row.tenant_id, name: row.name, position: Number(row.position) }));
  });

/** Lets the database learn how much there is of what, without waiting until it does so by itself: after a bulk load. */
export const learnSizes = (databaseUrl: string): Promise<void> =>
  asAdmin(databaseUrl, async (client) => {
    await client.query('analyze');
  });

/** Stops a tenant's clock, so that no deadline fires while its history is loaded. */
export const holdClock = (databaseUrl: string, tenantId: string): Promise<void> =>
  asAdmin(databaseUrl, async (client) => {
    await client.query(
      `insert into jobs.next_due (tenant_id, due_at, held) values ($1, 'infinity', true)
       on conflict (tenant_id) do update set held = true`,
      [tenantId],
    );
  });

/** Lets a tenant's clock go on; what has fallen due meanwhile fires. */
export const releaseClock = (databaseUrl: string, tenantId: string): Promise<void> =>
  asAdmin(databaseUrl, async (client) => {
    await client.query('update jobs.next_due set held = false where tenant_id = $1', [tenantId]);
  });

/** Issues API keys and answers their secrets, which are kept nowhere. */
export const issueKeys = (
  databaseUrl: string,
  credentials: readonly NewCredential[],
): Promise<readonly string[]> =>
  asAdmin(databaseUrl, async (client) => {
    const tokens: string[] = [];
    for (const { tenantId, name, personId, roles, scopes, expiresAt } of credentials) {
      const credentialId = randomBytes(9).toString('hex');
      const secret = randomBytes(32).toString('base64url');
      await client.query(
        `insert into auth.credential (credential_id, tenant_id, name, hash, person_id, roles, scopes, expires_at)
         values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, $8)`,
        [
          credentialId,
          tenantId,
          name,
          sha256(secret),
          personId ?? null,
          roles ?? [],
          scopes ?? null,
          expiresAt ?? null,
        ],
      );
      tokens.push(`stv_${credentialId}_${secret}`);
    }
    return tokens;
  });

/** Ends a key at once for this process and within a second for others; false when there is no such key. */
export const revokeKey = (databaseUrl: string, credentialId: string): Promise<boolean> =>
  asAdmin(databaseUrl, async (client) => {
    const { rowCount } = await client.query(
      'update auth.credential set revoked_at = now() where credential_id = $1 and revoked_at is null',
      [credentialId],
    );
    return rowCount === 1;
  });

interface Known {
  readonly hash: Buffer;
  readonly credential: Credential;
  readonly checkedAt: number;
}

const cachedForMs = 1_000;
const cachedMax = 10_000;
const tokenPattern = /^stv_([0-9a-f]{18})_([A-Za-z0-9_-]{43})$/;

/** Verifies API keys; what it knows of one is at most a second old. */
export function createVerifier(pool: Pool): (token: string) => Promise<Credential | undefined> {
  const known = new Map<string, Known>();

  async function look(credentialId: string): Promise<Known | undefined> {
    const cached = known.get(credentialId);
    if (cached && performance.now() - cached.checkedAt < cachedForMs) return cached;
    const { rows } = await pool.query({
      name: 'credential',
      text: `select tenant_id, name, hash, person_id, roles, scopes from auth.credential
        where credential_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
      values: [credentialId],
    });
    const row = rows[0];
    if (!row) {
      known.delete(credentialId);
      return undefined;
    }
    const credential: Credential = {
      credentialId,
      tenantId: row.tenant_id,
      name: row.name,
      personId: row.person_id ?? undefined,
      roles: row.roles,
      scopes: row.scopes ?? undefined,
    };
    if (known.size >= cachedMax) known.clear();
    const entry = { hash: row.hash, credential, checkedAt: performance.now() };
    known.set(credentialId, entry);
    return entry;
  }

  return async (token) => {
    const [, credentialId, secret] = tokenPattern.exec(token) ?? [];
    if (!credentialId || !secret) return undefined;
    const entry = await look(credentialId);
    const given = Buffer.from(sha256(secret), 'hex');
    return entry && timingSafeEqual(given, entry.hash) ? entry.credential : undefined;
  };
}
