import { addDays } from '../engine/instant.ts';
import type { Db } from '../engine/query.ts';
import type { Period } from '../events/calendar.ts';
import { periodOf, type Span, spanOf } from '../events/period.ts';
import type { fiscalPeriod } from './fiscal-period.ts';

interface Asked {
  readonly period?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly asOf?: string | undefined;
}

/** The days of `from` and `to`, or of a period: the fiscal month of today when nothing is given. */
export async function spanAsked(
  db: Db<readonly [typeof fiscalPeriod]>,
  { period, from, to, asOf }: Asked,
  today: string,
): Promise<(Span & { readonly periodId: string | null; readonly periods: readonly Period[] }) | undefined> {
  const periods = await db
    .selectFrom('fiscal_period')
    .select(['periodId', 'level', 'parentId', 'start', 'endExclusive'])
    .orderBy('start')
    .execute();
  const periodId = from ? undefined : (period ?? periodOf(today, 'month', periods));
  const span = from
    ? { start: from, endExclusive: addDays(to ?? asOf ?? today, 1) }
    : periodId && spanOf(periodId, periods);
  if (!span || span.endExclusive <= span.start) return undefined;
  return { ...span, periodId: periodId ?? null, periods };
}
