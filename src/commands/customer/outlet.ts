import { reject, unknown } from '../../engine/decision.ts';
import { customerEvents } from '../../events/customer.ts';
import { Comment, CustomerId, Line, LocalDate, occurred } from '../../events/values.ts';
import { claimed, claimKey, claimRefs, isHeldByOther } from '../claim.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { policy } from '../policy.ts';
import { byOwner, customer, customerUnknown, isRegistered, ownerOn } from './state.ts';

const { OutletOpened, OutletClosed } = customerEvents;

const codeClaim = 'outlet-code';

export const openOutlet = customer.command({
  name: 'OpenOutlet',
  summary: 'Open a customer’s outlet under a code of its own, or open it again.',
  permission: 'customer:write',
  path: '/customers/:customerId/open-outlet',
  input: {
    customerId: CustomerId,
    outletCode: Line.describe('The code of the outlet; no two outlets ever have the same.'),
    dealerId: CustomerId.optional().describe('The dealer who supplies it.'),
    openedOn: LocalDate.optional().describe('Today, when left out.'),
    ...occurred,
  },
  emits: ['OutletOpened', 'Claimed'],
  rejects: {
    customerUnknown,
    notAnOutlet: 'The customer is not an outlet.',
    outletOpen: 'The outlet is open under another code.',
    outletCodeTaken: 'Another outlet has, or had, this code.',
    dealerUnknown: unknown('There is no such dealer.'),
    openedBeforeClosing: 'The outlet was still open on that day.',
    ...misdatedRejections,
  },
  subject: byOwner,
  reads: ({ outletCode, dealerId }, _, act) => ({
    policy: policy.ref(),
    codes: claimRefs(codeClaim, claimKey(act, codeClaim, outletCode)),
    dealer: dealerId ? customer.ref(dealerId) : undefined,
  }),
  decide: (state, { customerId, outletCode, dealerId, openedOn: given }, context) => {
    const { reads } = context;
    const { outlet } = state;
    const openedOn = given ?? context.today;
    if (!isRegistered(state)) return reject('customerUnknown');
    if (state.kind !== 'outlet') return reject('notAnOutlet');
    if (outlet && outlet.closedOn === undefined)
      return outlet.code === outletCode ? [] : reject('outletOpen');
    if (isHeldByOther(reads.codes[0], customerId)) return reject('outletCodeTaken');
    if (reads.dealer && reads.dealer.kind !== 'dealer') return reject('dealerUnknown');
    if (outlet?.closedOn && openedOn < outlet.closedOn) return reject('openedBeforeClosing');
    const wrong = misdated(openedOn, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/openedOn', detail: 'Give another day.' }]);
    const ownerId = ownerOn(state, openedOn) ?? null;
    return [
      OutletOpened({ customerId, outletCode, dealerId, openedOn, ownerId }, { effectiveOn: openedOn }),
      ...(reads.codes[0]?.holder
        ? []
        : [claimed(codeClaim, claimKey(context, codeClaim, outletCode), customerId)]),
    ];
  },
});

export const closeOutlet = customer.command({
  name: 'CloseOutlet',
  summary: 'Close a customer’s outlet; its code stays taken.',
  permission: 'customer:write',
  path: '/customers/:customerId/close-outlet',
  input: {
    customerId: CustomerId,
    on: LocalDate.optional().describe('Today, when left out.'),
    reason: Comment,
    ...occurred,
  },
  emits: ['OutletClosed'],
  rejects: {
    customerUnknown,
    outletNotOpen: 'The customer has no open outlet.',
    closedBeforeOpening: 'The outlet was not yet open on that day.',
    ...misdatedRejections,
  },
  subject: byOwner,
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { customerId, reason, on: given }, context) => {
    const { outlet } = state;
    const on = given ?? context.today;
    if (!isRegistered(state)) return reject('customerUnknown');
    if (!outlet) return reject('outletNotOpen');
    if (outlet.closedOn) return [];
    if (on < outlet.openedOn) return reject('closedBeforeOpening');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    const ownerId = ownerOn(state, on) ?? null;
    return [OutletClosed({ customerId, outletCode: outlet.code, on, reason, ownerId }, { effectiveOn: on })];
  },
});
