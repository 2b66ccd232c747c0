import { describe, expect, test } from 'vitest';
import { customerEvents } from '../../src/events/customer.ts';
import { contact } from '../../src/projections/contact.ts';
import { customer } from '../../src/projections/customer.ts';
import { customerFeedback } from '../../src/projections/customer-feedback.ts';
import { outlet } from '../../src/projections/outlet.ts';
import {
  ann,
  competitorId,
  customerId,
  eur,
  longAgo,
  ownedByAnn,
  registered,
  today,
} from '../support/commerce.ts';
import { folded } from '../support/folded.ts';
import { idOf } from '../support/given.ts';

const {
  CustomerRegistered,
  CustomerProfileUpdated,
  CustomerReleasedToPool,
  ContactRecorded,
  ContactLeft,
  OutletOpened,
  OutletClosed,
  VisitFrequencySet,
  CustomerPotentialEstimated,
  CustomerFeedbackRecorded,
  CustomerLost,
  CustomerReactivated,
} = customerEvents;

const released = CustomerReleasedToPool({
  customerId,
  on: today,
  reason: 'Far.',
  replaces: { from: longAgo, personIds: [ann] },
});
const lost = CustomerLost({ customerId, reason: 'Price.', competitorId, on: today, ownerId: ann });

describe('customer', () => {
  test('shows what is known and who owns the customer', () => {
    const updated = CustomerProfileUpdated({
      customerId,
      employees: 9,
      nameKey: registered.data.nameKey,
      taxKey: null,
    });
    const estimated = CustomerPotentialEstimated({
      customerId,
      annual: eur('500'),
      method: 'guess',
      confidence: 'low',
      on: today,
    });
    const set = VisitFrequencySet({ customerId, visits: 2, windowDays: 28, from: today });
    expect(folded(customer, registered, ownedByAnn, updated, estimated, set)).toMatchObject([
      {
        name: 'Blue Door Ltd.',
        employees: 9,
        ownerId: ann,
        ownedSince: longAgo,
        potentialMinor: 500n,
        frequencyVisits: 2,
        state: 'live',
      },
    ]);
  });
  test('has no owner in the pool', () => {
    expect(folded(customer, registered, ownedByAnn, released)).toMatchObject([
      { ownerId: null, ownedSince: null },
    ]);
  });
  test('is lost until it is taken up again', () => {
    const again = CustomerReactivated({ customerId, on: today, ownerId: ann });
    expect(folded(customer, registered, lost)).toMatchObject([{ state: 'lost', lostTo: competitorId }]);
    expect(folded(customer, registered, lost, again)).toMatchObject([{ state: 'live', lostOn: null }]);
  });
});

describe('outlet', () => {
  const shop = CustomerRegistered({ ...registered.data, kind: 'outlet' });
  const opened = OutletOpened({ customerId, outletCode: 'L-7', openedOn: longAgo, ownerId: ann });
  const closed = OutletClosed({ customerId, outletCode: 'L-7', on: today, reason: 'Flooded.', ownerId: ann });
  test('has no row for other customers', () => {
    expect(folded(outlet, registered, ownedByAnn, released)).toEqual([]);
  });
  test('is planned, open, closed', () => {
    expect(folded(outlet, shop)).toMatchObject([{ state: 'planned' }]);
    expect(folded(outlet, shop, ownedByAnn, opened)).toMatchObject([{ state: 'open', ownerId: ann }]);
    expect(folded(outlet, shop, opened, closed)).toMatchObject([{ state: 'closed', closedOn: today }]);
  });
});

describe('contact', () => {
  test('shows who has left', () => {
    const contactId = idOf('contact');
    const recorded = ContactRecorded({ customerId, contactId, name: 'Eve', role: 'user' });
    const left = ContactLeft({ customerId, contactId, on: today });
    expect(folded(contact, recorded, left)).toMatchObject([{ name: 'Eve', leftOn: today }]);
  });
});

describe('customer_feedback', () => {
  test('keeps what was said', () => {
    const said = CustomerFeedbackRecorded({
      customerId,
      feedbackId: idOf('feedback'),
      topic: 'price',
      sentiment: -1,
      text: 'Too dear.',
      on: today,
    });
    expect(folded(customerFeedback, said)).toMatchObject([{ topic: 'price', heardBy: null, saidOn: today }]);
  });
});
