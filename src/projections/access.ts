import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { page, query } from '../engine/query.ts';
import { Instant } from '../events/values.ts';
import { actorName, byName, nameModels } from './names.ts';
import { rowsOf } from './rows-of.ts';

const Access = z
  .object({
    number: z.int().describe('Place among all accesses: 1, 2, 3, … without gaps.'),
    recordedAt: z.string().describe('When it was recorded, in UTC with microseconds; never goes back.'),
    actor: z.string().describe('Who read: person/<id>, integration/<name> or system/<name>.'),
    by: z.string().describe('Who read, by the name of today.'),
    credential: z.string().describe('The credential that was used.'),
    request: z.string().nullable().describe('The request; null for the command line.'),
    operation: z.string().describe('What was asked, by its operationId in this document, or the command.'),
    subjects: z.array(z.uuid()).describe('Whom and what it named, by id.'),
    hash: z.string().describe('SHA-256 over all of it but `by`, and over the hash before it, in hex.'),
    verified: z
      .boolean()
      .describe('Whether it has the hash of what it says, and follows the access before it.'),
  })
  .meta({ id: 'Access', description: 'That somebody read something.' });

type Access = z.output<typeof Access>;

/** Row level security binds the table to the tenant; said once more, it leads the planner to the tenant's indexes. */
const tenant = sql`current_setting('stave.tenant')::uuid`;

const columns = sql`number::float8 as number,
  to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "recordedAt", actor, credential, request,
  operation, subjects::text[] as subjects, encode(hash, 'hex') as hash,
  hash = log.access_hash(case when number = 1 then ''::bytea else (select before.hash from log.access before
    where before.tenant_id = access.tenant_id and before.number = access.number - 1) end, access) is true as verified`;

export const listAccesses = query({
  name: 'ListAccesses',
  summary: 'List who read the log, people’s data in bulk, or anything as an auditor, newest first.',
  permission: 'access:read',
  path: '/audit/accesses',
  input: {
    actor: z
      .string()
      .max(300)
      .optional()
      .describe('Who read: person/<id>, integration/<name> or system/<name>.'),
    operation: z
      .string()
      .regex(/^[A-Za-z]{1,100}$/)
      .optional()
      .describe('What was asked, by its operationId in this document, or the command.'),
    subject: z.uuid().toLowerCase().optional().describe('Whom or what it named, by id.'),
    recordedFrom: Instant.optional().describe('Recorded at or after this.'),
    recordedTo: Instant.optional().describe('Recorded at or before this, to the millisecond.'),
    cursor: z.string().max(200).optional().describe('`nextCursor` of the page before.'),
    limit: z.int().min(1).max(200).default(50),
  },
  output: page(Access),
  reads: nameModels,
  presentOnly: true,
  answer: async (db, { actor, operation, subject, recordedFrom, recordedTo, cursor, limit }) => {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new InvalidCursor();
    const conditions: readonly RawBuilder<unknown>[] = [
      sql`tenant_id = ${tenant}`,
      ...(actor === undefined ? [] : [sql`actor = ${actor}`]),
      ...(operation ? [sql`operation = ${operation}`] : []),
      ...(subject ? [sql`subjects @> array[${subject}::uuid]`] : []),
      ...(recordedFrom ? [sql`recorded_at >= ${recordedFrom}::timestamptz`] : []),
      ...(recordedTo ? [sql`recorded_at < ${recordedTo}::timestamptz + interval '1 millisecond'`] : []),
      ...(cursor ? [sql`number < ${cursor}::bigint`] : []),
    ];
    const found = await rowsOf(
      db,
      sql<
        Omit<Access, 'by'>
      >`select ${columns} from log.access access where ${sql.join(conditions, sql` and `)}
        order by number desc limit ${limit + 1}`,
    );
    const shown = found.slice(0, limit);
    return {
      data: await byName(db, (nameOf) =>
        shown.map((access) => ({ ...access, by: actorName(access.actor, nameOf) })),
      ),
      nextCursor: found.length > limit ? String(shown.at(-1)!.number) : null,
    };
  },
});
