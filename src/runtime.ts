import type { Pool } from 'pg';
import { commands } from './commands/index.ts';
import { gate } from './commands/gate.ts';
import { calendar } from './commands/calendar.ts';
import { organisation } from './commands/organisation/state.ts';
import { policy } from './commands/policy.ts';
import { visibility } from './commands/organisation/authority.ts';
import { now } from './engine/clock.ts';
import type { Actor, Command, StreamRef } from './engine/decision.ts';
import { createDispatcher, type Dispatcher, type DispatcherOptions } from './engine/dispatcher.ts';
import { strict } from './engine/input.ts';
import { dayOf } from './engine/instant.ts';
import { type EventReader, eventReader } from './engine/log.ts';
import type { Asker, Query } from './engine/query.ts';
import { createReader, type Reader } from './engine/reader.ts';
import { eventTypes } from './events/index.ts';
import { queries } from './projections/index.ts';

const byName = <T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
  new Map(list.map((entry) => [entry.name, entry]));

export const commandsByName: ReadonlyMap<string, Command> = byName(commands as readonly Command[]);
export const queriesByName: ReadonlyMap<string, Query> = byName(queries as readonly Query[]);

/** The streams that every process keeps folded for each tenant. */
const references: ReadonlyMap<string, StreamRef> = new Map<string, StreamRef>([
  ['organisation', organisation.ref()],
  ['calendar', calendar.ref()],
  ['policy', policy.ref()],
]);

export interface Runtime {
  readonly pool: Pool;
  readonly read: EventReader;
  readonly dispatcher: Dispatcher;
  readonly reader: Reader;
  /** The folded state of a tenant's reference stream, by noun. */
  readonly reference: (tenantId: string, noun: string) => Promise<unknown>;
  /** What a query needs to know of who asks it, and whether that person may ask. */
  readonly asker: (actor: Actor, query: Query) => Promise<Asker>;
}

export interface RuntimeOptions {
  readonly pool: Pool;
  readonly appended?: DispatcherOptions['appended'];
  readonly observe?: NonNullable<DispatcherOptions['observe']>;
  readonly clock?: () => string;
}

/** Puts the engine and the product's definitions together over one database. */
export function createRuntime({ pool, appended, observe, clock = now }: RuntimeOptions): Runtime {
  const read = eventReader(eventTypes);
  const reader = createReader({ pool });

  async function asker(actor: Actor, query: Query): Promise<Asker> {
    const nouns = [...references.keys()];
    const states = await dispatcher.states(actor.tenantId, [...references.values()]);
    const byNoun = new Map(nouns.map((noun, index) => [noun, states[index]]));
    const organisationState = byNoun.get('organisation') as ReturnType<typeof organisation.initialState>;
    const moment = clock();
    const timeZone = organisationState.configuration?.timeZone ?? 'UTC';
    const today = dayOf(moment, timeZone);
    return {
      personId: actor.personId,
      visibility: { intervals: visibility(organisationState, actor, query.permission as never, today) },
      now: moment,
      today,
      timeZone,
      reference: (noun) => byNoun.get(noun),
    };
  }

  const dispatcher: Dispatcher = createDispatcher({
    pool,
    read,
    gate,
    types: eventTypes,
    now: clock,
    appended: appended ?? (() => undefined),
    ...(observe && { observe }),
    facts: (tenantId, actor) => {
      let position = 0;
      return {
        position: () => position,
        ask: async (name, input) => {
          const query = queriesByName.get(name);
          if (!query) throw new Error(`There is no query ${name}`);
          const asking = await asker({ ...actor, kind: 'system' }, query);
          const answer = await reader.answer(query, tenantId, strict(query.input).parse(input), asking);
          if (!answer.ok) throw new Error(answer.detail);
          position = answer.position;
          return answer.body;
        },
      };
    },
  });

  return {
    pool,
    read,
    dispatcher,
    reader,
    asker,
    reference: async (tenantId, noun) => {
      const ref = references.get(noun);
      if (!ref) throw new Error(`There is no reference stream ${noun}`);
      const [state] = await dispatcher.states(tenantId, [ref]);
      return state;
    },
  };
}
