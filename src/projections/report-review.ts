import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { documentEvents } from '../events/document.ts';
import { Instant, LocalDate, PersonId } from '../events/values.ts';
import { documentOf } from './document-row.ts';

const ofReport = documentOf('daily-report');

interface Version {
  readonly authorId: string;
  readonly date: string;
  readonly docVersion: number;
}
const key = (event: Parameters<typeof ofReport>[0] & { readonly data: Version }) =>
  ofReport(event).map((of) => ({ ...of, docVersion: event.data.docVersion }));

const decided = <R extends { readonly decidedAt: string | null }>(
  row: R,
  returned: boolean,
  { occurredAt, effectiveOn, data }: Parameters<typeof ofReport>[0] & { readonly data: { signerId: string } },
): R =>
  row.decidedAt
    ? row
    : { ...row, signerId: data.signerId, decidedAt: occurredAt, decidedOn: effectiveOn, returned };

/** The versions of daily reports: when each was filed, and when it was signed or returned first. */
export const reportReview = readModel({
  name: 'report_review',
  version: 1,
  summary: 'The versions of daily reports: when each was filed, and when it was signed or returned first.',
  key: ['personId', 'date', 'docVersion'],
  indexes: [['decidedOn'], ['filedOn']],
  row: {
    personId: PersonId.describe('The author.'),
    date: LocalDate,
    docVersion: z.int().describe('Number of the version.'),
    filedAt: Instant.describe('When it was filed.'),
    filedOn: LocalDate.describe('The day on which it was filed.'),
    signerId: PersonId.nullable().describe('Who signed or returned it first.'),
    decidedAt: Instant.nullable().describe('When that was.'),
    decidedOn: LocalDate.nullable().describe('On which day.'),
    returned: z.boolean().describe('Whether it was returned then.'),
  },
  of: documentEvents,
  on: {
    DocumentSubmitted: {
      key,
      row: (_, { occurredAt, effectiveOn }, of) => ({
        ...of,
        filedAt: occurredAt,
        filedOn: effectiveOn,
        signerId: null,
        decidedAt: null,
        decidedOn: null,
        returned: false,
      }),
    },
    DocumentSignedOff: { key, row: (row, event) => row && decided(row, false, event) },
    DocumentReturned: { key, row: (row, event) => row && decided(row, true, event) },
  },
});
