import { z } from 'zod';
import { canonicalJson, sha256 } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import { inputErrors } from '../engine/input.ts';
import { type PolicyDocument, PolicyKey, policyEvents, policySchema } from '../events/policy.ts';
import { LocalDate, occurred, PersonId } from '../events/values.ts';

const { PolicyAdopted, PolicyAcknowledged } = policyEvents;

interface Adopted {
  readonly policyVersion: number;
  readonly effectiveFrom: string;
  readonly docHash: string;
  readonly document: unknown;
}

/** Owned by the engine: `evolve` changes it in place. */
export interface Policy {
  readonly adopted: Map<PolicyKey, Adopted[]>;
  readonly acknowledged: Set<string>;
}

const initialState = (): Policy => ({ adopted: new Map(), acknowledged: new Set() });

const acknowledgement = (policyKey: PolicyKey, policyVersion: number, personId: string): string =>
  `${policyKey} ${policyVersion} ${personId}`;

const evolve: Evolve<Policy, typeof policyEvents> = {
  PolicyAdopted: (state, { policyKey, policyVersion, effectiveFrom, document, docHash }) => {
    const versions = state.adopted.get(policyKey) ?? [];
    versions.push({
      policyVersion,
      effectiveFrom,
      docHash,
      document: policySchema(policyKey).parse(document),
    });
    state.adopted.set(policyKey, versions);
    return state;
  },
  PolicyAcknowledged: (state, { policyKey, policyVersion, personId }) => {
    state.acknowledged.add(acknowledgement(policyKey, policyVersion, personId));
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

export const adoptPolicy = policy.command({
  name: 'AdoptPolicy',
  summary: 'Adopt a new version of a policy from a day on; what the document leaves out has its default.',
  permission: 'policy:write',
  path: '/policies/:policyKey/adopt',
  input: {
    policyKey: PolicyKey,
    effectiveFrom: LocalDate,
    retroactive: z.boolean().default(false).describe('Whether it may take effect before today.'),
    document: z.record(z.string(), z.unknown()).describe('What the policy says, in the shape of its key.'),
    ...occurred,
  },
  emits: ['PolicyAdopted'],
  rejects: {
    documentInvalid: unknown('The document does not have the shape of this policy.'),
    effectiveInPast: 'A policy takes effect today or later unless it is marked retroactive.',
  },
  decide: ({ adopted }, { policyKey, effectiveFrom, retroactive, document }, { today }) => {
    const schema = policySchema(policyKey);
    const parsed = schema.safeParse(document);
    if (!parsed.success) {
      const errors = inputErrors(parsed.error, Object.keys(schema.shape));
      return reject(
        'documentInvalid',
        errors.map(({ pointer, detail }) => ({ pointer: `/document${pointer}`, detail })),
      );
    }
    const docHash = sha256(canonicalJson(parsed.data));
    const last = adopted.get(policyKey)?.at(-1);
    if (last?.docHash === docHash && last.effectiveFrom === effectiveFrom) return [];
    if (effectiveFrom < today && !retroactive) {
      return reject('effectiveInPast', [{ pointer: '/effectiveFrom', detail: 'This day is past.' }]);
    }
    return [
      PolicyAdopted(
        {
          policyKey,
          policyVersion: (last?.policyVersion ?? 0) + 1,
          effectiveFrom,
          retroactive,
          document: parsed.data,
          docHash,
        },
        { effectiveOn: effectiveFrom },
      ),
    ];
  },
});

export const acknowledgePolicy = policy.command({
  name: 'AcknowledgePolicy',
  summary: 'Say that one knows a version of a policy.',
  permission: 'policy:acknowledge',
  path: '/policies/:policyKey/acknowledge',
  input: { policyKey: PolicyKey, policyVersion: z.int().min(1), personId: PersonId, ...occurred },
  emits: ['PolicyAcknowledged'],
  rejects: { policyVersionAbsent: absent('No such version of the policy was adopted.') },
  decide: ({ adopted, acknowledged }, { policyKey, policyVersion, personId }) => {
    if (acknowledged.has(acknowledgement(policyKey, policyVersion, personId))) return [];
    if (!adopted.get(policyKey)?.some((version) => version.policyVersion === policyVersion)) {
      return reject('policyVersionAbsent');
    }
    return [PolicyAcknowledged({ policyKey, policyVersion, personId })];
  },
});
