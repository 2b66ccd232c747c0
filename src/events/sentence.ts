import type { DataOf, EventMap } from '../engine/event.ts';
import type { Money } from './values.ts';

/** The name that an id has when the sentence is read; `otherwise` where none is known, `somebody` unless told. */
export type NameOf = (id: string | null | undefined, otherwise?: string) => string;

/**
 * A sentence for each event of a noun. It names people, customers and contacts by `nameOf` alone and never from the
 * event, so that whoever was erased stays erased.
 */
export type Sentences<E extends EventMap> = {
  readonly [T in keyof E]: (data: DataOf<E[T]>, nameOf: NameOf, stream: string) => string;
};

const fractionDigits = new Map<string, number>();
/** How many digits the minor unit of a currency has. */
export function digitsOf(currency: string): number {
  const known = fractionDigits.get(currency);
  if (known !== undefined) return known;
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  fractionDigits.set(currency, maximumFractionDigits);
  return maximumFractionDigits;
}

/** An amount as people write it: exact, with the digits of its currency. */
export function moneyText({ amountMinor, currency }: Money): string {
  const digits = digitsOf(currency);
  const sign = amountMinor.startsWith('-') ? '-' : '';
  const figures = amountMinor.replace('-', '').padStart(digits + 1, '0');
  const whole = figures.slice(0, figures.length - digits);
  return digits === 0
    ? `${sign}${whole} ${currency}`
    : `${sign}${whole}.${figures.slice(-digits)} ${currency}`;
}

export const words = (code: string): string => code.replaceAll(/[_-]/g, ' ');
export const listed = (codes: readonly string[]): string => codes.map(words).join(', ');
export const because = (reason: string | undefined): string => (reason ? `: ${reason}` : '.');
export const late = (minutes: number): string => (minutes > 0 ? `, ${minutes} minutes late` : ', on time');
export const bp = (value: number): string => `${value / 100} %`;
