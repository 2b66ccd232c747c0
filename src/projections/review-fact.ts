import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { readModel } from '../engine/read-model.ts';
import { documentEvents } from '../events/document.ts';
import { DocumentKind } from '../events/organisation.ts';
import { Instant, LocalDate, PersonId } from '../events/values.ts';

const row = {
  kind: DocumentKind,
  authorId: PersonId.describe('Whose document it is.'),
  date: LocalDate.describe('The day of the document.'),
  docVersion: z.int().describe('Number of the version that was submitted.'),
  dueAt: Instant.describe('When the signature on it is due.'),
  personId: PersonId.nullable().describe('Who signed or returned it; null before.'),
  reviewedOn: LocalDate.nullable().describe('The day of that; null before.'),
  inTime: z.boolean().describe('Whether it was signed or returned by the due time.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Pick<Row, 'kind' | 'authorId' | 'date' | 'docVersion'>;

const key = ({ stream, data: { authorId, date, docVersion } }: RecordedEvent<Omit<Key, 'kind'>>): Key => ({
  kind: stream.split('/')[0] as Key['kind'],
  authorId,
  date,
  docVersion,
});

const open = { personId: null, reviewedOn: null, inTime: false } as const;

const reviewed = (
  review: Row | undefined,
  { data: { signerId }, occurredAt, effectiveOn }: RecordedEvent<{ readonly signerId: string }>,
): Row | undefined =>
  review && {
    ...review,
    personId: signerId,
    reviewedOn: effectiveOn,
    inTime: occurredAt <= review.dueAt,
  };

/** What counts once for each review of a document. */
export const reviewFact = readModel({
  name: 'review_fact',
  version: 1,
  summary:
    'What counts once for each submitted version of a document: who signed or returned it, and whether in time.',
  key: ['kind', 'authorId', 'date', 'docVersion'],
  indexes: [['personId', 'reviewedOn'], ['reviewedOn']],
  row,
  of: documentEvents,
  on: {
    DocumentSubmitted: {
      key,
      row: (_, { data: { signOffDueAt } }, of) => ({ ...of, ...open, dueAt: signOffDueAt }),
    },
    DocumentSignedOff: { key, row: reviewed },
    DocumentReturned: { key, row: reviewed },
    SignOffVoided: {
      key,
      row: (review, { data: { signOffDueAt } }) => review && { ...review, ...open, dueAt: signOffDueAt },
    },
  },
});
