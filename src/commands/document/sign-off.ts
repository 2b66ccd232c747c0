import { z } from 'zod';
import {
  type Act,
  commandsOn,
  forbidden,
  type Refusal,
  reject,
  type StreamRef,
} from '../../engine/decision.ts';
import { addHours } from '../../engine/instant.ts';
import {
  authorOf,
  chainHashOf,
  DocumentHash,
  DocumentKey,
  dateOf,
  documentEvents,
  documentHash,
  Score,
} from '../../events/document.ts';
import { DocumentKind } from '../../events/organisation.ts';
import { QualityItem } from '../../events/policy.ts';
import { Comment, occurred } from '../../events/values.ts';
import { dailyReport } from '../daily-report/state.ts';
import { delegatedTo, holderOn, peopleAbove, positionsAbove } from '../organisation/authority.ts';
import { type Organisation, organisation } from '../organisation/state.ts';
import { policy, policyOn } from '../policy.ts';
import { visitPlan } from '../visit-plan/state.ts';
import type { DocumentState } from './state.ts';

const { DocumentSignedOff, DocumentReturned, SignOffVoided, SignOffOverdue } = documentEvents;

/** What each kind of document asks of whoever signs it. */
const kinds = {
  'visit-plan': { decider: visitPlan, policyKey: 'visit-planning', commentRequired: false, scored: false },
  'daily-report': { decider: dailyReport, policyKey: 'daily-report', commentRequired: true, scored: true },
} as const;

const onDocument = commandsOn(
  ['kind', 'key'],
  ({ kind, key }): StreamRef<{ readonly document: DocumentState }> =>
    kinds[kind as DocumentKind].decider.ref(authorOf(key), dateOf(key)),
);

interface Standing {
  readonly signerId: string;
  readonly onBehalfOf: string | undefined;
}

/** In whose place somebody may sign what an author wrote: their own, or that of whoever delegated it to them. */
function standing(
  state: Organisation,
  { actor, today }: Pick<Act, 'actor' | 'today'>,
  kind: DocumentKind,
  authorId: string,
): Standing | Refusal<'selfSignOff' | 'outsideLine'> {
  const signerId = actor.personId;
  if (signerId === undefined) return reject('outsideLine');
  if (signerId === authorId) return reject('selfSignOff');
  if (peopleAbove(state, authorId, today).includes(signerId)) return { signerId, onBehalfOf: undefined };
  const line = positionsAbove(state, authorId, today);
  const delegated = delegatedTo(state, signerId, kind, today).find((positionId) => line.includes(positionId));
  if (delegated === undefined) return reject('outsideLine');
  return { signerId, onBehalfOf: holderOn(state, delegated, today) };
}

const isRefused = <R extends string>(result: object | Refusal<R>): result is Refusal<R> =>
  'rejected' in result;

const lineRejects = {
  selfSignOff: forbidden('Nobody signs what they wrote themselves.'),
  outsideLine: forbidden('Only somebody in the author’s upward line, or with a delegation, may do this.'),
};
const versionRejects = {
  notSubmitted: 'The document is not submitted.',
  staleDocument: 'The document has changed; read it again.',
};
const noComment = reject('commentMissing', [{ pointer: '/comment', detail: 'Comment on the report.' }]);

type PerItem = Record<z.output<typeof QualityItem>, number>;

/** The weighted scores in basis points, exact but for the last division. */
export const totalBpOf = (weights: PerItem, scores: PerItem): number =>
  Math.floor(QualityItem.options.reduce((sum, item) => sum + weights[item] * scores[item], 0) / 4);

/** The subject is left open: the decision knows the line and the delegations, which no scope covers. */
const nobody = () => undefined;

export const signOff = onDocument({
  name: 'SignOff',
  summary: 'Sign exactly the version of a document that was read. A daily report needs a comment and scores.',
  permission: 'document:sign',
  path: '/documents/:kind/:key/sign-off',
  input: {
    kind: DocumentKind,
    key: DocumentKey,
    docHash: DocumentHash,
    comment: Comment.optional(),
    scores: z.partialRecord(QualityItem, Score).optional().describe('The score of each item of the rubric.'),
    ...occurred,
  },
  emits: ['DocumentSignedOff'],
  rejects: {
    ...lineRejects,
    ...versionRejects,
    commentMissing: 'A report is signed with a comment.',
    scoresMissing: 'A report is signed with a score for every item.',
  },
  subject: nobody,
  reads: () => ({ organisation: organisation.ref(), policy: policy.ref() }),
  decide: ({ document }, { kind, key, docHash, comment, scores }, { reads, ...act }) => {
    const authorId = authorOf(key);
    const date = dateOf(key);
    const rule = kinds[kind];
    const signer = standing(reads.organisation, act, kind, authorId);
    if (isRefused(signer)) return signer;
    const current = documentHash(document.contentHashes);
    if (document.status === 'signed' && docHash === current) return [];
    if (document.status !== 'submitted') return reject('notSubmitted');
    if (docHash !== current) {
      return reject('staleDocument', [{ pointer: '/docHash', detail: 'This is not the present version.' }]);
    }
    if (rule.commentRequired && !comment) return noComment;
    const missing = QualityItem.options.filter((item) => scores?.[item] === undefined);
    if (missing.length > 0 && (rule.scored || scores)) {
      return reject(
        'scoresMissing',
        missing.map((item) => ({ pointer: `/scores/${item}`, detail: 'Give a score from 0 to 4.' })),
      );
    }
    const { rubricVersion, weights } = policyOn(reads.policy, 'quality-rubric', date);
    const given = scores as PerItem | undefined;
    const signature = {
      previous: document.chainHash,
      docHash,
      docVersion: document.docVersion,
      ...signer,
      comment,
      quality: given && { rubricVersion, scores: given, totalBp: totalBpOf(weights, given) },
    };
    return [DocumentSignedOff({ authorId, date, ...signature, chainHash: chainHashOf(signature) })];
  },
});

