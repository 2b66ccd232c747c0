import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import type { EventMap, RecordedEvent } from '../engine/event.ts';
import { type Asker, type Db, nothing, page, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { eventTypes, sentenceOf } from '../events/index.ts';
import { Instant, LocalDate, PersonId } from '../events/values.ts';
import { customerOwner } from './customer-owner.ts';
import { byName, nameModels } from './names.ts';
import { together } from './rows-of.ts';
import { isVisible } from './visible.ts';

export const SubjectKind = z
  .enum(['customer', 'person', 'complaint', 'order', 'opportunity', 'target'])
  .describe('What a timeline is about.');
type SubjectKind = z.output<typeof SubjectKind>;
const SubjectId = z
  .uuid()
  .toLowerCase()
  .meta({ description: 'The customer, person, complaint, order, opportunity or target.' });

/** The fields of events that name each kind of subject. Whose work an event is, the first person's field says. */
export const subjectFieldsOf: Readonly<Record<SubjectKind, readonly string[]>> = {
  customer: ['customerId'],
  person: [
    'personId',
    'authorId',
    'takenBy',
    'responsible',
    'by',
    'ownerId',
    'signerId',
    'reviewerId',
    'approvedBy',
    'voidedBy',
    'collectedBy',
    'handledBy',
    'assignedBy',
    'heardBy',
    'to',
  ],
  complaint: ['complaintId'],
  order: ['orderId'],
  opportunity: ['opportunityId'],
  target: ['targetId'],
};
const kinds = Object.keys(subjectFieldsOf) as SubjectKind[];
const subjectFields = new Set(Object.values(subjectFieldsOf).flat());

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const idIn = (data: unknown, field: string): readonly string[] => {
  const value = (data as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' && uuid.test(value) ? [value] : [];
};

/** Everybody and everything that an event is about, each once. */
export function subjectsOf({ position, data }: Pick<RecordedEvent, 'position' | 'data'>) {
  return kinds.flatMap((subjectKind) =>
    [...new Set(subjectFieldsOf[subjectKind].flatMap((field) => idIn(data, field)))].map((subjectId) => ({
      subjectKind,
      subjectId,
      position: BigInt(position),
    })),
  );
}

/** The person whose work an event is. */
export const workOf = (data: unknown): string | null =>
  subjectFieldsOf.person.flatMap((field) => idIn(data, field))[0] ?? null;

/** What is stored of an event: all it says, sealed as in the log, and the kind of document where it is about one. */
const summaryOf = ({
  type,
  stream,
  data,
  stored = data,
}: RecordedEvent): Readonly<Record<string, unknown>> =>
  documentTypes.has(type)
    ? { ...(stored as object), kind: stream.split('/')[0] }
    : (stored as Readonly<Record<string, unknown>>);
const documentTypes = new Set([
  'DocumentSubmitted',
  'DocumentSignedOff',
  'DocumentReturned',
  'SignOffVoided',
  'SignOffOverdue',
]);

const row = {
  subjectKind: SubjectKind,
  subjectId: SubjectId,
  position: z.bigint().describe('Where the event stands in the log.'),
  occurredAt: Instant.describe('When it happened.'),
  date: LocalDate,
  type: z.string().describe('Type of the event.'),
  stream: z.string().describe('The stream that the event stands in.'),
  personId: PersonId.nullable().describe('Whose work it is; null when it is nobody’s.'),
  data: z.record(z.string(), z.unknown()).describe('What the event says.'),
};

type Key = Pick<z.output<z.ZodObject<typeof row>>, 'subjectKind' | 'subjectId' | 'position'>;

const told: EventMap = Object.fromEntries(
  Object.entries(eventTypes).filter(([, { schema }]) =>
    Object.keys(schema.shape).some((field) => subjectFields.has(field)),
  ),
);

/** What happened to whom: a row for each event and everybody and everything that it is about. */
export const timeline = readModel({
  name: 'timeline',
  version: 1,
  summary: 'What happened to whom: a row for each event and each subject of it.',
  key: ['subjectKind', 'subjectId', 'position'],
  indexes: [['subjectKind', 'subjectId', 'occurredAt']],
  row,
  of: told,
  on: Object.fromEntries(
    Object.keys(told).map((type) => [
      type,
      {
        key: subjectsOf,
        row: (_: unknown, event: RecordedEvent, { subjectKind, subjectId, position }: Key) => ({
          subjectKind,
          subjectId,
          position,
          occurredAt: event.occurredAt,
          date: event.effectiveOn,
          type: event.type,
          stream: event.stream,
          personId: workOf(event.data),
          data: summaryOf(event),
        }),
      },
    ]),
  ),
});

const Entry = z.object({
  occurredAt: Instant,
  date: LocalDate,
  position: z.bigint(),
  type: z.string(),
  stream: z.string(),
  personId: PersonId.nullable(),
  sentence: z.string().describe('What happened, in words.'),
  data: z.record(z.string(), z.unknown()),
});

/** Which rows the reader may see: those of nobody, and those of people on days that the scope reaches. */
function seenBy({ visibility: { intervals } }: Asker): RawBuilder<boolean> {
  if (intervals === null) return sql<boolean>`true`;
  const of = (field: 'personId' | 'from' | 'to') => intervals.map((interval) => interval[field]);
  const personId = sql.ref('timeline.personId');
  const date = sql.ref('timeline.date');
  return sql<boolean>`(${personId} is null or exists (
    select from unnest(${of('personId')}::uuid[], ${of('from')}::date[], ${of('to')}::date[])
      as seen(person_id, first_day, end_day)
    where seen.person_id = ${personId} and ${date} >= seen.first_day and ${date} < seen.end_day))`;
}

/** Where a page ended: when it happened, and the position. */
function placeOf(text: string): { readonly at: string; readonly position: string } {
  const [at = '', position = ''] = text.split(' ');
  if (!Instant.safeParse(at).success || !/^\d{1,18}$/.test(position)) throw new InvalidCursor();
  return { at, position };
}

const models = together(timeline, customerOwner, ...nameModels);

/** Whether the reader has an owner of the customer in view, or else may not see that customer; undefined in the pool. */
async function ownsCustomer(
  db: Db<typeof models>,
  customerId: string,
  asker: Asker,
): Promise<boolean | undefined> {
  const owners = await db
    .selectFrom('customer_owner')
    .select('personId')
    .where('customerId', '=', customerId)
    .where('validTo', 'is', null)
    .execute();
  if (owners.length === 0) return undefined;
  return owners.some(({ personId }) => isVisible(asker, personId, asker.today));
}

export const getTimeline = query({
  name: 'GetTimeline',
  summary:
    'Get what happened to a customer, person, complaint, order, opportunity or target, told in sentences, newest first.',
  permission: 'timeline:read',
  path: '/timeline/:subjectKind/:subjectId',
  input: {
    subjectKind: SubjectKind,
    subjectId: SubjectId,
    dateFrom: LocalDate.optional().describe('date at or after this.'),
    dateTo: LocalDate.optional().describe('date at or before this.'),
    cursor: z.string().max(200).optional().describe('`nextCursor` of the page before.'),
    limit: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(200))
      .default(50),
  },
  output: page(Entry),
  reads: models,
  answer: async (db, { subjectKind, subjectId, dateFrom, dateTo, cursor, limit }, asker) => {
    const owned = subjectKind === 'customer' ? await ownsCustomer(db, subjectId, asker) : undefined;
    if (owned === false) return nothing;
    let rows = db
      .selectFrom('timeline')
      .selectAll()
      .where('subjectKind', '=', subjectKind)
      .where('subjectId', '=', subjectId);
    if (!owned) rows = rows.where(seenBy(asker));
    if (dateFrom) rows = rows.where('date', '>=', dateFrom);
    if (dateTo) rows = rows.where('date', '<=', dateTo);
    if (cursor) {
      const { at, position } = placeOf(cursor);
      const order = sql`(${sql.ref('timeline.occurredAt')}, ${sql.ref('timeline.position')})`;
      rows = rows.where(sql<boolean>`${order} < (${at}::timestamptz, ${position}::bigint)`);
    }
    const found = await rows
      .orderBy('occurredAt', 'desc')
      .orderBy('position', 'desc')
      .limit(limit + 1)
      .execute();
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      data: await byName(db, (nameOf) =>
        shown.map(({ subjectKind: _, subjectId: __, ...entry }) => ({
          ...entry,
          sentence: sentenceOf(entry, nameOf),
        })),
      ),
      nextCursor: found.length > limit && last ? `${last.occurredAt} ${last.position}` : null,
    };
  },
});
