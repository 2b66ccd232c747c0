import { z } from 'zod';
import type { DataOf, RecordedEvent } from '../engine/event.ts';
import { bodyHash } from '../engine/log.ts';
import { type Asker, nothing, query } from '../engine/query.ts';
import { foldEvent, type ReadModel, type Row } from '../engine/read-model.ts';
import {
  authorOf,
  DocumentHash,
  DocumentKey,
  dateOf,
  type documentEvents,
  Quality,
} from '../events/document.ts';
import { sentenceOf } from '../events/index.ts';
import { DocumentKind } from '../events/organisation.ts';
import { Instant, LocalDate, PersonId, Position } from '../events/values.ts';
import { dailyReport } from './daily-report.ts';
import type { documentColumns } from './document-row.ts';
import { streamEvents } from './event-log.ts';
import { actorName, byName, nameModels } from './names.ts';
import { plannedVisit } from './planned-visit.ts';
import type { AnyDb } from './rows-of.ts';
import { verified } from './sign-off.ts';
import { isVisible } from './visible.ts';
import { visitPlan } from './visit-plan.ts';

const Signature = z.object({
  docVersion: z.int().describe('The version that was signed.'),
  docHash: DocumentHash,
  signerId: PersonId.describe('Who signed.'),
  signer: z.string().describe('The signer’s name of today.'),
  onBehalfOf: PersonId.nullable().describe('In whose place it was signed.'),
  comment: z.string().nullable().describe('What the signer said.'),
  quality: Quality.nullable().describe('The signer’s scores.'),
  signedAt: Instant.describe('When it was signed.'),
  position: Position.describe('Where the signature stands in the log.'),
  previous: DocumentHash.nullable().describe('Chain hash of the signature before; null for the first.'),
  chainHash: DocumentHash.describe('Hash over the signature and the one before it.'),
  voidedAt: Instant.nullable().describe('When the signature was voided; null while it holds.'),
  voidedBy: PersonId.nullable().describe('Who voided it.'),
  voidReason: z.string().nullable().describe('Why it was voided.'),
  verified: z
    .boolean()
    .describe('Whether it signs this content, has the hash of what it says, and follows the one before.'),
});
type Signature = z.output<typeof Signature>;

const Version = z.object({
  docVersion: z.int().describe('Number of the version.'),
  docHash: DocumentHash.describe('Hash of its content, computed from the log.'),
  submittedAt: Instant.describe('When it was submitted.'),
  position: Position.describe('Where its submission stands in the log.'),
  contentVerified: z
    .boolean()
    .describe('Whether every event of its content has the hash that stands beside it.'),
  signatures: z.array(Signature).describe('The signatures on it, in order.'),
});

const Plan = visitPlan.row
  .pick({ noVisitsReason: true })
  .extend({ visits: z.array(plannedVisit.row).describe('The visits on the plan.') });
const Report = dailyReport.row.pick({
  attendance: true,
  visitResults: true,
  complaintsHandled: true,
  competitorInfo: true,
  customerOpinions: true,
  customerDevelopments: true,
  experience: true,
  tomorrowFocus: true,
  other: true,
  figures: true,
  figuresKnownAt: true,
  stated: true,
  discrepancies: true,
});
const Content = z.union([Plan, Report]);

type Version = Omit<z.output<typeof Version>, 'signatures'> & {
  readonly content: z.output<typeof Content>;
  readonly signatures: readonly Omit<Signature, 'signer'>[];
};

/** The read models that a document is shown by, the first one being its own row. */
const modelsOf = {
  'visit-plan': [visitPlan, plannedVisit],
  'daily-report': [dailyReport],
} as const satisfies Readonly<Record<DocumentKind, readonly unknown[]>>;

const present = (rows: ReadonlyMap<string, Row | undefined>): readonly Row[] =>
  [...rows.values()].filter((row) => row !== undefined);

/** A report’s content is in its own row, a plan’s in the rows of its visits too. */
function contentOf(kind: DocumentKind, document: Row, others: readonly (readonly Row[])[]) {
  if (kind === 'daily-report') return pick(document, Object.keys(Report.shape)) as z.output<typeof Report>;
  const visits = others[0]!.toSorted((a, b) => Number(a['sequence']) - Number(b['sequence']));
  return { noVisitsReason: document['noVisitsReason'], visits } as z.output<typeof Plan>;
}

const pick = (row: Row, fields: readonly string[]): Row =>
  Object.fromEntries(fields.map((field) => [field, row[field]]));

type Stored = RecordedEvent & { readonly bodyHash: string };
type Of<T extends keyof typeof documentEvents> = Stored & RecordedEvent<DataOf<(typeof documentEvents)[T]>>;

const ofType = <T extends keyof typeof documentEvents>(
  type: T,
  events: readonly Stored[],
): readonly Of<T>[] => events.filter((event): event is Of<T> => event.type === type);

const isIntact = (event: Stored): boolean => bodyHash(event) === event.bodyHash;

/** The signatures in order, each checked by itself and against the one before. */
function signaturesIn(events: readonly Stored[]): readonly Omit<Signature, 'signer'>[] {
  const voids = new Map(ofType('SignOffVoided', events).map((event) => [event.data.chainHash, event]));
  const signatures = ofType('DocumentSignedOff', events).map((event) => {
    const { data, occurredAt, position } = event;
    const voided = voids.get(data.chainHash);
    return {
      docVersion: data.docVersion,
      docHash: data.docHash,
      signerId: data.signerId,
      onBehalfOf: data.onBehalfOf ?? null,
      comment: data.comment ?? null,
      quality: data.quality ?? null,
      signedAt: occurredAt,
      position,
      previous: data.previous,
      chainHash: data.chainHash,
      voidedAt: voided?.occurredAt ?? null,
      voidedBy: voided?.data.voidedBy ?? null,
      voidReason: voided?.data.reason ?? null,
      intact: isIntact(event),
    };
  });
  return verified(signatures).map(({ intact, verified, ...signature }) => ({
    ...signature,
    verified: intact && verified,
  }));
}

