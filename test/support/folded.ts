import { expect } from 'vitest';
import type { NewEvent, RecordedEvent } from '../../src/engine/event.ts';
import { foldEvent, keysOf, keyText, type ReadModel, type Row } from '../../src/engine/read-model.ts';
import { tenantId } from './given.ts';

const recorded = ({ type, data, when }: NewEvent, index: number, stream: string): RecordedEvent => ({
  tenantId,
  position: index + 1,
  stream,
  version: index + 1,
  type,
  schemaVersion: 1,
  data,
  actor: 'person/tester',
  credential: 'test',
  commandId: tenantId,
  correlationId: null,
  causationPosition: null,
  source: 'test',
  occurredAt: when?.occurredAt ?? `2026-03-02T08:00:0${index % 10}.000Z`,
  effectiveOn: when?.effectiveOn ?? '2026-03-02',
  recordedAt: '2026-03-02T08:00:00.000000Z',
});

/** Events as they stand in one stream; `after` is the position before the first. */
export const inStream = (stream: string, after: number, ...events: readonly NewEvent[]) =>
  events.map((event, index) => ({ ...recorded(event, index, stream), position: after + index + 1 }));

/** The rows that a read model has after these events of any streams, each checked against its shape. */
export function foldedFrom(
  // biome-ignore lint/suspicious/noExplicitAny: a read model of any row
  model: ReadModel<string, any>,
  past: readonly RecordedEvent[],
): readonly Row[] {
  const set = { rows: new Map<string, Row | undefined>(), changed: new Map<string, Row>() };
  for (const key of past.flatMap((event) => keysOf(model, event)))
    set.rows.set(keyText(model.key, key), undefined);
  for (const event of past) foldEvent(model, set, event);
  const rows = [...set.rows.values()].filter((row) => row !== undefined);
  for (const row of rows) expect(model.row.safeParse(row).error).toBeUndefined();
  return rows;
}

/** The rows that a read model has after these events of one stream. */
export const folded = (
  // biome-ignore lint/suspicious/noExplicitAny: a read model of any row
  model: ReadModel<string, any>,
  ...events: readonly NewEvent[]
): readonly Row[] => foldedFrom(model, inStream('test/1', 0, ...events));
