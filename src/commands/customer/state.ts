import type { z } from 'zod';
import { canonicalJson } from '../../engine/canonical.ts';
import { absent, decider, type Evolve } from '../../engine/decision.ts';
import { type DataOf, isPersonal } from '../../engine/event.ts';
import { erased } from '../../engine/vault.ts';
import {
  type CoOwner,
  type CustomerKind,
  customerEvents,
  customerProfile,
  type Lifecycle,
} from '../../events/customer.ts';

export type Profile = {
  readonly [K in keyof typeof customerProfile]?: z.output<(typeof customerProfile)[K]>;
};

/** Who owned a customer from a business day on, until the day before `to`; still so where `to` is undefined. */
export interface Ownership {
  readonly personId: string;
  readonly coOwners: readonly z.output<typeof CoOwner>[];
  readonly from: string;
  readonly to: string | undefined;
}

interface Outlet {
  readonly code: string;
  readonly openedOn: string;
  readonly closedOn: string | undefined;
}

export interface CustomerState {
  readonly kind: z.output<typeof CustomerKind> | undefined;
  readonly profile: Profile;
  readonly nameKey: string | null;
  readonly taxKey: string | null;
  /** What is recorded of each contact, as canonical text; null when the contact has left. */
  readonly contacts: Readonly<Record<string, string | null>>;
  readonly outlet: Outlet | undefined;
  /** In order of `from`, without gaps in time but those in which nobody owned the customer. */
  readonly ownerships: readonly Ownership[];
  readonly frequency: string | undefined;
  readonly potential: string | undefined;
  readonly feedbackIds: readonly string[];
  readonly lostOn: string | undefined;
  readonly lifecycle: Lifecycle;
  /** When the customer became a new one last, and by which order or opportunity. */
  readonly becameNew: { readonly on: string; readonly by: string | undefined } | undefined;
}

const initialState: CustomerState = {
  kind: undefined,
  profile: {},
  nameKey: null,
  taxKey: null,
  contacts: {},
  outlet: undefined,
  ownerships: [],
  frequency: undefined,
  potential: undefined,
  feedbackIds: [],
  lostOn: undefined,
  lifecycle: 'potential',
  becameNew: undefined,
};

/** The profile fields of an input or an event that are given. */
export const profileIn = (data: Readonly<Record<string, unknown>>): Profile =>
  Object.fromEntries(
    Object.keys(customerProfile)
      .filter((field) => data[field] !== undefined)
      .map((field) => [field, data[field]]),
  );

const withoutPersonal = (profile: Profile): Profile =>
  Object.fromEntries(
    Object.entries(profile).filter(([field]) => !isPersonal(customerProfile[field as keyof Profile])),
  );

/** The ownerships with the last one ended on a day, or gone where it began that day. */
const endedOn = (ownerships: readonly Ownership[], day: string): readonly Ownership[] =>
  ownerships
    .map((held) => (held.to === undefined ? { ...held, to: day } : held))
    .filter(({ from, to }) => from !== to);

type Events = typeof customerEvents;
export const frequencyText = ({
  visits,
  windowDays,
  from,
}: Omit<DataOf<Events['VisitFrequencySet']>, 'customerId'>) => canonicalJson([visits, windowDays, from]);
export const potentialText = ({
  annual,
  method,
  confidence,
}: Pick<DataOf<Events['CustomerPotentialEstimated']>, 'annual' | 'method' | 'confidence'>) =>
  canonicalJson([annual, method, confidence]);
export const contactText = ({
  name,
  role,
  title,
  phone,
  email,
}: Omit<DataOf<Events['ContactRecorded']>, 'customerId' | 'contactId'>) =>
  canonicalJson({ name, role, title, phone, email });
const evolve: Evolve<CustomerState, Events> = {
  CustomerRegistered: (state, data) => ({
    ...state,
    kind: data.kind,
    profile: profileIn(data),
    nameKey: data.nameKey,
    taxKey: data.taxKey,
  }),
  CustomerProfileUpdated: (state, data) => ({
    ...state,
    profile: { ...state.profile, ...profileIn(data) },
    nameKey: data.nameKey,
    taxKey: data.taxKey,
  }),
  ContactRecorded: (state, data) => ({
    ...state,
    contacts: { ...state.contacts, [data.contactId]: contactText(data) },
  }),
  ContactLeft: (state, { contactId }) => ({ ...state, contacts: { ...state.contacts, [contactId]: null } }),
  OutletOpened: (state, { outletCode, openedOn }) => ({
    ...state,
    outlet: { code: outletCode, openedOn, closedOn: undefined },
  }),
  OutletClosed: (state, { on }) => ({ ...state, outlet: state.outlet && { ...state.outlet, closedOn: on } }),
  CustomerOwnerAssigned: (state, { personId, coOwners, from }) => ({
    ...state,
    ownerships: [...endedOn(state.ownerships, from), { personId, coOwners, from, to: undefined }],
  }),
  CustomerReleasedToPool: (state, { on }) => ({ ...state, ownerships: endedOn(state.ownerships, on) }),
  VisitFrequencySet: (state, data) => ({ ...state, frequency: frequencyText(data) }),
  CustomerPotentialEstimated: (state, data) => ({ ...state, potential: potentialText(data) }),
  CustomerFeedbackRecorded: (state, { feedbackId }) => ({
    ...state,
    feedbackIds: [...state.feedbackIds, feedbackId],
  }),
  CustomerLost: (state, { on }) => ({ ...state, lostOn: on }),
  CustomerReactivated: (state) => ({ ...state, lostOn: undefined }),
  CustomerLifecycleAdvanced: (state, { to, on, orderId, opportunityId }) => ({
    ...state,
    lifecycle: to,
    becameNew: to === 'new' ? { on, by: orderId ?? opportunityId } : state.becameNew,
  }),
  CustomerDataErased: (state) => ({
    ...state,
    profile: withoutPersonal(state.profile),
    nameKey: null,
    taxKey: null,
    contacts: Object.fromEntries(
      Object.entries(state.contacts).map(([contactId, text]) => [contactId, text && erased]),
    ),
  }),
};

export const customer = decider({
  stream: 'customer',
  id: ['customerId'],
  events: customerEvents,
  initialState,
  evolve,
});

export const nameClaim = 'customer-name';
export const taxClaim = 'customer-tax-id';

export const isRegistered = ({ kind }: CustomerState): boolean => kind !== undefined;

/** The ownership in force today and until further notice. */
export const currentOwnership = ({ ownerships }: CustomerState): Ownership | undefined =>
  ownerships.findLast(({ to }) => to === undefined);

export const ownershipOn = ({ ownerships }: CustomerState, day: string): Ownership | undefined =>
  ownerships.findLast(({ from, to }) => from <= day && (to === undefined || day < to));

/** The person who owned a customer on a business day; undefined when nobody did. */
export const ownerOn = (state: CustomerState, day: string): string | undefined =>
  ownershipOn(state, day)?.personId;

/** Whose work a customer is: its present owner's. */
export const byOwner = (_: unknown, state: CustomerState): string | undefined =>
  currentOwnership(state)?.personId;

export const customerUnknown = absent('There is no such customer.');
