import { readHead, readLedger } from '../engine/ledger.ts';
import type { Connection } from '../engine/log.ts';

/** JSON in which nothing but the end of the line is the end of a line to anybody. */
const oneLine = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u0085\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A tenant's log as NDJSON, some lines at a time; `docs/ledger.md` describes the format. */
export async function* exportLog(
  connection: Connection,
  tenantId: string,
  exportedAt: string,
): AsyncGenerator<string, undefined> {
  const head = await readHead(connection, tenantId);
  if (!head) return;
  const lines = (list: readonly object[]) => list.map((line) => `${oneLine(line)}\n`).join('');
  yield lines([{ kind: 'log', format: 1, tenantId, exportedAt, position: head.position, hash: head.hash }]);
  for await (const { block, events } of readLedger(connection, tenantId, head.position)) {
    yield lines([
      ...(block ? [{ kind: 'block', ...block }] : []),
      ...events.map((event) => ({ kind: 'event', ...event })),
    ]);
  }
}
