import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { addDays } from '../engine/instant.ts';
import { type Asker, nothing, page, query } from '../engine/query.ts';
import { sentenceOf } from '../events/index.ts';
import { isRequired, KpiKey, KpiVersionNumber, Term } from '../events/kpi.ts';
import { LocalDate, PersonId, Position } from '../events/values.ts';
import { upTo } from './buckets.ts';
import { eventsAt, type LoggedEvent } from './event-log.ts';
import { fact } from './fact.ts';
import {
  countedModels,
  currencyModels,
  type Evidence,
  evidenceOf,
  figureModels,
  reportingCurrency,
} from './figures.ts';
import { isKnownOf, visibleOf } from './kpi.ts';
import { chosen, definitionsOf, kpiDefinition } from './kpi-definition.ts';
import { byName, nameModels } from './names.ts';
import { policyVersion } from './policy-version.ts';
import { requiredEvidence, requiredVolumeModels } from './required-volume.ts';
import { roleGrant } from './role-grant.ts';
import { type AnyDb, together } from './rows-of.ts';
import { spanEvidenceModels, spanMeasureModels } from './span-measures.ts';
import { SubjectId, SubjectKind, subjectModels, subjectOf } from './subject.ts';
import { windowOf } from './term-window.ts';
import { workOf } from './timeline.ts';
import { isVisible } from './visible.ts';

/** An event as it is told to a reader. */
export const ToldEvent = z.object({
  position: Position.describe('Its place in the log.'),
  type: z.string().describe('What happened.'),
  sentence: z
    .string()
    .nullable()
    .describe('The same in words; null where the reader may see neither the log nor whose work it is.'),
});

export const KpiEvidence = z
  .object({
    measure: Term.shape.measure,
    date: LocalDate.describe('The day to which it counts.'),
    personId: PersonId.nullable().describe('Whose figure it is; null when it is nobody’s.'),
    amount: z.bigint().describe('What it adds to this side of the ratio; below zero where it takes away.'),
    events: z.array(ToldEvent).describe('The events that made it so.'),
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

/** The events at some positions, in words as far as the reader could read them in the log or on a timeline. */
export async function told(db: AnyDb, positions: readonly number[], { visibilityBy }: Asker) {
  const onTimeline = visibilityBy('timeline:read');
  const readsLog = visibilityBy('log:read') !== undefined;
  const mayRead = ({ data, effectiveOn }: LoggedEvent): boolean => {
    const personId = workOf(data);
    return (
      readsLog ||
      (onTimeline !== undefined &&
        personId !== null &&
        isVisible({ visibility: onTimeline }, personId, effectiveOn))
    );
  };
  const events = await eventsAt(db, positions);
  return byName(
    db,
    (nameOf) =>
      new Map(
        events.map((event) => {
          const { position, type } = event;
          const sentence = mayRead(event) ? sentenceOf(event, nameOf) : null;
          return [position, { position, type, sentence }] as const;
        }),
      ),
  );
}

export const getKpiEvidence = query({
  name: 'GetKpiEvidence',
  summary:
    'Get what makes up a side of a key performance indicator: everything that counts in it, and the events that made it count. The amounts add up to that side; those of a median are what it is the middle of, and those of a lift both of what it compares.',
  permission: 'figures:read',
  path: '/kpis/:kpi/evidence/:side',
  input: {
    kpi: KpiKey,
    version: KpiVersionNumber.optional(),
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
  output: page(KpiEvidence),
  reads: together(
    ...figureModels,
    ...spanMeasureModels,
    ...currencyModels,
    ...subjectModels,
    ...requiredVolumeModels,
    fact,
    ...nameModels,
    kpiDefinition,
  ),
  versions: together(...countedModels, ...spanEvidenceModels, policyVersion, roleGrant),
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, input, asker) => {
    const { today, visibility } = asker;
    const { asOf = today, limit } = input;
    const span = upTo({ start: input.from, endExclusive: addDays(input.to, 1) }, asOf);
    const asked = chosen(await definitionsOf(db), [input.kpi], input.version ? [input.version] : undefined);
    const subject = await subjectOf(db, input.subjectKind, input.subjectId, span, visibility);
    if (!asked || !subject || !isKnownOf(asked[0]!, subject)) return nothing;
    const { members } = subject;
    if ((await visibleOf(db, asked, members, [span], visibility)).length === 0) return nothing;
    const terms = asked[0]![input.side];
    if (span.endExclusive <= span.start || terms.length === 0) return { data: [], nextCursor: null };
    const currency = await reportingCurrency(db);
    const begin = placeOf(input.cursor, terms.length);
    const found: (Evidence & { readonly term: number })[] = [];
    for (let term = begin.term; term < terms.length && found.length <= limit; term++) {
      const { measure, filters: own, window } = terms[term]!;
      const filters = own ? [...subject.filters, own] : subject.filters;
      const after = term === begin.term ? begin.place : '';
      const left = limit + 1 - found.length;
      const entries = isRequired(measure)
        ? await requiredEvidence(db, members, measure, span, after, left)
        : await evidenceOf(db, members, measure, windowOf(window, span), currency, after, left, filters);
      found.push(...entries.map((entry) => ({ ...entry, term })));
    }
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const positions = [...new Set(shown.flatMap((entry) => entry.positions))];
    const events = await told(db, positions, asker);
    return {
      data: shown.map((entry) => ({
        measure: terms[entry.term]!.measure,
        date: entry.date,
        personId: entry.personId,
        amount: entry.amount * BigInt(terms[entry.term]!.times),
        events: entry.positions.map((position) => events.get(position)!),
      })),
      nextCursor: found.length > limit && last ? `${last.term} ${last.place}` : null,
    };
  },
});
