import type { Act, Envelope, Evolve } from '../../engine/decision.ts';
import { bodyHash } from '../../engine/log.ts';
import type { documentEvents } from '../../events/document.ts';

/** Where a signed document stands. Every kind of document keeps one of these in its state. */
export interface DocumentState {
  readonly status: 'draft' | 'submitted' | 'signed' | 'returned';
  /** Number of the last submitted version. */
  readonly docVersion: number;
  /** Body hashes of the content events so far, in order. */
  readonly contentHashes: readonly string[];
  /** When the signature on the submitted version is due. */
  readonly signOffDueAt: string | undefined;
  /** Chain hash of the last signature, in force or voided. */
  readonly chainHash: string | null;
  /** Who signed last, if that signature is in force. */
  readonly signerId: string | undefined;
}

export const blankDocument: DocumentState = {
  status: 'draft',
  docVersion: 0,
  contentHashes: [],
  signOffDueAt: undefined,
  chainHash: null,
  signerId: undefined,
};

/** Adds a content event; a document that was signed or submitted is a draft again until it is submitted anew. */
export const withContent = (document: DocumentState, data: unknown, event: Envelope): DocumentState => ({
  ...document,
  status: 'draft',
  contentHashes: [...document.contentHashes, bodyHash({ ...event, data })],
  signerId: undefined,
});

/** The part of `evolve` that is the same for every kind of document. */
export const documentEvolve = <S extends { readonly document: DocumentState }>(): Evolve<
  S,
  typeof documentEvents
> => {
  const change = (state: S, changes: Partial<DocumentState>): S => ({
    ...state,
    document: { ...state.document, ...changes },
  });
  return {
    DocumentSubmitted: (state, { docVersion, signOffDueAt }) =>
      change(state, { status: 'submitted', docVersion, signOffDueAt }),
    DocumentSignedOff: (state, { chainHash, signerId }) =>
      change(state, { status: 'signed', chainHash, signerId }),
    DocumentReturned: (state) => change(state, { status: 'returned' }),
    SignOffVoided: (state, { signOffDueAt }) =>
      change(state, { status: 'submitted', signerId: undefined, signOffDueAt }),
    SignOffOverdue: (state) => change(state, { signOffDueAt: undefined }),
  };
};

/** When a document was handed in: by our clock where a person did it, so that nobody dates lateness away. */
export const handedInAt = ({ actor, now, occurredAt }: Pick<Act, 'actor' | 'now' | 'occurredAt'>): string =>
  actor.kind === 'person' ? now : occurredAt;
