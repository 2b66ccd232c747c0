import { expect, test } from 'vitest';
import { complaintEvents } from '../../src/events/complaint.ts';
import { complaint } from '../../src/projections/complaint.ts';
import { ann, bob, customerId, eur } from '../support/commerce.ts';
import { folded } from '../support/folded.ts';
import { idOf } from '../support/given.ts';

const head = { complaintId: idOf('complaint'), customerId, by: ann };
const at = (minute: number) => ({ occurredAt: `2026-03-02T08:${minute}:00.000Z` });
const logged = complaintEvents.ComplaintLogged(
  { ...head, channel: 'phone', category: 'price', severity: 2, description: 'Too dear.', claimed: eur('10') },
  at(10),
);
const acknowledged = complaintEvents.ComplaintAcknowledged(head, at(11));
const assigned = complaintEvents.ComplaintAssigned({ ...head, to: bob }, at(12));
const resolved = complaintEvents.ComplaintResolved(
  {
    ...head,
    handledBy: bob,
    remedy: { kind: 'refund', amount: eur('10') },
    rootCause: { class: 'people' },
  },
  at(13),
);
const attempted = complaintEvents.ConfirmationAttempted({ ...head, attempt: 1 }, at(14));
const confirmed = complaintEvents.ComplaintConfirmed({ ...head, satisfaction: 4 }, at(15));
const closed = complaintEvents.ComplaintClosed(
  { ...head, costTotal: eur('25'), confirmed: true, attempts: 1 },
  at(16),
);
const reopened = complaintEvents.ComplaintReopened({ ...head, reason: 'Again.' }, at(17));

test('a complaint shows the instant of each step', () => {
  expect(
    folded(complaint, logged, acknowledged, assigned, resolved, attempted, confirmed, closed),
  ).toMatchObject([
    {
      state: 'closed',
      claimedMinor: 10n,
      loggedBy: ann,
      loggedAt: '2026-03-02T08:10:00.000Z',
      acknowledgedAt: '2026-03-02T08:11:00.000Z',
      assignedTo: bob,
      assignedAt: '2026-03-02T08:12:00.000Z',
      resolvedAt: '2026-03-02T08:13:00.000Z',
      remedyKind: 'refund',
      remedyMinor: 10n,
      rootCauseClass: 'people',
      confirmationAttempts: 1,
      confirmedAt: '2026-03-02T08:15:00.000Z',
      satisfaction: 4,
      closedAt: '2026-03-02T08:16:00.000Z',
      costMinor: 25n,
    },
  ]);
});

test('a complaint that is reopened is no longer resolved, confirmed or closed', () => {
  expect(
    folded(complaint, logged, acknowledged, assigned, resolved, confirmed, closed, reopened),
  ).toMatchObject([
    {
      state: 'reopened',
      reopenCount: 1,
      resolvedAt: null,
      confirmedAt: null,
      satisfaction: null,
      closedAt: null,
    },
  ]);
});
