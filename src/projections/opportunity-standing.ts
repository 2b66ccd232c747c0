import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { Standing } from '../events/opportunity.ts';
import { PipelineVersion } from '../events/pipeline.ts';
import { CustomerId, LocalDate, OpportunityId, PipelineId } from '../events/values.ts';
import { type ChangeEvent, changeEvents, isRunning, onChange } from './standing.ts';

const row = {
  opportunityId: OpportunityId,
  customerId: CustomerId,
  pipelineId: PipelineId,
  pipelineVersion: PipelineVersion,
  openedOn: LocalDate.describe('The day on which it was opened.'),
  overOn: LocalDate.nullable().describe('The day on which it was won or lost; null while it is not.'),
  standings: z
    .array(z.object({ ...Standing.shape, on: LocalDate }))
    .describe('Where it stood at the end of each day on which that changed, each until the next.'),
};
type Row = z.output<z.ZodObject<typeof row>>;

const changes = {
  key: ({ data: { opportunityId } }: ChangeEvent) => ({ opportunityId }),
  row: (row: Row | undefined, { data, effectiveOn: on }: ChangeEvent): Row => {
    const { opportunityId, customerId, pipelineId, pipelineVersion, before, after } = data;
    const since = before && !isRunning(before) ? row?.overOn : null;
    return {
      opportunityId,
      customerId,
      pipelineId,
      pipelineVersion,
      openedOn: row?.openedOn ?? on,
      overOn: isRunning(after) ? null : (since ?? on),
      standings: [...(row?.standings ?? []).filter((standing) => standing.on < on), { on, ...after }],
    };
  },
};

/** Where opportunities stood on any day. */
export const opportunityStanding = readModel({
  name: 'opportunity_standing',
  version: 1,
  summary: 'Where opportunities stood at the end of any day, by what is known of it now.',
  key: ['opportunityId'],
  indexes: [['overOn'], ['openedOn']],
  row,
  of: changeEvents,
  on: onChange(changes),
});
