import { z } from 'zod';
import { events } from '../engine/event.ts';
import { PeriodId } from './calendar.ts';
import { ClaimKey } from './claim.ts';
import { moneyText, type Sentences, words } from './sentence.ts';
import { Amount, Comment, Count, Line, LocalDate, PersonId, TargetId } from './values.ts';

export const Measure = z
  .enum([
    'net_sales',
    'gross_profit',
    'orders',
    'visits',
    'calls',
    'new_outlets',
    'payment_recovered',
    'new_customers',
    'effective_visits',
  ])
  .meta({ id: 'Measure', description: 'What is counted or summed.' });
export type Measure = z.output<typeof Measure>;

const moneyMeasures: readonly Measure[] = ['net_sales', 'gross_profit', 'payment_recovered'];
/** Whether a measure is a sum of money; the others are counts. */
export const isMoney = (measure: Measure): boolean => moneyMeasures.includes(measure);

export const TargetPeriod = z
  .strictObject({ periodId: PeriodId, start: LocalDate, endExclusive: LocalDate })
  .refine(({ start, endExclusive }) => start < endExclusive, 'A period ends after it starts.')
  .meta({
    id: 'TargetPeriod',
    description: 'The period of a target; it ends the day before `endExclusive`.',
  });
export const Dimension = z
  .enum(['region', 'channel', 'product', 'product_group', 'customer', 'customer_segment'])
  .meta({ id: 'Dimension', description: 'What a figure can be narrowed to.' });
export const Dimensions = z.partialRecord(Dimension, Line).meta({
  id: 'Dimensions',
  description: 'What the target is narrowed to; empty for everything of the person.',
});
export const TargetValue = z
  .union([Amount, Count])
  .meta({ id: 'TargetValue', description: 'Money, or a count, by the measure.' });

/** What every event of a target says about it. */
const target = {
  targetId: TargetId,
  responsible: PersonId,
  measure: Measure,
  period: TargetPeriod,
  dimensions: Dimensions,
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const targetEvents = events({
  TargetAssigned: { ...target, value: TargetValue, assignedBy: PersonId.optional(), uniqueKey: ClaimKey },
  TargetWithdrawn: { ...target, reason: Comment },
});

const valueText = (value: z.output<typeof TargetValue>): string =>
  typeof value === 'number' ? String(value) : moneyText(value);

/** What each of these events says, in a sentence. */
export const targetSentences: Sentences<typeof targetEvents> = {
  TargetAssigned: (d, n) =>
    `${n(d.responsible)} was set a target for ${words(d.measure)} in ${d.period.periodId}: ${valueText(d.value)}.`,
  TargetWithdrawn: (d, n) =>
    `The target of ${n(d.responsible)} for ${words(d.measure)} in ${d.period.periodId} was withdrawn: ${d.reason}`,
};
