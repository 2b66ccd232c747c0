import { z } from 'zod';
import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { generated } from '../engine/input.ts';
import { DealerTerms, dealerEvents } from '../events/dealer.ts';
import { ChannelId, Comment, CustomerId, DealerId, LocalDate, RegionId } from '../events/values.ts';
import { claimed, claimRefs, isHeldByOther, released } from './claim.ts';
import { customer } from './customer/state.ts';
import { organisation } from './organisation/state.ts';

const { DealerAppointed, DealerTermsSet, DealerAppointmentEnded } = dealerEvents;

type Appointment = DataOf<typeof DealerAppointed>;

export interface DealerState {
  readonly appointment: Appointment | undefined;
  readonly terms: DataOf<typeof DealerTermsSet> | undefined;
  readonly endedOn: string | undefined;
}

const initialState: DealerState = { appointment: undefined, terms: undefined, endedOn: undefined };

const evolve: Evolve<DealerState, typeof dealerEvents> = {
  DealerAppointed: (state, appointment) => ({ ...state, appointment }),
  DealerTermsSet: (state, terms) => ({ ...state, terms }),
  DealerAppointmentEnded: (state, { on }) => ({ ...state, endedOn: on }),
};

export const dealer = decider({
  stream: 'dealer',
  id: ['dealerId'],
  events: dealerEvents,
  initialState,
  evolve,
});

/** Whether a dealer is appointed on a business day. */
export const isAppointed = ({ appointment, endedOn }: DealerState, day: string): boolean =>
  appointment !== undefined && appointment.from <= day && (endedOn === undefined || day < endedOn);

/** A customer holds one appointment at a time. */
const appointmentClaim = 'dealer';
const nobody = () => undefined;
const dealerUnknown = absent('There is no such dealer.');
const dealerEnded = 'The appointment has ended.';

const isSame = (a: Omit<Appointment, 'dealerId'>, b: Omit<Appointment, 'dealerId'>): boolean =>
  canonicalJson([a.customerId, a.regionIds, a.channelIds, a.from]) ===
  canonicalJson([b.customerId, b.regionIds, b.channelIds, b.from]);

export const appointDealer = dealer.command({
  name: 'AppointDealer',
  summary: 'Appoint a customer a dealer for regions and channels, from a day on.',
  permission: 'dealer:write',
  path: '/dealers',
  input: {
    dealerId: generated(DealerId),
    customerId: CustomerId,
    regionIds: z.array(RegionId).max(100).default([]).describe('Where; everywhere when left out.'),
    channelIds: z
      .array(ChannelId)
      .max(100)
      .default([])
      .describe('Through which channels; all when left out.'),
    from: LocalDate,
  },
  emits: ['DealerAppointed', 'Claimed'],
  rejects: {
    dealerKnown: 'Another appointment of this id, or of this customer, stands already.',
    customerNotDealer: unknown('There is no such customer of the kind dealer.'),
    regionUnknown: unknown('There is no such region.'),
    channelUnknown: unknown('There is no such channel.'),
  },
  subject: nobody,
  reads: ({ customerId }) => ({
    organisation: organisation.ref(),
    customer: customer.ref(customerId),
    appointments: claimRefs(appointmentClaim, customerId),
  }),
  decide: ({ appointment }, input, { reads }) => {
    const { dealerId, customerId, regionIds, channelIds, from } = input;
    if (appointment) return isSame(appointment, input) ? [] : reject('dealerKnown');
    if (reads.customer.kind !== 'dealer') return reject('customerNotDealer');
    if (isHeldByOther(reads.appointments[0], dealerId)) return reject('dealerKnown');
    if (regionIds.some((id) => !reads.organisation.regions.has(id))) return reject('regionUnknown');
    if (channelIds.some((id) => !reads.organisation.channels.has(id))) return reject('channelUnknown');
    return [DealerAppointed(input, { effectiveOn: from }), claimed(appointmentClaim, customerId, dealerId)];
  },
});

export const setDealerTerms = dealer.command({
  name: 'SetDealerTerms',
  summary: 'Set the terms on which a dealer buys from a day on.',
  permission: 'dealer:write',
  path: '/dealers/:dealerId/terms',
  input: { dealerId: DealerId, ...DealerTerms, from: LocalDate },
  emits: ['DealerTermsSet'],
  rejects: {
    dealerUnknown,
    dealerEnded,
    termsNotLater:
      'Terms take effect when the dealer is appointed or later, and after the terms before them.',
  },
  subject: nobody,
  decide: ({ appointment, terms, endedOn }, input) => {
    const { from, discountBp, paymentDays } = input;
    if (!appointment) return reject('dealerUnknown');
    if (terms?.from === from && terms.discountBp === discountBp && terms.paymentDays === paymentDays)
      return [];
    if (endedOn !== undefined && from >= endedOn) return reject('dealerEnded');
    if (from < appointment.from || (terms && from <= terms.from)) return reject('termsNotLater');
    const { customerId } = appointment;
    return [
      DealerTermsSet({ ...input, customerId, previousFrom: terms?.from ?? null }, { effectiveOn: from }),
    ];
  },
});

export const endDealerAppointment = dealer.command({
  name: 'EndDealerAppointment',
  summary: 'End the appointment of a dealer: from that day on the customer is none.',
  permission: 'dealer:write',
  path: '/dealers/:dealerId/end',
  input: { dealerId: DealerId, on: LocalDate, reason: Comment },
  emits: ['DealerAppointmentEnded', 'Released'],
  rejects: { dealerUnknown, dealerEnded, beforeAppointment: 'The dealer was not yet appointed on that day.' },
  subject: nobody,
  reads: (_, { appointment }) => ({
    appointments: claimRefs(appointmentClaim, appointment?.customerId ?? null),
  }),
  decide: ({ appointment, endedOn }, { dealerId, on, reason }) => {
    if (!appointment) return reject('dealerUnknown');
    if (endedOn === on) return [];
    if (endedOn !== undefined) return reject('dealerEnded');
    if (on < appointment.from) return reject('beforeAppointment');
    const { customerId } = appointment;
    return [
      DealerAppointmentEnded({ dealerId, customerId, on, reason }, { effectiveOn: on }),
      released(appointmentClaim, customerId, dealerId),
    ];
  },
});
