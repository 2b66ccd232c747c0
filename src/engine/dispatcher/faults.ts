import { type Problem, problem, Refused } from '../outcome.ts';

const sqlState = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? '');

/** Whether the server went away, or lacks something such as room on its disk: the same request may be sent again. */
export function isConnectionFault(error: unknown): boolean {
  const code = sqlState(error);
  return (
    /^(08|53|57P|58|40001|40P01)/.test(code) ||
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND)/.test(code) ||
    /connect|terminat/i.test(error instanceof Error ? error.message : '')
  );
}

export const isDataFault = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error));

/** Whether the database gave up because it took too long. */
const isTimeout = (error: unknown): boolean => /^(57014|55P03)$/.test(sqlState(error));

/** Whether the events of an append were sealed with a key that was destroyed meanwhile. */
export const isKeyFault = (error: unknown): boolean => sqlState(error) === 'ST410';

/** The problem that a thrown error becomes; one of ours keeps its cause for whoever logs it. */
export function faultOf(error: unknown): Problem {
  if (error instanceof Refused) return error.problem;
  if (sqlState(error) === 'ST404') return problem(404, 'not-found', 'There is no such tenant.');
  if (isDataFault(error))
    return problem(422, 'unprocessable', 'The database cannot hold a value of this input.');
  return { ...ownFault(error), cause: error } as Problem;
}

function ownFault(error: unknown): Problem {
  if (isConnectionFault(error)) {
    const detail = 'The database does not answer, or cannot work for now; try again with the same key.';
    return problem(503, 'unavailable', detail, { retryAfter: 1 });
  }
  if (isTimeout(error)) {
    return problem(503, 'unavailable', 'The database took too long; try again.', { retryAfter: 1 });
  }
  return problem(500, 'internal-error', 'Something went wrong on our side.');
}
