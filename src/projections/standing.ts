import type { RecordedEvent } from '../engine/event.ts';
import { opportunityEvents, type Standing } from '../events/opportunity.ts';
import type { StageKind } from '../events/pipeline.ts';

/** What every event says that changes where an opportunity stands; one that opens it has no `before`. */
interface Change {
  readonly opportunityId: string;
  readonly customerId: string;
  readonly pipelineId: string;
  readonly pipelineVersion: number;
  readonly ownerId: string;
  readonly before?: Standing;
  readonly after: Standing;
}

export type ChangeEvent = RecordedEvent<Change>;

/** A handler for each event that changes where an opportunity stands. */
export const onChange = <H>(handler: H) => ({
  OpportunityOpened: handler,
  OpportunityValueRevised: handler,
  ExpectedCloseRevised: handler,
  ProbabilityOverridden: handler,
  StageEntered: handler,
  OpportunityWon: handler,
  OpportunityLost: handler,
  OpportunityHeld: handler,
  OpportunityReopened: handler,
  OpportunityTransferred: handler,
});

export const changeEvents: Pick<typeof opportunityEvents, keyof ReturnType<typeof onChange>> =
  opportunityEvents;

/** Whether an opportunity is part of the pipeline: neither won nor lost. */
export const isRunning = ({ status }: { readonly status: StageKind }): boolean =>
  status === 'open' || status === 'on_hold';
