import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { PeriodId } from '../events/calendar.ts';
import { Dimensions, isMoney, Measure, targetEvents } from '../events/target.ts';
import { LocalDate, PersonId, TargetId } from '../events/values.ts';

const byTarget = ({ data }: { readonly data: { readonly targetId: string } }) => ({
  targetId: data.targetId,
});

/** The targets of people. */
export const target = readModel({
  name: 'target',
  version: 1,
  summary: 'The targets that people are to reach; those withdrawn are kept.',
  key: ['targetId'],
  indexes: [['responsible', 'measure', 'periodStart']],
  row: {
    targetId: TargetId,
    responsible: PersonId.describe('Who is to reach it.'),
    measure: Measure,
    periodId: PeriodId,
    periodStart: LocalDate.describe('First day of the period.'),
    periodEnd: LocalDate.describe('First day after the period.'),
    dimensions: Dimensions,
    unit: z.enum(['money', 'count']).describe('Whether the value is money or a count.'),
    value: z.bigint().describe('What is to be reached: minor units, or a count.'),
    currency: z.string().nullable().describe('Currency of the value; null for a count.'),
    assignedBy: PersonId.nullable().describe('Who assigned it.'),
    state: z.enum(['assigned', 'withdrawn']).describe('Whether the target holds.'),
    withdrawalReason: z.string().nullable().describe('Why it was withdrawn.'),
  },
  of: targetEvents,
  on: {
    TargetAssigned: {
      key: byTarget,
      row: (_, { data }) => ({
        targetId: data.targetId,
        responsible: data.responsible,
        measure: data.measure,
        periodId: data.period.periodId,
        periodStart: data.period.start,
        periodEnd: data.period.endExclusive,
        dimensions: data.dimensions,
        unit: isMoney(data.measure) ? 'money' : 'count',
        value: BigInt(typeof data.value === 'object' ? data.value.amountMinor : data.value),
        currency: typeof data.value === 'object' ? data.value.currency : null,
        assignedBy: data.assignedBy ?? null,
        state: 'assigned',
        withdrawalReason: null,
      }),
    },
    TargetWithdrawn: {
      key: byTarget,
      change: (row, { data }) => ({ ...row, state: 'withdrawn', withdrawalReason: data.reason }),
    },
  },
});

export const listTargets = list({
  name: 'ListTargets',
  summary: 'List targets.',
  permission: 'target:read',
  path: '/targets',
  of: target,
  scope: { person: 'responsible', day: 'periodStart' },
  filters: [
    'targetId',
    'responsible',
    'measure',
    'periodId',
    'periodStart',
    'periodEnd',
    'assignedBy',
    'unit',
    'currency',
    'state',
  ],
  sorts: ['periodStart', 'value'],
  groups: ['responsible', 'measure', 'periodId', 'currency', 'state'],
  sums: ['value'],
});