type Submitted = Omit<Version, 'signatures'>;

/** The document at each of its submissions, folded from the events up to it. */
function submissionsIn(kind: DocumentKind, events: readonly Stored[]): readonly Submitted[] {
  const models = modelsOf[kind] as unknown as readonly ReadModel[];
  const sets = models.map(() => ({ rows: new Map<string, Row | undefined>(), changed: new Map() }));
  const altered = new Set(events.filter((event) => !isIntact(event)).map(bodyHash));
  return events.flatMap((event) => {
    for (const [index, model] of models.entries()) foldEvent(model, sets[index]!, event);
    const [submission] = ofType('DocumentSubmitted', [event]);
    if (!submission) return [];
    const [own, ...others] = sets.map(({ rows }) => present(rows));
    const document = own![0]!;
    const { contentHashes, docHash } = document as Row & z.output<z.ZodObject<typeof documentColumns>>;
    return {
      docVersion: submission.data.docVersion,
      docHash,
      submittedAt: event.occurredAt,
      position: event.position,
      contentVerified: !contentHashes.some((hash) => altered.has(hash)),
      content: contentOf(kind, document, others),
    };
  });
}

/** The versions of a document as its own stream tells them: each as it stood when it was submitted. */
export function versionsOf(kind: DocumentKind, events: readonly Stored[]): readonly Version[] {
  const signatures = signaturesIn(events);
  return submissionsIn(kind, events).map((version) => ({
    ...version,
    signatures: signatures
      .filter(({ docVersion }) => docVersion === version.docVersion)
      .map((signature) => ({
        ...signature,
        verified: signature.verified && signature.docHash === version.docHash,
      })),
  }));
}

/** The versions of a document with the names of who signed; none where the reader may not see its author. */
async function visibleVersions(db: AnyDb, kind: DocumentKind, key: string, asker: Asker) {
  if (!isVisible(asker, authorOf(key), dateOf(key))) return [];
  const versions = versionsOf(kind, await streamEvents(db, `${kind}/${key}`));
  return byName(db, (nameOf) =>
    versions.map((version) => ({
      ...version,
      signatures: version.signatures.map((signature) => ({
        ...signature,
        signer: nameOf(signature.signerId),
      })),
    })),
  );
}

const isVerified = ({ contentVerified, signatures }: z.output<typeof Version>): boolean =>
  contentVerified && signatures.every(({ verified }) => verified);

const ofDocument = { kind: DocumentKind, key: DocumentKey };
const allVerified = z
  .boolean()
  .describe('Whether content and signatures are what they were when they were recorded.');

export const listDocumentVersions = query({
  name: 'ListDocumentVersions',
  summary: 'List the versions of a document with the signatures on each, checked against the log.',
  permission: 'document:read',
  path: '/documents/:kind/:key/versions',
  input: ofDocument,
  output: z.object({ verified: allVerified, data: z.array(Version) }),
  reads: nameModels,
  answer: async (db, { kind, key }, asker) => {
    const versions = await visibleVersions(db, kind, key, asker);
    if (versions.length === 0) return nothing;
    const data = versions.map(({ content: _, ...version }) => version);
    return { verified: data.every(isVerified), data };
  },
});

export const getDocumentVersion = query({
  name: 'GetDocumentVersion',
  summary: 'Get a document exactly as it stood when a version was submitted, and who signed that.',
  permission: 'document:read',
  path: '/documents/:kind/:key/versions/:docVersion',
  input: { ...ofDocument, docVersion: z.int().min(1).max(1_000_000) },
  output: Version.extend({
    kind: DocumentKind,
    authorId: PersonId,
    date: LocalDate,
    verified: allVerified,
    content: Content.describe('The document: the visits of a plan, or the sections and figures of a report.'),
  }),
  reads: nameModels,
  answer: async (db, { kind, key, docVersion }, asker) => {
    const versions = await visibleVersions(db, kind, key, asker);
    const version = versions.find((one) => one.docVersion === docVersion);
    if (!version) return nothing;
    return { kind, authorId: authorOf(key), date: dateOf(key), verified: isVerified(version), ...version };
  },
});

const Entry = z.object({
  position: Position,
  occurredAt: Instant.describe('When it happened.'),
  recordedAt: z.string().describe('When it was recorded.'),
  type: z.string().describe('Type of the event.'),
  by: z.string().describe('Who did it, by the name of today.'),
  sentence: z.string().describe('What happened, in words.'),
});

export const getDocumentHistory = query({
  name: 'GetDocumentHistory',
  summary: 'Get all that happened to a document, in order and in sentences.',
  permission: 'document:read',
  path: '/documents/:kind/:key/history',
  input: ofDocument,
  output: z.object({ data: z.array(Entry) }),
  reads: nameModels,
  answer: async (db, { kind, key }, asker) => {
    if (!isVisible(asker, authorOf(key), dateOf(key))) return nothing;
    const events = await streamEvents(db, `${kind}/${key}`);
    if (events.length === 0) return nothing;
    const data = await byName(db, (nameOf) =>
      events.map((event) => ({
        position: event.position,
        occurredAt: event.occurredAt,
        recordedAt: event.recordedAt,
        type: event.type,
        by: actorName(event.actor, nameOf),
        sentence: sentenceOf(event, nameOf),
      })),
    );
    return { data };
  },
});
