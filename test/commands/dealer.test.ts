import { describe, test } from 'vitest';
import { claim } from '../../src/commands/claim.ts';
import { customer } from '../../src/commands/customer/state.ts';
import { appointDealer, endDealerAppointment, setDealerTerms } from '../../src/commands/dealer.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { claimEvents } from '../../src/events/claim.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { dealerEvents } from '../../src/events/dealer.ts';
import {
  channelId,
  customerId,
  longAgo,
  regionId,
  registered,
  staff,
  today,
  tomorrow,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const { DealerAppointed, DealerTermsSet, DealerAppointmentEnded } = dealerEvents;

const dealerId = idOf('dealer');
const head = { dealerId, customerId };
const appointed = DealerAppointed({
  ...head,
  regionIds: [regionId],
  channelIds: [channelId],
  from: yesterday,
});
const claimed = claimEvents.Claimed({ kind: 'dealer', key: customerId, holder: dealerId });
const ended = DealerAppointmentEnded({ ...head, on: tomorrow, reason: 'Sold the shop.' });
const terms = DealerTermsSet({
  ...head,
  discountBp: 1_500,
  paymentDays: 30,
  from: today,
  previousFrom: null,
});

describe('AppointDealer', () => {
  const { data: input } = appointed;
  const world = () =>
    given()
      .and(organisation.ref(), ...staff)
      .and(
        customer.ref(customerId),
        customerEvents.CustomerRegistered({ ...registered.data, kind: 'dealer' }),
      );
  test('appoints a customer of that kind', () => {
    world().when(appointDealer, input).thenEmits(appointed, claimed);
  });
  test('says nothing twice', () => {
    given(appointed).when(appointDealer, input).thenNothing();
  });
  test('refuses another appointment under a known id', () => {
    given(appointed)
      .when(appointDealer, { ...input, from: today })
      .thenRejects('dealerKnown');
  });
  test('refuses a second appointment of a customer', () => {
    world()
      .and(claim.ref('dealer', customerId), claimEvents.Claimed({ ...claimed.data, holder: idOf('other') }))
      .when(appointDealer, input)
      .thenRejects('dealerKnown');
  });
  test('refuses a customer of another kind', () => {
    given()
      .and(customer.ref(customerId), registered)
      .when(appointDealer, input)
      .thenRejects('customerNotDealer');
  });
  test('refuses a region that does not exist', () => {
    world()
      .when(appointDealer, { ...input, regionIds: [idOf('nowhere')] })
      .thenRejects('regionUnknown');
  });
  test('refuses a channel that does not exist', () => {
    world()
      .when(appointDealer, { ...input, channelIds: [idOf('nowhere')] })
      .thenRejects('channelUnknown');
  });
});

describe('SetDealerTerms', () => {
  const input = { dealerId, discountBp: 1_500, paymentDays: 30, from: today };
  test('sets terms, and others after them', () => {
    given(appointed).when(setDealerTerms, input).thenEmits(terms);
    given(appointed, terms)
      .when(setDealerTerms, { ...input, paymentDays: 14, from: tomorrow })
      .thenEmits(DealerTermsSet({ ...terms.data, paymentDays: 14, from: tomorrow, previousFrom: today }));
  });
  test('says nothing twice', () => {
    given(appointed, terms).when(setDealerTerms, input).thenNothing();
  });
  test('refuses a dealer who was never appointed', () => {
    given().when(setDealerTerms, input).thenRejects('dealerUnknown');
  });
  test('refuses terms from after the end of the appointment', () => {
    given(appointed, ended)
      .when(setDealerTerms, { ...input, from: tomorrow })
      .thenRejects('dealerEnded');
  });
  test('refuses terms from before the appointment, or before the last ones', () => {
    given(appointed)
      .when(setDealerTerms, { ...input, from: longAgo })
      .thenRejects('termsNotLater');
    given(appointed, terms)
      .when(setDealerTerms, { ...input, paymentDays: 14 })
      .thenRejects('termsNotLater');
  });
});

describe('EndDealerAppointment', () => {
  const input = { dealerId, on: tomorrow, reason: 'Sold the shop.' };
  test('ends the appointment', () => {
    given(appointed).when(endDealerAppointment, input).thenEmits(ended, claimEvents.Released(claimed.data));
  });
  test('says nothing twice', () => {
    given(appointed, ended).when(endDealerAppointment, input).thenNothing();
  });
  test('refuses a dealer who was never appointed', () => {
    given().when(endDealerAppointment, input).thenRejects('dealerUnknown');
  });
  test('refuses another end', () => {
    given(appointed, ended)
      .when(endDealerAppointment, { ...input, on: today })
      .thenRejects('dealerEnded');
  });
  test('refuses an end before the appointment', () => {
    given(appointed)
      .when(endDealerAppointment, { ...input, on: longAgo })
      .thenRejects('beforeAppointment');
  });
});
