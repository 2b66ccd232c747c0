import type { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { readModel } from '../engine/read-model.ts';
import { callLogEvents } from '../events/call-log.ts';
import { CustomerId, LocalDate } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';

const row = {
  customerId: CustomerId,
  lastCallLogged: LocalDate.nullable().describe('The day of the last call that named no opportunity.'),
  lastVisitEnded: LocalDate.nullable().describe('The day of the last visit.'),
};
type Row = z.output<z.ZodObject<typeof row>>;

/** What may touch all opportunities of a customer at once. */
export const customerTouches = ['CallLogged', 'VisitEnded'] as const;

const touch = (type: (typeof customerTouches)[number]) => ({
  key: ({
    data: { customerId, opportunityId },
  }: RecordedEvent<{ readonly customerId: string | null; readonly opportunityId?: string | undefined }>) =>
    customerId && !opportunityId ? [{ customerId }] : [],
  row: (
    clock: Row | undefined,
    { effectiveOn }: RecordedEvent,
    { customerId }: Pick<Row, 'customerId'>,
  ): Row => {
    const last = clock?.[`last${type}`];
    return {
      ...{ lastCallLogged: null, lastVisitEnded: null, ...clock },
      customerId,
      [`last${type}`]: last && last > effectiveOn ? last : effectiveOn,
    };
  },
});

/** On which day all that is open with a customer was touched last. */
export const customerClock = readModel({
  name: 'customer_clock',
  version: 1,
  summary: 'On which day all opportunities of a customer were touched last in each way.',
  key: ['customerId'],
  row,
  of: { ...callLogEvents, ...visitEvents },
  on: { CallLogged: touch('CallLogged'), VisitEnded: touch('VisitEnded') },
});
