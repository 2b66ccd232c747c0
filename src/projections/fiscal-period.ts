import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { calendarEvents, PeriodId, PeriodLevel } from '../events/calendar.ts';
import { LocalDate, PersonId } from '../events/values.ts';

const byPeriod = ({ data }: { readonly data: { readonly periodId: string } }) => ({
  periodId: data.periodId,
});

const open = {
  state: 'open',
  closingPosition: null,
  figuresHash: null,
  reopenedFor: null,
  witness: null,
} as const;

/** The fiscal years, halves, quarters and months of the calendar in force. */
export const fiscalPeriod = readModel({
  name: 'fiscal_period',
  version: 1,
  summary: 'The fiscal years, halves, quarters and months of the calendar in force.',
  key: ['periodId'],
  indexes: [['level', 'start']],
  row: {
    periodId: PeriodId,
    level: PeriodLevel,
    parentId: PeriodId.nullable().describe('The period that it is part of; null for a year.'),
    start: LocalDate.describe('First day of the period.'),
    endExclusive: LocalDate.describe('First day after the period.'),
    state: z.enum(['open', 'closed']).describe('Whether the figures of the period are closed.'),
    closingPosition: z.bigint().nullable().describe('Position of the log at which the figures were read.'),
    figuresHash: z.string().nullable().describe('SHA-256 of the figures on which it was closed last.'),
    reopenedFor: z.string().nullable().describe('Why it was opened again.'),
    witness: PersonId.nullable().describe('The auditor who was witness when it was opened again.'),
  },
  of: calendarEvents,
  on: {
    FiscalCalendarPublished: {
      key: ({ data: { periods, withdrawn } }) => [
        ...periods.map(({ periodId }) => ({ periodId })),
        ...withdrawn.map((periodId) => ({ periodId })),
      ],
      row: (row, { data }, { periodId }) => {
        const period = data.periods.find((other) => other.periodId === periodId);
        return period && { ...(row ?? open), ...period };
      },
    },
    PeriodClosed: {
      key: byPeriod,
      change: (row, { data }) => ({
        ...row,
        state: 'closed' as const,
        closingPosition: BigInt(data.closingPosition),
        figuresHash: data.figuresHash,
      }),
    },
    PeriodReopened: {
      key: byPeriod,
      change: (row, { data }) => ({
        ...row,
        state: 'open' as const,
        reopenedFor: data.reason,
        witness: data.witness,
      }),
    },
  },
});

export const listFiscalPeriods = list({
  name: 'ListFiscalPeriods',
  summary: 'List the fiscal years, halves, quarters and months.',
  permission: 'calendar:read',
  path: '/calendar/periods',
  of: fiscalPeriod,
  scope: 'everyone',
  filters: ['periodId', 'level', 'parentId', 'start', 'endExclusive', 'state'],
  sorts: ['start', 'endExclusive'],
  groups: ['level', 'state'],
});
