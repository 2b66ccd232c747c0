import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { documentEvents } from '../events/document.ts';
import { Instant, LocalDate, LocalTime, PersonId, VisitId } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';
import { visitPlanEvents } from '../events/visit-plan.ts';
import { documentOf } from './document-row.ts';

const Planned = z.object({ visitId: VisitId, windowStart: LocalTime, windowEnd: LocalTime });
type Planned = z.output<typeof Planned>;
const Made = z.object({ visitId: VisitId, startedAt: Instant });
type Made = z.output<typeof Made>;

const row = {
  personId: PersonId,
  date: LocalDate,
  expected: z.boolean().describe('Whether a plan was expected and not excused.'),
  submitted: z.boolean().describe('Whether a plan was submitted.'),
  onTime: z.boolean().describe('Whether its first version was submitted in time.'),
  onPlan: z.array(Planned).describe('The visits on the plan as it is now.'),
  onSubmitted: z.array(Planned).describe('The visits on the version submitted last.'),
  inForce: z
    .array(Planned)
    .nullable()
    .describe('The visits of the version in force, less those that a later signed version drops.'),
  made: z.array(Made).describe('The visits that were made on the day, in the order in which they began.'),
  missed: z.array(VisitId).describe('The visits on the plan that were not made.'),
  plannedVisits: z.int().describe('Number of visits on the plan in force.'),
  plannedVisitsMade: z.int().describe('Number of those that were made.'),
  plannedVisitsInOrder: z
    .int()
    .describe('The most of those that were begun in the order of their windows, whatever was between them.'),
  missedVisits: z.int().describe('Number of visits that were missed.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Pick<Row, 'personId' | 'date'>;

const blank = ({ personId, date }: Key): Row => ({
  personId,
  date,
  expected: false,
  submitted: false,
  onTime: false,
  onPlan: [],
  onSubmitted: [],
  inForce: null,
  made: [],
  missed: [],
  plannedVisits: 0,
  plannedVisitsMade: 0,
  plannedVisitsInOrder: 0,
  missedVisits: 0,
});

/** The length of the longest sequence that two lists have in common, with gaps. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let lengths: readonly number[] = b.map(() => 0);
  for (const one of a) {
    const next: number[] = [];
    for (const [index, other] of b.entries()) {
      const longer = one === other ? (lengths[index - 1] ?? 0) + 1 : 0;
      next.push(Math.max(longer, lengths[index]!, next[index - 1] ?? 0));
    }
    lengths = next;
  }
  return lengths.at(-1) ?? 0;
}

const before = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const idOf = ({ visitId }: { readonly visitId: string }): string => visitId;

/** The row after some changes, with what is counted of it. */
function changed(plan: Row | undefined, key: Key, change: (plan: Row) => Partial<Row>): Row {
  const former = plan ?? blank(key);
  const next = { ...former, ...change(former) };
  const planned = (next.inForce ?? []).toSorted((a, b) => before(a.windowStart, b.windowStart)).map(idOf);
  const made = next.made.map(idOf);
  return {
    ...next,
    plannedVisits: planned.length,
    plannedVisitsMade: planned.filter((visitId) => made.includes(visitId)).length,
    plannedVisitsInOrder: commonLength(planned, made),
    missedVisits: next.missed.length,
  };
}

const added = (visitIds: readonly string[], ...more: readonly string[]): string[] => [
  ...new Set([...visitIds, ...more]),
];
const has = (visits: readonly Planned[], visitId: string): boolean => visits.map(idOf).includes(visitId);
const without = (visitIds: readonly string[], visitId: string): string[] =>
  visitIds.filter((other) => other !== visitId);

const begun = (made: readonly Made[], visit: Made): Made[] =>
  [...made.filter(({ visitId }) => visitId !== visit.visitId), visit].sort((a, b) =>
    before(a.startedAt, b.startedAt),
  );

/**
 * What a signature puts in force: the version signed last before the day, else the first one signed on it. After that
 * a signature only takes off what its version drops.
 */
function signed({ inForce, onSubmitted, date }: Row, signedOn: string): Planned[] | null {
  if (signedOn < date) return onSubmitted;
  if (inForce) return inForce.filter(({ visitId }) => has(onSubmitted, visitId));
  return signedOn === date ? onSubmitted : null;
}

const key = ({ data: { personId, date } }: { readonly data: Key }): Key => ({ personId, date });
const workflowKey = documentOf('visit-plan');

/** What counts once for each visit plan. */
export const planFact = readModel({
  name: 'plan_fact',
  version: 1,
  summary:
    'What counts once for each visit plan of a person and a day, and the visits on the version in force.',
  key: ['personId', 'date'],
  indexes: [['date']],
  row,
  of: { ...visitPlanEvents, ...visitEvents, ...documentEvents },
  on: {
    VisitPlanExpected: { key, row: (plan, _, of) => changed(plan, of, () => ({ expected: true })) },
    VisitPlanExcused: { key, row: (plan, _, of) => changed(plan, of, () => ({ expected: false })) },
    VisitPlanned: {
      key,
      row: (plan, { data }, of) =>
        changed(plan, of, ({ onPlan }) => ({
          onPlan: has(onPlan, data.visitId)
            ? onPlan
            : [
                ...onPlan,
                { visitId: data.visitId, windowStart: data.window.start, windowEnd: data.window.end },
              ],
        })),
    },
    PlannedVisitChanged: {
      key,
      row: (plan, { data: { visitId, window } }, of) =>
        changed(plan, of, ({ onPlan }) => ({
          onPlan: onPlan.map((planned) =>
            planned.visitId === visitId && window
              ? { visitId, windowStart: window.start, windowEnd: window.end }
              : planned,
          ),
        })),
    },
    PlannedVisitDropped: {
      key,
      row: (plan, { data }, of) =>
        changed(plan, of, ({ onPlan }) => ({
          onPlan: onPlan.filter(({ visitId }) => visitId !== data.visitId),
        })),
    },
    DocumentSubmitted: {
      key: workflowKey,
      row: (plan, { data }, of) =>
        changed(plan, of, ({ submitted, onTime, onPlan }) => ({
          submitted: true,
          onTime: submitted ? onTime : data.latenessMinutes === 0,
          onSubmitted: onPlan,
        })),
    },
    DocumentSignedOff: {
      key: workflowKey,
      row: (plan, { effectiveOn }, of) =>
        changed(plan, of, (before) => ({ inForce: signed(before, effectiveOn) })),
    },
    SignOffVoided: {
      key: workflowKey,
      row: (plan, { effectiveOn }, of) =>
        changed(plan, of, ({ inForce, date }) => ({ inForce: effectiveOn < date ? null : inForce })),
    },
    VisitEnded: {
      key,
      row: (plan, { data: { visitId, startedAt } }, of) =>
        changed(plan, of, ({ made, missed }) => ({
          made: begun(made, { visitId, startedAt }),
          missed: without(missed, visitId),
        })),
    },
    VisitMissed: {
      key,
      row: (plan, { data: { visitId } }, of) =>
        changed(plan, of, ({ missed }) => ({ missed: added(missed, visitId) })),
    },
    VisitPlanClosed: {
      key,
      row: (plan, { data }, of) =>
        changed(plan, of, ({ missed }) => ({ missed: added(missed, ...data.missed) })),
    },
  },
});
