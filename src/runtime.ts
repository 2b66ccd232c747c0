import type { Pool } from 'pg';
import { calendar } from './commands/calendar/state.ts';
import { gate } from './commands/gate.ts';
import { commands } from './commands/index.ts';
import { actorRoles, authorize, visibility } from './commands/organisation/authority.ts';
import { type Organisation, organisation } from './commands/organisation/state.ts';
import { policy } from './commands/policy.ts';
import { type Accesses, createAccesses } from './engine/accesses.ts';
import { now } from './engine/clock.ts';
import type { Actor, Command, StreamRef } from './engine/decision.ts';
import { faultOf } from './engine/dispatcher/faults.ts';
import { createDispatcher, type Dispatcher, type DispatcherOptions } from './engine/dispatcher.ts';
import { createEraser, type Eraser } from './engine/eraser.ts';
import { createHistorian, type Historian } from './engine/historian.ts';
import { strict } from './engine/input.ts';
import { dayOf } from './engine/instant.ts';
import { type Moment, momentOf } from './engine/known-at.ts';
import { type EventReader, eventReader } from './engine/log.ts';
import { type Outcome, type Problem, problem, Refused } from './engine/outcome.ts';
import { createPastStates } from './engine/past-states.ts';
import type { Asker, Query } from './engine/query.ts';
import { type Answer, createReader, type Reader } from './engine/reader.ts';
import { createVault } from './engine/vault.ts';
import { eventTypes } from './events/index.ts';
import { erasingTypes, subjectOf } from './events/subject.ts';
import { queries, readModels } from './projections/index.ts';

const byName = <T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
  new Map(list.map((entry) => [entry.name, entry]));

export const commandsByName: ReadonlyMap<string, Command> = byName(commands as readonly Command[]);
export const queriesByName: ReadonlyMap<string, Query> = byName(queries as readonly Query[]);

const erasing: ReadonlySet<string> = new Set(erasingTypes);
const isErasing = ({ emits }: Command): boolean => emits.some((type) => erasing.has(type));

/** How long a command waits for the read models it asks; then it takes what they know, and says as of when. */
const factsPatienceMs = 2_000;

/** The streams that every process keeps folded for each tenant; the organisation is the first. */
const references: ReadonlyMap<string, StreamRef> = new Map<string, StreamRef>([
  ['organisation', organisation.ref()],
  ['calendar', calendar.ref()],
  ['policy', policy.ref()],
]);

const timeZoneOf = ({ configuration }: Organisation): string => configuration?.timeZone ?? 'UTC';

export interface Runtime {
  readonly pool: Pool;
  readonly now: () => string;
  readonly read: EventReader;
  readonly dispatcher: Dispatcher;
  readonly reader: Reader;
  readonly eraser: Eraser;
  /** Keeps who read what. */
  readonly accesses: Accesses;
  /** Keeps the former rows of the read models. */
  readonly historian: Historian;
  /** The folded state of a tenant's reference stream, by noun, as of a position at least. */
  readonly reference: (tenantId: string, noun: string, atLeast: number) => Promise<unknown>;
  /** Answers a query by name to the system, from read models that know the log up to a position at least. */
  readonly ask: (
    actor: Actor,
    name: string,
    input: Readonly<Record<string, unknown>>,
    atLeast: number,
  ) => Promise<unknown>;
  /**
   * What a query needs to know of who asks it; a problem when that one may not ask it, or not about this person. Who may
   * ask and see is judged by what is true now, also when the question is asked as of a moment.
   */
  readonly asker: (
    actor: Actor,
    query: Pick<Query, 'permission'>,
    subject?: string,
    moment?: Moment,
  ) => Promise<Asker | Problem>;
}

export interface RuntimeOptions {
  readonly pool: Pool;
  /** Under it stand the keys of personal data. */
  readonly masterKey: string;
  readonly appended?: DispatcherOptions['appended'];
  readonly observe?: NonNullable<DispatcherOptions['observe']>;
  readonly clock?: () => string;
}

