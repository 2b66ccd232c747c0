import { type QueryCreator, type RawBuilder, sql } from 'kysely';

// biome-ignore lint/suspicious/noExplicitAny: whatever tables the query reads
export type AnyDb = QueryCreator<any>;

/** Runs a statement over the tables that a query reads. */
export async function rowsOf<T>(db: AnyDb, statement: RawBuilder<T>): Promise<readonly T[]> {
  const rows = await db
    .selectFrom(sql`(${statement})`.as('answer') as never)
    .selectAll()
    .execute();
  return rows as unknown as readonly T[];
}

/** Read models for a query's `reads`, each once. */
export const together = <const M extends readonly unknown[]>(...models: M): M =>
  [...new Set(models)] as unknown as M;
