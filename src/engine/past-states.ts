import type { Pool } from 'pg';
import { evolveState, type StreamRef } from './decision.ts';
import { type EventReader, load } from './log.ts';

/** How many events may be folded into the states that are held. */
const eventsMax = 100_000;

/** A state that held from a position until before another. */
interface Held {
  readonly from: number;
  readonly before: number;
  readonly state: unknown;
  readonly weight: number;
}

/** Answers the states of streams as they stood at a position; those asked for last are held. */
export type PastStates = (
  tenantId: string,
  refs: readonly StreamRef[],
  position: number,
) => Promise<readonly unknown[]>;

export function createPastStates({
  pool,
  read,
}: {
  readonly pool: Pool;
  readonly read: EventReader;
}): PastStates {
  const held = new Map<string, readonly Held[]>();
  let weight = 0;

  const find = (name: string, position: number): Held | undefined =>
    held.get(name)?.find(({ from, before }) => from <= position && position < before);

  function hold(name: string, entry: Held): void {
    const entries = [...(held.get(name) ?? []), entry];
    held.delete(name);
    held.set(name, entries);
    weight += entry.weight;
    for (const [oldest, states] of held) {
      if (weight <= eventsMax || oldest === name) break;
      for (const state of states) weight -= state.weight;
      held.delete(oldest);
    }
    while (weight > eventsMax && entries.length > 1) weight -= entries.shift()!.weight;
  }

  async function fold(tenantId: string, { stream, decider }: StreamRef, position: number): Promise<Held> {
    const { head, events } = await load(pool, read, tenantId, [stream]);
    const known = events.filter((event) => event.position <= position);
    return {
      from: known.at(-1)?.position ?? 0,
      before: events[known.length]?.position ?? Math.max(head, position) + 1,
      state: known.reduce<unknown>(
        (state, event) => evolveState(decider, state, event),
        decider.initialState(),
      ),
      weight: known.length + 1,
    };
  }

  return async (tenantId, refs, position) => {
    const states: unknown[] = [];
    for (const ref of refs) {
      const name = `${tenantId} ${ref.stream}`;
      let entry = find(name, position);
      if (!entry) {
        entry = await fold(tenantId, ref, position);
        hold(name, entry);
      }
      states.push(entry.state);
    }
    return states;
  };
}
