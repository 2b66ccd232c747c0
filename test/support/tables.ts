import { readModels } from '../../src/projections/index.ts';
import type { Stave } from './stave.ts';

/** Every row of every read model of the tenant, as text in a stable order, without its generation. */
export async function tableRows({
  pool,
  tenantId,
}: Pick<Stave, 'pool' | 'tenantId'>): Promise<Map<string, readonly string[]>> {
  const client = await pool.connect();
  try {
    await client.query(`begin; select set_config('stave.tenant', '${tenantId}', true)`);
    const tables = new Map<string, readonly string[]>();
    for (const { name } of readModels) {
      const { rows } = await client.query(
        `select (to_jsonb(r) - 'generation')::text as row from read."${name}" r
         join read.generation g on g.tenant_id = r.tenant_id and g.generation = r.generation and g.model = $1 and g.live
         order by 1`,
        [name],
      );
      tables.set(
        name,
        rows.map(({ row }) => row),
      );
    }
    await client.query('rollback');
    return tables;
  } finally {
    client.release();
  }
}
