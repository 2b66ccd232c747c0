import type { Pool } from 'pg';
import { z } from 'zod';
import { instantText } from './instant.ts';
import { type Problem, problem } from './outcome.ts';

/** A moment of the log: the last position that was recorded then, and the instant. */
export interface Moment {
  readonly position: number;
  readonly at: string;
  /** How often the past was made anew: what was answered before is not given again. */
  readonly epoch: number;
}

/** An instant to the microsecond, as the database keeps them; undefined where the text is none. */
function instantOf(text: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  try {
    const instant = Temporal.Instant.from(text);
    const exact = instant.toString({ smallestUnit: 'microsecond', roundingMode: 'trunc' });
    return /^(?!0000)\d{4}-/.test(exact) ? exact : undefined;
  } catch {
    return undefined;
  }
}

/** A position of the log as a number, or an instant as text: as of when a question is asked. */
export const KnownAt = z.string().transform((text, context): number | string => {
  const known = /^\d{1,15}$/.test(text) ? Number(text) : instantOf(text);
  if (known !== undefined) return known;
  context.addIssue({
    code: 'custom',
    message:
      'Give a position of the log, or an instant such as 2026-03-02T08:00:00Z; the + of an offset is written %2B.',
  });
  return z.NEVER;
});
export type KnownAt = z.output<typeof KnownAt>;

const refused = (code: string, pointer: string, detail: string): Problem =>
  problem(400, code, detail, { errors: [{ pointer, detail }] });

/** Finds the moment that a parameter, named by `pointer`, means in a tenant's log. */
export async function momentOf(
  pool: Pool,
  tenantId: string,
  knownAt: KnownAt,
  pointer = '/knownAt',
): Promise<Moment | Problem> {
  const head = `position as head, (select epoch from past.epoch e where e.tenant_id = $1) as epoch
    from log.head where tenant_id = $1`;
  const { rows } = await pool.query(
    typeof knownAt === 'number'
      ? `select $2::bigint as position, log.recorded_at($1, $2) as at, ${head}`
      : `select log.position_at($1, $2) as position, $2::timestamptz as at, ${head}`,
    [tenantId, knownAt],
  );
  const { position, at, epoch, head: last } = rows[0];
  if (position === null || (position > last && typeof knownAt === 'number')) {
    return refused(
      'known-at-in-future',
      pointer,
      `The log has come to position ${last}; what comes is not known.`,
    );
  }
  if (position < 1n) return refused('known-at-before-beginning', pointer, 'Nothing had been recorded yet.');
  return { position: Number(position), at: instantText(Temporal.Instant.from(at)), epoch: epoch ?? 0 };
}

/** The present moment of a tenant's log; position 0 where nothing has been recorded. */
export async function presentMoment(pool: Pool, tenantId: string, at: string): Promise<Moment> {
  const { rows } = await pool.query('select position from log.head where tenant_id = $1', [tenantId]);
  return { position: Number(rows[0].position), at, epoch: 0 };
}
