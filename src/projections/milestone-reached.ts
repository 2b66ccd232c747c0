import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { opportunityEvents } from '../events/opportunity.ts';
import { MilestoneKey } from '../events/pipeline.ts';
import { CustomerId, Instant, LocalDate, OpportunityId, PersonId, PipelineId } from '../events/values.ts';

/** The milestones that opportunities have reached. */
export const milestoneReached = readModel({
  name: 'milestone_reached',
  version: 1,
  summary: 'The milestones that opportunities have reached.',
  key: ['opportunityId', 'milestone'],
  indexes: [
    ['pipelineId', 'milestone', 'reachedOn'],
    ['ownerId', 'reachedOn'],
  ],
  row: {
    opportunityId: OpportunityId,
    milestone: MilestoneKey,
    customerId: CustomerId,
    pipelineId: PipelineId,
    ownerId: PersonId.describe('Who owned the opportunity then.'),
    reachedAt: Instant.describe('When it was reached.'),
    reachedOn: LocalDate.describe('The day on which it was reached.'),
  },
  of: opportunityEvents,
  on: {
    MilestoneReached: {
      key: ({ data: { opportunityId, milestone } }) => ({ opportunityId, milestone }),
      row: (_, { data, occurredAt, effectiveOn }) => ({
        opportunityId: data.opportunityId,
        milestone: data.milestone,
        customerId: data.customerId,
        pipelineId: data.pipelineId,
        ownerId: data.ownerId,
        reachedAt: occurredAt,
        reachedOn: effectiveOn,
      }),
    },
  },
});

export const listMilestonesReached = list({
  name: 'ListMilestonesReached',
  summary: 'List the milestones that opportunities have reached, newest first.',
  permission: 'opportunity:read',
  path: '/milestones-reached',
  of: milestoneReached,
  scope: { person: 'ownerId', day: 'reachedOn' },
  filters: ['opportunityId', 'milestone', 'customerId', 'pipelineId', 'ownerId', 'reachedOn'],
  sorts: ['reachedAt'],
  descending: true,
  groups: ['milestone', 'pipelineId', 'ownerId', 'reachedOn'],
});
