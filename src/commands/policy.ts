import { decider, type Evolve } from '../engine/decision.ts';
import { type PolicyDocument, type PolicyKey, policyEvents, policySchema } from '../events/policy.ts';

interface Adopted {
  readonly policyVersion: number;
  readonly effectiveFrom: string;
  readonly document: unknown;
}

/** Owned by the engine: `evolve` changes it in place. */
export interface Policy {
  readonly adopted: Map<PolicyKey, Adopted[]>;
  readonly acknowledged: Set<string>;
}

const initialState = (): Policy => ({ adopted: new Map(), acknowledged: new Set() });

const evolve: Evolve<Policy, typeof policyEvents> = {
  PolicyAdopted: (state, { policyKey, policyVersion, effectiveFrom, document }) => {
    const versions = state.adopted.get(policyKey) ?? [];
    versions.push({ policyVersion, effectiveFrom, document: policySchema(policyKey).parse(document) });
    state.adopted.set(policyKey, versions);
    return state;
  },
  PolicyAcknowledged: (state, { policyKey, policyVersion, personId }) => {
    state.acknowledged.add(`${policyKey} ${policyVersion} ${personId}`);
    return state;
  },
};

export const policy = decider({
  stream: 'policy',
  id: [],
  events: policyEvents,
  initialState,
  evolve,
  reference: true,
});

const defaults = new Map<PolicyKey, unknown>();

/** The policy in force on a business day; the defaults where none was adopted. Version 0 is the default. */
export function policyOn<K extends PolicyKey>(state: Policy, key: K, day: string): PolicyDocument<K> {
  const adopted = state.adopted.get(key)?.findLast(({ effectiveFrom }) => effectiveFrom <= day);
  if (adopted) return adopted.document as PolicyDocument<K>;
  if (!defaults.has(key)) defaults.set(key, policySchema(key).parse({}));
  return defaults.get(key) as PolicyDocument<K>;
}

export const policyVersionOn = (state: Policy, key: PolicyKey, day: string): number =>
  state.adopted.get(key)?.findLast(({ effectiveFrom }) => effectiveFrom <= day)?.policyVersion ?? 0;
