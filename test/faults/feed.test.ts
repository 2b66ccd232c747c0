import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { v7 } from '../../src/engine/clock.ts';
import { append } from '../../src/engine/log.ts';
import { competitorEvents } from '../../src/events/competitor.ts';
import { createPool } from '../../src/storage/database.ts';
import { messages, openStream } from '../support/event-stream.ts';
import { full, note } from '../support/figures.ts';
import { type Server, startServer } from '../support/server.ts';

const { CompetitorRegistered, CompetitorRenamed } = competitorEvents;
const seconds = full ? 600 : 15;
const writerCount = 16;
const holdMaxMs = 50;

interface Reader {
  readonly name: string;
  /** The positions that it was given, in the order in which they came. */
  readonly seen: number[];
  readonly matches: (type: string) => boolean;
  readonly read: (seen: number[]) => Promise<void>;
}

describe(`${writerCount} writers that hold their commits up to ${holdMaxMs} ms, for ${seconds} s`, () => {
  let server: Server;
  let token: string;
  const types: string[] = [];
  /** The position at which readers stop; known once the writers have. */
  let end = Number.POSITIVE_INFINITY;

  beforeAll(async () => {
    server = await startServer({ worker: false, followersMax: { perKey: 20, perProcess: 20 } });
    token = await server.token({ name: 'reader', roles: ['IN'] });
  });
  afterAll(() => server.stop());

  /** Appends a stream of one to three events in a transaction of its own, holds it, and gives up every tenth. */
  async function write(client: PoolClient, turn: number): Promise<void> {
    const commandId = v7();
    const competitorId = v7();
    const data = { competitorId, name: 'Rival', nameKey: 'x' };
    const decided = [
      CompetitorRegistered(data),
      ...Array.from({ length: turn % 3 }, () => CompetitorRenamed(data)),
    ];
    const stream = `competitor/${competitorId}`;
    const events = decided.map(({ type, data }, index) => ({
      tenantId: server.tenantId,
      stream,
      version: index + 1,
      type,
      schemaVersion: 1,
      data,
      actor: 'system/test',
      credential: null,
      commandId,
      correlationId: null,
      causationPosition: null,
      source: 'test',
      occurredAt: '2026-03-02T08:00:00.000Z',
      effectiveOn: '2026-03-02',
    }));
    const version = events.length;
    const command = { key: commandId, fingerprint: null, commandId, stream, version, record: true, events };
    await client.query('begin');
    const { former } = await append(client, server.tenantId, [{ ...command, dependsOn: new Set() }], []);
    await sleep((turn * 17) % (holdMaxMs + 1));
    if (turn % 10 === 9) {
      await client.query('rollback');
      return;
    }
    await client.query('commit');
    for (const [index, { type }] of events.entries()) types[former + index] = type;
  }

  async function pages(query: string, seen: number[]): Promise<void> {
    for (let after = 0; after < end; ) {
      const { status, body } = await server.get(`/v1/events?after=${after}&${query}`, token);
      expect(status).toBe(200);
      seen.push(...body.data.map(({ position }: { position: number }) => position));
      after = body.after;
    }
  }

  /** Follows the stream; `cut` breaks the connection off whenever so many messages have come. */
  async function stream(query: string, cut: number, seen: number[]): Promise<void> {
    while ((seen.at(-1) ?? 0) < end) {
      const gone = new AbortController();
      const response = await openStream(`${server.url}/v1/events?${query}`, token, {
        lastEventId: seen.at(-1) ?? 0,
        signal: gone.signal,
      });
      expect(response.status).toBe(200);
      let taken = 0;
      for await (const { id, data } of messages(response)) {
        expect(data.position).toBe(id);
        seen.push(id);
        taken += 1;
        if (taken === cut || id >= end) break;
      }
      gone.abort();
    }
  }

  const any = () => true;
  const reader = (name: string, read: Reader['read'], matches: Reader['matches'] = any): Reader => ({
    name,
    seen: [],
    matches,
    read,
  });
  const readers = [
    reader('pages, asked for again and again', (seen) => pages('limit=1000', seen)),
    reader('pages of three, waited for', (seen) => pages('limit=3&wait=1', seen)),
    reader(
      'pages of one type, waited for',
      (seen) => pages('type=CompetitorRenamed&wait=1', seen),
      (type) => type === 'CompetitorRenamed',
    ),
    reader('a stream', (seen) => stream('', Number.POSITIVE_INFINITY, seen)),
    reader('a stream of small pages', (seen) => stream('limit=2', Number.POSITIVE_INFINITY, seen)),
    reader('a stream that is cut off', (seen) => stream('', 11, seen)),
  ];

  test('keep nothing from any reader and nothing out of order', {
    timeout: (seconds + 60) * 1_000,
  }, async (context) => {
    const pool = createPool({ databaseUrl: server.databaseUrl, connections: writerCount, name: 'writers' });
    const reading = readers.map(({ read, seen }) => read(seen));
    const endsAt = performance.now() + seconds * 1_000;
    await Promise.all(
      Array.from({ length: writerCount }, async (_, writer) => {
        const client = await pool.connect();
        for (let turn = writer; performance.now() < endsAt; turn += writerCount + 1)
          await write(client, turn);
        client.release();
      }),
    );
    end = types.length;
    // Whoever waits at the end of the log is woken by one event more.
    const last = await pool.connect();
    await write(last, 0);
    last.release();
    await Promise.all(reading);
    await pool.end();
    const figures = readers.map(({ name, seen: all, matches }) => {
      const seen = all.filter((position) => position <= end);
      const wanted = types.slice(0, end).flatMap((type, index) => (matches(type) ? [index + 1] : []));
      const given = new Set(seen);
      return {
        name,
        events: seen.length,
        missed: wanted.filter((position) => !given.has(position)).length,
        doubled: seen.length - given.size,
        reordered: seen.filter((position, index) => index > 0 && position < seen[index - 1]!).length,
        unwanted: seen.filter((position) => !matches(types[position - 1]!)).length,
      };
    });
    const total = (figure: 'missed' | 'doubled' | 'reordered') =>
      figures.reduce((sum, reader) => sum + reader[figure], 0);
    note(context, 'feed', {
      seconds,
      writers: writerCount,
      readers: readers.length,
      written: end,
      missed: total('missed'),
      doubled: total('doubled'),
      reordered: total('reordered'),
    });
    expect(end).toBeGreaterThan(seconds * 20);
    expect(types.filter((type) => type === undefined)).toEqual([]);
    for (const { name, missed, doubled, reordered, unwanted } of figures)
      expect({ name, missed, doubled, reordered, unwanted }).toEqual({
        name,
        missed: 0,
        doubled: 0,
        reordered: 0,
        unwanted: 0,
      });
  });
});
