import type { Pool, PoolClient } from 'pg';

/** Works in a transaction that may touch one tenant's rows. */
export async function inTenant<T>(
  pool: Pool,
  tenantId: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  if (!/^[0-9a-f-]{36}$/.test(tenantId)) throw new Error('A tenant id is a UUID');
  const client = await pool.connect();
  let failed: Error | undefined;
  try {
    await client.query(`begin; select set_config('stave.tenant', '${tenantId}', true)`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((broken: Error) => {
      failed = broken;
    });
    throw error;
  } finally {
    client.release(failed);
  }
}
