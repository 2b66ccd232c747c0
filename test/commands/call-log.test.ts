import { describe, test } from 'vitest';
import { logCall } from '../../src/commands/call-log.ts';
import { customer } from '../../src/commands/customer/state.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { ann, customerId, registered, today, yesterday } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

describe('LogCall', () => {
  const call = {
    personId: ann,
    date: today,
    callId: idOf('call'),
    customerId,
    direction: 'outgoing' as const,
    channel: 'phone' as const,
    seconds: 240,
    resultCode: 'appointment' as const,
  };
  const logged = callLogEvents.CallLogged({ ...call, calledAt: '2026-03-02T08:00:00.000Z' });

  test('logs a call on the person’s log of the day', () => {
    given().and(customer.ref(customerId), registered).when(logCall, call).thenEmits(logged);
  });
  test('says nothing twice', () => {
    given(logged).and(customer.ref(customerId), registered).when(logCall, call).thenNothing();
  });
  test('refuses a customer whom nobody has registered', () => {
    given().when(logCall, call).thenRejects('customerUnknown');
  });
  test('refuses a call of another day', () => {
    given()
      .and(customer.ref(customerId), registered)
      .when(logCall, { ...call, date: yesterday })
      .thenRejects('dayDiffers');
  });
});
