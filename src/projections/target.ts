import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { PeriodId } from '../events/calendar.ts';
import { MeasureKey, MeasureUnit } from '../events/measure-definition.ts';
import {
  Acknowledgement,
  amountOf,
  currencyOf,
  Dimensions,
  ExecutionPlanState,
  FeasibilityVerdict,
  partsOf,
  RevisionReason,
  SplitDimension,
  TargetPart,
  targetEvents,
  unitOfValue,
} from '../events/target.ts';
import { LocalDate, PersonId, TargetId, TargetPlanId } from '../events/values.ts';

const byTarget = ({ data }: { readonly data: { readonly targetId: string } }) => ({
  targetId: data.targetId,
});

/** The targets of people, and the nodes of target plans. */
export const target = readModel({
  name: 'target',
  version: 1,
  summary: 'The targets that people are to reach, nodes of plans among them; those withdrawn are kept.',
  key: ['targetId'],
  indexes: [['responsible', 'measure', 'periodStart'], ['planId', 'depth'], ['parentTargetId']],
  row: {
    targetId: TargetId,
    responsible: PersonId.describe('Who is to reach it.'),
    measure: MeasureKey,
    periodId: PeriodId,
    periodStart: LocalDate.describe('First day of the period.'),
    periodEnd: LocalDate.describe('First day after the period.'),
    dimensions: Dimensions,
    unit: MeasureUnit,
    value: z.bigint().describe('What is to be reached: minor units, a count, or basis points.'),
    currency: z.string().nullable().describe('Currency of the value; null where it is no money.'),
    assignedBy: PersonId.nullable().describe('Who assigned it.'),
    state: z.enum(['assigned', 'withdrawn']).describe('Whether the target holds.'),
    withdrawalReason: z.string().nullable().describe('Why it was withdrawn.'),
    planId: TargetPlanId.nullable().describe('The plan of which it is a node; null without one.'),
    parentTargetId: TargetId.nullable().describe('The node of which it is a part; null at the top.'),
    depth: z.int().describe('How many nodes are above it.'),
    floor: z.bigint().nullable().describe('The least that is accepted, in the unit of the value.'),
    stretch: z.bigint().nullable().describe('What is hoped for, in the unit of the value.'),
    unallocated: z.bigint().describe('What of it no part has.'),
    overAssignment: z.bigint().describe('What its parts have beyond it.'),
    splitDimension: SplitDimension.nullable().describe('What it is broken down by; null for a leaf.'),
    acknowledgement: Acknowledgement,
    acknowledgedOn: LocalDate.nullable().describe('The day on which it was acknowledged first.'),
    executionPlan: ExecutionPlanState,
    revision: z.int().describe('How often it was revised.'),
    lastReason: RevisionReason.nullable().describe('Why it was revised last.'),
    feasibility: FeasibilityVerdict.nullable().describe('Whether it can be reached; null until assessed.'),
    fallingPeriods: z
      .array(PeriodId)
      .describe(
        'Its parts by period that, seasons apart, fall below the one before; as of the last publication.',
      ),
    parts: z
      .array(TargetPart)
      .nullable()
      .describe('Who has which part of it on which days; null unless it was reassigned.'),
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
        unit: unitOfValue(data.value),
        value: amountOf(data.value),
        currency: currencyOf(data.value),
        assignedBy: data.assignedBy ?? null,
        state: 'assigned',
        withdrawalReason: null,
        planId: data.planId ?? null,
        parentTargetId: data.parentTargetId ?? null,
        depth: data.depth ?? 0,
        floor: data.floor === undefined ? null : amountOf(data.floor),
        stretch: data.stretch === undefined ? null : amountOf(data.stretch),
        unallocated: 0n,
        overAssignment: 0n,
        splitDimension: null,
        acknowledgement: 'none',
        acknowledgedOn: null,
        executionPlan: 'none',
        revision: 0,
        lastReason: null,
        feasibility: null,
        fallingPeriods: [],
        parts: null,
      }),
    },
    TargetBrokenDown: {
      key: byTarget,
      change: (row, { data }) => {
        const isLeaf = data.children.length === 0;
        return {
          ...row,
          splitDimension: isLeaf ? null : data.dimension,
          unallocated: isLeaf ? 0n : amountOf(data.unallocated),
          overAssignment: isLeaf ? 0n : amountOf(data.overAssignment),
        };
      },
    },
    TargetRevised: {
      key: byTarget,
      change: (row, { data }) => ({
        ...row,
        value: amountOf(data.to),
        parts: row.parts && partsOf(row.parts, data.from, data.to),
        acknowledgement: 'none',
        feasibility: null,
        revision: row.revision + 1,
        lastReason: data.reason,
      }),
    },
    TargetReassigned: {
      key: byTarget,
      change: (row, { data }) => ({
        ...row,
        responsible: data.toPerson,
        parts: data.parts,
        acknowledgement: 'none',
        executionPlan: 'none',
      }),
    },
    TargetAcknowledged: {
      key: byTarget,
      change: (row, { effectiveOn }) => ({
        ...row,
        acknowledgement: 'acknowledged',
        acknowledgedOn: row.acknowledgedOn ?? effectiveOn,
      }),
    },
    TargetCounterProposed: {
      key: byTarget,
      change: (row) => ({ ...row, acknowledgement: 'counter_proposed' }),
    },
    CounterProposalDecided: {
      key: byTarget,
      change: (row, { data, effectiveOn }) => ({
        ...row,
        acknowledgement: data.accepted ? 'acknowledged' : 'none',
        acknowledgedOn: row.acknowledgedOn ?? (data.accepted ? effectiveOn : null),
      }),
    },
    ExecutionPlanSubmitted: {
      key: byTarget,
      change: (row) => ({ ...row, executionPlan: 'submitted' }),
    },
    ExecutionPlanReviewed: {
      key: byTarget,
      change: (row, { data }) => ({ ...row, executionPlan: data.accepted ? 'accepted' : 'submitted' }),
    },
    TargetFeasibilityAssessed: {
      key: byTarget,
      change: (row, { data }) => ({ ...row, feasibility: data.verdict }),
    },
    TargetPathWarned: {
      key: byTarget,
      change: (row, { data }) => ({ ...row, fallingPeriods: data.periods }),
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
    'planId',
    'parentTargetId',
    'depth',
    'splitDimension',
    'acknowledgement',
    'executionPlan',
    'lastReason',
    'feasibility',
  ],
  sorts: ['periodStart', 'value', 'depth'],
  groups: [
    'responsible',
    'measure',
    'periodId',
    'currency',
    'state',
    'planId',
    'depth',
    'acknowledgement',
    'executionPlan',
  ],
  sums: ['value', 'unallocated', 'overAssignment'],
});
