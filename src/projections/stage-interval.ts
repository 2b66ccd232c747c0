import { z } from 'zod';
import { list } from '../engine/list.ts';
import { counted, readModel } from '../engine/read-model.ts';
import { StageDirection, type Standing } from '../events/opportunity.ts';
import { PipelineVersion, StageId, StageKind } from '../events/pipeline.ts';
import {
  Currency,
  CustomerId,
  Instant,
  LocalDate,
  OpportunityId,
  PersonId,
  PipelineId,
} from '../events/values.ts';
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
  valueMinor: z.bigint().describe('What the opportunity was worth when the stay began, in minor units.'),
  currency: Currency,
  won: z.boolean().describe('Whether the opportunity is won now.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Pick<Row, 'opportunityId' | 'stay'>;

const isWon = (standing: Standing | undefined): boolean => standing?.status === 'won';

/**
 * A stay ends and the next one begins wherever a change counts one up. All stays of an opportunity know whether it is
 * won, so that what became of each is counted without looking at the others.
 */
const stays = {
  key: ({ data: { opportunityId, before, after } }: ChangeEvent): readonly Key[] => {
    if (before?.stay === after.stay) return [];
    const since = isWon(before) === isWon(after) ? (before?.stay ?? after.stay) : 1;
    return Array.from({ length: after.stay - since + 1 }, (_, index) => ({
      opportunityId,
      stay: since + index,
    }));
  },
  row: (interval: Row | undefined, event: ChangeEvent, { stay }: Key): Row | undefined => {
    const { data, occurredAt, effectiveOn } = event;
    const won = isWon(data.after);
    if (interval && stay === data.before?.stay) {
      const seconds = (Date.parse(occurredAt) - Date.parse(interval.enteredAt)) / 1_000;
      return {
        ...interval,
        leftAt: occurredAt,
        leftOn: effectiveOn,
        durationSeconds: BigInt(Math.floor(seconds)),
        exit: exitOf(event),
        won,
      };
    }
    if (interval) return { ...interval, won };
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
      valueMinor: BigInt(after.value.amountMinor),
      currency: after.value.currency,
      won,
    };
  },
};

const stage = { pipelineId: PipelineId, pipelineVersion: PipelineVersion, stageId: StageId };
const stageColumns = {
  pipelineId: 'pipeline_id',
  pipelineVersion: 'pipeline_version',
  stageId: 'stage_id',
} as const;
const month = `date_trunc('month', entered_on)::date`;

/** The stays of opportunities in stages. */
export const stageInterval = readModel({
  name: 'stage_interval',
  version: 1,
  summary: 'The stays of opportunities in stages, one row each; one without an end is censored.',
  key: ['opportunityId', 'stay'],
  indexes: [
    ['pipelineId', 'stageId', 'enteredOn'],
    ['kind', 'leftOn'],
    ['kind', 'enteredOn'],
    ['ownerId', 'enteredOn'],
  ],
  counts: [
    counted({
      name: 'stage_exit',
      summary: 'How the stays in open stages ended, by the month in which they began.',
      row: {
        ...stage,
        month: LocalDate.describe('The first day of the month in which they began.'),
        exit: StageExit.or(z.literal('open')).meta({
          column: 'text',
          description: 'How they ended; open while they last.',
        }),
        won: row.won,
      },
      by: { ...stageColumns, month, exit: `coalesce(exit, 'open')`, won: 'won' },
      where: `kind = 'open'`,
    }),
    counted({
      name: 'stage_duration',
      summary: 'How long the stays in open stages took, by the month in which they began.',
      row: {
        ...stage,
        since: LocalDate.describe(
          'The first day of the month in which they began; the very day while they last.',
        ),
        ended: z.boolean().describe('Whether they are over.'),
        days: z.int().describe('How many days they took; 0 while they last.'),
      },
      by: {
        ...stageColumns,
        since: `case when left_on is null then entered_on else ${month} end`,
        ended: 'left_on is not null',
        days: 'coalesce(left_on - entered_on, 0)',
      },
      where: `kind = 'open'`,
    }),
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
    'currency',
    'won',
  ],
  holds: { from: 'enteredOn', until: 'leftOn' },
  sorts: ['enteredAt', 'durationSeconds'],
  descending: true,
  groups: ['pipelineId', 'pipelineVersion', 'stageId', 'kind', 'ownerId', 'exit', 'currency', 'won'],
  sums: ['durationSeconds', 'valueMinor'],
});
