import { reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { opportunityEvents } from '../../events/opportunity.ts';
import { StageId } from '../../events/pipeline.ts';
import {
  Amount,
  CustomerId,
  Instant,
  Line,
  LocalDate,
  OpportunityId,
  occurred,
  PersonId,
  PipelineId,
} from '../../events/values.ts';
import { lifted, takenTo } from '../customer/lifecycle.ts';
import { customer, isRegistered } from '../customer/state.ts';
import { rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { pipeline, stagesOf } from '../pipeline.ts';
import { inside, opportunity, personUnknown, stageUnknown } from './state.ts';

const { OpportunityOpened } = opportunityEvents;

/** What is said of an opportunity that is opened. */
export const openingInput = {
  customerId: CustomerId,
  ownerId: PersonId.describe('Who is to win it.'),
  pipelineId: PipelineId,
  stageId: StageId.optional().describe('The first open stage, when left out.'),
  title: Line.describe('What it is about.'),
  source: Line.describe('How it came up.'),
  value: Amount.describe('What it may come to, without tax; zero where that is not known.'),
  expectedClose: LocalDate.optional().describe('The day on which it is expected to be won.'),
  firstContactAt: Instant.optional().describe('When the customer was met for the first time.'),
};

export const openOpportunity = opportunity.command({
  name: 'OpenOpportunity',
  summary: 'Open an opportunity with a customer in a pipeline.',
  permission: 'opportunity:write',
  path: '/opportunities',
  input: { opportunityId: generated(OpportunityId), ...openingInput, ...occurred },
  emits: ['OpportunityOpened', 'CustomerLifecycleAdvanced'],
  rejects: {
    opportunityKnown: 'Another opportunity of this id was opened already.',
    customerUnknown: unknown('There is no such customer.'),
    personUnknown,
    pipelineUnknown: unknown('There is no such pipeline, or none of its versions is published.'),
    pipelineRetired: 'The pipeline is retired.',
    stageUnknown,
    stageNotOpen: 'An opportunity begins in an open stage.',
    closeInPast: 'An opportunity is expected to close today or later.',
  },
  subject: ({ ownerId }) => ownerId,
  reads: ({ customerId, pipelineId }) => ({
    organisation: organisation.ref(),
    customer: customer.ref(customerId),
    pipeline: pipeline.ref(pipelineId),
  }),
  decide: ({ opened }, input, { reads, today: on }) => {
    const { opportunityId, customerId, pipelineId, ownerId, title } = input;
    if (opened)
      return opened.customerId === customerId && opened.pipelineId === pipelineId && opened.title === title
        ? []
        : reject('opportunityKnown');
    const pipelineVersion = reads.pipeline.versions.length;
    if (!isRegistered(reads.customer)) return reject('customerUnknown');
    if (rolesOn(reads.organisation, ownerId, on).length === 0) return reject('personUnknown');
    if (pipelineVersion === 0) return reject('pipelineUnknown');
    if (reads.pipeline.retired) return reject('pipelineRetired');
    const stage = stagesOf(reads.pipeline, pipelineVersion).find(({ kind, stageId }) =>
      input.stageId ? stageId === input.stageId : kind === 'open',
    );
    if (!stage) return reject('stageUnknown');
    if (stage.kind !== 'open') return reject('stageNotOpen');
    if (input.expectedClose && input.expectedClose < on) return reject('closeInPast');
    return [
      OpportunityOpened({
        opportunityId,
        customerId,
        pipelineId,
        pipelineVersion,
        ownerId,
        title,
        source: input.source,
        firstContactAt: input.firstContactAt,
        after: {
          ...inside(stage, 1),
          ownerId,
          value: input.value,
          expectedClose: input.expectedClose ?? null,
        },
      }),
      ...lifted(reads.customer, ['target', takenTo(reads.customer, stage)], {
        customerId,
        opportunityId,
        on,
      }),
    ];
  },
});
