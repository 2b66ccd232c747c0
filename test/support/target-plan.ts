import { nodeIdOf } from '../../src/commands/target/node.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import type { Role } from '../../src/events/permission.ts';
import { type TargetValue, targetEvents } from '../../src/events/target.ts';
import { targetPlanEvents } from '../../src/events/target-plan.ts';
import { eur } from './commerce.ts';
import { idOf } from './given.ts';

const {
  OrganisationConfigured,
  OrgUnitCreated,
  OrgUnitHeadAppointed,
  PersonEmployed,
  PositionAssigned,
  RoleGranted,
} = organisationEvents;

const from = '2020-01-01';

const person = (name: string, role: Role, unit: string, above: string | null) => [
  PersonEmployed({ personId: idOf(name), employeeNo: name, from, newcomerUntil: '2020-07-01' }),
  RoleGranted({ personId: idOf(name), role, from }),
  PositionAssigned({
    personId: idOf(name),
    positionId: idOf(`position ${name}`),
    orgUnitId: idOf(unit),
    reportsToPositionId: above && idOf(`position ${above}`),
    from,
    fteBp: 10_000,
    specialisation: 'field_sales',
  }),
];

const unit = (name: string, kind: 'company' | 'region' | 'office', parent: string | null, head: string) => [
  OrgUnitCreated({ unitId: idOf(name), code: name, name, kind, parentId: parent && idOf(parent), from }),
  OrgUnitHeadAppointed({ unitId: idOf(name), positionId: idOf(`position ${head}`), from, formerFrom: null }),
];

/** A company of regions, offices and salespeople: `region 0`, `office 0/1`, `seller 0/1/2`; the heads are `RM 0`, `SV 0/1`. */
export const company = (regions: number, offices: number, sellers: number) => [
  OrganisationConfigured({
    name: 'Company',
    timeZone: 'Europe/Berlin',
    reportingCurrency: 'EUR',
    weekStart: 1,
    dailyReportDue: '20:00',
    weeklyReportDue: { isoWeekday: 1, time: '10:00' },
    monthlyReviewDueWorkingDay: 5,
  }),
  ...unit('company', 'company', null, 'TM'),
  ...person('TM', 'TM', 'company', null),
  ...person('other TM', 'TM', 'company', null),
  ...Array.from({ length: regions }, (_, r) => [
    ...unit(`region ${r}`, 'region', 'company', `RM ${r}`),
    ...person(`RM ${r}`, 'RM', `region ${r}`, 'TM'),
    ...Array.from({ length: offices }, (_, o) => [
      ...unit(`office ${r}/${o}`, 'office', `region ${r}`, `SV ${r}/${o}`),
      ...person(`SV ${r}/${o}`, 'SV', `office ${r}/${o}`, `RM ${r}`),
      ...Array.from({ length: sellers }, (_, s) =>
        person(`seller ${r}/${o}/${s}`, 'SP', `office ${r}/${o}`, `SV ${r}/${o}`),
      ).flat(),
    ]).flat(),
  ]).flat(),
];

export const planId = idOf('plan');
export const year = { periodId: 'FY2026', start: '2026-01-01', endExclusive: '2027-01-01' };
export const created = targetPlanEvents.TargetPlanCreated({
  planId,
  name: 'The year',
  horizon: year,
  calendarVersion: 0,
  measures: ['net_sales', 'visits'],
  rootOrgUnit: idOf('company'),
  currency: 'EUR',
  createdBy: idOf('TM'),
});
export const submitted = targetPlanEvents.TargetPlanSubmitted({ planId, discussUntil: '2026-03-16' });
export const approved = targetPlanEvents.TargetPlanApproved({ planId, approvedBy: idOf('TM') });
export const published = targetPlanEvents.TargetPlanPublished({
  planId,
  publication: 1,
  planHash: '',
  nodes: 1,
  leaves: 1,
  waived: [],
});

/** A node of the plan for net sales in the year, and the event that assigned it. */
export function node(
  value: TargetValue,
  responsible: string,
  dimensions: Readonly<Record<string, string>> = {},
  parentTargetId?: string,
) {
  const measure = typeof value === 'number' ? ('visits' as const) : ('net_sales' as const);
  const targetId = nodeIdOf(planId, { measure, period: year, dimensions });
  const assigned = targetEvents.TargetAssigned({
    targetId,
    planId,
    responsible,
    measure,
    period: year,
    dimensions,
    value,
    assignedBy: idOf('TM'),
    depth: parentTargetId ? 1 : 0,
    ...(parentTargetId && { parentTargetId }),
  });
  return { targetId, assigned };
}

/** The year of the first region, 100.00 EUR. */
export const root = node(eur('10000'), idOf('RM 0'));
export const rootAdded = targetPlanEvents.TargetPlanRootAdded({ planId, targetId: root.targetId });
