import { describe, expect, test } from 'vitest';
import { claim } from '../../src/commands/claim.ts';
import { competitor } from '../../src/commands/competitor.ts';
import { recordContact, recordContactDeparture } from '../../src/commands/customer/contact.ts';
import { eraseCustomerData } from '../../src/commands/customer/erasure.ts';
import { recordCustomerFeedback, recordPotential } from '../../src/commands/customer/knowledge.ts';
import { advanceLifecycle, markLost, reactivateCustomer } from '../../src/commands/customer/lifecycle.ts';
import { closeOutlet, openOutlet } from '../../src/commands/customer/outlet.ts';
import { assignOwner, releaseOwner, setVisitFrequency } from '../../src/commands/customer/ownership.ts';
import { enrichCustomer, registerCustomer } from '../../src/commands/customer/registration.ts';
import { type CustomerState, customer, ownerOn } from '../../src/commands/customer/state.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { product } from '../../src/commands/product.ts';
import { evolveState } from '../../src/engine/decision.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { claimEvents } from '../../src/events/claim.ts';
import { customerEvents } from '../../src/events/customer.ts';
import {
  ann,
  bob,
  channelId,
  competitorId,
  customerId,
  defined,
  eur,
  longAgo,
  ownedByAnn,
  productId,
  regionId,
  registered,
  rival,
  staff,
  stranger,
  supervisor,
  today,
  tomorrow,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf, keyOf } from '../support/given.ts';

const {
  CustomerRegistered,
  CustomerProfileUpdated,
  CustomerOwnerAssigned,
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
  CustomerDataErased,
} = customerEvents;
const { Claimed, Released } = claimEvents;

const other = idOf('other customer');
const nameKey = registered.data.nameKey;
const nameHeldBy = (holder: string) => Claimed({ kind: 'customer-name', key: nameKey, holder });
const taxKey = keyOf('customer-tax-id', 'GB123');
const taxHeldBy = (holder: string) => Claimed({ kind: 'customer-tax-id', key: taxKey, holder });
const bySupervisor = { actor: { personId: supervisor } };

describe('RegisterCustomer', () => {
  const input = {
    customerId,
    name: 'Blue Door Ltd.',
    city: 'Leeds',
    kind: 'end_customer',
    regionId,
    channelId,
    segment: 'retail',
    source: 'fair',
  };
  const now = CustomerRegistered({ ...registered.data, registeredOn: today });
  test('registers a customer and claims its name', () => {
    given()
      .and(organisation.ref(), ...staff)
      .when(registerCustomer, input)
      .thenEmits(now, nameHeldBy(customerId));
  });
  test('gives the customer to its first owner and claims its tax number', () => {
    given()
      .and(organisation.ref(), ...staff)
      .when(registerCustomer, { ...input, taxId: 'GB 12-3', ownerId: ann })
      .thenEmits(
        CustomerRegistered({ ...now.data, taxId: 'GB 12-3', taxKey }),
        CustomerOwnerAssigned({ ...ownedByAnn.data, from: today }),
        nameHeldBy(customerId),
        taxHeldBy(customerId),
      );
  });
  test('says nothing twice', () => {
    given(registered).when(registerCustomer, input).thenNothing();
  });
  test('does not tell whether it is the one that was erased under that id', () => {
    given(registered, CustomerDataErased({ customerId }))
      .when(registerCustomer, input)
      .thenRejects('customerKnown');
  });
  test('refuses another customer under a known id', () => {
    given(registered)
      .when(registerCustomer, { ...input, name: 'Red Door' })
      .thenRejects('customerKnown');
  });
  test('refuses a name that is known in that city, however it is written', () => {
    given()
      .and(organisation.ref(), ...staff)
      .and(claim.ref('customer-name', nameKey), nameHeldBy(other))
      .when(registerCustomer, { ...input, name: 'BLUE-DOOR, Ltd' })
      .thenRejects('customerKnown');
  });
  test('refuses a tax number that is known', () => {
    given()
      .and(organisation.ref(), ...staff)
      .and(claim.ref('customer-tax-id', taxKey), taxHeldBy(other))
      .when(registerCustomer, { ...input, taxId: 'gb123' })
      .thenRejects('customerKnown');
  });
  test('refuses a region that does not exist', () => {
    given()
      .and(organisation.ref(), ...staff)
      .when(registerCustomer, { ...input, regionId: idOf('nowhere') })
      .thenRejects('regionUnknown');
  });
  test('refuses a channel that does not exist', () => {
    given()
      .and(organisation.ref(), ...staff)
      .when(registerCustomer, { ...input, channelId: idOf('nowhere') })
      .thenRejects('channelUnknown');
  });
  test('refuses an owner who is not employed', () => {
    given()
      .and(organisation.ref(), ...staff)
      .when(registerCustomer, { ...input, ownerId: idOf('nobody') })
      .thenRejects('personUnknown');
  });
});

