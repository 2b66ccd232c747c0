import type { Pool } from 'pg';

/** Knows how far the read models of each tenant have come, so that queries need not ask one by one. */
export interface Followed {
  /** Takes note that a tenant's read models have come up to a position. */
  readonly note: (tenantId: string, position: number) => void;
  /**
   * Waits until a tenant's read models have come up to a position, or for `patienceMs`; answers false at once where the
   * log has not come to it.
   */
  readonly until: (tenantId: string, position: number, patienceMs: number) => Promise<boolean>;
  /**
   * Whether a tenant's log has come to a position. It is asked only about what was not followed yet, and is exact: the
   * database's head is never before a position that was acknowledged.
   */
  readonly isLogged: (tenantId: string, position: number) => Promise<boolean>;
}

interface Waiter {
  readonly position: number;
  readonly resolve: (isLogged?: boolean) => void;
}

interface Tenant {
  position: number;
  readonly waiters: Set<Waiter>;
  looking: boolean;
}

const pausesMs = [0, 3, 5, 10, 20, 50];

/** One look at the database for all who wait for a tenant, and none while this process moves its read models itself. */
export function createFollowed(pool: Pool): Followed {
  const tenants = new Map<string, Tenant>();

  function tenantOf(id: string): Tenant {
    const known = tenants.get(id);
    if (known) return known;
    const tenant: Tenant = { position: 0, waiters: new Set(), looking: false };
    tenants.set(id, tenant);
    return tenant;
  }

  function note(tenantId: string, position: number): void {
    const tenant = tenantOf(tenantId);
    if (position <= tenant.position) return;
    tenant.position = position;
    for (const waiter of tenant.waiters) if (waiter.position <= position) waiter.resolve();
  }

  /** Looks ever more rarely while nothing moves. */
  async function look(tenantId: string, tenant: Tenant): Promise<void> {
    tenant.looking = true;
    for (let pause = tenant.position > 0 ? 1 : 0; tenant.waiters.size > 0; pause++) {
      const before = tenant.position;
      await new Promise((resolve) => setTimeout(resolve, pausesMs[pause] ?? pausesMs.at(-1)));
      if (tenant.position > before) pause = 0;
      else if (tenant.waiters.size > 0) {
        const { rows } = await pool.query({
          name: 'followed',
          text: "select position from read.lane where tenant_id = $1 and lane = 'main'",
          values: [tenantId],
        });
        note(tenantId, Number(rows[0]?.position ?? 0));
      }
    }
    tenant.looking = false;
  }

  async function isLogged(tenantId: string, position: number): Promise<boolean> {
    if (tenantOf(tenantId).position >= position) return true;
    const { rows } = await pool.query({
      name: 'head',
      text: 'select position from log.head where tenant_id = $1',
      values: [tenantId],
    });
    return Number(rows[0]?.position ?? 0) >= position;
  }

  function until(tenantId: string, position: number, patienceMs: number): Promise<boolean> {
    const tenant = tenantOf(tenantId);
    if (tenant.position >= position) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        position,
        resolve: (logged = true) => {
          clearTimeout(timer);
          tenant.waiters.delete(waiter);
          resolve(logged);
        },
      };
      const timer = setTimeout(waiter.resolve, patienceMs);
      tenant.waiters.add(waiter);
      isLogged(tenantId, position).then(
        (logged) => logged || waiter.resolve(false),
        () => waiter.resolve(),
      );
      if (!tenant.looking) {
        look(tenantId, tenant).catch(() => {
          tenant.looking = false;
          for (const { resolve } of tenant.waiters) resolve();
        });
      }
    });
  }

  return { note, until, isLogged };
}
