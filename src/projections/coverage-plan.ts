import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import {
  assumptions,
  CoverageBasis,
  CoverageLevel,
  coverageKeys,
  coveragePlanEvents,
} from '../events/coverage-plan.ts';
import { PositiveRatio } from '../events/rational.ts';
import { Amount, LocalDate } from '../events/values.ts';

/** What pipelines are to bring, and what is assumed of them. */
export const coveragePlan = readModel({
  name: 'coverage_plan',
  version: 1,
  summary: 'What pipelines are to bring in a period, and what is assumed of their levels.',
  key: ['unitId', 'periodId'],
  row: {
    ...coverageKeys,
    start: LocalDate.describe('First day of the period.'),
    endExclusive: LocalDate.describe('First day after the period.'),
    targetPerMonth: PositiveRatio.describe(
      'How many new customers, contracts or the like a month is to bring.',
    ),
    levels: z.array(CoverageLevel).describe(assumptions.levels.description!),
    basis: CoverageBasis,
    averageValue: Amount.nullable().describe(
      'What one of the first level is worth when it is won; null where that is not said.',
    ),
    setOn: LocalDate.describe('The day on which they were set.'),
  },
  of: coveragePlanEvents,
  on: {
    CoverageAssumptionsSet: {
      key: ({ data: { unitId, periodId } }) => ({ unitId, periodId }),
      row: (_, { data, effectiveOn }) => ({
        ...data,
        averageValue: data.averageValue ?? null,
        setOn: effectiveOn,
      }),
    },
  },
});

export const listCoveragePlans = list({
  name: 'ListCoveragePlans',
  summary: 'List what the pipelines of units are to bring, and what is assumed of them.',
  permission: 'coverage:read',
  path: '/coverage-plans',
  of: coveragePlan,
  scope: 'everyone',
  filters: ['unitId', 'periodId', 'start', 'endExclusive', 'basis', 'setOn'],
  holds: { from: 'start', until: 'endExclusive' },
  sorts: ['start', 'setOn'],
  descending: true,
  groups: ['unitId', 'periodId'],
});
