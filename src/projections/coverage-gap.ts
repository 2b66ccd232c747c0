import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import {
  Compensation,
  coverageKeys,
  coveragePlanEvents,
  FunnelLevel,
  gapFigures,
  response,
} from '../events/coverage-plan.ts';
import { GapId, LocalDate } from '../events/values.ts';

const byGap = ({ data }: { readonly data: { readonly gapId: string } }) => ({ gapId: data.gapId });

/** The gaps of pipelines, and what is done about them. */
export const coverageGap = readModel({
  name: 'coverage_gap',
  version: 1,
  summary: 'The gaps of pipelines, and what is done about them.',
  key: ['gapId'],
  indexes: [['unitId', 'periodId', 'level']],
  row: {
    gapId: GapId,
    ...coverageKeys,
    level: FunnelLevel,
    state: z
      .enum(['response_due', 'answered', 'closed'])
      .describe('Whether a response is due, was decided, or the gap is closed.'),
    detectedOn: LocalDate.describe('The day on which it was recorded first.'),
    recordedOn: LocalDate.describe('The day of the figures.'),
    ...gapFigures,
    pipelineActions: response.pipelineActions,
    compensation: z.array(Compensation).describe('What makes up for what the fiscal year cannot recover.'),
    decidedOn: LocalDate.nullable().describe('The day of the response; null before.'),
    closedOn: LocalDate.nullable().describe('The day on which it was closed; null before.'),
  },
  of: coveragePlanEvents,
  on: {
    CoverageGapDetected: {
      key: byGap,
      row: (row, { data, effectiveOn }) => ({
        ...data,
        state: 'response_due',
        detectedOn: row?.detectedOn ?? effectiveOn,
        recordedOn: effectiveOn,
        pipelineActions: [],
        compensation: [],
        decidedOn: null,
        closedOn: null,
      }),
    },
    CoverageGapResponseDecided: {
      key: byGap,
      change: (row, { data: { pipelineActions, compensation }, effectiveOn }) => ({
        ...row,
        state: 'answered',
        pipelineActions,
        compensation,
        decidedOn: effectiveOn,
      }),
    },
    CoverageGapClosed: {
      key: byGap,
      change: (row, { data: { open }, effectiveOn }) => ({
        ...row,
        state: 'closed',
        open,
        recordedOn: effectiveOn,
        closedOn: effectiveOn,
      }),
    },
  },
});

export const listCoverageGaps = list({
  name: 'ListCoverageGaps',
  summary: 'List gaps of pipelines with what is done about them, newest first.',
  permission: 'coverage:read',
  path: '/coverage-gaps',
  of: coverageGap,
  scope: 'everyone',
  filters: ['gapId', 'unitId', 'periodId', 'level', 'state', 'detectedOn', 'gap', 'notRecoverable'],
  sorts: ['detectedOn', 'gap'],
  descending: true,
  groups: ['unitId', 'level', 'state'],
  sums: ['gap', 'notRecoverable'],
});
