import type { PipelineStage } from '../../events/pipeline.ts';
import { lifted, takenTo } from '../customer/lifecycle.ts';
import type { CustomerState } from '../customer/state.ts';
import type { OpportunityState } from './state.ts';

/** What lifts the customer of an opportunity that comes to a stage. */
export const liftedBy = (
  { opened }: OpportunityState,
  state: CustomerState,
  stage: PipelineStage,
  on: string,
): ReturnType<typeof lifted> => {
  const { customerId, opportunityId } = opened!;
  return lifted(state, [takenTo(state, stage)], { customerId, opportunityId, on });
};