describe('EnrichCustomer', () => {
  const updated = { customerId, nameKey, taxKey: null };
  test('adds what was not known', () => {
    given(registered)
      .when(enrichCustomer, { customerId, employees: 12, evidence: 'their website' })
      .thenEmits(CustomerProfileUpdated({ ...updated, employees: 12, evidence: 'their website' }));
  });
  test('moves the claim when the name changes, and claims a tax number', () => {
    const newKey = keyOf('customer-name', 'Red Door', 'Leeds');
    given(registered)
      .when(enrichCustomer, { customerId, name: 'Red Door', taxId: 'GB123' })
      .thenEmits(
        CustomerProfileUpdated({ customerId, name: 'Red Door', taxId: 'GB123', nameKey: newKey, taxKey }),
        Released({ kind: 'customer-name', key: nameKey, holder: customerId }),
        Claimed({ kind: 'customer-name', key: newKey, holder: customerId }),
        taxHeldBy(customerId),
      );
  });
  test('says nothing when all of it is known', () => {
    given(registered).when(enrichCustomer, { customerId, segment: 'retail' }).thenNothing();
  });
  test('adds to an erased customer without a name, and claims the one that it is given', () => {
    const erasedBefore = given(registered, CustomerDataErased({ customerId }));
    erasedBefore
      .when(enrichCustomer, { customerId, city: 'York' })
      .thenEmits(CustomerProfileUpdated({ customerId, city: 'York', nameKey: null, taxKey: null }));
    erasedBefore
      .when(enrichCustomer, { customerId, name: 'Blue Door Ltd.' })
      .thenEmits(CustomerProfileUpdated({ ...updated, name: 'Blue Door Ltd.' }), nameHeldBy(customerId));
  });
  test('refuses a customer who was never registered', () => {
    given().when(enrichCustomer, { customerId, employees: 1 }).thenRejects('customerUnknown');
  });
  test('refuses the name of another customer', () => {
    const newKey = keyOf('customer-name', 'Red Door', 'Leeds');
    given(registered)
      .and(claim.ref('customer-name', newKey), Claimed({ kind: 'customer-name', key: newKey, holder: other }))
      .when(enrichCustomer, { customerId, name: 'Red Door' })
      .thenRejects('customerKnown');
  });
  test('refuses the tax number of another customer', () => {
    given(registered)
      .and(claim.ref('customer-tax-id', taxKey), taxHeldBy(other))
      .when(enrichCustomer, { customerId, taxId: 'GB123' })
      .thenRejects('customerKnown');
  });
  test('refuses a region that does not exist', () => {
    given(registered)
      .when(enrichCustomer, { customerId, regionId: idOf('nowhere') })
      .thenRejects('regionUnknown');
  });
  test('refuses a channel that does not exist', () => {
    given(registered)
      .when(enrichCustomer, { customerId, channelId: idOf('nowhere') })
      .thenRejects('channelUnknown');
  });
});

