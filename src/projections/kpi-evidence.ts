import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { addDays } from '../engine/instant.ts';
import { nothing, page, query } from '../engine/query.ts';
import { LocalDate, PersonId } from '../events/values.ts';
import { upTo } from './buckets.ts';
import { fact } from './fact.ts';
import {
  countedModels,
  currencyModels,
  type Evidence,
  evidenceOf,
  figureModels,
  reportingCurrency,
} from './figures.ts';
import { exists, memberOf, SubjectId, SubjectKind } from './kpi.ts';
import { isRequired, KpiKey, kpis, Term } from './kpi-catalogue.ts';
import { memberModels, seesAll } from './members.ts';
import { orgUnit } from './org-unit.ts';
import { person } from './person.ts';
import { policyVersion } from './policy-version.ts';
import { requiredEvidence, requiredVolumeModels } from './required-volume.ts';
import { roleGrant } from './role-grant.ts';
import { together } from './rows-of.ts';

const Entry = z
  .object({
    measure: Term.shape.measure,
    date: LocalDate.describe('The day to which it counts.'),
    personId: PersonId.nullable().describe('Whose figure it is; null when it is nobody’s.'),
    amount: z.bigint().describe('What it adds to this side of the ratio; below zero where it takes away.'),
    positions: z
      .array(z.int())
      .describe('The events that made it so, as positions of the log: those of /v1/events.'),
  })
  .meta({ id: 'KpiEvidence', description: 'One thing that counts in a key performance indicator.' });

/** Where a page ended: the term of the definition, and the place within it. */
function placeOf(
  cursor: string | undefined,
  terms: number,
): { readonly term: number; readonly place: string } {
  if (cursor === undefined) return { term: 0, place: '' };
  const [, term = '', place = ''] = /^(\d{1,2}) ([\w -]{1,200})$/.exec(cursor) ?? [];
  if (term === '' || Number(term) >= terms) throw new InvalidCursor();
  return { term: Number(term), place };
}

export const getKpiEvidence = query({
  name: 'GetKpiEvidence',
  summary:
    'Get what makes up a side of a key performance indicator: everything that counts in it, and the events that made it count. The amounts add up to that side.',
  permission: 'figures:read',
  path: '/kpis/:kpi/evidence/:side',
  input: {
    kpi: KpiKey,
    side: z.enum(['numerator', 'denominator']).describe('Which side of the ratio.'),
    subjectKind: SubjectKind,
    subjectId: SubjectId.optional(),
    from: LocalDate.describe('First day.'),
    to: LocalDate.describe('Last day.'),
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
    cursor: z.string().max(400).optional().describe('`nextCursor` of the page before.'),
    limit: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(200))
      .default(50),
  },
  output: page(Entry),
  reads: together(
    ...figureModels,
    ...currencyModels,
    ...memberModels,
    ...requiredVolumeModels,
    fact,
    orgUnit,
    person,
  ),
  versions: together(...countedModels, policyVersion, roleGrant),
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, input, { today, visibility }) => {
    const { subjectKind: kind, subjectId, asOf = today, limit } = input;
    const span = upTo({ start: input.from, endExclusive: addDays(input.to, 1) }, asOf);
    if (kind !== 'organisation' && !(subjectId && (await exists(db, kind, subjectId)))) return nothing;
    const members = memberOf(kind, subjectId);
    if (members ? !(await seesAll(db, members, span, visibility)) : visibility.intervals !== null)
      return nothing;
    const terms = kpis.find(({ key }) => key === input.kpi)![input.side];
    if (span.endExclusive <= span.start || terms.length === 0) return { data: [], nextCursor: null };
    const currency = await reportingCurrency(db);
    const begin = placeOf(input.cursor, terms.length);
    const found: (Evidence & { readonly term: number })[] = [];
    for (let term = begin.term; term < terms.length && found.length <= limit; term++) {
      const { measure } = terms[term]!;
      const after = term === begin.term ? begin.place : '';
      const left = limit + 1 - found.length;
      const entries = isRequired(measure)
        ? await requiredEvidence(db, members, measure, span, after, left)
        : await evidenceOf(db, members, measure, span, currency, after, left);
      found.push(...entries.map((entry) => ({ ...entry, term })));
    }
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      data: shown.map(({ term, place: _, amount, ...entry }) => ({
        measure: terms[term]!.measure,
        ...entry,
        amount: amount * BigInt(terms[term]!.times),
      })),
      nextCursor: found.length > limit && last ? `${last.term} ${last.place}` : null,
    };
  },
});
