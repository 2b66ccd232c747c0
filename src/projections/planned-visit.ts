import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { CustomerId, LocalDate, LocalTime, PersonId, RegionId, VisitId } from '../events/values.ts';
import { Objective, Purpose, VisitLinks, visitPlanEvents } from '../events/visit-plan.ts';

const byVisit = ({ data }: { readonly data: { readonly visitId: string } }) => ({ visitId: data.visitId });

interface OfPlan {
  readonly personId: string;
  readonly date: string;
}
/** Whether a row belongs to this plan: another plan with a visit of the same id changes nothing. */
const isOn = <R extends OfPlan>(row: R | undefined, { personId, date }: OfPlan): row is R =>
  row?.personId === personId && row.date === date;

/** The visits that are on somebody's plan. */
export const plannedVisit = readModel({
  name: 'planned_visit',
  version: 1,
  summary: 'The visits that are on somebody’s plan of a day; dropped ones are gone.',
  key: ['visitId'],
  indexes: [['personId', 'date']],
  row: {
    visitId: VisitId,
    personId: PersonId,
    date: LocalDate,
    sequence: z.int().describe('Place in the order in which the visits were planned.'),
    customerId: CustomerId.nullable(),
    prospectName: z.string().nullable().describe('Who is visited, when it is no customer yet.'),
    regionId: RegionId.nullable(),
    windowStart: LocalTime.describe('Start of the planned window.'),
    windowEnd: LocalTime.describe('End of the planned window.'),
    purposes: z.array(Purpose).describe('What the visit is for.'),
    purposeNote: z.string().nullable().describe('What the purpose other means.'),
    objective: Objective.nullable().describe('What the visit is meant to achieve.'),
    links: VisitLinks.nullable().describe('What the visit is about.'),
    plannedTravelKm: z.int().nullable().describe('Planned travel in kilometres.'),
    plannedCostMinor: z.bigint().nullable().describe('Planned cost in minor units.'),
    currency: z.string().nullable().describe('Currency of the planned cost.'),
  },
  of: visitPlanEvents,
  on: {
    VisitPlanned: {
      key: byVisit,
      row: (former, { data }) =>
        former ?? {
          visitId: data.visitId,
          personId: data.personId,
          date: data.date,
          sequence: data.sequence,
          customerId: data.customerId ?? null,
          prospectName: data.prospectName ?? null,
          regionId: data.regionId ?? null,
          windowStart: data.window.start,
          windowEnd: data.window.end,
          purposes: data.purposes,
          purposeNote: data.purposeNote ?? null,
          objective: data.objective ?? null,
          links: data.links ?? null,
          plannedTravelKm: data.plannedTravelKm ?? null,
          plannedCostMinor: data.plannedCost ? BigInt(data.plannedCost.amountMinor) : null,
          currency: data.plannedCost?.currency ?? null,
        },
    },
    PlannedVisitChanged: {
      key: byVisit,
      row: (row, { data }) =>
        isOn(row, data)
          ? {
              ...row,
              windowStart: data.window?.start ?? row.windowStart,
              windowEnd: data.window?.end ?? row.windowEnd,
              purposes: data.purposes ?? row.purposes,
              purposeNote: data.purposeNote ?? row.purposeNote,
              objective: data.objective ?? row.objective,
            }
          : row,
    },
    PlannedVisitDropped: { key: byVisit, row: (row, { data }) => (isOn(row, data) ? undefined : row) },
  },
});

export const listPlannedVisits = list({
  name: 'ListPlannedVisits',
  summary: 'List planned visits.',
  permission: 'visit-plan:read',
  path: '/planned-visits',
  of: plannedVisit,
  scope: { person: 'personId', day: 'date' },
  filters: ['personId', 'date', 'customerId', 'regionId'],
  search: ['prospectName'],
  sorts: ['date', 'windowStart'],
  groups: ['personId', 'date', 'customerId', 'regionId'],
  sums: ['plannedCostMinor', 'plannedTravelKm'],
});
