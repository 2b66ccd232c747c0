import { z } from 'zod';
import { absent, type FactsDb, forbidden, reject, unknown } from '../../engine/decision.ts';
import { addHours, minutesLate } from '../../engine/instant.ts';
import {
  DayFigures,
  type Discrepancy,
  dailyReportEvents,
  reportSections,
  StatedFigures,
} from '../../events/daily-report.ts';
import { documentEvents } from '../../events/document.ts';
import { Comment, LocalDate, occurred, PersonId } from '../../events/values.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { handedInAt } from '../document/state.ts';
import { peopleAbove, rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { isAbsent, person } from '../person.ts';
import { policy, policyOn } from '../policy.ts';
import { type VisitState, visit } from '../visit/state.ts';
import { reportDueAt } from './due.ts';
import { dailyReport } from './state.ts';

const { DailyReportFiled, DailyReportAmended, EfficiencyReviewed } = dailyReportEvents;
const { DocumentSubmitted } = documentEvents;

/** What the log knows of the person's day, asked before the decision and stored with it. */
const dayFigures = async (
  db: FactsDb,
  { personId, date }: { readonly personId: string; readonly date: string },
): Promise<DayFigures> => DayFigures.parse(await db.ask('GetDayFigures', { personId, date }));

/** Where the author's figures differ from the log's. Both stand in the report; neither is hidden. */
export function discrepancies(stated: StatedFigures | undefined, figures: DayFigures): Discrepancy[] {
  const { achievement = [], ...plain } = stated ?? {};
  const claims = [
    ...Object.entries(plain)
      .filter(([, value]) => value !== undefined)
      .map(([figure, value]) => ({
        figure,
        stated: BigInt(value as string | number),
        computed: BigInt(figures[figure as keyof typeof plain]),
      })),
    ...achievement.map(({ targetId, achieved }) => {
      const known = figures.achievement.find((target) => target.targetId === targetId);
      return {
        figure: `achievement/${targetId}`,
        stated: BigInt(achieved),
        computed: known ? BigInt(known.achieved) : null,
      };
    }),
  ];
  return claims
    .filter(({ stated, computed }) => stated !== computed)
    .map(({ figure, stated, computed }) => ({
      figure,
      stated: stated.toString(),
      computed: computed?.toString() ?? null,
      difference: computed === null ? null : (stated - computed).toString(),
    }));
}

const sectionInput = { ...reportSections, stated: StatedFigures.optional() };
type Sections = {
  readonly [K in keyof typeof reportSections]?: unknown;
};

/** The share of the sections that say something. */
function completenessBp(sections: Sections): number {
  const says = (section: unknown) => (Array.isArray(section) ? section.length > 0 : section !== undefined);
  const mandatory = Object.keys(reportSections).filter((name) => name !== 'other') as (keyof Sections)[];
  return Math.floor((mandatory.filter((name) => says(sections[name])).length * 10_000) / mandatory.length);
}

const unknownVisits = (visits: readonly VisitState[], personId: string, date: string) =>
  visits.flatMap((state, index) =>
    state.personId === personId && state.date === date
      ? []
      : [{ pointer: `/visitResults/${index}/visitId`, detail: 'This is no visit of that person and day.' }],
  );

export const fileReport = dailyReport.command({
  name: 'FileReport',
  summary:
    'File the report of a day. Its figures come from the log; what the author states stands beside them.',
  permission: 'daily-report:write',
  path: '/daily-reports/:personId/:date/file',
  input: { personId: PersonId, date: LocalDate, ...sectionInput, ...occurred },
  emits: ['DailyReportFiled', 'DocumentSubmitted'],
  rejects: {
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    ...misdatedRejections,
    personAbsent: 'The person is absent on that day.',
    alreadyFiled: 'The report is filed; amend it.',
    visitUnknown: unknown('A visit is none of that person and day.'),
  },
  reads: ({ personId, visitResults }) => ({
    organisation: organisation.ref(),
    policy: policy.ref(),
    person: person.ref(personId),
    visits: visitResults.map(({ visitId }) => visit.ref(visitId)),
  }),
  facts: dayFigures,
  decide: (report, input, { reads, timeZone, facts, factsPosition, ...act }) => {
    const { occurredAt: _, personId, date, stated, ...sections } = input;
    if (rolesOn(reads.organisation, personId, date).length === 0) return reject('personUnknown');
    if (report.filed) return reject('alreadyFiled');
    const wrongDay = misdated(date, { ...act, timeZone }, reads.policy);
    if (wrongDay) return reject(wrongDay, [{ pointer: '/date', detail: misdatedRejections[wrongDay] }]);
    if (isAbsent(reads.person, date)) return reject('personAbsent');
    const strangers = unknownVisits(reads.visits, personId, date);
    if (strangers.length > 0) return reject('visitUnknown', strangers);
    const dueAt = report.expected?.dueAt ?? reportDueAt(reads.organisation, date, timeZone);
    const filedAt = handedInAt(act);
    const latenessMinutes = minutesLate(dueAt, filedAt);
    const { signOffHours } = policyOn(reads.policy, 'daily-report', date);
    const docVersion = report.document.docVersion + 1;
    return [
      DailyReportFiled({
        personId,
        date,
        docVersion,
        ...sections,
        figures: facts,
        figuresKnownAt: factsPosition,
        stated: stated ?? null,
        discrepancies: discrepancies(stated, facts),
        filedAt,
        dueAt,
        latenessMinutes,
      }),
      DocumentSubmitted({
        authorId: personId,
        date,
        docVersion,
        dueAt,
        latenessMinutes,
        completenessBp: completenessBp(sections),
        signOffDueAt: addHours(filedAt, signOffHours),
      }),
    ];
  },
});

export const amendReport = dailyReport.command({
  name: 'AmendReport',
  summary: 'Replace the sections of a report that was returned or is not signed yet, and submit it anew.',
  permission: 'daily-report:write',
  path: '/daily-reports/:personId/:date/amend',
  input: { personId: PersonId, date: LocalDate, ...sectionInput, reason: Comment.optional(), ...occurred },
  emits: ['DailyReportAmended', 'DocumentSubmitted'],
  rejects: {
    notFiled: absent('There is no report to amend.'),
    alreadySigned: 'The report is signed; a signature has to be voided before it is amended.',
    visitUnknown: unknown('A visit is none of that person and day.'),
  },
  reads: ({ visitResults }) => ({
    organisation: organisation.ref(),
    policy: policy.ref(),
    visits: visitResults.map(({ visitId }) => visit.ref(visitId)),
  }),
  facts: dayFigures,
  decide: (report, input, { reads, timeZone, facts, factsPosition, ...act }) => {
    const { occurredAt: _, personId, date, stated, reason, ...sections } = input;
    if (!report.filed) return reject('notFiled');
    if (report.document.status === 'signed') return reject('alreadySigned');
    const strangers = unknownVisits(reads.visits, personId, date);
    if (strangers.length > 0) return reject('visitUnknown', strangers);
    const { signOffHours } = policyOn(reads.policy, 'daily-report', date);
    const docVersion = report.document.docVersion + 1;
    return [
      DailyReportAmended({
        personId,
        date,
        docVersion,
        ...sections,
        figures: facts,
        figuresKnownAt: factsPosition,
        stated: stated ?? null,
        discrepancies: discrepancies(stated, facts),
        reason,
      }),
      DocumentSubmitted({
        authorId: personId,
        date,
        docVersion,
        dueAt: report.expected?.dueAt ?? reportDueAt(reads.organisation, date, timeZone),
        latenessMinutes: report.latenessMinutes,
        completenessBp: completenessBp(sections),
        signOffDueAt: addHours(handedInAt(act), signOffHours),
      }),
    ];
  },
});

export const recordEfficiencyReview = dailyReport.command({
  name: 'RecordEfficiencyReview',
  summary: 'Record a supervisor’s judgement of how a day’s visits and costs served the targets.',
  permission: 'efficiency:review',
  path: '/daily-reports/:personId/:date/review-efficiency',
  input: {
    personId: PersonId,
    date: LocalDate,
    judgement: Comment,
    actions: z.array(Comment).max(20).default([]),
    ...occurred,
  },
  emits: ['EfficiencyReviewed'],
  rejects: {
    notFiled: absent('There is no report of that day.'),
    ownReview: forbidden('Nobody reviews their own day.'),
    outsideLine: forbidden('Only somebody above the person reviews the day.'),
  },
  reads: () => ({ organisation: organisation.ref() }),
  facts: dayFigures,
  decide: (
    { filed },
    { personId, date, judgement, actions },
    { reads, actor, today, facts, factsPosition },
  ) => {
    if (!filed) return reject('notFiled');
    if (actor.personId === personId) return reject('ownReview');
    if (!actor.personId || !peopleAbove(reads.organisation, personId, today).includes(actor.personId)) {
      return reject('outsideLine');
    }
    return [
      EfficiencyReviewed({
        personId,
        date,
        reviewerId: actor.personId,
        judgement,
        actions,
        figures: facts,
        figuresKnownAt: factsPosition,
      }),
    ];
  },
});
