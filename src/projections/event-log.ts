import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { eventTypes } from '../events/index.ts';
import { Instant, LocalDate, Position } from '../events/values.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';
import { SubjectKind, subjectFieldsOf } from './timeline.ts';

/** An event as the log holds it. */
export const LoggedEvent = z
  .object({
    position: Position.describe('Place in the log: 1, 2, 3, … without gaps.'),
    stream: z.string().describe('The thing that it happened to.'),
    version: z.int().describe('Place in its stream.'),
    type: z.string().describe('What happened.'),
    schemaVersion: z.int().describe('Version of the shape of `data`.'),
    data: z.record(z.string(), z.unknown()).describe('The details.'),
    actor: z.string().describe('Who did it: person/<id>, integration/<name> or system/<name>.'),
    credential: z.string().nullable().describe('The credential that was used; null for the system.'),
    commandId: z.uuid().describe('The command that caused it.'),
    correlationId: z.string().nullable().describe('The request that caused it.'),
    causationPosition: Position.nullable().describe('The event that it answers.'),
    source: z.string().describe('Where the command came in: http, batch, reaction, clock or cli.'),
    occurredAt: Instant.describe('When it happened in the business.'),
    effectiveOn: LocalDate.describe('The business day to which it counts.'),
    recordedAt: z.string().describe('When it was recorded, in UTC with microseconds; never goes back.'),
    bodyHash: z.string().describe('SHA-256 over all of it but position and recording time, in hex.'),
  })
  .meta({ id: 'LoggedEvent' });
export type LoggedEvent = z.output<typeof LoggedEvent>;

const EventName = z.enum(Object.keys(eventTypes) as [string, ...string[]]);
const SubjectName = z
  .string()
  .transform((text) => text.split('/'))
  .pipe(z.tuple([SubjectKind, z.uuid().toLowerCase()]));

/** What the log is filtered by. */
export const logFilters = {
  type: z.array(EventName).min(1).max(50).optional().describe('Types of events; several with commas.'),
  stream: z.string().max(300).optional().describe('A stream, such as visit-plan/<person>/<day>.'),
  actor: z
    .string()
    .max(300)
    .optional()
    .describe('Who did it: person/<id>, integration/<name> or system/<name>.'),
  subject: SubjectName.optional().describe(
    `Whom or what the events are about: ${SubjectKind.options.join(', ')}, a slash and the id.`,
  ),
  recordedFrom: Instant.optional().describe('Recorded at or after this.'),
  recordedTo: Instant.optional().describe('Recorded at or before this, to the millisecond.'),
  dateFrom: LocalDate.optional().describe('Business day at or after this.'),
  dateTo: LocalDate.optional().describe('Business day at or before this.'),
};
export type LogFilter = Partial<z.output<z.ZodObject<typeof logFilters>>>;

/** Row level security binds `log.event` to the tenant; said once more, it leads the planner to the tenant's indexes. */
export const tenant = sql`current_setting('stave.tenant')::uuid`;

const columns = sql`position::float8 as position, stream, version, type, schema_version as "schemaVersion", data, actor,
  credential, command_id as "commandId", correlation_id as "correlationId",
  causation_position::float8 as "causationPosition", source, occurred_at as "occurredAt", effective_on as "effectiveOn",
  to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "recordedAt",
  encode(body_hash, 'hex') as "bodyHash"`;

/** Positions after `after` up to `upTo`. */
export interface Span {
  readonly after: number;
  readonly upTo: number;
}

/** Where the log ends, or ended at the moment that is asked about: the reader names that as `stave.known_at`. */
const end = sql`least(position, nullif(current_setting('stave.known_at', true), '')::bigint)`;

/**
 * The positions that were recorded within the filter's time, and the last one of the log. What is read next is planned
 * for its own values: a plan for any type or actor would read the whole log for a rare one.
 */
