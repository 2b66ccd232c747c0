import type { Pool } from 'pg';
import type { RecordedEvent } from './event.ts';
import { type EventReader, eventColumns, readRows, type StoredRow } from './log.ts';
import { inTenant } from './tenant-transaction.ts';

/** Some events: those of a stream after one position and up to another, or those at some positions. */
export type Which =
  | { readonly stream: string; readonly after: number; readonly upTo: number }
  | { readonly positions: readonly number[] };

/** The events that are asked for, in the order of the log, at most `limit` of them. */
export const readEvents = (
  pool: Pool,
  read: EventReader,
  tenantId: string,
  which: Which,
  limit: number,
): Promise<readonly RecordedEvent[]> =>
  inTenant(pool, tenantId, async (client) => {
    const [condition, values] =
      'stream' in which
        ? ['stream = $2 and position > $3 and position <= $4', [which.stream, which.after, which.upTo]]
        : ['position = any($2)', [which.positions]];
    const { rows } = await client.query<StoredRow>(
      `select ${eventColumns} from log.event where tenant_id = $1 and ${condition} order by position limit ${limit}`,
      [tenantId, ...values],
    );
    return readRows(client, read, tenantId, rows);
  });
