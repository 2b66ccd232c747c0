import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { callLogEvents } from '../events/call-log.ts';
import { opportunityEvents } from '../events/opportunity.ts';
import { TouchType } from '../events/pipeline.ts';
import { CustomerId, Instant, LocalDate, OpportunityId, PersonId } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';

const row = {
  position: z.bigint().describe('Position of the event in the log.'),
  type: TouchType,
  customerId: CustomerId,
  opportunityId: OpportunityId.nullable().describe('Null where the event is about all of the customer.'),
  personId: PersonId.describe('Whose work it was.'),
  at: Instant.describe('When it happened.'),
  day: LocalDate.describe('The business day on which it happened.'),
};
type Row = z.output<z.ZodObject<typeof row>>;

interface Touching {
  readonly customerId: string | null;
  readonly opportunityId?: string | undefined;
  readonly personId?: string;
  readonly ownerId?: string;
}

const touch = {
  key: ({ data, position }: RecordedEvent<Touching>) =>
    data.customerId ? [{ position: BigInt(position) }] : [],
  row: (
    _: Row | undefined,
    { data, type, occurredAt, effectiveOn }: RecordedEvent<Touching>,
    { position }: Pick<Row, 'position'>,
  ): Row => ({
    position,
    type: type as Row['type'],
    customerId: data.customerId!,
    opportunityId: data.opportunityId ?? null,
    personId: (data.personId ?? data.ownerId)!,
    at: occurredAt,
    day: effectiveOn,
  }),
};

const touching = { ...opportunityEvents, ...callLogEvents, ...visitEvents };

/** What may count as a touch of opportunities; which of it does, the policy says. */
export const opportunityTouch = readModel({
  name: 'opportunity_touch',
  version: 1,
  summary: 'What may count as a touch of opportunities; which of it does, the policy says.',
  key: ['position'],
  indexes: [
    ['opportunityId', 'day'],
    ['customerId', 'day'],
  ],
  row,
  of: touching,
  on: Object.fromEntries(TouchType.options.map((type) => [type, touch])) as Readonly<
    Record<TouchType, typeof touch>
  >,
});

export const listOpportunityTouches = list({
  name: 'ListOpportunityTouches',
  summary: 'List what may count as a touch of opportunities, newest first.',
  permission: 'opportunity:read',
  path: '/opportunity-touches',
  of: opportunityTouch,
  scope: { person: 'personId', day: 'day' },
  filters: ['opportunityId', 'customerId', 'personId', 'type', 'day'],
  sorts: ['at', 'position'],
  descending: true,
  groups: ['customerId', 'opportunityId', 'personId', 'type', 'day'],
});
