import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { bodyHash } from '../engine/log.ts';
import { DocumentHash, documentHash } from '../events/document.ts';
import type { DocumentKind } from '../events/organisation.ts';
import { Instant, PersonId } from '../events/values.ts';

/** Where a document stands. */
export const DocumentStatus = z
  .enum(['draft', 'submitted', 'signed', 'returned'])
  .describe('Where the document stands.');

/** The columns that every kind of document has. */
export const documentColumns = {
  status: DocumentStatus,
  docVersion: z.int().describe('Number of the version submitted last; 0 before the first.'),
  docHash: DocumentHash.describe('Hash of the document as it is now: what a signature must name.'),
  contentHashes: z.array(z.string()).describe('Body hashes of the events that make up the document.'),
  submittedAt: Instant.nullable().describe('When the last version was submitted.'),
  dueAt: Instant.nullable().describe('When the document was due.'),
  latenessMinutes: z.int().nullable().describe('Minutes by which the first version was late.'),
  completenessBp: z.int().nullable().describe('How complete it is, in basis points.'),
  signOffDueAt: Instant.nullable().describe('When the signature on the submitted version is due.'),
  signOffOverdue: z.boolean().describe('Whether the signature is overdue.'),
  signerId: PersonId.nullable().describe('Who signed or returned it last.'),
  onBehalfOf: PersonId.nullable().describe('In whose place it was signed.'),
  decidedAt: Instant.nullable().describe('When it was signed or returned last.'),
  comment: z.string().nullable().describe('What the signer said.'),
  issues: z.array(z.string()).describe('What the signer found wanting.'),
};

type DocumentRow = z.output<z.ZodObject<typeof documentColumns>>;

export const blankDocumentRow: DocumentRow = {
  status: 'draft',
  docVersion: 0,
  docHash: documentHash([]),
  contentHashes: [],
  submittedAt: null,
  dueAt: null,
  latenessMinutes: null,
  completenessBp: null,
  signOffDueAt: null,
  signOffOverdue: false,
  signerId: null,
  onBehalfOf: null,
  decidedAt: null,
  comment: null,
  issues: [],
};

/** The key of the document that a workflow event is about; none when it is of another kind. */
export const documentOf =
  (kind: DocumentKind) =>
  ({ stream, data }: RecordedEvent<{ readonly authorId: string; readonly date: string }>) =>
    stream.startsWith(`${kind}/`) ? [{ personId: data.authorId, date: data.date }] : [];

/** The columns after an event that belongs to the document's content. */
export function contentAdded(
  row: Pick<DocumentRow, 'contentHashes'>,
  event: RecordedEvent,
): Pick<DocumentRow, 'status' | 'contentHashes' | 'docHash' | 'signOffDueAt' | 'signOffOverdue'> {
  const contentHashes = [...row.contentHashes, bodyHash(event)];
  const docHash = documentHash(contentHashes);
  return { status: 'draft', contentHashes, docHash, signOffDueAt: null, signOffOverdue: false };
}

interface Submitted {
  readonly docVersion: number;
  readonly dueAt: string;
  readonly latenessMinutes: number;
  readonly completenessBp: number;
  readonly signOffDueAt: string;
}
interface SignedOff {
  readonly signerId: string;
  readonly onBehalfOf?: string | undefined;
  readonly comment?: string | undefined;
}
interface Returned extends SignedOff {
  readonly comment: string;
  readonly issues: readonly string[];
}

export const submitted = (
  row: Pick<DocumentRow, 'latenessMinutes'>,
  { data, occurredAt }: RecordedEvent<Submitted>,
) => ({
  status: 'submitted' as const,
  docVersion: data.docVersion,
  submittedAt: occurredAt,
  dueAt: data.dueAt,
  latenessMinutes: row.latenessMinutes ?? data.latenessMinutes,
  completenessBp: data.completenessBp,
  signOffDueAt: data.signOffDueAt,
  signOffOverdue: false,
});

export const signed = ({ data, occurredAt }: RecordedEvent<SignedOff>) => ({
  status: 'signed' as const,
  signOffDueAt: null,
  signerId: data.signerId,
  onBehalfOf: data.onBehalfOf ?? null,
  decidedAt: occurredAt,
  comment: data.comment ?? null,
  issues: [],
});

export const returned = ({ data, occurredAt }: RecordedEvent<Returned>) => ({
  status: 'returned' as const,
  signOffDueAt: null,
  signerId: data.signerId,
  onBehalfOf: null,
  decidedAt: occurredAt,
  comment: data.comment,
  issues: [...data.issues],
});

export const voided = ({ data }: RecordedEvent<{ readonly signOffDueAt: string }>) => ({
  status: 'submitted' as const,
  signOffDueAt: data.signOffDueAt,
  signOffOverdue: false,
  signerId: null,
  onBehalfOf: null,
  decidedAt: null,
  comment: null,
});
