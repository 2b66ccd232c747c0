import { z } from 'zod';
import type { DataOf, RecordedEvent } from '../engine/event.ts';
import { addDays } from '../engine/instant.ts';
import { readModel } from '../engine/read-model.ts';
import { calendarEvents } from '../events/calendar.ts';
import { contractEvents } from '../events/contract.ts';
import { dailyReportEvents } from '../events/daily-report.ts';
import { documentEvents } from '../events/document.ts';
import { evaluationEvents } from '../events/evaluation.ts';
import { Instant, PersonId } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';
import { visitPlanEvents } from '../events/visit-plan.ts';

type Term = DataOf<typeof contractEvents.ContractRenewed>;

interface OfDay {
  readonly personId: string;
  readonly date: string;
}

interface OfPeriod {
  readonly personId: string;
  readonly periodId: string;
}

const planDue = ({ personId, date }: OfDay) => ({ key: `visit-plan-due/${personId}/${date}` });
const reportDue = ({ personId, date }: OfDay) => ({ key: `daily-report-due/${personId}/${date}` });
const reportMissed = ({ personId, date }: OfDay) => ({ key: `daily-report-missed/${personId}/${date}` });
const signOffDue = (stream: string) => ({ key: `sign-off-due/${stream}` });
const leftOpen = ({ visitId }: { readonly visitId: string }) => ({ key: `visit-left-open/${visitId}` });
const renewalDue = ({ contractId }: { readonly contractId: string }) => ({
  key: `renewal-due/${contractId}`,
});
const evaluationFinal = ({ personId, periodId }: OfPeriod) => ({
  key: `evaluation-final/${personId}/${periodId}`,
});
const nextDay = { key: 'open-business-day' };

const kindOf = ({ key }: { readonly key: string }): string => key.split('/')[0]!;
const ofStream = ({ stream }: RecordedEvent) => signOffDue(stream);
const dayOfDocument = ({ stream }: RecordedEvent): OfDay => {
  const [, personId, date] = stream.split('/') as [string, string, string];
  return { personId, date };
};
/** What submitting a document settles: the due times of a plan or of a report. */
const dueOf = (event: RecordedEvent) =>
  event.stream.startsWith('visit-plan/')
    ? [planDue(dayOfDocument(event))]
    : [reportDue(dayOfDocument(event)), reportMissed(dayOfDocument(event))];

const gone = () => undefined;

/** A term of a contract, whose renewal falls due. */
const renewable = {
  key: ({ data }: RecordedEvent<Term>) => renewalDue(data),
  row: (_: unknown, { data: { contractId, responsible, dueAt } }: RecordedEvent<Term>) => ({
    ...renewalDue({ contractId }),
    kind: 'renewal-due',
    dueAt,
    personId: responsible,
    command: 'MarkRenewalDue',
    input: { contractId },
  }),
};

/** An evaluation that can be disputed until it becomes final. */
const disputable = {
  key: ({ data }: RecordedEvent<OfPeriod & { readonly finalAt: string }>) => evaluationFinal(data),
  row: (
    _: unknown,
    { data: { personId, periodId, finalAt } }: RecordedEvent<OfPeriod & { readonly finalAt: string }>,
  ) => ({
    ...evaluationFinal({ personId, periodId }),
    kind: 'evaluation-final',
    dueAt: finalAt,
    personId,
    command: 'FinaliseEvaluation',
    input: { personId, periodId },
  }),
};

