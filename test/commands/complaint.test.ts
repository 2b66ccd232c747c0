import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import {
  acknowledgeComplaint,
  assignComplaint,
  closeComplaint,
  confirmComplaint,
  logComplaint,
  recordConfirmationAttempt,
  reopenComplaint,
  resolveComplaint,
} from '../../src/commands/complaint.ts';
import { customer } from '../../src/commands/customer/state.ts';
import { order } from '../../src/commands/order/state.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { policy } from '../../src/commands/policy.ts';
import { product } from '../../src/commands/product.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { complaintEvents } from '../../src/events/complaint.ts';
import { policyEvents } from '../../src/events/policy.ts';
import {
  ann,
  bob,
  customerId,
  defined,
  eur,
  orderId,
  productId,
  registered,
  staff,
  taken,
  today,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const {
  ComplaintLogged,
  ComplaintAcknowledged,
  ComplaintAssigned,
  ComplaintResolved,
  ConfirmationAttempted,
  ComplaintConfirmed,
  ComplaintReopened,
  ComplaintClosed,
} = complaintEvents;

const complaintId = idOf('complaint');
const head = { complaintId, customerId, by: ann };
const byAnn = { actor: { personId: ann } };
const details = { channel: 'visit', category: 'delivery', severity: 3, description: 'Late again.' } as const;
const resolveBy = '2026-03-09';
const logged = ComplaintLogged({ ...head, ...details, orderId, productId, resolveBy });
const acknowledged = ComplaintAcknowledged(head);
const assigned = ComplaintAssigned({ ...head, to: bob });
const resolution = {
  remedy: { kind: 'credit', amount: eur('50') },
  rootCause: { class: 'logistics' },
} as const;
const resolved = ComplaintResolved({ ...head, ...resolution, handledBy: bob });
const attempted = (attempt: number) => ConfirmationAttempted({ ...head, attempt });
const confirmed = ComplaintConfirmed({ ...head, satisfaction: 4 });
const reopened = ComplaintReopened({ ...head, reason: 'Late once more.' });
const closed = (on: string) =>
  ComplaintClosed({ ...head, costTotal: eur('80'), confirmed: true, attempts: 0 }, { effectiveOn: on });
const investigating = [logged, acknowledged, assigned];

describe('LogComplaint', () => {
  const input = { complaintId, customerId, ...details, orderId, productId };
  const world = () =>
    given()
      .and(customer.ref(customerId), registered)
      .and(order.ref(orderId), taken)
      .and(product.ref(productId), defined);
  test('logs what a customer complains about', () => {
    world().when(logComplaint, input, byAnn).thenEmits(logged);
  });
  test('is to be resolved in the working days that the policy gives to its severity', () => {
    const adopted = policyEvents.PolicyAdopted({
      policyKey: 'complaint-handling',
      policyVersion: 1,
      effectiveFrom: '2026-01-01',
      retroactive: false,
      document: { resolveDays: [9, 9, 9, 1] },
      docHash: '',
    });
    const holiday = calendarEvents.HolidayDeclared({ date: '2026-03-03', name: 'Feast', regionId: null });
    const critical = world()
      .and(policy.ref(), adopted)
      .and(calendar.ref(), holiday)
      .when(logComplaint, { ...input, severity: 4 }, byAnn);
    expect(critical.events).toMatchObject([{ data: { resolveBy: '2026-03-04' } }]);
  });
  test('says nothing twice', () => {
    given(logged).when(logComplaint, input).thenNothing();
  });
  test('refuses another complaint under a known id', () => {
    given(logged)
      .when(logComplaint, { ...input, category: 'price' })
      .thenRejects('complaintKnown');
  });
  test('refuses a customer who does not exist', () => {
    given().when(logComplaint, input).thenRejects('customerUnknown');
  });
  test('refuses the order of another customer', () => {
    given().and(customer.ref(customerId), registered).when(logComplaint, input).thenRejects('orderUnknown');
  });
  test('refuses a product that does not exist', () => {
    given()
      .and(customer.ref(customerId), registered)
      .and(order.ref(orderId), taken)
      .when(logComplaint, input)
      .thenRejects('productUnknown');
  });
});

describe('AcknowledgeComplaint', () => {
  test('acknowledges what was logged', () => {
    given(logged).when(acknowledgeComplaint, { complaintId }, byAnn).thenEmits(acknowledged);
  });
  test('says nothing twice', () => {
    given(logged, acknowledged).when(acknowledgeComplaint, { complaintId }).thenNothing();
  });
  test('refuses a complaint that was never logged', () => {
    given().when(acknowledgeComplaint, { complaintId }).thenRejects('complaintUnknown');
  });
});

describe('AssignComplaint', () => {
  const input = { complaintId, to: bob };
  test('gives the complaint to who is to handle it', () => {
    given(logged, acknowledged)
      .and(organisation.ref(), ...staff)
      .when(assignComplaint, input, byAnn)
      .thenEmits(assigned);
  });
  test('says nothing twice', () => {
    given(...investigating)
      .when(assignComplaint, input)
      .thenNothing();
  });
  test('refuses a complaint that was never logged', () => {
    given().when(assignComplaint, input).thenRejects('complaintUnknown');
  });
  test('refuses a complaint that is not acknowledged', () => {
    given(logged).when(assignComplaint, input).thenRejects('complaintNotAcknowledged');
  });
  test('refuses a complaint that is resolved', () => {
    given(...investigating, resolved)
      .when(assignComplaint, input)
      .thenRejects('complaintResolved');
  });
  test('refuses somebody who is not employed', () => {
    given(logged, acknowledged).when(assignComplaint, input).thenRejects('personUnknown');
  });
});

describe('ResolveComplaint', () => {
  const input = { complaintId, ...resolution };
  test('says what was done and where it came from', () => {
    given(...investigating)
      .when(resolveComplaint, input, byAnn)
      .thenEmits(resolved);
  });
  test('resolves what was reopened', () => {
    given(...investigating, resolved, reopened)
      .when(resolveComplaint, input, byAnn)
      .thenEmits(resolved);
  });
  test('says nothing twice', () => {
    given(...investigating, resolved)
      .when(resolveComplaint, input)
      .thenNothing();
  });
  test('refuses a complaint that was never logged', () => {
    given().when(resolveComplaint, input).thenRejects('complaintUnknown');
  });
  test('refuses a complaint that nobody investigates', () => {
    given(logged, acknowledged).when(resolveComplaint, input).thenRejects('complaintNotAssigned');
  });
  test('refuses another resolution', () => {
    given(...investigating, resolved)
      .when(resolveComplaint, { ...input, remedy: { kind: 'apology' } })
      .thenRejects('complaintResolved');
  });
});

describe('RecordConfirmationAttempt', () => {
  test('counts how often the customer was asked in vain', () => {
    given(...investigating, resolved, attempted(1))
      .when(recordConfirmationAttempt, { complaintId }, byAnn)
      .thenEmits(attempted(2));
  });
  test('refuses a complaint that was never logged', () => {
    given().when(recordConfirmationAttempt, { complaintId }).thenRejects('complaintUnknown');
  });
  test('refuses a complaint that is not resolved', () => {
    given(...investigating)
      .when(recordConfirmationAttempt, { complaintId })
      .thenRejects('complaintNotResolved');
  });
});

describe('ConfirmComplaint', () => {
  const input = { complaintId, satisfaction: 4 };
  test('records how satisfied the customer is', () => {
    given(...investigating, resolved)
      .when(confirmComplaint, input, byAnn)
      .thenEmits(confirmed);
  });
  test('says nothing twice', () => {
    given(...investigating, resolved, confirmed)
      .when(confirmComplaint, input)
      .thenNothing();
  });
  test('refuses a complaint that was never logged', () => {
    given().when(confirmComplaint, input).thenRejects('complaintUnknown');
  });
  test('refuses a complaint that is not resolved', () => {
    given(...investigating)
      .when(confirmComplaint, input)
      .thenRejects('complaintNotResolved');
  });
  test('refuses another satisfaction', () => {
    given(...investigating, resolved, confirmed)
      .when(confirmComplaint, { complaintId, satisfaction: 5 })
      .thenRejects('complaintConfirmed');
  });
  test('refuses a complaint that is closed', () => {
    given(...investigating, resolved, confirmed, closed(today))
      .when(confirmComplaint, input)
      .thenRejects('complaintClosed');
  });
});

describe('ReopenComplaint', () => {
  const input = { complaintId, reason: 'Late once more.' };
  test('takes up again what was closed 90 days ago', () => {
    given(...investigating, resolved, confirmed, closed('2025-12-02'))
      .when(reopenComplaint, input, byAnn)
      .thenEmits(reopened);
  });
  test('says nothing twice', () => {
    given(...investigating, resolved, reopened)
      .when(reopenComplaint, input)
      .thenNothing();
  });
  test('refuses a complaint that was never logged', () => {
    given().when(reopenComplaint, input).thenRejects('complaintUnknown');
  });
  test('refuses a complaint that was never resolved', () => {
    given(...investigating)
      .when(reopenComplaint, input)
      .thenRejects('complaintNotResolved');
  });
  test('refuses what was closed more than 90 days ago', () => {
    given(...investigating, resolved, confirmed, closed('2025-12-01'))
      .when(reopenComplaint, input)
      .thenRejects('reopenedTooLate');
  });
});

describe('CloseComplaint', () => {
  const input = { complaintId, costTotal: eur('80') };
  test('closes what the customer confirmed', () => {
    given(...investigating, resolved, confirmed)
      .when(closeComplaint, input, byAnn)
      .thenEmits(closed(today));
  });
  test('closes after three attempts in vain', () => {
    given(...investigating, resolved, attempted(1), attempted(2), attempted(3))
      .when(closeComplaint, input, byAnn)
      .thenEmits(ComplaintClosed({ ...head, costTotal: eur('80'), confirmed: false, attempts: 3 }));
  });
  test('says nothing twice', () => {
    given(...investigating, resolved, confirmed, closed(today))
      .when(closeComplaint, input)
      .thenNothing();
  });
  test('refuses a complaint that was never logged', () => {
    given().when(closeComplaint, input).thenRejects('complaintUnknown');
  });
  test('refuses a complaint that is not resolved', () => {
    given(...investigating)
      .when(closeComplaint, input)
      .thenRejects('complaintNotResolved');
  });
  test('refuses a complaint that the customer did not confirm', () => {
    given(...investigating, resolved, attempted(1), attempted(2))
      .when(closeComplaint, input)
      .thenRejects('complaintNotConfirmed');
  });
});
