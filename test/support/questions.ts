import { z } from 'zod';
import type { Query } from '../../src/engine/query.ts';
import { queries as queryList } from '../../src/projections/index.ts';
import { idOf } from './given.ts';

const queries = (queryList as readonly Query[]).filter(({ presentOnly }) => !presentOnly);
const keptMax = 50;

/** Numbers below a limit that look random and are the same in every run. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const unwrapped = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema;

/** Asks any query that can be asked as of a moment about what is in the log, as far as it was shown. */
export function createQuestions(below: (limit: number) => number) {
  const values = new Map<string, readonly string[]>();
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const known = (field: string): string =>
    pick(values.get(field) ?? [/date/i.test(field) ? '2026-03-03' : idOf(field)]);

  const makers: Readonly<Record<string, () => string>> = {
    limit: () => String(1 + below(30)),
    key: () => `${known('personId')}~${known('date')}`,
    policyKey: () => 'back-dating',
    measureKey: () => 'net_sales',
    kpi: () => 'transaction_rate',
    kpis: () => 'transaction_rate',
    version: () => '1',
    pipelineVersion: () => '1',
    policyVersion: () => '0',
    periodId: () => 'FY2026-M03',
    month: () => 'FY2026-M03',
    week: () => '2026-W10',
    subjectId: () => known(pick(['customerId', 'personId', 'orderId', 'complaintId', 'opportunityId'])),
    from: () => '2026-03-01',
    to: () => '2026-03-31',
    asOf: () => known('date'),
    on: () => known('date'),
    recordedOn: () => known('date'),
  };
  const often = new Set(['limit', 'sort', 'asOf', 'subjectId']);

  function sampleOf({ input }: Query, name: string): string {
    const schema = unwrapped(input[name] as z.ZodType);
    if (schema instanceof z.ZodEnum) return String(pick(schema.options as readonly string[]));
    return makers[name]?.() ?? known(name);
  }

  return {
    /** Remembers the values of an event's fields, for questions about them. */
    note: (data: Readonly<Record<string, unknown>>): void => {
      for (const [field, value] of Object.entries(data)) {
        if (typeof value !== 'string' || value.length > 40) continue;
        values.set(field, [...(values.get(field) ?? []).slice(1 - keptMax), value]);
      }
    },
    ask: (): { readonly query: Query; readonly path: string } => {
      const query = pick(queries);
      const path = query.path.replace(/:(\w+)/g, (_, name: string) => sampleOf(query, name));
      const ranged = 'from' in query.input ? ['from', 'to'] : [];
      const rest = Object.entries(query.input)
        .filter(([name]) => !query.path.includes(`:${name}`))
        .filter(
          ([name, schema]) =>
            often.has(name) || ranged.includes(name) || !(schema as z.ZodType).safeParse(undefined).success,
        )
        .map(([name]): [string, string] => [name, sampleOf(query, name)]);
      return { query, path: `/v1${path}?${new URLSearchParams(rest)}` };
    },
  };
}
