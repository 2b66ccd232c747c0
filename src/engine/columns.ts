import { z } from 'zod';
import type { ReadModel } from './read-model.ts';

export interface Column {
  readonly field: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly comment: string;
}

export const snakeCase = (name: string): string =>
  name.replace(/[A-Z0-9]+(?=[A-Z]|$)|[A-Z]/g, (part) => `_${part.toLowerCase()}`).replace(/^_/, '');

interface Unwrapped {
  readonly schema: z.ZodType;
  readonly nullable: boolean;
  readonly comment: string;
}

function unwrap(schema: z.ZodType, nullable = false, comment = ''): Unwrapped {
  const described = comment || (schema.description ?? '');
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return unwrap(schema.unwrap() as z.ZodType, true, described);
  }
  return { schema, nullable, comment: described };
}

/** The PostgreSQL type of a zod type: its own `column` in `meta`, else by what it is; anything structured is jsonb. */
function columnType(schema: z.ZodType): string {
  const declared = schema.meta()?.['column'];
  if (typeof declared === 'string') return declared;
  if (schema instanceof z.ZodUUID) return 'uuid';
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral)
    return 'text';
  if (schema instanceof z.ZodStringFormat) return schema._zod.def.format === 'uuid' ? 'uuid' : 'text';
  if (schema instanceof z.ZodNumber) return 'integer';
  if (schema instanceof z.ZodBigInt) return 'bigint';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  return 'jsonb';
}

/** The columns of a read model's own fields, without `tenant_id` and `generation`. */
export function columnsOf(model: Pick<ReadModel, 'row'>): readonly Column[] {
  return Object.entries(model.row.shape).map(([field, schema]) => {
    const { schema: inner, nullable, comment } = unwrap(schema as z.ZodType);
    return { field, name: snakeCase(field), type: columnType(inner), nullable, comment };
  });
}
