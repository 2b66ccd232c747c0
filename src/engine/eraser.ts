import type { Pool, PoolClient } from 'pg';
import { columnsOf } from './columns.ts';
import { isPersonal } from './event.ts';
import { isAppendOnly, type ReadModel } from './read-model.ts';
import { inTenant } from './tenant-transaction.ts';
import { erased, type Vault } from './vault.ts';

export interface Eraser {
  /** Carries out what a tenant's log asks to erase and that is not done; when this answers it is gone. */
  readonly advance: (tenantId: string) => Promise<void>;
  /** Lets this process forget what other processes have erased. */
  readonly refresh: () => Promise<void>;
  /** Is told each tenant of which something was erased, here or elsewhere. */
  readonly listen: (purge: (tenantId: string) => void) => void;
}

export interface EraserOptions {
  readonly pool: Pool;
  readonly vault: Vault;
  readonly models: readonly ReadModel[];
  /** The events that ask for an erasure; each stands in the stream of its subject. */
  readonly types: readonly string[];
}

/** Clears the personal columns of the rows that belong to one subject. */
interface Clearing {
  readonly model: string;
  readonly noun: string;
  readonly statements: readonly string[];
}

/** A model's rows belong to a person or customer when its key holds that one's id. */
function clearingsOf(model: ReadModel, nouns: readonly string[]): readonly Clearing[] {
  const columns = columnsOf(model);
  const personal = columns.filter(({ field }) => isPersonal(model.row.shape[field]!));
  const assigned = personal.map(
    ({ name }) => `"${name}" = case when "${name}" is not null then '${erased}' end`,
  );
  return nouns.flatMap((noun) => {
    const id = columns.find(({ field }) => field === `${noun}Id` && model.key.includes(field));
    if (!id || assigned.length === 0) return [];
    const clear = (schema: string) =>
      `update ${schema}."${model.name}" set ${assigned.join(', ')} where tenant_id = $1 and "${id.name}" = $2`;
    const schemas = isAppendOnly(model) ? ['read'] : ['read', 'past'];
    return [{ model: model.name, noun, statements: schemas.map(clear) }];
  });
}

/**
 * Erases persons and customers: their keys are destroyed, and with them what the log, and the rows of others, hold of them;
 * the rows of their own are cleared, those of the past too. One transaction, under the locks of all that folds events.
 */
export function createEraser({ pool, vault, models, types }: EraserOptions): Eraser {
  const listeners: ((tenantId: string) => void)[] = [];
  const clearings = models.flatMap((model) => clearingsOf(model, ['person', 'customer']));

  function purge(tenantId: string): void {
    for (const listener of listeners) listener(tenantId);
  }

  const pendingIn = async (connection: Pool | PoolClient, tenantId: string) => {
    const { rows } = await connection.query<{ readonly position: bigint; readonly subject: string }>({
      name: 'pending-erasures',
      text: 'select p_position as position, subject from secret.pending($1, $2)',
      values: [tenantId, types],
    });
    return rows;
  };

  async function clear(client: PoolClient, tenantId: string, subject: string): Promise<void> {
    const [noun, id] = subject.split('/');
    for (const { model, statements } of clearings.filter((one) => one.noun === noun)) {
      for (const statement of statements) await client.query(statement, [tenantId, id]);
      // Whoever has rows of the model in memory sees that the generation was touched, and reads them again.
      await client.query('update read.generation set lane = lane where tenant_id = $1 and model = $2', [
        tenantId,
        model,
      ]);
    }
  }

  async function eraseAll(client: PoolClient, tenantId: string): Promise<void> {
    await client.query(
      `select from read.lane where tenant_id = $1 order by lane <> 'main', lane for update`,
      [tenantId],
    );
    await client.query('select from past.cursor where tenant_id = $1 order by model for update', [tenantId]);
    for (const { position, subject } of await pendingIn(client, tenantId)) {
      await clear(client, tenantId, subject);
      await client.query('select secret.destroy($1, $2, $3)', [tenantId, subject, position]);
    }
    await client.query(
      `insert into past.epoch (tenant_id, epoch) values ($1, 1)
       on conflict (tenant_id) do update set epoch = past.epoch.epoch + 1`,
      [tenantId],
    );
  }

  return {
    advance: async (tenantId) => {
      if ((await pendingIn(pool, tenantId)).length === 0) return;
      await inTenant(pool, tenantId, (client) => eraseAll(client, tenantId));
      vault.forget(tenantId);
      purge(tenantId);
    },
    refresh: async () => {
      for (const tenantId of await vault.refresh(pool)) purge(tenantId);
    },
    listen: (listener) => {
      listeners.push(listener);
    },
  };
}
