import { z } from 'zod';
import { canonicalJson } from '../../engine/canonical.ts';
import { type Command, forbidden, type Rejection, reject, type StreamRef } from '../../engine/decision.ts';
import type { DataOf, NewEvent } from '../../engine/event.ts';
import { decideInTurn } from '../../engine/in-turn.ts';
import { daysBetween } from '../../engine/instant.ts';
import { type Imported, opportunityEvents } from '../../events/opportunity.ts';
import { Instant, Line, OpportunityId } from '../../events/values.ts';
import { customer } from '../customer/state.ts';
import { authorize } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { pipeline } from '../pipeline.ts';
import { policy, policyOn } from '../policy.ts';
import { holdOpportunity, loseOpportunity, reopenOpportunity, winOpportunity } from './closing.ts';
import { acceptOffer, rejectOffer, submitOffer } from './offer.ts';
import { openingInput, openOpportunity } from './opening.ts';
import { setCreditSplit, transferOpportunity } from './ownership.ts';
import { moveStage, reachMilestone } from './progress.ts';
import { reviseExpectedClose, reviseProbability, reviseValue } from './revision.ts';
import { opportunity } from './state.ts';

const { OpportunityOpened } = opportunityEvents;

/** What may have become of an opportunity, by the commands that record it. */
const steps: readonly Command[] = [
  reviseValue,
  reviseExpectedClose,
  reviseProbability,
  reachMilestone,
  submitOffer,
  acceptOffer,
  rejectOffer,
  moveStage,
  holdOpportunity,
  reopenOpportunity,
  transferOpportunity,
  setCreditSplit,
  winOpportunity,
  loseOpportunity,
];
const stepsByName = new Map(steps.map((step) => [step.name, step]));

export interface Step {
  readonly command: string;
  readonly occurredAt: string;
  readonly [field: string]: unknown;
}

const Step = z
  .discriminatedUnion(
    'command',
    steps.map(({ name, input: { opportunityId: _, ...input } }) =>
      z.strictObject({
        command: z.literal(name),
        ...input,
        occurredAt: Instant.describe('When it happened.'),
      }),
    ) as never,
  )
  .meta({
    id: 'OpportunityStep',
    description: 'What became of an opportunity: a command, its input, and when it happened.',
  }) as unknown as z.ZodType<Step>;

const { opportunityUnknown: _, ...rejections } = Object.assign(
  {},
  ...[openOpportunity, ...steps].map(({ rejects }) => rejects),
) as Readonly<Record<string, Rejection>>;

const openedAs = (imported: Imported): Command => ({
  ...openOpportunity,
  decide: (...given) => {
    const decision = openOpportunity.decide(...given);
    if ('rejected' in decision) return decision;
    const [opened, ...lifted] = decision;
    const { data } = opened as NewEvent<string, DataOf<typeof OpportunityOpened>>;
    return [OpportunityOpened({ ...data, imported }), ...lifted];
  },
});

export const importOpportunity = opportunity.command({
  name: 'ImportOpportunity',
  summary:
    'Import an opportunity from another system with all that became of it, each step decided as on its day: all of it, or nothing.',
  permission: 'opportunity:import',
  path: '/opportunities/:opportunityId/import',
  input: {
    opportunityId: OpportunityId,
    externalId: Line.describe('What the other system calls it.'),
    ...openingInput,
    openedAt: Instant.describe('When it was opened.'),
    history: z.array(Step).max(200).default([]).describe('What became of it, in the order of time.'),
  },
  emits: [
    'OpportunityOpened',
    'OpportunityValueRevised',
    'ExpectedCloseRevised',
    'ProbabilityOverridden',
    'MilestoneReached',
    'OfferSubmitted',
    'OfferAccepted',
    'OfferRejected',
    'StageEntered',
    'OpportunityHeld',
    'OpportunityReopened',
    'OpportunityTransferred',
    'CreditSplitSet',
    'OpportunityWon',
    'OpportunityLost',
    'CustomerLifecycleAdvanced',
  ],
  rejects: {
    ...rejections,
    opportunityKnown: {
      status: 409,
      detail: 'The opportunity is here already, and something else was imported.',
    },
    occurredInFuture: { status: 409, detail: 'What is imported must have happened.' },
    backDatedTooFar: {
      status: 409,
      detail: 'The policy limits how many days after the fact something may be imported.',
    },
    ownerOutsideScope: forbidden('Whose opportunity it was is not yours to say.'),
  } as Readonly<Record<string, Rejection>>,
  subject: ({ ownerId }) => ownerId,
  reads: ({ customerId, pipelineId, history }, _, act, known) => {
    const own = { opened: { customerId, pipelineId } };
    const named = history.flatMap(({ command, ...input }) =>
      Object.values(stepsByName.get(command)!.reads?.(input, own, act, known) ?? {}),
    );
    return {
      organisation: organisation.ref(),
      policy: policy.ref(),
      customer: customer.ref(customerId),
      pipeline: pipeline.ref(pipelineId),
      named: named.flat().filter((ref): ref is StreamRef => ref !== undefined),
    };
  },
  decide: (state, input, context) => {
    const { opportunityId, externalId, openedAt, history, ...opening } = input;
    const { reads, actor, now, today } = context;
    const digest = context.digest('opportunity-import', canonicalJson(input));
    if (state.opened) return state.opened.imported?.digest === digest ? [] : reject('opportunityKnown');
    const isOutside = ({ command, to }: Step): boolean =>
      command === 'TransferOpportunity' &&
      !authorize(reads.organisation, actor, 'opportunity:import', to as string, today);
    const outside = history.findIndex(isOutside);
    if (outside >= 0) return reject('ownerOutsideScope', inHistory(outside, 'Not in your scope.'));
    const future = [openedAt, ...history.map(({ occurredAt }) => occurredAt)].findIndex((at) => at > now);
    if (future >= 0) return reject('occurredInFuture', inHistory(future - 1, 'This is in the future.'));
    const { importDaysMax } = policyOn(reads.policy, 'back-dating', today);
    if (actor.kind !== 'system' && daysBetween(openedAt.slice(0, 10), now.slice(0, 10)) > importDaysMax)
      return reject('backDatedTooFar', inHistory(-1, 'This is too long ago.'));
    const decision = decideInTurn(opportunity.ref(opportunityId), context, [
      {
        command: openedAs({ externalId, at: now, digest }),
        input: { ...opening, opportunityId },
        occurredAt: openedAt,
      },
      ...history.map(({ command, occurredAt, ...step }) => ({
        command: stepsByName.get(command)!,
        input: { ...step, opportunityId },
        occurredAt,
      })),
    ]);
    if (!('rejected' in decision)) return decision as readonly never[];
    const { turn, rejected, errors } = decision;
    return reject(
      rejected,
      turn === 0 ? errors : inHistory(turn - 1, errors?.[0]?.detail ?? rejections[rejected]!.detail),
    );
  },
});

/** Points at a step of the history, or at the opening before the first one. */
const inHistory = (index: number, detail: string) => [
  { pointer: index < 0 ? '/openedAt' : `/history/${index}`, detail },
];
