import type { Db } from '../engine/query.ts';
import type { Span } from '../events/period.ts';
import type { fiscalPeriod } from './fiscal-period.ts';
import { common } from './people-days.ts';

/** An exact share, not in lowest terms. */
export interface Share {
  readonly num: bigint;
  readonly den: bigint;
}

/** A period of a seasonality and its weight. */
interface Season extends Span {
  readonly weight: bigint;
}

type Count = (part: Span) => number;

const nothing: Share = { num: 0n, den: 1n };
const plus = (a: Share, b: Share): Share => ({ num: a.num * b.den + b.num * a.den, den: a.den * b.den });

/** How much of a season's weight falls on some of its days: by the working days among them. */
function weightOn({ weight, ...season }: Season, span: Span, count: Count): Share {
  const [shared] = common([season], [span]);
  const days = shared ? count(season) : 0;
  return days === 0 ? nothing : { num: weight * BigInt(count(shared!)), den: BigInt(days) };
}

/** The weight of the seasons on some days: whole ones are added up as they are. */
function weightWithin(seasons: readonly Season[], span: Span, count: Count): Share {
  let whole = 0n;
  let parts: Share = nothing;
  for (const season of seasons) {
    if (season.start >= span.endExclusive || season.endExclusive <= span.start) continue;
    if (span.start <= season.start && season.endExclusive <= span.endExclusive) whole += season.weight;
    else parts = plus(parts, weightOn(season, span, count));
  }
  return { num: whole * parts.den + parts.num, den: parts.den };
}

/** The share of a period that the seasons say is over when a part of it is. */
export function elapsedShare(seasons: readonly Season[], period: Span, elapsed: Span, count: Count): Share {
  const over = weightWithin(seasons, elapsed, count);
  const whole = weightWithin(seasons, period, count);
  return { num: over.num * whole.den, den: over.den * whole.num };
}

/** The fiscal periods of a span that the weights of a seasonality are for, by their number; null where none are so many. */
export async function seasonsOf(
  db: Db<readonly [typeof fiscalPeriod]>,
  weights: readonly number[],
  { start, endExclusive }: Span,
): Promise<readonly Season[] | null> {
  const periods = await db
    .selectFrom('fiscal_period')
    .select(['level', 'start', 'endExclusive'])
    .where('start', '>=', start)
    .where('endExclusive', '<=', endExclusive)
    .orderBy('start')
    .execute();
  const seasons = Map.groupBy(periods, ({ level }) => level)
    .values()
    .find((alike) => alike.length === weights.length);
  return seasons?.map((span, index) => ({ ...span, weight: BigInt(weights[index]!) })) ?? null;
}
