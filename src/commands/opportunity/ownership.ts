import { canonicalJson } from '../../engine/canonical.ts';
import { forbidden, reject } from '../../engine/decision.ts';
import { Credits } from '../../events/credit.ts';
import { CreditRule, opportunityEvents } from '../../events/opportunity.ts';
import { Comment, OpportunityId, occurred, PersonId } from '../../events/values.ts';
import { authorize, rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import {
  barredRejections,
  byPerson,
  changed,
  creditsOf,
  headOf,
  isRunning,
  opportunity,
  opportunityUnknown,
  personUnknown,
} from './state.ts';

const { OpportunityTransferred, CreditSplitSet } = opportunityEvents;

const { recordedLater } = barredRejections;

const shareOf = (credits: Credits, personId: string | undefined): number =>
  credits.find((credit) => credit.personId === personId)?.shareBp ?? 0;

/** The credits in which one person has the place of another. */
function handedOn(credits: Credits, from: string, to: string): Credits {
  const share = shareOf(credits, from);
  if (share === 0) return credits;
  const others = credits.filter(({ personId }) => personId !== from && personId !== to);
  return [{ personId: to, shareBp: share + shareOf(credits, to) }, ...others];
}

export const transferOpportunity = opportunity.command({
  name: 'TransferOpportunity',
  summary:
    'Give an opportunity, open or closed, to another owner; its stage, its history and its clocks stay as they are.',
  permission: 'opportunity:assign',
  path: '/opportunities/:opportunityId/transfer',
  input: {
    opportunityId: OpportunityId,
    to: PersonId.describe('The new owner.'),
    creditRule: CreditRule.optional().describe(
      'Whether the credit goes along (follow) or stays (keep); when left out it follows while the opportunity is not closed, and stays after.',
    ),
    reason: Comment,
    ...occurred,
  },
  emits: ['OpportunityTransferred'],
  rejects: {
    opportunityUnknown,
    recordedLater,
    personUnknown,
    ownerOutsideScope: forbidden('Whose opportunity it is now is not yours to say.'),
  },
  subject: ({ to }) => to,
  reads: () => ({ organisation: organisation.ref() }),
  decide: (state, { to, creditRule: asked, reason }, { reads, actor, today, occurredAt }) => {
    const { now } = state;
    if (!now) return reject('opportunityUnknown');
    if (now.ownerId === to) return [];
    if (occurredAt < state.lastAt) return reject('recordedLater');
    const isEmployed = (person: string) => rolesOn(reads.organisation, person, today).length > 0;
    if (!isEmployed(to)) return reject('personUnknown');
    if (
      isEmployed(now.ownerId) &&
      !authorize(reads.organisation, actor, 'opportunity:assign', now.ownerId, today)
    )
      return reject('ownerOutsideScope');
    const creditRule = asked ?? (isRunning(now) ? 'follow' : 'keep');
    const credits = creditsOf(state);
    return [
      OpportunityTransferred({
        ...changed(state, { ownerId: to }),
        to,
        creditRule,
        credits: creditRule === 'keep' ? credits : handedOn(credits, now.ownerId, to),
        formerCredits: credits,
        reason,
      }),
    ];
  },
});

export const setCreditSplit = opportunity.command({
  name: 'SetCreditSplit',
  summary: 'Split the credit for an opportunity across people.',
  permission: 'opportunity:assign',
  path: '/opportunities/:opportunityId/credit',
  input: { opportunityId: OpportunityId, credits: Credits, reason: Comment, ...occurred },
  emits: ['CreditSplitSet'],
  rejects: {
    opportunityUnknown,
    recordedLater,
    personUnknown,
    ownCredit: 'Nobody raises their own share.',
  },
  subject: byPerson,
  reads: () => ({ organisation: organisation.ref() }),
  decide: (state, { credits, reason }, { reads, actor, today, occurredAt }) => {
    if (!state.now) return reject('opportunityUnknown');
    const formerCredits = creditsOf(state);
    if (canonicalJson(formerCredits) === canonicalJson(credits)) return [];
    if (occurredAt < state.lastAt) return reject('recordedLater');
    const missing = credits.findIndex(
      ({ personId }) => rolesOn(reads.organisation, personId, today).length === 0,
    );
    if (missing >= 0)
      return reject('personUnknown', [
        { pointer: `/credits/${missing}/personId`, detail: 'Nobody of this id is employed.' },
      ]);
    if (shareOf(credits, actor.personId) > shareOf(formerCredits, actor.personId)) return reject('ownCredit');
    return [CreditSplitSet({ ...headOf(state), credits, formerCredits, standing: state.now, reason })];
  },
});
