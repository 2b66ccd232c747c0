import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { StageDirection } from '../events/opportunity.ts';
import { PipelineVersion, StageId, StageKind } from '../events/pipeline.ts';
import { CustomerId, Instant, LocalDate, OpportunityId, PersonId, PipelineId } from '../events/values.ts';
import { type ChangeEvent, changeEvents, onChange } from './standing.ts';

const StageExit = z
  .enum([...StageDirection.options, 'on_hold', 'won', 'lost', 'reopened'])
  .describe('How the stay ended.');
type StageExit = z.output<typeof StageExit>;

const exits: Readonly<Record<string, StageExit>> = {
  OpportunityWon: 'won',
  OpportunityLost: 'lost',
  OpportunityHeld: 'on_hold',
  OpportunityReopened: 'reopened',
};
const exitOf = ({ type, data }: ChangeEvent): StageExit =>
  exits[type] ?? (data as ChangeEvent['data'] & { readonly direction: StageExit }).direction;

const row = {
  opportunityId: OpportunityId,
  stay: z.int().describe('Number of the stay, from 1.'),
  pipelineId: PipelineId,
  pipelineVersion: PipelineVersion,
  customerId: CustomerId,
  stageId: StageId,
  kind: StageKind,
  ownerId: PersonId.describe('Who owned the opportunity when the stay began.'),
  enteredAt: Instant.describe('When the stay began.'),
  enteredOn: LocalDate.describe('The day on which the stay began.'),
  leftAt: Instant.nullable().describe('When the stay ended; null while it lasts.'),
  leftOn: LocalDate.nullable().describe('The day on which the stay ended; null while it lasts.'),
  durationSeconds: z.bigint().nullable().describe('How long the stay took; null while it lasts.'),
  exit: StageExit.nullable().describe('How the stay ended; null while it lasts.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Pick<Row, 'opportunityId' | 'stay'>;

/** A stay ends and the next one begins wherever a change counts one up. */
const stays = {
  key: ({ data: { opportunityId, before, after } }: ChangeEvent): readonly Key[] => {
    if (before?.stay === after.stay) return [];
    return [...(before ? [before] : []), after].map(({ stay }) => ({ opportunityId, stay }));
  },
  row: (interval: Row | undefined, event: ChangeEvent, { stay }: Key): Row | undefined => {
    const { data, occurredAt, effectiveOn } = event;
    if (interval && stay === data.before?.stay) {
      const seconds = (Date.parse(occurredAt) - Date.parse(interval.enteredAt)) / 1_000;
      return {
        ...interval,
        leftAt: occurredAt,
        leftOn: effectiveOn,
        durationSeconds: BigInt(Math.floor(seconds)),
        exit: exitOf(event),
      };
    }
    const { opportunityId, pipelineId, pipelineVersion, customerId, after } = data;
    return {
      opportunityId,
      stay,
      pipelineId,
      pipelineVersion,
      customerId,
      stageId: after.stageId,
      kind: after.status,
      ownerId: after.ownerId,
      enteredAt: occurredAt,
      enteredOn: effectiveOn,
      leftAt: null,
      leftOn: null,
      durationSeconds: null,
      exit: null,
    };
  },
};

/** The stays of opportunities in stages. */
export const stageInterval = readModel({
  name: 'stage_interval',
  version: 1,
  summary: 'The stays of opportunities in stages, one row each; one without an end is censored.',
  key: ['opportunityId', 'stay'],
  indexes: [
    ['pipelineId', 'stageId', 'enteredOn'],
    ['kind', 'leftOn'],
  ],
  row,
  of: changeEvents,
  on: onChange(stays),
});

export const listStageIntervals = list({
  name: 'ListStageIntervals',
  summary: 'List the stays of opportunities in stages, newest first.',
  permission: 'opportunity:read',
  path: '/stage-intervals',
  of: stageInterval,
  scope: { person: 'ownerId', day: 'enteredOn' },
  filters: [
    'opportunityId',
    'pipelineId',
    'pipelineVersion',
    'customerId',
    'stageId',
    'kind',
    'ownerId',
    'enteredOn',
    'leftOn',
    'exit',
  ],
  holds: { from: 'enteredOn', until: 'leftOn' },
  sorts: ['enteredAt', 'durationSeconds'],
  descending: true,
  groups: ['pipelineId', 'pipelineVersion', 'stageId', 'kind', 'ownerId', 'exit'],
  sums: ['durationSeconds'],
});
