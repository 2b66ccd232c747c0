import { z } from 'zod';
import { canonicalJson, sha256 } from '../engine/canonical.ts';
import { events } from '../engine/event.ts';
import { QualityItem } from './policy.ts';
import { because, bp, late, type Sentences } from './sentence.ts';
import { BasisPoints, Comment, Count, Instant, LocalDate, PersonId } from './values.ts';

export const DocumentHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({
    id: 'DocumentHash',
    description: 'SHA-256 over the body hashes of a document version’s content events, in order.',
  });
export const Score = z.int().min(0).max(4).describe('From 0, missing, to 4, exemplary.');
export const Scores = z.record(QualityItem, Score);
export const Quality = z.object({ rubricVersion: z.int(), scores: Scores, totalBp: BasisPoints });

/** SHA-256 over the body hashes of the content events, in order: what a signature signs. */
export const documentHash = (contentHashes: readonly string[]): string => sha256(contentHashes.join(''));

/** What one link of a document's chain of signatures holds fast. */
export interface SignatureLink {
  readonly previous: string | null;
  readonly docHash: string;
  readonly docVersion: number;
  readonly signerId: string;
  readonly comment?: string | null | undefined;
  readonly quality?: z.output<typeof Quality> | null | undefined;
}

/** SHA-256 over a signature and the hash of the one before it. */
export const chainHashOf = ({
  previous,
  docHash,
  docVersion,
  signerId,
  comment = null,
  quality = null,
}: SignatureLink): string =>
  sha256(canonicalJson({ previous, docHash, docVersion, signerId, comment, quality }));

const keyPattern = /^[0-9a-f-]{36}[~/]\d{4}-\d{2}-\d{2}$/;

/** Author and day of a document. In a path the two are joined by `~`, in the stream's name by `/`. */
export const DocumentKey = z
  .string()
  .toLowerCase()
  .regex(keyPattern, 'A key is the author’s id and the day, such as <personId>~2026-03-02.')
  .refine((key) => LocalDate.safeParse(key.slice(37)).success, 'There is no such day.')
  .transform((key) => key.replace('~', '/'))
  .describe('Author and day of the document, joined by ~.');
export const authorOf = (key: string): string => key.slice(0, 36);
export const dateOf = (key: string): string => key.slice(37);

/** Stored for ever, in the stream of the document itself. Add fields as optional, add events freely, rename nothing. */
export const documentEvents = events({
  DocumentSubmitted: {
    authorId: PersonId,
    date: LocalDate,
    docVersion: z.int().min(1),
    dueAt: Instant,
    latenessMinutes: Count,
    completenessBp: BasisPoints,
    signOffDueAt: Instant,
  },
  DocumentSignedOff: {
    authorId: PersonId,
    date: LocalDate,
    docVersion: z.int().min(1),
    docHash: DocumentHash,
    signerId: PersonId,
    onBehalfOf: PersonId.optional(),
    comment: Comment.optional(),
    quality: Quality.optional(),
    previous: DocumentHash.nullable(),
    chainHash: DocumentHash,
  },
  DocumentReturned: {
    authorId: PersonId,
    date: LocalDate,
    docVersion: z.int().min(1),
    docHash: DocumentHash,
    signerId: PersonId,
    comment: Comment,
    issues: z.array(Comment),
  },
  SignOffVoided: {
    authorId: PersonId,
    date: LocalDate,
    docVersion: z.int().min(1),
    chainHash: DocumentHash,
    voidedBy: PersonId,
    reason: Comment,
    signOffDueAt: Instant,
  },
  SignOffOverdue: {
    authorId: PersonId,
    date: LocalDate,
    docVersion: z.int().min(1),
    dueAt: Instant,
    signerIds: z.array(PersonId),
  },
});

const documentName = (stream: string): string => (stream.startsWith('visit-plan/') ? 'plan' : 'report');

/** What each of these events says, in a sentence. */
export const documentSentences: Sentences<typeof documentEvents> = {
  DocumentSubmitted: (d, n, stream) =>
    `${n(d.authorId)} submitted version ${d.docVersion} of the ${documentName(stream)} of ${d.date}${late(d.latenessMinutes)}.`,
  DocumentSignedOff: (d, n, stream) =>
    `${n(d.signerId)} signed the ${documentName(stream)} of ${d.date} by ${n(d.authorId)}${d.quality ? ` with ${bp(d.quality.totalBp)}` : ''}${because(d.comment)}`,
  DocumentReturned: (d, n, stream) =>
    `${n(d.signerId)} returned the ${documentName(stream)} of ${d.date} to ${n(d.authorId)}: ${d.comment}`,
  SignOffVoided: (d, n, stream) =>
    `${n(d.voidedBy)} voided the signature on the ${documentName(stream)} of ${d.date}: ${d.reason}`,
  SignOffOverdue: (d, n, stream) =>
    `The signature on the ${documentName(stream)} of ${d.date} by ${n(d.authorId)} is overdue.`,
};
