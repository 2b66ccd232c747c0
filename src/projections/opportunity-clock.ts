import type { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { readModel } from '../engine/read-model.ts';
import { callLogEvents } from '../events/call-log.ts';
import { opportunityEvents, type Standing } from '../events/opportunity.ts';
import { PipelineVersion, StageId, StageKind, TouchType } from '../events/pipeline.ts';
import { CustomerId, LocalDate, OpportunityId, PersonId, PipelineId } from '../events/values.ts';

type OwnTouch = Exclude<z.output<typeof TouchType>, 'VisitEnded'>;
/** What may touch one opportunity. */
export const ownTouches = TouchType.exclude(['VisitEnded']).options;
type LastDays = { readonly [T in OwnTouch as `last${T}`]: z.ZodNullable<typeof LocalDate> };

const row = {
  opportunityId: OpportunityId,
  customerId: CustomerId,
  pipelineId: PipelineId,
  pipelineVersion: PipelineVersion,
  ownerId: PersonId,
  status: StageKind.describe('Whether it is open, on hold, won or lost.'),
  stageId: StageId,
  enteredOn: LocalDate.describe('The day on which it came to its stage.'),
  ...(Object.fromEntries(
    ownTouches.map((type) => [
      `last${type}`,
      LocalDate.nullable().describe(`The day of the last ${type} that is about it.`),
    ]),
  ) as LastDays),
};
type Row = z.output<z.ZodObject<typeof row>>;

type OwnEvent = RecordedEvent<{
  readonly opportunityId?: string | undefined;
  readonly before?: Standing;
  readonly after?: Standing;
}>;

const byOpportunity = ({ data: { opportunityId } }: OwnEvent) => (opportunityId ? [{ opportunityId }] : []);

/** Where an opportunity stands after an event that changes that. */
function standing({ data: { before, after }, effectiveOn }: OwnEvent): Partial<Row> {
  if (!after) return {};
  const { ownerId, status, stageId } = after;
  return { ownerId, status, stageId, ...(before?.stay !== after.stay && { enteredOn: effectiveOn }) };
}

function touched(clock: Row, { type, effectiveOn }: OwnEvent): Partial<Row> {
  if (!ownTouches.includes(type as OwnTouch)) return {};
  const field = `last${type as OwnTouch}` as const;
  const last = clock[field];
  return { [field]: last && last > effectiveOn ? last : effectiveOn };
}

const goesOn = {
  key: byOpportunity,
  row: (clock: Row | undefined, event: OwnEvent): Row | undefined =>
    clock && { ...clock, ...standing(event), ...touched(clock, event) },
};

const untouched = Object.fromEntries(ownTouches.map((type) => [`last${type}`, null])) as {
  readonly [F in keyof LastDays]: null;
};
const touching = { ...opportunityEvents, ...callLogEvents };
type Touching = keyof typeof touching;

/** Where opportunities stand, and on which day each that may count as a touch was the last one. */
export const opportunityClock = readModel({
  name: 'opportunity_clock',
  version: 1,
  summary: 'Where opportunities stand, and on which day they were touched last in each way.',
  key: ['opportunityId'],
  indexes: [['status'], ['ownerId', 'status']],
  row,
  of: touching,
  on: {
    ...(Object.fromEntries(
      (Object.keys(touching) as readonly Touching[]).map((type) => [type, goesOn]),
    ) as Readonly<Record<Touching, typeof goesOn>>),
    OpportunityOpened: {
      key: byOpportunity,
      row: (_, { data, effectiveOn }) => ({
        ...untouched,
        opportunityId: data.opportunityId,
        customerId: data.customerId,
        pipelineId: data.pipelineId,
        pipelineVersion: data.pipelineVersion,
        ownerId: data.ownerId,
        status: data.after.status,
        stageId: data.after.stageId,
        enteredOn: effectiveOn,
        lastOpportunityOpened: effectiveOn,
      }),
    },
  },
});
