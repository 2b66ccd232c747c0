import { absent, type Context, decider, type Evolve, unknown } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import type { Credits } from '../../events/credit.ts';
import { type OpportunityLine, opportunityEvents, type Standing } from '../../events/opportunity.ts';
import type { PipelineDocument, PipelineStage } from '../../events/pipeline.ts';
import type { Money } from '../../events/values.ts';
import { customer } from '../customer/state.ts';
import { type PipelineState, pipeline } from '../pipeline.ts';

interface Offer {
  readonly state: 'submitted' | 'accepted' | 'rejected';
  readonly total: Money;
  readonly validUntil: string | undefined;
}

export interface OpportunityState {
  readonly opened: DataOf<typeof opportunityEvents.OpportunityOpened> | undefined;
  readonly now: Standing | undefined;
  readonly lines: readonly OpportunityLine[];
  /** The open stage in which it stood last. */
  readonly openStageId: string | undefined;
  readonly milestones: readonly string[];
  readonly offers: ReadonlyMap<string, Offer>;
  /** Undefined while all the credit is the owner's. */
  readonly credits: Credits | undefined;
  readonly heldUntil: string | undefined;
  /** What ended it: an order, a contract or its number in a former system, or why it was lost. */
  readonly endedBy: readonly (string | undefined)[];
  /** Who owned it when it was won or lost. */
  readonly closedBy: string | undefined;
  /** When the last thing happened that is recorded of it. */
  readonly lastAt: string;
}

const initialState: OpportunityState = {
  opened: undefined,
  now: undefined,
  lines: [],
  openStageId: undefined,
  milestones: [],
  offers: new Map(),
  credits: undefined,
  heldUntil: undefined,
  endedBy: [],
  closedBy: undefined,
  lastAt: '',
};

/** The state after an event, with when it happened. */
const at =
  <D>(step: (state: OpportunityState, data: D) => Partial<OpportunityState>) =>
  (state: OpportunityState, data: D, { occurredAt }: { readonly occurredAt: string }): OpportunityState => ({
    ...state,
    ...step(state, data),
    lastAt: occurredAt,
  });

const standing = (_: OpportunityState, { after }: { readonly after: Standing }) => ({ now: after });
const inStage = (_: OpportunityState, { after }: { readonly after: Standing }) => ({
  now: after,
  openStageId: after.stageId,
});
const decided = (to: 'accepted' | 'rejected') =>
  at((state: OpportunityState, { offerId }: { readonly offerId: string }) => ({
    offers: new Map(state.offers).set(offerId, { ...state.offers.get(offerId)!, state: to }),
  }));

const evolve: Evolve<OpportunityState, typeof opportunityEvents> = {
  OpportunityOpened: at((_, opened) => ({
    opened,
    now: opened.after,
    openStageId: opened.after.stageId,
  })),
  OpportunityValueRevised: at((_, { after, lines }) => ({ now: after, lines })),
  ExpectedCloseRevised: at(standing),
  ProbabilityOverridden: at(standing),
  MilestoneReached: at((state, { milestone }) => ({ milestones: [...state.milestones, milestone] })),
  StageEntered: at(inStage),
  OfferSubmitted: at((state, { offerId, total, validUntil }) => ({
    offers: new Map(state.offers).set(offerId, { state: 'submitted', total, validUntil }),
  })),
  OfferAccepted: decided('accepted'),
  OfferRejected: decided('rejected'),
  OpportunityWon: at((_, { after, orderId, contractId, reference }) => ({
    now: after,
    endedBy: [orderId, contractId, reference],
    closedBy: after.ownerId,
  })),
  OpportunityLost: at((_, { after, reasonCode, competitorId }) => ({
    now: after,
    endedBy: [reasonCode, competitorId],
    closedBy: after.ownerId,
  })),
  OpportunityHeld: at((_, { after, until }) => ({ now: after, heldUntil: until })),
  OpportunityReopened: at((state, data) => ({
    ...inStage(state, data),
    heldUntil: undefined,
    endedBy: [],
    closedBy: undefined,
  })),
  OpportunityTransferred: at((_, { after, credits }) => ({ now: after, credits })),
  CreditSplitSet: at((_, { credits }) => ({ credits })),
};

export const opportunity = decider({
  stream: 'opportunity',
  id: ['opportunityId'],
  events: opportunityEvents,
  initialState,
  evolve,
});

export const opportunityUnknown = absent('There is no such opportunity.');
export const stageUnknown = unknown('The pipeline has no such stage.');
export const currencyDiffers = 'An opportunity keeps the currency in which it was opened.';
export const personUnknown = unknown('Nobody of this id is employed on that day.');

/** What `barred` may answer, for `rejects`. */
export const barredRejections = {
  opportunityClosed: 'The opportunity is won or lost.',
  recordedLater: 'Something that happened later is recorded of the opportunity already.',
} as const;

type Barred = keyof typeof barredRejections;

export const isRunning = ({ status }: Standing): boolean => status === 'open' || status === 'on_hold';

/** Why nothing more can be recorded of an opportunity: it is over, or has gone on since. */
export const barred = (
  { now, lastAt }: OpportunityState,
  { occurredAt }: Pick<Context, 'occurredAt'>,
): Barred | undefined => {
  if (!now || !isRunning(now)) return 'opportunityClosed';
  return occurredAt < lastAt ? 'recordedLater' : undefined;
};

/** What every event of an opportunity says about it. */
export const headOf = ({ opened, now }: OpportunityState) => ({
  opportunityId: opened!.opportunityId,
  customerId: opened!.customerId,
  pipelineId: opened!.pipelineId,
  pipelineVersion: opened!.pipelineVersion,
  ownerId: now!.ownerId,
});

/** What every change of where an opportunity stands says about it. */
export const changed = (state: OpportunityState, change: Partial<Standing>) => ({
  ...headOf(state),
  before: state.now!,
  after: { ...state.now!, ...change },
});

/** Where an opportunity stands that has come to another stage: as likely as the stage says. */
export const inside = (
  { stageId, kind, defaultProbability, forecastCategory }: PipelineStage,
  stay: number,
) => ({
  status: kind,
  stageId,
  stay,
  probability: defaultProbability,
  probabilitySource: 'stage' as const,
  forecastCategory,
});

export const byPerson = (_: unknown, { now }: OpportunityState): string | undefined => now?.ownerId;

/** The pipeline and the customer of an opportunity, for `reads`. */
export const pipelineAndCustomerOf = (own: OpportunityState) => ({
  ...pipelineOf(own),
  customer: own.opened && customer.ref(own.opened.customerId),
});

/** The pipeline of an opportunity, for `reads`. */
export const pipelineOf = ({ opened }: OpportunityState) => ({
  pipeline: opened && pipeline.ref(opened.pipelineId),
});

/** What the version says that an opportunity was opened under. */
export const documentUnder = (
  { opened }: OpportunityState,
  pipelineState: PipelineState | undefined,
): PipelineDocument => pipelineState!.versions[opened!.pipelineVersion - 1]!;

export const stagesUnder = (
  state: OpportunityState,
  pipelineState: PipelineState | undefined,
): readonly PipelineStage[] => documentUnder(state, pipelineState).stages;

/** Who has the credit for an opportunity: its owner, where nothing else was said. */
export const creditsOf = ({ credits, now }: OpportunityState): Credits =>
  credits ?? [{ personId: now!.ownerId, shareBp: 10_000 }];