describe('contacts', () => {
  const contactId = idOf('contact');
  const details = { contactId, name: 'Eve', role: 'decision_maker' };
  const recorded = ContactRecorded({ customerId, contactId, name: 'Eve', role: 'decision_maker' });
  const left = ContactLeft({ customerId, contactId, on: today });
  test('RecordContact records a person at the customer', () => {
    given(registered)
      .when(recordContact, { customerId, ...details })
      .thenEmits(recorded);
  });
  test('RecordContact records what has changed', () => {
    given(registered, recorded)
      .when(recordContact, { customerId, ...details, role: 'influencer' })
      .thenEmits(ContactRecorded({ ...recorded.data, role: 'influencer' }));
  });
  test('RecordContact says nothing twice', () => {
    given(registered, recorded)
      .when(recordContact, { customerId, ...details })
      .thenNothing();
  });
  test('RecordContact refuses a customer who was never registered', () => {
    given()
      .when(recordContact, { customerId, ...details })
      .thenRejects('customerUnknown');
  });
  test('RecordContactDeparture records that the contact has left', () => {
    given(registered, recorded).when(recordContactDeparture, { customerId, contactId }).thenEmits(left);
  });
  test('RecordContactDeparture says nothing twice', () => {
    given(registered, recorded, left).when(recordContactDeparture, { customerId, contactId }).thenNothing();
  });
  test('RecordContactDeparture refuses a customer who was never registered', () => {
    given().when(recordContactDeparture, { customerId, contactId }).thenRejects('customerUnknown');
  });
  test('RecordContactDeparture refuses a contact who was never recorded', () => {
    given(registered).when(recordContactDeparture, { customerId, contactId }).thenRejects('contactUnknown');
  });
  test('RecordContactDeparture refuses a day to come', () => {
    given(registered, recorded)
      .when(recordContactDeparture, { customerId, contactId, on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('RecordContactDeparture refuses a day too long ago', () => {
    given(registered, recorded)
      .when(recordContactDeparture, { customerId, contactId, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('outlets', () => {
  const shop = CustomerRegistered({ ...registered.data, kind: 'outlet' });
  const codeHeldBy = (holder: string) =>
    Claimed({ kind: 'outlet-code', key: keyOf('outlet-code', 'L-7'), holder });
  const opened = OutletOpened({ customerId, outletCode: 'L-7', openedOn: yesterday, ownerId: ann });
  const closed = OutletClosed({
    customerId,
    outletCode: 'L-7',
    on: today,
    reason: 'Flooded.',
    ownerId: ann,
  });
  const input = { customerId, outletCode: 'L-7', openedOn: yesterday };
  test('OpenOutlet opens an outlet under a code of its own', () => {
    given(shop, ownedByAnn).when(openOutlet, input).thenEmits(opened, codeHeldBy(customerId));
  });
  test('OpenOutlet opens it again under the code that it has', () => {
    given(shop, ownedByAnn, opened, closed)
      .and(claim.ref('outlet-code', keyOf('outlet-code', 'L-7')), codeHeldBy(customerId))
      .when(openOutlet, { customerId, outletCode: 'L-7' })
      .thenEmits(OutletOpened({ ...opened.data, openedOn: today }));
  });
  test('OpenOutlet says nothing twice', () => {
    given(shop, opened).when(openOutlet, input).thenNothing();
  });
  test('OpenOutlet refuses a customer who was never registered', () => {
    given().when(openOutlet, input).thenRejects('customerUnknown');
  });
  test('OpenOutlet refuses a customer of another kind', () => {
    given(registered).when(openOutlet, input).thenRejects('notAnOutlet');
  });
  test('OpenOutlet refuses another code while the outlet is open', () => {
    given(shop, opened)
      .when(openOutlet, { ...input, outletCode: 'L-8' })
      .thenRejects('outletOpen');
  });
  test('OpenOutlet refuses the code of another outlet', () => {
    given(shop)
      .and(claim.ref('outlet-code', keyOf('outlet-code', 'L-7')), codeHeldBy(other))
      .when(openOutlet, input)
      .thenRejects('outletCodeTaken');
  });
  test('OpenOutlet refuses a dealer who is none', () => {
    given(shop)
      .and(customer.ref(other), registered)
      .when(openOutlet, { ...input, dealerId: other })
      .thenRejects('dealerUnknown');
  });
  test('OpenOutlet refuses a day before the outlet was closed', () => {
    given(shop, opened, closed).when(openOutlet, input).thenRejects('openedBeforeClosing');
  });
  test('OpenOutlet refuses a day to come', () => {
    given(shop)
      .when(openOutlet, { ...input, openedOn: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('OpenOutlet refuses a day too long ago', () => {
    given(shop)
      .when(openOutlet, { ...input, openedOn: longAgo })
      .thenRejects('backDatedTooFar');
  });
  test('CloseOutlet closes it for a reason', () => {
    given(shop, ownedByAnn, opened).when(closeOutlet, { customerId, reason: 'Flooded.' }).thenEmits(closed);
  });
  test('CloseOutlet says nothing twice', () => {
    given(shop, opened, closed).when(closeOutlet, { customerId, reason: 'Flooded.' }).thenNothing();
  });
  test('CloseOutlet refuses a customer who was never registered', () => {
    given().when(closeOutlet, { customerId, reason: 'Flooded.' }).thenRejects('customerUnknown');
  });
  test('CloseOutlet refuses an outlet that was never opened', () => {
    given(shop).when(closeOutlet, { customerId, reason: 'Flooded.' }).thenRejects('outletNotOpen');
  });
  test('CloseOutlet refuses a day before it was opened', () => {
    given(shop, opened)
      .when(closeOutlet, { customerId, reason: 'Flooded.', on: '2026-02-28' })
      .thenRejects('closedBeforeOpening');
  });
  test('CloseOutlet refuses a day too long ago', () => {
    given(shop, OutletOpened({ ...opened.data, openedOn: longAgo }))
      .when(closeOutlet, { customerId, reason: 'Flooded.', on: longAgo })
      .thenRejects('backDatedTooFar');
  });
  test('CloseOutlet refuses a day to come', () => {
    given(shop, opened)
      .when(closeOutlet, { customerId, reason: 'Flooded.', on: tomorrow })
      .thenRejects('dayInFuture');
  });
});

describe('AssignOwner', () => {
  const input = { customerId, personId: bob, reason: 'handover' };
  const handed = CustomerOwnerAssigned({
    customerId,
    personId: bob,
    shareBp: 10_000,
    coOwners: [],
    from: today,
    reason: 'handover',
    replaces: { from: longAgo, personIds: [ann] },
  });
  test('hands a customer over and names whom it replaces', () => {
    given(registered, ownedByAnn)
      .and(organisation.ref(), ...staff)
      .when(assignOwner, input, bySupervisor)
      .thenEmits(handed);
  });
  test('leaves the rest of the credit to the primary owner', () => {
    const coOwners = [{ personId: ann, shareBp: 3_000 }];
    given(registered)
      .and(organisation.ref(), ...staff)
      .when(assignOwner, { ...input, coOwners }, bySupervisor)
      .thenEmits(CustomerOwnerAssigned({ ...handed.data, shareBp: 7_000, coOwners, replaces: null }));
  });
  test('says nothing when the person owns the customer already', () => {
    given(registered, ownedByAnn, handed).when(assignOwner, input, bySupervisor).thenNothing();
  });
  test('refuses a customer who was never registered', () => {
    given().when(assignOwner, input, bySupervisor).thenRejects('customerUnknown');
  });
  test('refuses an owner who is not employed', () => {
    given(registered).when(assignOwner, input, bySupervisor).thenRejects('personUnknown');
  });
  test('refuses one who is primary owner and co-owner', () => {
    given(registered)
      .and(organisation.ref(), ...staff)
      .when(assignOwner, { ...input, coOwners: [{ personId: bob, shareBp: 1 }] }, bySupervisor)
      .thenRejects('ownedTwice');
  });
  test('refuses shares that leave nothing', () => {
    given(registered)
      .and(organisation.ref(), ...staff)
      .when(assignOwner, { ...input, coOwners: [{ personId: ann, shareBp: 10_000 }] }, bySupervisor)
      .thenRejects('sharesTooHigh');
  });
  test('refuses to take a customer from another team', () => {
    given(registered, CustomerOwnerAssigned({ ...ownedByAnn.data, personId: stranger }))
      .and(organisation.ref(), ...staff)
      .when(assignOwner, input, bySupervisor)
      .thenRejects('ownerOutsideScope');
  });
  test('takes the customer of somebody who has gone', () => {
    given(registered, CustomerOwnerAssigned({ ...ownedByAnn.data, personId: idOf('gone') }))
      .and(organisation.ref(), ...staff)
      .when(assignOwner, input, bySupervisor)
      .thenEmits(
        CustomerOwnerAssigned({ ...handed.data, replaces: { from: longAgo, personIds: [idOf('gone')] } }),
      );
  });
  test('refuses a day before the last change of hands', () => {
    given(registered, ownedByAnn, handed)
      .and(organisation.ref(), ...staff)
      .when(assignOwner, { ...input, personId: ann, from: yesterday }, bySupervisor)
      .thenRejects('ownershipLater');
  });
  test('refuses a day to come', () => {
    given(registered)
      .and(organisation.ref(), ...staff)
      .when(assignOwner, { ...input, from: tomorrow }, bySupervisor)
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    given(registered)
      .and(organisation.ref(), ...staff)
      .when(assignOwner, { ...input, from: longAgo }, bySupervisor)
      .thenRejects('backDatedTooFar');
  });
  test('keeps who owned the customer when', () => {
    const released = CustomerReleasedToPool({
      customerId,
      on: tomorrow,
      reason: 'Too far.',
      replaces: { from: today, personIds: [bob] },
    });
    const state = [registered, ownedByAnn, handed, released].reduce<CustomerState>(
      (before, event: NewEvent) => evolveState(customer.ref(customerId).decider, before, event as never),
      customer.initialState(),
    );
    expect(['2026-01-01', longAgo, yesterday, today, tomorrow].map((day) => ownerOn(state, day))).toEqual([
      undefined,
      ann,
      ann,
      bob,
      undefined,
    ]);
  });
});

describe('ReleaseOwner', () => {
  const input = { customerId, reason: 'Too far.' };
  const released = CustomerReleasedToPool({
    customerId,
    on: today,
    reason: 'Too far.',
    replaces: { from: longAgo, personIds: [ann] },
  });
  test('leaves a customer to the pool', () => {
    given(registered, ownedByAnn).when(releaseOwner, input).thenEmits(released);
  });
  test('says nothing when nobody owns the customer', () => {
    given(registered, ownedByAnn, released).when(releaseOwner, input).thenNothing();
  });
  test('refuses a customer who was never registered', () => {
    given().when(releaseOwner, input).thenRejects('customerUnknown');
  });
  test('refuses a day before the owner began', () => {
    given(registered, ownedByAnn)
      .when(releaseOwner, { ...input, on: '2026-01-01' })
      .thenRejects('ownershipLater');
  });
  test('refuses a day too long ago', () => {
    given(registered, ownedByAnn)
      .when(releaseOwner, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
  test('refuses a day to come', () => {
    given(registered, ownedByAnn)
      .when(releaseOwner, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
});

describe('SetVisitFrequency', () => {
  const input = { customerId, visits: 2, from: today };
  const set = VisitFrequencySet({ customerId, visits: 2, windowDays: 28, from: today });
  test('sets how often a customer is visited in four weeks', () => {
    given(registered).when(setVisitFrequency, input).thenEmits(set);
  });
  test('says nothing twice', () => {
    given(registered, set).when(setVisitFrequency, input).thenNothing();
  });
  test('refuses a customer who was never registered', () => {
    given().when(setVisitFrequency, input).thenRejects('customerUnknown');
  });
});

describe('RecordPotential', () => {
  const input = { customerId, annual: eur('500000'), method: 'shelf metres', confidence: 'low' };
  const estimated = CustomerPotentialEstimated({
    customerId,
    annual: eur('500000'),
    method: 'shelf metres',
    confidence: 'low',
    on: today,
  });
  test('records what the customer could buy', () => {
    given(registered).when(recordPotential, input).thenEmits(estimated);
  });
  test('says nothing twice', () => {
    given(registered, estimated).when(recordPotential, input).thenNothing();
  });
  test('refuses a customer who was never registered', () => {
    given().when(recordPotential, input).thenRejects('customerUnknown');
  });
});

describe('RecordCustomerFeedback', () => {
  const feedbackId = idOf('feedback');
  const input = { customerId, feedbackId, topic: 'price', sentiment: -1, text: 'Too dear.', productId };
  const said = CustomerFeedbackRecorded({
    customerId,
    feedbackId,
    topic: 'price',
    sentiment: -1,
    text: 'Too dear.',
    productId,
    on: today,
    heardBy: ann,
  });
  test('records what the customer said and who heard it', () => {
    given(registered)
      .and(product.ref(productId), defined)
      .when(recordCustomerFeedback, input, { actor: { personId: ann } })
      .thenEmits(said);
  });
  test('says nothing twice', () => {
    given(registered, said).when(recordCustomerFeedback, input).thenNothing();
  });
  test('refuses a customer who was never registered', () => {
    given().when(recordCustomerFeedback, input).thenRejects('customerUnknown');
  });
  test('refuses a product that does not exist', () => {
    given(registered).when(recordCustomerFeedback, input).thenRejects('productUnknown');
  });
});

describe('lost customers', () => {
  const lost = CustomerLost({ customerId, reason: 'Price.', competitorId, on: today, ownerId: ann });
  const input = { customerId, reason: 'Price.', competitorId };
  test('MarkLost says to whom', () => {
    given(registered, ownedByAnn)
      .and(competitor.ref(competitorId), rival)
      .when(markLost, input)
      .thenEmits(lost);
  });
  test('MarkLost says nothing twice', () => {
    given(registered, lost).when(markLost, input).thenNothing();
  });
  test('MarkLost refuses a customer who was never registered', () => {
    given().when(markLost, input).thenRejects('customerUnknown');
  });
  test('MarkLost refuses a competitor who does not exist', () => {
    given(registered).when(markLost, input).thenRejects('competitorUnknown');
  });
  test('MarkLost refuses a day to come', () => {
    given(registered)
      .when(markLost, { customerId, reason: 'Price.', on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('MarkLost refuses a day too long ago', () => {
    given(registered)
      .when(markLost, { customerId, reason: 'Price.', on: longAgo })
      .thenRejects('backDatedTooFar');
  });
  test('ReactivateCustomer takes the customer up again', () => {
    given(registered, lost)
      .when(reactivateCustomer, { customerId })
      .thenEmits(CustomerReactivated({ customerId, on: today, ownerId: null }));
  });
  test('ReactivateCustomer says nothing of a customer who is not lost', () => {
    given(registered).when(reactivateCustomer, { customerId }).thenNothing();
  });
  test('ReactivateCustomer refuses a customer who was never registered', () => {
    given().when(reactivateCustomer, { customerId }).thenRejects('customerUnknown');
  });
  test('ReactivateCustomer refuses a day before the loss', () => {
    given(registered, lost)
      .when(reactivateCustomer, { customerId, on: yesterday })
      .thenRejects('reactivatedBeforeLoss');
  });
  test('ReactivateCustomer refuses a day too long ago', () => {
    given(registered, CustomerLost({ ...lost.data, on: longAgo }))
      .when(reactivateCustomer, { customerId, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
  test('ReactivateCustomer refuses a day to come', () => {
    given(registered, lost).when(reactivateCustomer, { customerId, on: tomorrow }).thenRejects('dayInFuture');
  });
});

describe('EraseCustomerData', () => {
  const contact = { customerId, contactId: idOf('contact'), name: 'Cleo', role: 'user' as const };
  const erasedNow = CustomerDataErased({ customerId });
  const nameReleased = Released({ kind: 'customer-name', key: nameKey, holder: customerId });
  test('erases what is known and gives back the name', () => {
    given(registered).when(eraseCustomerData, { customerId }).thenEmits(erasedNow, nameReleased);
  });
  test('gives back the tax number', () => {
    given(CustomerRegistered({ ...registered.data, taxId: 'GB123', taxKey }))
      .when(eraseCustomerData, { customerId })
      .thenEmits(
        erasedNow,
        nameReleased,
        Released({ kind: 'customer-tax-id', key: taxKey, holder: customerId }),
      );
  });
  test('erases once more what may have been recorded on visits since', () => {
    given(registered, erasedNow).when(eraseCustomerData, { customerId }).thenEmits(erasedNow);
  });
  test('leaves nothing personal in the state, and no claims', () => {
    const state = [registered, ContactRecorded(contact), erasedNow].reduce<CustomerState>(
      (before, event) => evolveState(customer, before, event as never),
      customer.initialState(),
    );
    expect(JSON.stringify(state)).not.toMatch(/Blue Door|Cleo/);
    expect(state).toMatchObject({ nameKey: null, taxKey: null, profile: { city: 'Leeds' } });
  });
  test('refuses an unknown customer', () => {
    given().when(eraseCustomerData, { customerId }).thenRejects('customerUnknown');
  });
});

describe('AdvanceLifecycle', () => {
  const input = { customerId, to: 'key', reason: 'The largest of all.' };
  const advanced = customerEvents.CustomerLifecycleAdvanced({
    customerId,
    from: 'potential',
    to: 'key',
    on: today,
    ownerId: ann,
    reason: 'The largest of all.',
  });
  test('puts a customer on another rung', () => {
    given(registered, ownedByAnn).when(advanceLifecycle, input).thenEmits(advanced);
  });
  test('says nothing twice', () => {
    given(registered, advanced).when(advanceLifecycle, input).thenNothing();
  });
  test('refuses an unknown customer', () => {
    given().when(advanceLifecycle, input).thenRejects('customerUnknown');
  });
});
