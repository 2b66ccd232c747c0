import { type RawBuilder, sql } from 'kysely';
import { digitsOf } from '../events/sentence.ts';
import { exchangeRate } from './exchange-rate.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';

export const conversionModels = [exchangeRate] as const;

/** What converts money into a currency. */
export interface Conversion {
  readonly to: string;
  /** The currencies that have a rate with it. */
  readonly from: readonly string[];
}

/** How money in other currencies comes to be in this one; undefined where no rate was ever recorded. */
export async function conversionTo(db: AnyDb, to: string | null): Promise<Conversion | undefined> {
  if (to === null) return undefined;
  const rows = await rowsOf<{ readonly currency: string }>(
    db,
    sql`select distinct case when base = ${to} then quote else base end as currency
      from exchange_rate where ${to} in (base, quote)`,
  );
  return rows.length > 0 ? { to, from: rows.map(({ currency }) => currency) } : undefined;
}

const powersOfTen = (digits: readonly number[]) =>
  digits.map((count) => `1${'0'.repeat(Math.max(0, count))}`);

/**
 * Joins, as `rate(num, den)`, what a minor unit of a row's currency is worth on a row's day: by the rate recorded for
 * that day or the last one before it, of the pair in either direction. Rows without one fall out.
 */
export function joinRate(
  { to, from }: Conversion,
  currency: RawBuilder<unknown>,
  day: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const digits = from.map((currency) => digitsOf(to) - digitsOf(currency));
  return sql`
    join unnest(${from}::text[], ${powersOfTen(digits)}::numeric[], ${powersOfTen(digits.map((count) => -count))}::numeric[])
      as scale(currency, num, den) on scale.currency = ${currency}
    join lateral (
      select recorded.num * scale.num as num, recorded.den * scale.den as den
      from (
        select "rateNum" as num, "rateDen" as den, date, 1 as inverse from exchange_rate
        where base = ${currency} and quote = ${to} and date <= ${day}
        union all
        select "rateDen", "rateNum", date, 2 from exchange_rate
        where base = ${to} and quote = ${currency} and date <= ${day}) as recorded
      order by recorded.date desc, recorded.inverse limit 1) as rate on true`;
}

/** An amount at the joined rate, rounded half to even to a whole minor unit. */
export const atRate = (amount: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
  select sign(exact) * (div(abs(exact), rate.den) + case
    when 2 * mod(abs(exact), rate.den) > rate.den then 1
    when 2 * mod(abs(exact), rate.den) = rate.den then mod(div(abs(exact), rate.den), 2)
    else 0 end)
  from (values (${amount} * rate.num)) as product(exact))`;
