import { dayOf, instantAt } from '../engine/instant.ts';
import { digitsOf } from '../events/sentence.ts';
import { Amount, Currency, Instant, LocalDate, type Money } from '../events/values.ts';

/** Something in a cell that holds for a time: since when, what, and why. */
export interface Entry {
  readonly at: string;
  readonly value: string;
  readonly reason: string | undefined;
}

/** The instant that a day begins, or the instant itself; undefined where a text is neither. */
export function instantIn(text: string, timeZone: string): string | undefined {
  if (!LocalDate.safeParse(text).success) return Instant.safeParse(text).data;
  const known = begins.get(timeZone)?.get(text);
  if (known) return known;
  const at = instantAt(text, '00:00', timeZone);
  const days = begins.get(timeZone) ?? new Map<string, string>();
  if (days.size >= daysMax) days.clear();
  begins.set(timeZone, days.set(text, at));
  return at;
}

const daysMax = 5_000;
/** When days begin in a time zone: the same few come again in every row. */
const begins = new Map<string, Map<string, string>>();

/** A day as YYYY-MM-DD, also of an instant; undefined where a text is neither. */
export function dayIn(text: string, timeZone: string): string | undefined {
  if (LocalDate.safeParse(text).success) return text;
  const instant = Instant.safeParse(text).data;
  return instant && dayOf(instant, timeZone);
}

/** An amount written in units of its currency, with a point before its digits; undefined where it is none. */
export function moneyIn(text: string, currency: string): Money | undefined {
  const [, whole, fraction = ''] = /^(\d{1,17})(?:\.(\d{1,4}))?$/.exec(text) ?? [];
  if (whole === undefined || !Currency.safeParse(currency).success) return undefined;
  const digits = digitsOf(currency);
  if (fraction.length > digits) return undefined;
  const amountMinor = BigInt(`${whole}${fraction.padEnd(digits, '0')}`).toString();
  return Amount.safeParse({ amountMinor, currency }).data;
}

const parts = (text: string): readonly string[] => text.split(';').map((part) => part.trim());

/** `<day> [<reason>]; <day> [<reason>]; …`: undefined where a day is none. */
export function daysIn(text: string, timeZone: string): readonly Entry[] | undefined {
  const entries = parts(text).map((part) => {
    const [, day, reason] = /^(\S+)(?:\s+(.+))?$/s.exec(part) ?? [];
    return { at: instantIn(day ?? '', timeZone), value: '', reason };
  });
  return entries.every(({ at }) => at !== undefined) ? (entries as readonly Entry[]) : undefined;
}

/** `<value>; <day> <value> [<reason>]; …`: the first value, and those after it; undefined where a day is none. */
export function valuesIn(
  text: string,
  timeZone: string,
): { readonly first: string; readonly later: readonly Entry[] } | undefined {
  const [first, ...others] = parts(text);
  const later = others.map((part) => {
    const [, day, value, reason] = /^(\S+)\s+(\S+)(?:\s+(.+))?$/s.exec(part) ?? [];
    return { at: instantIn(day ?? '', timeZone), value: value ?? '', reason };
  });
  return later.every(({ at }) => at !== undefined)
    ? { first: first!, later: later as readonly Entry[] }
    : undefined;
}

export const isInOrder = (entries: readonly Entry[]): boolean =>
  entries.every(({ at }, index) => index === 0 || entries[index - 1]!.at <= at);
