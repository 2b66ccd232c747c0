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

const plus = (a: Share, b: Share): Share => ({ num: a.num * b.den + b.num * a.den, den: a.den * b.den });

/** How much of a season's weight falls on some of its days: by the working days among them. */
function weightOn({ weight, ...season }: Season, span: Span, count: Count): Share {
  const [shared] = common([season], [span]);
  if (!shared) return { num: 0n, den: 1n };
  if (shared.start === season.start && shared.endExclusive === season.endExclusive)
    return { num: weight, den: 1n };
  const days = count(season);
  return days === 0 ? { num: 0n, den: 1n } : { num: weight * BigInt(count(shared)), den: BigInt(days) };
}

/** The share of a period that the seasons say is over when a part of it is. */
export function elapsedShare(seasons: readonly Season[], period: Span, elapsed: Span, count: Count): Share {
  const within = (span: Span) =>
    seasons.reduce((sum: Share, season) => plus(sum, weightOn(season, span, count)), { num: 0n, den: 1n });
  const [over, whole] = [within(elapsed), within(period)];
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
