import { type Act, decider, type Elsewhere, type Evolve, type StreamRef, to } from '../engine/decision.ts';
import { claimEvents } from '../events/claim.ts';

const { Claimed, Released } = claimEvents;

export interface ClaimState {
  readonly holder: string | undefined;
}

const initialState: ClaimState = { holder: undefined };

const evolve: Evolve<ClaimState, typeof claimEvents> = {
  Claimed: (_, { holder }) => ({ holder }),
  Released: () => ({ holder: undefined }),
};

/** What only one may hold at a time: a SKU, an outlet code, a person's open visit. */
export const claim = decider({
  stream: 'claim',
  id: ['kind', 'key'],
  events: claimEvents,
  initialState,
  evolve,
});

const normalised = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

/**
 * The key under which texts are claimed; letter case, blanks around and runs of blanks do not count. Without the secret
 * of the tenant nobody can tell which text a key is of, or whether claims of two kinds are of the same text.
 */
export const claimKey = (
  { digest }: Pick<Act, 'digest'>,
  kind: string,
  ...texts: readonly string[]
): string => digest(kind, ...texts.map(normalised)).slice(0, 32);

export const isHeldByOther = (state: ClaimState | undefined, holder: string): boolean =>
  state?.holder !== undefined && state.holder !== holder;

export const claimed = (kind: string, key: string, holder: string): Elsewhere<'Claimed'> =>
  to(claim.ref(kind, key), Claimed({ kind, key, holder }));

export const released = (kind: string, key: string, holder: string): Elsewhere<'Released'> =>
  to(claim.ref(kind, key), Released({ kind, key, holder }));

/** Gives back what a holder claimed; nothing where there is no key. */
export const releaseClaim = (
  kind: string,
  holder: string,
  key: string | null,
): readonly Elsewhere<'Released'>[] => (key === null ? [] : [released(kind, key, holder)]);

/** Moves a holder's claim from one key to another; nothing where it stays. */
export const moveClaim = (
  kind: string,
  holder: string,
  from: string | null,
  next: string | null,
): readonly Elsewhere<'Claimed' | 'Released'>[] =>
  from === next
    ? []
    : [...releaseClaim(kind, holder, from), ...(next === null ? [] : [claimed(kind, next, holder)])];

/** The streams of some keys, each once: what a command names in `reads` before it moves a claim. */
export const claimRefs = (
  kind: string,
  ...keys: readonly (string | null)[]
): readonly StreamRef<ClaimState>[] =>
  [...new Set(keys)].filter((key) => key !== null).map((key) => claim.ref(kind, key));
