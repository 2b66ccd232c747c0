import { sql } from 'kysely';
import { z } from 'zod';
import { minutesLate } from '../engine/instant.ts';
import { query } from '../engine/query.ts';
import { DocumentHash } from '../events/document.ts';
import { DocumentKind } from '../events/organisation.ts';
import { Instant, LocalDate, PersonId } from '../events/values.ts';
import { dailyReport } from './daily-report.ts';
import { visitPlan } from './visit-plan.ts';

interface Since {
  readonly from: string;
  readonly to?: string | undefined;
}
interface Held extends Since {
  readonly personId: string;
  readonly positionId: string;
  readonly reportsTo: string | null;
}

/** What the queue needs of the organisation: who holds which position, and what is delegated. */
export interface Lines {
  readonly people: ReadonlyMap<string, { readonly assignments: readonly Held[] }>;
  readonly positions: ReadonlyMap<string, readonly Held[]>;
  readonly delegations: ReadonlyMap<
    string,
    Since & {
      readonly fromPositionId: string;
      readonly toPositionId: string;
      readonly documentKinds: readonly DocumentKind[];
    }
  >;
}

const covers = ({ from, to }: Since, day: string): boolean => from <= day && (to === undefined || day < to);

function positionsAbove({ people, positions }: Lines, personId: string, day: string): ReadonlySet<string> {
  const above = new Set<string>();
  for (const held of people.get(personId)?.assignments ?? []) {
    let position = covers(held, day) ? held.reportsTo : null;
    while (position !== null && !above.has(position)) {
      above.add(position);
      position = positions.get(position)?.findLast(({ from }) => from <= day)?.reportsTo ?? null;
    }
  }
  return above;
}

/** The people whose documents of a kind somebody may sign on a day: by the line, or by delegation. */
export function authorsFor(lines: Lines, signerId: string, kind: DocumentKind, day: string): string[] {
  const own = (lines.people.get(signerId)?.assignments ?? []).filter((held) => covers(held, day));
  const held = new Set(own.map(({ positionId }) => positionId));
  const delegated = [...lines.delegations.values()]
    .filter(
      (delegation) =>
        covers(delegation, day) &&
        delegation.documentKinds.includes(kind) &&
        held.has(delegation.toPositionId),
    )
    .map(({ fromPositionId }) => fromPositionId);
  const mine = [...held, ...delegated];
  return [...lines.people.keys()].filter((personId) => {
    if (personId === signerId) return false;
    const above = positionsAbove(lines, personId, day);
    return mine.some((position) => above.has(position));
  });
}

const Waiting = z.object({
  kind: DocumentKind,
  key: z.string().describe('The key under which it is signed.'),
  authorId: PersonId,
  date: LocalDate,
  docVersion: z.int(),
  docHash: DocumentHash,
  latenessMinutes: z.int().nullable(),
  waitingSince: Instant,
  waitingMinutes: z.int(),
  signOffDueAt: Instant.nullable(),
  overdue: z.boolean(),
});

const waitingMax = 500;

export const getSignerQueue = query({
  name: 'GetSignerQueue',
  summary: 'Get the documents that wait for the asker’s signature, the one due first in front.',
  permission: 'document:sign',
  path: '/signer-queue',
  input: {},
  output: z.object({ data: z.array(Waiting) }),
  reads: [visitPlan, dailyReport],
  answer: async (db, _, { personId, reference, today, now }) => {
    if (personId === undefined) return { data: [] };
    const lines = reference('organisation') as Lines;
    const columns = [
      'personId',
      'date',
      'docVersion',
      'docHash',
      'latenessMinutes',
      'submittedAt',
      'signOffDueAt',
    ] as const;
    const among = (kind: DocumentKind) =>
      sql<boolean>`${sql.ref('personId')} = any(${authorsFor(lines, personId, kind, today)}::uuid[])`;
    const plans = await db
      .selectFrom('visit_plan')
      .select(columns)
      .where('status', '=', 'submitted')
      .where(among('visit-plan'))
      .orderBy('signOffDueAt')
      .orderBy('personId')
      .orderBy('date')
      .limit(waitingMax)
      .execute();
    const reports = await db
      .selectFrom('daily_report')
      .select(columns)
      .where('status', '=', 'submitted')
      .where(among('daily-report'))
      .orderBy('signOffDueAt')
      .orderBy('personId')
      .orderBy('date')
      .limit(waitingMax)
      .execute();
    const data = [
      ...plans.map((row) => ({ kind: 'visit-plan' as const, ...row })),
      ...reports.map((row) => ({ kind: 'daily-report' as const, ...row })),
    ]
      .sort((a, b) => (a.signOffDueAt ?? '').localeCompare(b.signOffDueAt ?? ''))
      .slice(0, waitingMax)
      .map(({ personId: authorId, submittedAt, ...row }) => ({
        ...row,
        authorId,
        key: `${authorId}~${row.date}`,
        waitingSince: submittedAt ?? now,
        waitingMinutes: minutesLate(submittedAt ?? now, now),
        overdue: row.signOffDueAt !== null && row.signOffDueAt < now,
      }));
    return { data };
  },
});