/** The commands that the clock issues when their time has come and nothing has settled them before. */
export const deadline = readModel({
  name: 'deadline',
  version: 1,
  summary: 'What the clock does when its time has come, unless something settles it before.',
  key: ['key'],
  indexes: [['dueAt']],
  row: {
    key: z.string().describe('What is due, for whom.'),
    kind: z.string().describe('What kind of deadline it is.'),
    dueAt: Instant.describe('When it is due.'),
    personId: PersonId.nullable(),
    command: z.string().describe('The command that is issued then.'),
    input: z.record(z.string(), z.unknown()).describe('The input of that command.'),
  },
  of: {
    ...calendarEvents,
    ...contractEvents,
    ...dailyReportEvents,
    ...documentEvents,
    ...evaluationEvents,
    ...visitEvents,
    ...visitPlanEvents,
  },
  on: {
    BusinessDayOpened: {
      key: () => nextDay,
      row: (_, { data: { date, nextOpeningAt } }) => ({
        ...nextDay,
        kind: nextDay.key,
        dueAt: nextOpeningAt,
        personId: null,
        command: 'OpenBusinessDay',
        input: { date: addDays(date, 1) },
      }),
    },
    VisitPlanExpected: {
      key: ({ data }) => planDue(data),
      row: (_, { data: { personId, date, dueAt } }, { key }) => ({
        key,
        kind: kindOf({ key }),
        dueAt,
        personId,
        command: 'MarkVisitPlanOverdue',
        input: { personId, date },
      }),
    },
    VisitPlanOverdue: { key: ({ data }) => planDue(data), row: gone },
    VisitPlanExcused: { key: ({ data }) => planDue(data), row: gone },
    DailyReportExpected: {
      key: ({ data }) => [reportDue(data), reportMissed(data)],
      row: (_, { data: { personId, date, dueAt, missedAt } }, { key }) => ({
        key,
        kind: kindOf({ key }),
        dueAt: key === reportDue({ personId, date }).key ? dueAt : missedAt,
        personId,
        command: key === reportDue({ personId, date }).key ? 'MarkReportOverdue' : 'MarkReportMissed',
        input: { personId, date },
      }),
    },
    DailyReportOverdue: { key: ({ data }) => reportDue(data), row: gone },
    DailyReportMissed: { key: ({ data }) => reportMissed(data), row: gone },
    DailyReportExcused: { key: ({ data }) => [reportDue(data), reportMissed(data)], row: gone },
    DocumentSubmitted: {
      key: (event) => [...dueOf(event), ofStream(event)],
      row: (_, { stream, data }, { key }) => {
        if (key !== signOffDue(stream).key) return undefined;
        const [kind, ...parts] = stream.split('/');
        return {
          key,
          kind: kindOf({ key }),
          dueAt: data.signOffDueAt,
          personId: data.authorId,
          command: 'MarkSignOffOverdue',
          input: { kind, key: parts.join('~') },
        };
      },
    },
    DocumentSignedOff: { key: ofStream, row: gone },
    DocumentReturned: { key: ofStream, row: gone },
    SignOffOverdue: { key: ofStream, row: gone },
    SignOffVoided: {
      key: ofStream,
      row: (_, { stream, data }, { key }) => {
        const [kind, ...parts] = stream.split('/');
        return {
          key,
          kind: kindOf({ key }),
          dueAt: data.signOffDueAt,
          personId: data.authorId,
          command: 'MarkSignOffOverdue',
          input: { kind, key: parts.join('~') },
        };
      },
    },
    VisitPlanned: { key: ofStream, row: gone },
    PlannedVisitChanged: { key: ofStream, row: gone },
    PlannedVisitDropped: { key: ofStream, row: gone },
    NoVisitsDeclared: { key: ofStream, row: gone },
    VisitStarted: {
      key: ({ data }) => leftOpen(data),
      row: (_, { data: { visitId, personId, leftOpenAt } }, { key }) => ({
        key,
        kind: kindOf({ key }),
        dueAt: leftOpenAt,
        personId,
        command: 'FlagVisitLeftOpen',
        input: { visitId },
      }),
    },
    ContractSigned: renewable,
    ContractRenewed: renewable,
    RenewalDue: { key: ({ data }) => renewalDue(data), row: gone },
    ContractLapsed: { key: ({ data }) => renewalDue(data), row: gone },
    EvaluationReviewed: disputable,
    EvaluationDisputed: { key: ({ data }) => evaluationFinal(data), row: gone },
    DisputeResolved: disputable,
    EvaluationFinalised: { key: ({ data }) => evaluationFinal(data), row: gone },
    VisitEnded: { key: ({ data }) => leftOpen(data), row: gone },
    VisitLeftOpen: { key: ({ data }) => leftOpen(data), row: gone },
  },
});