export async function spanOf(
  db: AnyDb,
  { recordedFrom, recordedTo }: LogFilter,
): Promise<Span & { readonly head: number }> {
  const before = (instant: string) => sql`log.position_before(${tenant}, ${instant}::timestamptz)`;
  const [span] = await rowsOf(
    db,
    sql<Span & { head: number }>`select ${end}::float8 as head,
      ${recordedFrom ? before(recordedFrom) : sql`0`}::float8 as after,
      ${recordedTo ? sql`least(${end}, ${before(afterMillisecond(recordedTo))})` : end}::float8 as "upTo",
      set_config('plan_cache_mode', 'force_custom_plan', true)
      from log.head where tenant_id = ${tenant}`,
  );
  return span!;
}

const afterMillisecond = (instant: string): string =>
  Temporal.Instant.from(instant).add({ milliseconds: 1 }).toString();

type Subject = NonNullable<LogFilter['subject']>;

/** Whether an event names the subject in one of its fields: what the timeline keeps, asked of the event itself. */
export const namesSubject = ([kind, id]: Subject): RawBuilder<boolean> =>
  sql`data::text like ${`%${id}%`} and exists (
    select from json_each_text(data) as field where field.key = any(${subjectFieldsOf[kind]}) and field.value = ${id})`;

/** The same by the timeline, where a query reads that. */
export const onTimeline = ([kind, id]: Subject): RawBuilder<boolean> =>
  sql`position in (select position from timeline where "subjectKind" = ${kind} and "subjectId" = ${id}::uuid)`;

export interface Reading extends Span {
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
  /** How the subject is found. */
  readonly about: (subject: Subject) => RawBuilder<boolean>;
}

/** Events within a span in one direction, at most `limit`: each type by its own index, then merged. */
export async function readEvents(
  db: AnyDb,
  { type, stream, actor, subject, dateFrom, dateTo }: LogFilter,
  { after, upTo, direction, limit, about }: Reading,
): Promise<readonly LoggedEvent[]> {
  const conditions = [
    sql`tenant_id = ${tenant} and position > ${after}::bigint and position <= ${upTo}::bigint`,
    ...(stream ? [sql`stream = ${stream}`] : []),
    ...(actor ? [sql`actor = ${actor}`] : []),
    ...(subject ? [about(subject)] : []),
    ...(dateFrom ? [sql`effective_on >= ${dateFrom}::date`] : []),
    ...(dateTo ? [sql`effective_on <= ${dateTo}::date`] : []),
  ];
  const order = sql`order by position ${sql.raw(direction)} limit ${limit}`;
  const some = (...more: readonly RawBuilder<unknown>[]) =>
    sql`(select * from log.event where ${sql.join([...conditions, ...more], sql` and `)} ${order})`;
  const parts = type ? [...new Set(type)].map((name) => some(sql`type = ${name}`)) : [some()];
  return rowsOf(
    db,
    sql<LoggedEvent>`select ${columns} from (${sql.join(parts, sql` union all `)}) as event ${order}`,
  );
}

/** The events at some positions. */
export const eventsAt = (db: AnyDb, positions: readonly number[]): Promise<readonly LoggedEvent[]> =>
  rowsOf(
    db,
    sql<LoggedEvent>`select ${columns} from log.event where tenant_id = ${tenant} and position = any(${positions}::bigint[])`,
  );

/** The most events that a stream is read with. */
const streamMax = 10_000;

/** All events of a stream in order, as folds take them, each with the hash that stands beside it. */
export async function streamEvents(
  db: AnyDb,
  stream: string,
): Promise<readonly (RecordedEvent & Pick<LoggedEvent, 'bodyHash'>)[]> {
  const reading = { direction: 'asc', limit: streamMax, about: onTimeline } as const;
  const events = await readEvents(db, { stream }, { ...(await spanOf(db, {})), ...reading });
  const [bound] = await rowsOf(db, sql<{ tenantId: string }>`select ${tenant} as "tenantId"`);
  return events.map((event) => ({ ...event, ...bound! }));
}
