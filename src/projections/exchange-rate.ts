import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { calendarEvents } from '../events/calendar.ts';
import { Currency, LocalDate } from '../events/values.ts';

/** What a currency was worth in another, by day. */
export const exchangeRate = readModel({
  name: 'exchange_rate',
  version: 1,
  summary: 'What one unit of a currency was worth in another on a day, as an exact fraction.',
  key: ['base', 'quote', 'date'],
  row: {
    base: Currency.describe('The currency that is worth something, ISO 4217.'),
    quote: Currency.describe('The currency in which it is worth that, ISO 4217.'),
    date: LocalDate,
    rateNum: z.bigint().describe('Numerator of the rate.'),
    rateDen: z.bigint().describe('Denominator of the rate.'),
    source: z.string().describe('Who says so.'),
  },
  of: calendarEvents,
  on: {
    ExchangeRateRecorded: {
      key: ({ data: { base, quote, date } }) => ({ base, quote, date }),
      row: (_, { data: { rate, ...data } }) => ({
        ...data,
        rateNum: BigInt(rate.num),
        rateDen: BigInt(rate.den),
      }),
    },
  },
});

export const listExchangeRates = list({
  name: 'ListExchangeRates',
  summary: 'List what currencies were worth in others.',
  permission: 'calendar:read',
  path: '/calendar/exchange-rates',
  of: exchangeRate,
  scope: 'everyone',
  filters: ['base', 'quote', 'date'],
  sorts: ['date', 'base'],
  descending: true,
});
