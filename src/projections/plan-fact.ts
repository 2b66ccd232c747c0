import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { documentEvents } from '../events/document.ts';
import { LocalDate, PersonId, VisitId } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';
import { visitPlanEvents } from '../events/visit-plan.ts';
import { documentOf } from './document-row.ts';

const row = {
  personId: PersonId,
  date: LocalDate,
  expected: z.boolean().describe('Whether a plan was expected and not excused.'),
  submitted: z.boolean().describe('Whether a plan was submitted.'),
  onTime: z.boolean().describe('Whether its first version was submitted in time.'),
  onPlan: z.array(VisitId).describe('The visits on the plan as it is now.'),
  onSubmitted: z.array(VisitId).describe('The visits on the version submitted last.'),
  inForce: z
    .array(VisitId)
    .nullable()
    .describe('The visits of the version in force, less those that a later signed version drops.'),
  made: z.array(VisitId).describe('The visits that were made on the day.'),
  missed: z.array(VisitId).describe('The visits on the plan that were not made.'),
  plannedVisits: z.int().describe('Number of visits on the plan in force.'),
  plannedVisitsMade: z.int().describe('Number of those that were made.'),
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
  missedVisits: 0,
});

/** The row after some changes, with what is counted of it. */
function changed(plan: Row | undefined, key: Key, change: (plan: Row) => Partial<Row>): Row {
  const before = plan ?? blank(key);
  const next = { ...before, ...change(before) };
  const planned = next.inForce ?? [];
  return {
    ...next,
    plannedVisits: planned.length,
    plannedVisitsMade: planned.filter((visitId) => next.made.includes(visitId)).length,
    missedVisits: next.missed.length,
  };
}

const added = (visitIds: readonly string[], ...more: readonly string[]): string[] => [
  ...new Set([...visitIds, ...more]),
];
const without = (visitIds: readonly string[], visitId: string): string[] =>
  visitIds.filter((other) => other !== visitId);

/**
 * What a signature puts in force: the version signed last before the day, else the first one signed on it. After that
 * a signature only takes off what its version drops.
 */
function signed({ inForce, onSubmitted, date }: Row, signedOn: string): string[] | null {
  if (signedOn < date) return onSubmitted;
  if (inForce) return inForce.filter((visitId) => onSubmitted.includes(visitId));
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
        changed(plan, of, ({ onPlan }) => ({ onPlan: added(onPlan, data.visitId) })),
    },
    PlannedVisitDropped: {
      key,
      row: (plan, { data }, of) =>
        changed(plan, of, ({ onPlan }) => ({ onPlan: without(onPlan, data.visitId) })),
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
      row: (plan, { data: { visitId } }, of) =>
        changed(plan, of, ({ made, missed }) => ({
          made: added(made, visitId),
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
