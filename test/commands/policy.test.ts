import { describe, expect, test } from 'vitest';
import {
  acknowledgePolicy,
  adoptPolicy,
  policy,
  policyOn,
  policyVersionOn,
} from '../../src/commands/policy.ts';
import { canonicalJson, sha256 } from '../../src/engine/canonical.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { given, idOf } from '../support/given.ts';

const { PolicyAcknowledged, PolicyAdopted } = policyEvents;

const policyKey = 'daily-activity';
const document = { visitsPerDay: 8, callsPerDay: 10 };
const adopted = (policyVersion: number, effectiveFrom: string, says = document, retroactive = false) =>
  PolicyAdopted({
    policyKey,
    policyVersion,
    effectiveFrom,
    retroactive,
    document: says,
    docHash: sha256(canonicalJson(says)),
  });

describe('AdoptPolicy', () => {
  const input = { policyKey, effectiveFrom: '2026-03-02', document: { visitsPerDay: 8 } };
  test('adopts the first version, with the defaults of what it leaves out', () => {
    given().when(adoptPolicy, input).thenEmits(adopted(1, '2026-03-02'));
  });
  test('adopts the next version', () => {
    given(adopted(1, '2026-01-01')).when(adoptPolicy, input).thenEmits(adopted(2, '2026-03-02'));
  });
  test('says nothing twice', () => {
    given(adopted(1, '2026-03-02')).when(adoptPolicy, input).thenNothing();
  });
  test('takes effect before today only where it is marked retroactive', () => {
    const past = { ...input, effectiveFrom: '2026-03-01' };
    given().when(adoptPolicy, past).thenRejects('effectiveInPast');
    given()
      .when(adoptPolicy, { ...past, retroactive: true })
      .thenEmits(adopted(1, '2026-03-01', document, true));
  });
  test('refuses a document of another shape and says where', () => {
    const verdict = given().when(adoptPolicy, { ...input, document: { visitsPerDay: -1, visitPerDay: 3 } });
    verdict.thenRejects('documentInvalid');
    const { errors } = verdict.decision as { readonly errors: readonly { readonly pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/document/visitsPerDay', '/document/visitPerDay']);
  });
});

describe('The policy of a day', () => {
  const after = (...events: readonly ReturnType<typeof adopted>[]) =>
    events.reduce(
      (state, { data }) => policy.evolve['PolicyAdopted']!(state as never, data as never, {} as never),
      policy.initialState(),
    );
  const state = after(
    adopted(1, '2026-03-01'),
    adopted(2, '2026-06-01', { visitsPerDay: 9, callsPerDay: 10 }),
  );
  test('is the default before the first version', () => {
    expect(policyOn(state, policyKey, '2026-02-28').visitsPerDay).toBe(5);
    expect(policyVersionOn(state, policyKey, '2026-02-28')).toBe(0);
  });
  test('is the last version in effect', () => {
    expect(policyOn(state, policyKey, '2026-05-31').visitsPerDay).toBe(8);
    expect(policyVersionOn(state, policyKey, '2026-06-01')).toBe(2);
  });
});

describe('AcknowledgePolicy', () => {
  const input = { policyKey, policyVersion: 1, personId: idOf('ann') };
  const acknowledged = PolicyAcknowledged({ policyKey, policyVersion: 1, personId: idOf('ann') });
  test('acknowledges a version', () => {
    given(adopted(1, '2026-03-01')).when(acknowledgePolicy, input).thenEmits(acknowledged);
  });
  test('says nothing twice', () => {
    given(adopted(1, '2026-03-01'), acknowledged).when(acknowledgePolicy, input).thenNothing();
  });
  test('refuses a version that was not adopted', () => {
    given().when(acknowledgePolicy, input).thenRejects('policyVersionAbsent');
  });
});
