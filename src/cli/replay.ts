import type { PoolClient } from 'pg';
import { z } from 'zod';
import { deciders } from '../commands/deciders.ts';
import { evolveState } from '../engine/decision.ts';
import { strict } from '../engine/input.ts';
import { load } from '../engine/log.ts';
import { Instant } from '../events/values.ts';
import { listAuditEvents } from '../projections/audit.ts';
import { SubjectKind } from '../projections/timeline.ts';
import type { Runtime } from '../runtime.ts';
import { operator } from './operator.ts';
import { UsageError } from './usage-error.ts';

interface Told {
  readonly position: number;
  readonly occurredAt: string;
  readonly by: string;
  readonly sentence: string;
}

export interface Replay {
  readonly subject: string;
  /** The last position that is taken into account. */
  readonly position: number;
  /** The subject's own streams, each folded up to the position. */
  readonly streams: readonly { readonly stream: string; readonly version: number; readonly state: unknown }[];
  /** What happened to the subject, in its streams and elsewhere. */
  readonly events: readonly Told[];
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const pageSize = 200;
const Subject = z.tuple([SubjectKind, z.uuid().toLowerCase()]);

/** The last position at a moment: a position itself, or the last one that was recorded by an instant. */
async function positionAt(client: PoolClient, tenantId: string, at: string | undefined): Promise<number> {
  const { rows } = await client.query('select position from log.head where tenant_id = $1', [tenantId]);
  if (!rows[0]) throw new UsageError('there is no such tenant');
  const head = Number(rows[0].position);
  if (at === undefined) return head;
  if (/^\d{1,15}$/.test(at)) {
    if (Number(at) > head) throw new UsageError(`the log ends at ${head}`);
    return Number(at);
  }
  const instant = Instant.safeParse(at);
  if (!instant.success)
    throw new UsageError('--at is a position, or an instant such as 2026-03-02T08:30:00Z');
  const after = Temporal.Instant.from(instant.data).add({ milliseconds: 1 }).toString();
  const found = await client.query('select log.position_before($1, $2) as position', [tenantId, after]);
  return Number(found.rows[0].position);
}

/** The streams of all kinds whose key begins with the subject's id. */
async function streamsOf(client: PoolClient, tenantId: string, id: string): Promise<readonly string[]> {
  const { rows } = await client.query(
    `select distinct e.stream from unnest($2::text[]) as own(stream)
     join log.event e on e.tenant_id = $1 and (e.stream = own.stream or e.stream >= own.stream || '/' and e.stream < own.stream || '0')
     order by e.stream`,
    [tenantId, [...deciders.keys()].map((noun) => `${noun}/${id}`)],
  );
  return rows.map(({ stream }) => stream);
}

async function tell(
  { asker, reader }: Runtime,
  tenantId: string,
  about: Readonly<Record<string, unknown>>,
  upTo: number,
): Promise<readonly Told[]> {
  const asking = await asker(operator(tenantId), listAuditEvents);
  if ('ok' in asking) throw new Error(asking.detail);
  const told: Told[] = [];
  for (let cursor: string | null | undefined; cursor !== null && (told.at(-1)?.position ?? 0) < upTo; ) {
    const input = { ...about, sort: 'position', limit: pageSize, ...(cursor && { cursor }) };
    const answer = await reader.answer(
      listAuditEvents,
      tenantId,
      strict(listAuditEvents.input).parse(input),
      asking,
      upTo,
    );
    if (!answer.ok) throw new Error(answer.detail);
    const page = answer.body as { readonly data: readonly Told[]; readonly nextCursor: string | null };
    told.push(...page.data);
    cursor = page.nextCursor;
  }
  return told.filter(({ position }) => position <= upTo);
}

/** What a stream, or everything of a person, customer, complaint, order or target, was at a moment; it leaves a trace. */
export async function replay(
  runtime: Runtime,
  tenantId: string,
  subject: string,
  at?: string,
): Promise<Replay> {
  const named = Subject.safeParse(subject.split('/'));
  const client = await runtime.pool.connect();
  try {
    await client.query("select set_config('stave.tenant', $1, false)", [tenantId]);
    const position = await positionAt(client, tenantId, at);
    await runtime.accesses.record({
      actor: operator(tenantId),
      operation: 'replay',
      subjects: subject.match(uuid) ?? [],
    });
    const names = named.success ? await streamsOf(client, tenantId, named.data[1]) : [subject];
    const { events } = await load(client, runtime.read, tenantId, names);
    const streams = names.flatMap((stream) => {
      const own = events.filter((event) => event.stream === stream && event.position <= position);
      const decider = deciders.get(stream.split('/')[0]!);
      if (!decider || own.length === 0) return [];
      const state = own.reduce(
        (before, event) => evolveState(decider, before, event),
        decider.initialState(),
      );
      return { stream, version: own.length, state };
    });
    const told = await tell(runtime, tenantId, named.success ? { subject } : { stream: subject }, position);
    if (streams.length === 0 && told.length === 0)
      throw new UsageError(`nothing is known of ${subject} at position ${position}`);
    return { subject, position, streams, events: told };
  } finally {
    client.release(true);
  }
}

const plain = (_: string, value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return typeof value === 'bigint' ? value.toString() : value;
};

/** As JSON text, with maps as objects. */
export const replayJson = (replayed: Replay): string => JSON.stringify(replayed, plain, 2);

/** As text for people: the states, then what happened. */
export const replayText = ({ subject, position, streams, events }: Replay): string =>
  [
    `${subject} at position ${position}`,
    ...streams.map(
      ({ stream, version, state }) => `\n${stream}, version ${version}\n${JSON.stringify(state, plain, 2)}`,
    ),
    '',
    ...events.map((event) => `${event.position}  ${event.occurredAt}  ${event.by}: ${event.sentence}`),
  ].join('\n');
