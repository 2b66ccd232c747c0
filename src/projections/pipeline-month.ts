import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { Currency, LocalDate, PipelineId } from '../events/values.ts';
import { type Movement, MovementKind, movementsOf } from './pipeline-movement.ts';
import { type ChangeEvent, changeEvents, onChange } from './standing.ts';

/** Stands in a key for no day of closing: before all others. */
const undated = '1900-01-01';

const row = {
  pipelineId: PipelineId,
  currency: Currency,
  month: LocalDate.describe('First day of the calendar month of the movements.'),
  closeOn: LocalDate.describe(`The day of closing at which they moved; ${undated} without one.`),
  step: MovementKind.describe(
    'What moved. Both entries of a day that was put off are pushed_out, of one that was brought forward pulled_in.',
  ),
  count: z.int().describe('What they add to the number of opportunities.'),
  valueMinor: z.bigint().describe('What they add to their value, in minor units.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Omit<Row, 'count' | 'valueMinor'>;
type Entry = Pick<Movement, 'count' | 'valueMinor'> & { readonly place: Key };

const closeOn = ({ expectedClose }: Pick<Movement, 'expectedClose'>): string => expectedClose ?? undated;
const textOf = (key: Key): string => `${key.closeOn} ${key.step}`;

/** What an event moves for everybody together: there, a transfer moves nothing. */
function entriesOf(event: ChangeEvent): readonly Entry[] {
  const { pipelineId, after } = event.data;
  const movements = movementsOf(event);
  const [out, into] = (['pushed_out', 'pulled_in'] as const).map((kind) =>
    movements.find((movement) => movement.kind === kind),
  );
  const revised = out && into && closeOn(out) < closeOn(into) ? out.kind : into?.kind;
  return movements
    .filter(({ kind }) => kind !== 'transferred_in' && kind !== 'transferred_out')
    .map((movement) => ({
      place: {
        pipelineId,
        currency: after.value.currency,
        month: `${event.effectiveOn.slice(0, 7)}-01`,
        closeOn: closeOn(movement),
        step: movement === out || movement === into ? revised! : movement.kind,
      },
      count: movement.count,
      valueMinor: movement.valueMinor,
    }));
}

const sums = {
  key: (event: ChangeEvent): readonly Key[] => [
    ...new Map(entriesOf(event).map(({ place }) => [textOf(place), place])).values(),
  ],
  row: (sum: Row | undefined, event: ChangeEvent, key: Key): Row => {
    const here = entriesOf(event).filter(({ place }) => textOf(place) === textOf(key));
    return {
      ...key,
      count: here.reduce((total, { count }) => total + count, sum?.count ?? 0),
      valueMinor: here.reduce((total, { valueMinor }) => total + valueMinor, sum?.valueMinor ?? 0n),
    };
  },
};

/**
 * What moved in the pipeline, summed by calendar month and day of closing: what waterfalls of everybody are added up
 * from. Whatever days of closing are taken, the entries of one that was put off sum to what they push out of these.
 */
export const pipelineMonth = readModel({
  name: 'pipeline_month',
  version: 1,
  summary: 'What moved in the pipeline of everybody, summed by calendar month and day of closing.',
  key: ['pipelineId', 'currency', 'month', 'closeOn', 'step'],
  row,
  of: changeEvents,
  on: onChange(sums),
});
