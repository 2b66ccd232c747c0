import { z } from 'zod';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import {
  authorOf,
  chainHashOf,
  DocumentHash,
  DocumentKey,
  dateOf,
  documentEvents,
  Quality,
  type SignatureLink,
} from '../events/document.ts';
import { DocumentKind } from '../events/organisation.ts';
import { Instant, LocalDate, PersonId } from '../events/values.ts';
import { isVisible } from './visible.ts';

const byChainHash = ({ data }: { readonly data: { readonly chainHash: string } }) => ({
  chainHash: data.chainHash,
});

/** The signatures on documents, each linked to the one before it. */
export const signature = readModel({
  name: 'sign_off',
  version: 1,
  summary: 'The signatures on documents, each linked to the one before it on the same document.',
  key: ['chainHash'],
  indexes: [
    ['authorId', 'date'],
    ['signerId', 'signedAt'],
  ],
  row: {
    chainHash: DocumentHash.describe('Hash over the signature and the one before it.'),
    previous: DocumentHash.nullable().describe('Chain hash of the signature before; null for the first.'),
    kind: DocumentKind,
    authorId: PersonId.describe('Who wrote the document.'),
    date: LocalDate,
    position: z.bigint().describe('Where the signature stands in the log.'),
    docVersion: z.int().describe('The version that was signed.'),
    docHash: DocumentHash,
    signerId: PersonId.describe('Who signed.'),
    onBehalfOf: PersonId.nullable().describe('In whose place it was signed.'),
    comment: z.string().nullable().describe('What the signer said.'),
    quality: Quality.nullable().describe('The signer’s scores.'),
    signedAt: Instant.describe('When it was signed.'),
    voidedAt: Instant.nullable().describe('When the signature was voided; null while it holds.'),
    voidedBy: PersonId.nullable().describe('Who voided it.'),
    voidReason: z.string().nullable().describe('Why it was voided.'),
  },
  of: documentEvents,
  on: {
    DocumentSignedOff: {
      key: byChainHash,
      row: (_, { stream, position, data, occurredAt }) => ({
        chainHash: data.chainHash,
        previous: data.previous,
        kind: stream.split('/')[0] as DocumentKind,
        authorId: data.authorId,
        date: data.date,
        position: BigInt(position),
        docVersion: data.docVersion,
        docHash: data.docHash,
        signerId: data.signerId,
        onBehalfOf: data.onBehalfOf ?? null,
        comment: data.comment ?? null,
        quality: data.quality ?? null,
        signedAt: occurredAt,
        voidedAt: null,
        voidedBy: null,
        voidReason: null,
      }),
    },
    SignOffVoided: {
      key: byChainHash,
      change: (row, { data, occurredAt }) => ({
        ...row,
        voidedAt: occurredAt,
        voidedBy: data.voidedBy,
        voidReason: data.reason,
      }),
    },
  },
});

/** Whether each signature has the hash of what it says, and follows the one before it. */
export const verified = <L extends SignatureLink & { readonly chainHash: string }>(
  chain: readonly L[],
): readonly (L & { readonly verified: boolean })[] =>
  chain.map((link, index) => ({
    ...link,
    verified: link.previous === (chain[index - 1]?.chainHash ?? null) && chainHashOf(link) === link.chainHash,
  }));

export const getSignOffChain = query({
  name: 'GetSignOffChain',
  summary: 'Get the signatures on a document in order, and whether each link of the chain verifies.',
  permission: 'document:read',
  path: '/documents/:kind/:key/sign-offs',
  input: { kind: DocumentKind, key: DocumentKey },
  output: z.object({
    verified: z.boolean().describe('Whether every link verifies.'),
    data: z.array(
      signature.row.extend({
        verified: z.boolean().describe('Whether its hash is right and it follows the one before.'),
      }),
    ),
  }),
  reads: [signature],
  answer: async (db, { kind, key }, asker) => {
    const authorId = authorOf(key);
    const date = dateOf(key);
    if (!isVisible(asker, authorId, date)) return nothing;
    const chain = await db
      .selectFrom('sign_off')
      .selectAll()
      .where('kind', '=', kind)
      .where('authorId', '=', authorId)
      .where('date', '=', date)
      .orderBy('position')
      .execute();
    const data = [...verified(chain)];
    return { verified: data.every((link) => link.verified), data };
  },
});
