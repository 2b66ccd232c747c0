import fc from 'fast-check';
import { idOf } from '../../support/given.ts';
import type { Resolve, Schema } from './schema.ts';

const people = ['ann', 'bob', 'supervisor', 'manager', 'nobody'];
const isPerson = /^(person|owner|signer|author|superior|holder|head|responsible|taken|assignee|by)/i;

/** Ids of few things, so that requests meet what others made; a person is one wherever they are named. */
const idsFor = (field: string): fc.Arbitrary<string> =>
  isPerson.test(field)
    ? fc.constantFrom(...people).map(idOf)
    : fc.constantFrom(1, 2, 3).map((n) => idOf(`${field.replace(/s$/, '')} ${n}`));

const days = fc.constantFrom(
  '2026-03-02',
  '2026-03-02',
  '2026-03-03',
  '2026-02-27',
  '2026-12-31',
  '1900-01-01',
);
const instants = fc.constantFrom(
  '2026-03-02T07:30:00Z',
  '2026-03-02T09:00:00+02:00',
  '2026-02-20T10:00:00.123Z',
);

/** Texts of which any would be refused. */
const usual: Readonly<Record<string, readonly string[]>> = {
  timeZone: ['Europe/Berlin', 'UTC'],
  from: ['1', '5'],
  knownAt: ['1', '5', '2026-03-02T09:00:00Z'],
  stream: ['organisation', `person/${idOf('ann')}`],
  subject: [`person/${idOf('ann')}`],
  row: [`person/${idOf('ann')}`],
  amountMinor: ['0', '1000', '250000'],
  currency: ['EUR', 'USD'],
  num: ['0', '1', '3'],
  den: ['1', '3', '4'],
  stageId: ['lead', 'proposal', 'contract', 'lost'],
  milestone: ['budget', 'moon'],
  mapping: ['{}', '{"source":null}'],
};

function textOf(schema: Schema, field: string): fc.Arbitrary<string> {
  if (schema.format === 'uuid') return idsFor(field);
  if (schema.format === 'date') return days;
  if (schema.format === 'date-time') return instants;
  if (schema.format === 'email') return fc.constant('ann@example.com');
  if (schema.pattern?.startsWith('^[0-9a-f-]{36}'))
    return fc.tuple(idsFor('personId'), days).map(([person, day]) => `${person}~${day}`);
  if (Object.hasOwn(usual, field)) return fc.constantFrom(...usual[field]!);
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern));
  const { minLength = 0, maxLength = 40 } = schema;
  return fc
    .string({ minLength: Math.max(1, minLength), maxLength: Math.min(Math.max(minLength, 40), maxLength) })
    .map((text) => (text.trim().length < minLength ? 'x'.repeat(Math.max(1, minLength)) : text));
}

/** Values as a schema declares them. */
export function valuesOf(declared: Schema, resolve: Resolve, field = ''): fc.Arbitrary<unknown> {
  const schema = resolve(declared);
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return fc.oneof(...options.map((option) => valuesOf(option, resolve, field)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  const [type] = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['object']);
  if (type === 'string') return textOf(schema, field);
  if (type === 'integer' || type === 'number')
    return fc.integer({
      min: Math.max(schema.minimum ?? -1_000, Number.MIN_SAFE_INTEGER),
      max: Math.min(schema.maximum ?? 1_000, Number.MAX_SAFE_INTEGER),
    });
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'array')
    return fc.array(valuesOf(schema.items ?? {}, resolve, field), {
      minLength: schema.minItems ?? 0,
      maxLength: Math.min(schema.maxItems ?? 3, Math.max(schema.minItems ?? 0, 3)),
    });
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, inner]) => [name, valuesOf(inner, resolve, name)] as const,
  );
  return fc.record(Object.fromEntries(properties), {
    requiredKeys: (schema.required ?? []) as never,
    noNullPrototype: true,
  });
}
