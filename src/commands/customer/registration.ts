import { canonicalJson } from '../../engine/canonical.ts';
import { type Act, reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { CustomerKind, customerEvents, customerProfile } from '../../events/customer.ts';
import { ChannelId, Comment, CustomerId, Line, occurred, PersonId, RegionId } from '../../events/values.ts';
import { claimed, claimKey, claimRefs, isHeldByOther, moveClaim } from '../claim.ts';
import { rolesOn } from '../organisation/authority.ts';
import { type Organisation, organisation } from '../organisation/state.ts';
import {
  byOwner,
  type CustomerState,
  customer,
  customerUnknown,
  isRegistered,
  nameClaim,
  type Profile,
  profileIn,
  taxClaim,
} from './state.ts';

const { CustomerRegistered, CustomerProfileUpdated, CustomerOwnerAssigned } = customerEvents;

const regionUnknown = unknown('There is no such region, or it is retired.');
const channelUnknown = unknown('There is no such channel, or it is retired.');

/** What makes two customers the same at first sight: name and city, without punctuation. */
const nameKeyOf = (act: Act, name: string, city: string | undefined): string =>
  claimKey(act, nameClaim, ...[name, city ?? ''].map((text) => text.replace(/[^\p{L}\p{N}]+/gu, ' ')));

const taxKeyOf = (act: Act, taxId: string): string =>
  claimKey(act, taxClaim, taxId.replace(/[^\p{L}\p{N}]+/gu, ''));

/** The keys that a customer claims once its profile is changed so; what was erased has none. */
const keysAfter = (act: Act, state: CustomerState, changes: Profile) => {
  const { name, city, taxId } = { ...state.profile, ...profileIn(changes) };
  return {
    nameKey: name === undefined ? state.nameKey : nameKeyOf(act, name, city),
    taxKey: taxId === undefined ? state.taxKey : taxKeyOf(act, taxId),
  };
};

type Named = Organisation['regions'];
const isUsable = (named: Named, id: string | undefined): boolean =>
  id === undefined || named.get(id)?.retired === false;

const heldBy = (pointer: string, holder: string | undefined) => [
  { pointer, detail: `The customer ${holder} has it.` },
];

export const registerCustomer = customer.command({
  name: 'RegisterCustomer',
  summary: 'Register a customer, and who owns it from today on.',
  permission: 'customer:write',
  path: '/customers',
  input: {
    customerId: generated(CustomerId),
    ...customerProfile,
    name: customerProfile.name.unwrap(),
    kind: CustomerKind,
    regionId: RegionId,
    channelId: ChannelId,
    segment: Line.describe('Segment of the market.'),
    source: Line.describe('How we came to know the customer.'),
    ownerId: PersonId.optional().describe('Who owns the customer; nobody when left out.'),
    ...occurred,
  },
  emits: ['CustomerRegistered', 'CustomerOwnerAssigned', 'Claimed'],
  rejects: {
    customerKnown: 'A customer with this tax number, or of this name in this city, is registered already.',
    regionUnknown,
    channelUnknown,
    personUnknown: unknown('Nobody of this id is employed on that day.'),
  },
  subject: ({ ownerId }) => ownerId,
  reads: ({ name, city, taxId }, _, act) => ({
    organisation: organisation.ref(),
    names: claimRefs(nameClaim, nameKeyOf(act, name, city)),
    taxIds: claimRefs(taxClaim, taxId ? taxKeyOf(act, taxId) : null),
  }),
  decide: (state, input, context) => {
    const { reads, today } = context;
    const { ownerId, occurredAt: _, ...profile } = input;
    const { customerId } = profile;
    const nameKey = nameKeyOf(context, profile.name, profile.city);
    const taxKey = profile.taxId ? taxKeyOf(context, profile.taxId) : null;
    if (state.nameKey === nameKey && state.taxKey === taxKey) return [];
    if (isRegistered(state)) return reject('customerKnown', heldBy('/customerId', customerId));
    if (isHeldByOther(reads.taxIds[0], customerId))
      return reject('customerKnown', heldBy('/taxId', reads.taxIds[0]?.holder));
    if (isHeldByOther(reads.names[0], customerId))
      return reject('customerKnown', heldBy('/name', reads.names[0]?.holder));
    if (!isUsable(reads.organisation.regions, profile.regionId)) return reject('regionUnknown');
    if (!isUsable(reads.organisation.channels, profile.channelId)) return reject('channelUnknown');
    if (ownerId && rolesOn(reads.organisation, ownerId, today).length === 0) return reject('personUnknown');
    const owned = { customerId, shareBp: 10_000, coOwners: [], from: today, replaces: null };
    return [
      CustomerRegistered({ ...profile, registeredOn: today, nameKey, taxKey }),
      ...(ownerId ? [CustomerOwnerAssigned({ ...owned, personId: ownerId, reason: 'initial' })] : []),
      claimed(nameClaim, nameKey, customerId),
      ...(taxKey ? [claimed(taxClaim, taxKey, customerId)] : []),
    ];
  },
});

export const enrichCustomer = customer.command({
  name: 'EnrichCustomer',
  summary: 'Add to what is known about a customer, or correct it.',
  permission: 'customer:write',
  path: '/customers/:customerId/enrich',
  input: {
    customerId: CustomerId,
    ...customerProfile,
    evidence: Comment.optional().describe('Where this is known from.'),
    ...occurred,
  },
  emits: ['CustomerProfileUpdated', 'Claimed', 'Released'],
  rejects: {
    customerUnknown,
    customerKnown: 'Another customer has this tax number, or this name in this city.',
    regionUnknown,
    channelUnknown,
  },
  subject: byOwner,
  reads: (input, own, act) => {
    const { nameKey, taxKey } = keysAfter(act, own, input);
    return {
      organisation: organisation.ref(),
      names: claimRefs(nameClaim, own.nameKey, nameKey),
      taxIds: claimRefs(taxClaim, own.taxKey, taxKey),
    };
  },
  decide: (state, input, context) => {
    const { reads } = context;
    const { customerId, evidence, ...fields } = input;
    const changes = profileIn(fields);
    const { nameKey, taxKey } = keysAfter(context, state, input);
    if (!isRegistered(state)) return reject('customerUnknown');
    if (canonicalJson({ ...state.profile, ...changes }) === canonicalJson(state.profile)) return [];
    if (isHeldByOther(reads.taxIds.at(-1), customerId))
      return reject('customerKnown', heldBy('/taxId', reads.taxIds.at(-1)?.holder));
    if (isHeldByOther(reads.names.at(-1), customerId))
      return reject('customerKnown', heldBy('/name', reads.names.at(-1)?.holder));
    if (!isUsable(reads.organisation.regions, changes.regionId)) return reject('regionUnknown');
    if (!isUsable(reads.organisation.channels, changes.channelId)) return reject('channelUnknown');
    return [
      CustomerProfileUpdated({ customerId, ...changes, evidence, nameKey, taxKey }),
      ...moveClaim(nameClaim, customerId, state.nameKey, nameKey),
      ...moveClaim(taxClaim, customerId, state.taxKey, taxKey),
    ];
  },
});
