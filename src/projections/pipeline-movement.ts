import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import type { Standing } from '../events/opportunity.ts';
import { Currency, CustomerId, LocalDate, OpportunityId, PersonId, PipelineId } from '../events/values.ts';
import { type ChangeEvent, changeEvents, isRunning, onChange } from './standing.ts';

export const MovementKind = z
  .enum([
    'created',
    'increased',
    'decreased',
    'pulled_in',
    'pushed_out',
    'won',
    'lost',
    'reopened',
    'transferred_in',
    'transferred_out',
  ])
  .describe(
    'What moved. A revised day of closing leaves the former day (pushed_out) and comes to the new one (pulled_in); a transfer leaves one owner and comes to another.',
  );
type MovementKind = z.output<typeof MovementKind>;

export interface Movement {
  readonly kind: MovementKind;
  readonly ownerId: string;
  readonly expectedClose: string | null;
  readonly count: number;
  readonly valueMinor: bigint;
}

const minor = ({ value }: Standing): bigint => BigInt(value.amountMinor);
const added = (kind: MovementKind, standing: Standing): Movement => ({
  kind,
  ownerId: standing.ownerId,
  expectedClose: standing.expectedClose,
  count: 1,
  valueMinor: minor(standing),
});
const removed = (kind: MovementKind, standing: Standing): Movement => {
  const { count, valueMinor, ...movement } = added(kind, standing);
  return { ...movement, count: -count, valueMinor: -valueMinor };
};

/** What leaves one place of the pipeline and comes to another; nothing where these are the same. */
const from = (before: Standing, after: Standing, out: MovementKind, into: MovementKind) =>
  before.ownerId === after.ownerId && before.expectedClose === after.expectedClose
    ? []
    : [removed(out, before), added(into, after)];

/**
 * What a change moves in the pipeline, as entries that sum to it at every owner and day of closing: whatever part of
 * them is summed, opening and movements make the closing. What is won or lost closes on that day, expected or not.
 */
export function movementsOf({ data: { before, after }, effectiveOn }: ChangeEvent): readonly Movement[] {
  const [was, is] = [before && isRunning(before), isRunning(after)];
  if (!before) return [added('created', after)];
  if (!was) return is ? [added('reopened', after)] : [];
  if (!is) {
    const closing = { ...before, expectedClose: effectiveOn };
    return [
      ...from(before, closing, 'pushed_out', 'pulled_in'),
      removed(after.status === 'won' ? 'won' : 'lost', closing),
    ];
  }
  const handed = { ...before, ownerId: after.ownerId };
  const moved = { ...handed, expectedClose: after.expectedClose };
  const difference = minor(after) - minor(before);
  return [
    ...from(before, handed, 'transferred_out', 'transferred_in'),
    ...from(handed, moved, 'pushed_out', 'pulled_in'),
    ...(difference === 0n
      ? []
      : [
          {
            ...added(difference > 0n ? 'increased' : 'decreased', moved),
            count: 0,
            valueMinor: difference,
          },
        ]),
  ];
}

const row = {
  position: z.bigint().describe('Position of the event in the log.'),
  entry: z.int().describe('Number of the entry within the event, from 1.'),
  opportunityId: OpportunityId,
  customerId: CustomerId,
  pipelineId: PipelineId,
  ownerId: PersonId.describe('In whose pipeline it moved.'),
  day: LocalDate.describe('The business day of the movement.'),
  expectedClose: LocalDate.nullable().describe('The day of closing at which it moved; null without one.'),
  kind: MovementKind,
  count: z.int().describe('What it adds to the number of opportunities; below zero where they leave.'),
  valueMinor: z.bigint().describe('What it adds to their value, in minor units; below zero where it leaves.'),
  currency: Currency,
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Pick<Row, 'position' | 'entry'>;

const entries = {
  key: (event: ChangeEvent): readonly Key[] =>
    movementsOf(event).map((_, index) => ({ position: BigInt(event.position), entry: index + 1 })),
  row: (_: Row | undefined, event: ChangeEvent, { position, entry }: Key): Row => {
    const { opportunityId, customerId, pipelineId, after } = event.data;
    return {
      position,
      entry,
      opportunityId,
      customerId,
      pipelineId,
      day: event.effectiveOn,
      currency: after.value.currency,
      ...movementsOf(event)[entry - 1]!,
    };
  },
};

/** What moved in the pipeline. */
export const pipelineMovement = readModel({
  name: 'pipeline_movement',
  version: 1,
  summary: 'What moved in the pipeline: entries that sum to what is in it, for whomever and until whenever.',
  key: ['position', 'entry'],
  indexes: [['ownerId', 'day'], ['opportunityId'], ['day'], ['expectedClose', 'day']],
  row,
  of: changeEvents,
  on: onChange(entries),
});

export const listPipelineMovements = list({
  name: 'ListPipelineMovements',
  summary: 'List what moved in the pipeline, newest first.',
  permission: 'opportunity:read',
  path: '/pipeline-movements',
  of: pipelineMovement,
  scope: { person: 'ownerId', day: 'day' },
  filters: [
    'opportunityId',
    'customerId',
    'pipelineId',
    'ownerId',
    'day',
    'expectedClose',
    'kind',
    'currency',
  ],
  sorts: ['position', 'day', 'valueMinor'],
  descending: true,
  groups: ['pipelineId', 'ownerId', 'day', 'kind', 'currency'],
  sums: ['count', 'valueMinor'],
});
