import { canonicalJson } from '../../engine/canonical.ts';
import { reject, unknown } from '../../engine/decision.ts';
import { Credits } from '../../events/credit.ts';
import { creditsOf, orderEvents } from '../../events/order.ts';
import { Comment, OrderId, occurred } from '../../events/values.ts';
import { rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { beforeOrder, byTaker, headOf, leftLines, order, orderUnknown } from './state.ts';

const { OrderCreditSplit } = orderEvents;

const shareOf = (credits: Credits, personId: string | undefined): number =>
  credits.find((credit) => credit.personId === personId)?.shareBp ?? 0;

export const splitOrderCredit = order.command({
  name: 'SplitOrderCredit',
  summary:
    'Split the credit for what an order sells across people; from today on it counts so, and no longer as before.',
  permission: 'order:credit',
  path: '/orders/:orderId/credit',
  input: { orderId: OrderId, credits: Credits, reason: Comment, ...occurred },
  emits: ['OrderCreditSplit'],
  rejects: {
    orderUnknown,
    orderCancelled: 'The order is cancelled.',
    beforeOrder,
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    ownCredit: 'Nobody raises their own share.',
  },
  subject: byTaker,
  reads: () => ({ organisation: organisation.ref() }),
  decide: (state, { credits, reason }, { reads, today, actor }) => {
    const { taken, status } = state;
    if (!taken) return reject('orderUnknown');
    const formerCredits = creditsOf(taken);
    if (canonicalJson(formerCredits) === canonicalJson(credits)) return [];
    if (status === 'cancelled') return reject('orderCancelled');
    if (today < taken.orderedOn) return reject('beforeOrder');
    const missing = credits.findIndex(
      ({ personId }) => rolesOn(reads.organisation, personId, today).length === 0,
    );
    if (missing >= 0)
      return reject('personUnknown', [
        { pointer: `/credits/${missing}/personId`, detail: 'Nobody of this id is employed.' },
      ]);
    if (shareOf(credits, actor.personId) > shareOf(formerCredits, actor.personId)) return reject('ownCredit');
    return [
      OrderCreditSplit({
        ...headOf(taken),
        credits,
        formerCredits,
        on: today,
        reason,
        lines: leftLines(state),
      }),
    ];
  },
});