export const returnDocument = onDocument({
  name: 'Return',
  summary: 'Send a submitted document back to its author with a comment.',
  permission: 'document:sign',
  path: '/documents/:kind/:key/return',
  input: {
    kind: DocumentKind,
    key: DocumentKey,
    docHash: DocumentHash,
    comment: Comment,
    issues: z.array(Comment).max(20).default([]),
    ...occurred,
  },
  emits: ['DocumentReturned'],
  rejects: { ...lineRejects, ...versionRejects },
  subject: nobody,
  reads: () => ({ organisation: organisation.ref() }),
  decide: ({ document }, { kind, key, docHash, comment, issues }, { reads, ...act }) => {
    const authorId = authorOf(key);
    const signer = standing(reads.organisation, act, kind, authorId);
    if (isRefused(signer)) return signer;
    const current = documentHash(document.contentHashes);
    if (document.status === 'returned' && docHash === current) return [];
    if (document.status !== 'submitted') return reject('notSubmitted');
    if (docHash !== current) return reject('staleDocument');
    const { docVersion } = document;
    const { signerId } = signer;
    return [
      DocumentReturned({ authorId, date: dateOf(key), docVersion, docHash, signerId, comment, issues }),
    ];
  },
});

export const voidSignOff = onDocument({
  name: 'VoidSignOff',
  summary: 'Take the signature in force off a document; both stay in its history.',
  permission: 'document:void',
  path: '/documents/:kind/:key/void-sign-off',
  input: { kind: DocumentKind, key: DocumentKey, reason: Comment, ...occurred },
  emits: ['SignOffVoided'],
  rejects: {
    notSigned: 'The document is not signed.',
    selfSignOff: lineRejects.selfSignOff,
    ownSignOff: forbidden('Nobody voids their own signature.'),
    outsideLine: forbidden('Only somebody above the author or the signer may do this.'),
  },
  subject: ({ key }) => authorOf(key),
  reads: () => ({ organisation: organisation.ref(), policy: policy.ref() }),
  decide: ({ document }, { kind, key, reason }, { reads, actor, today, occurredAt }) => {
    const authorId = authorOf(key);
    const { chainHash, docVersion, signerId } = document;
    const voidedBy = actor.personId;
    const isAbove = (personId: string) =>
      voidedBy !== undefined && peopleAbove(reads.organisation, personId, today).includes(voidedBy);
    if (voidedBy === authorId) return reject('selfSignOff');
    if (document.status === 'submitted' && chainHash !== null) return [];
    if (document.status !== 'signed' || chainHash === null || signerId === undefined)
      return reject('notSigned');
    if (voidedBy === signerId) return reject('ownSignOff');
    if (voidedBy === undefined || !(isAbove(authorId) || isAbove(signerId))) return reject('outsideLine');
    const date = dateOf(key);
    const { signOffHours } = policyOn(reads.policy, kinds[kind].policyKey, date);
    const signOffDueAt = addHours(occurredAt, signOffHours);
    return [SignOffVoided({ authorId, date, docVersion, chainHash, voidedBy, reason, signOffDueAt })];
  },
});

export const markSignOffOverdue = onDocument({
  name: 'MarkSignOffOverdue',
  summary: 'Note that a submitted document was not signed in time, and by whom it could have been.',
  permission: 'system:act',
  path: '/documents/:kind/:key/mark-sign-off-overdue',
  input: { kind: DocumentKind, key: DocumentKey, ...occurred },
  emits: ['SignOffOverdue'],
  rejects: {},
  subject: ({ key }) => authorOf(key),
  reads: () => ({ organisation: organisation.ref() }),
  decide: ({ document }, { key }, { reads, occurredAt, today }) => {
    const { status, signOffDueAt, docVersion } = document;
    if (status !== 'submitted' || signOffDueAt === undefined || occurredAt < signOffDueAt) return [];
    const authorId = authorOf(key);
    const signerIds = [...peopleAbove(reads.organisation, authorId, today)];
    return [SignOffOverdue({ authorId, date: dateOf(key), docVersion, dueAt: signOffDueAt, signerIds })];
  },
});