/** Puts the engine and the product's definitions together over one database. */
export function createRuntime({ pool, masterKey, appended, observe, clock = now }: RuntimeOptions): Runtime {
  const vault = createVault(masterKey);
  const read = eventReader(eventTypes, vault);
  const historian = createHistorian({ pool, read, models: readModels });
  const reader = createReader({ pool, historian, vault });
  const pastStates = createPastStates({ pool, read });

  async function asker(
    actor: Actor,
    { permission }: Pick<Query, 'permission'>,
    subject?: string,
    moment?: Moment,
  ): Promise<Asker | Problem> {
    const refs = [...references.values()];
    const present = await dispatcher.states(actor.tenantId, refs);
    const organisationNow = present[0] as Organisation;
    const today = dayOf(clock(), timeZoneOf(organisationNow));
    if (!authorize(organisationNow, actor, permission, subject, today)) {
      return problem(
        403,
        'forbidden',
        `This needs the permission ${permission} over the person it is about.`,
      );
    }
    const states = moment ? await pastStates(actor.tenantId, refs, moment.position) : present;
    const byNoun = new Map([...references.keys()].map((noun, index) => [noun, states[index]]));
    const at = moment?.at ?? clock();
    const timeZone = timeZoneOf(states[0] as Organisation);
    return {
      tenantId: actor.tenantId,
      personId: actor.personId,
      roles: actorRoles(organisationNow, actor, today),
      visibility: { intervals: visibility(organisationNow, actor, permission, today) },
      visibilityBy: (other) =>
        authorize(organisationNow, actor, other, undefined, today)
          ? { intervals: visibility(organisationNow, actor, other, today) }
          : undefined,
      now: at,
      today: dayOf(at, timeZone),
      timeZone,
      position: async () => 0,
      held: (_, __, make) => make(),
      reference: (noun) => byNoun.get(noun),
    };
  }

  const headOf = async (tenantId: string): Promise<number> => {
    const { rows } = await pool.query('select position from log.head where tenant_id = $1', [tenantId]);
    return Number(rows[0].position);
  };

  /**
   * Answers a query by name, for the system: as it stood at a moment, or as of a position at least, else as fresh as
   * patience allows.
   */
  async function answerTo(
    actor: Actor,
    name: string,
    input: Readonly<Record<string, unknown>>,
    atLeast?: number,
    moment?: Moment,
  ): Promise<Answer> {
    const { tenantId } = actor;
    const query = queriesByName.get(name);
    if (!query) throw new Error(`There is no query ${name}`);
    const asking = await asker(actor, query, undefined, moment);
    if ('ok' in asking) throw new Refused(asking);
    const parsed = strict(query.input).parse(input);
    if (moment) {
      const { position } = moment;
      const past = await reader.answer(query, tenantId, parsed, asking, 0, undefined, position);
      if (!past.ok) throw new Refused(past);
      return past;
    }
    const needed = atLeast ?? (await headOf(tenantId));
    const fresh = await reader.answer(query, tenantId, parsed, asking, needed, factsPatienceMs);
    const answer =
      fresh.ok || atLeast !== undefined ? fresh : await reader.answer(query, tenantId, parsed, asking);
    if (!answer.ok) throw new Refused(answer);
    return answer;
  }

  const dispatching: Dispatcher = createDispatcher({
    pool,
    read,
    gate,
    types: eventTypes,
    sealing: { vault, subjectOf },
    now: clock,
    appended: appended ?? (() => undefined),
    ...(observe && { observe }),
    facts: (actor, atLeast) => {
      let position = 0;
      return {
        position: () => position,
        ask: async (name, input, moment) => {
          const answer = await answerTo({ ...actor, kind: 'system' }, name, input, atLeast, moment);
          position = answer.position;
          return answer.body;
        },
        momentAt: async (instant) => {
          const found = await momentOf(pool, actor.tenantId, instant);
          return 'ok' in found ? undefined : found;
        },
      };
    },
  });

  const eraser = createEraser({ pool, vault, models: readModels, types: erasingTypes });
  eraser.listen(dispatching.purge);

  /** An erasure is answered when it is done; one that was only recorded is done by its repeat, or by a worker. */
  async function execute(request: Parameters<Dispatcher['execute']>[0]): Promise<Outcome> {
    const outcome = await dispatching.execute(request);
    if (!outcome.ok || request.dryRun || !isErasing(request.command)) return outcome;
    return eraser.advance(request.actor.tenantId).then(() => outcome, faultOf);
  }
  const dispatcher = { ...dispatching, execute };

  return {
    pool,
    now: clock,
    read,
    eraser,
    accesses: createAccesses(pool),
    dispatcher,
    reader,
    historian,
    asker,
    reference: async (tenantId, noun, atLeast) => {
      const ref = references.get(noun);
      if (!ref) throw new Error(`There is no reference stream ${noun}`);
      const [state] = await dispatcher.states(tenantId, [ref], atLeast);
      return state;
    },
    ask: async (actor, name, input, atLeast) => (await answerTo(actor, name, input, atLeast)).body,
  };
}
