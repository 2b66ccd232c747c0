import type { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { dailyReport } from '../../commands/daily-report/state.ts';
import type { DocumentState } from '../../commands/document/state.ts';
import { visitPlan } from '../../commands/visit-plan/state.ts';
import type { Command, StreamRef } from '../../engine/decision.ts';
import type { Accepted, Problem } from '../../engine/outcome.ts';
import { documentHash } from '../../events/document.ts';
import { commandsByName, type Runtime } from '../../runtime.ts';
import type { Chain, DocumentOf, Stage, Step } from './script.ts';

export interface Tally {
  commands: number;
  /** Commands that an earlier load had issued already. */
  replayed: number;
  events: number;
}

export interface PerformOptions {
  readonly runtime: Runtime;
  readonly tenantId: string;
  /** Holds the simulated instant, which the runtime's clock shows. */
  readonly instant: AsyncLocalStorage<string>;
  /** Lets the read models follow the log to its head. */
  readonly follow: () => Promise<void>;
  readonly log: Pick<Logger, 'debug'>;
  readonly signal: AbortSignal;
  readonly begun?: (stage: Stage) => void;
  readonly done?: (stage: Stage) => Promise<void>;
}

const patienceMs = 30_000;

/** What a fault is to the load: the same command is sent again under the same key. */
const isFault = ({ status, code }: Problem): boolean => status >= 500 || code === 'conflict';

const documentRef = ({
  kind,
  personId,
  date,
}: DocumentOf): StreamRef<{ readonly document: DocumentState }> =>
  kind === 'visit-plan' ? visitPlan.ref(personId, date) : dailyReport.ref(personId, date);

function commandOf({ command }: Step): Command {
  const found = commandsByName.get(command);
  if (!found) throw new Error(`There is no command ${command}`);
  return found;
}

/** Issues the commands of stages, one stage after the other; what an earlier load issued is only acknowledged again. */
export async function perform(stages: Iterable<Stage>, options: PerformOptions): Promise<Tally> {
  const { runtime, tenantId, instant, follow, log } = options;
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const tally: Tally = { commands: 0, replayed: 0, events: 0 };

  /** The step's input; that of one about a document names the version that is there now. */
  async function inputOf({ input, document }: Step): Promise<Step['input']> {
    if (!document) return input;
    const [state] = await runtime.dispatcher.states(tenantId, [documentRef(document)]);
    const { contentHashes } = (state as { readonly document: DocumentState }).document;
    const key = `${document.personId}~${document.date}`;
    return { ...input, kind: document.kind, key, docHash: documentHash(contentHashes) };
  }

  async function attempt(step: Step, command: Command): Promise<Accepted | Problem> {
    const input = await inputOf(step);
    const { actor, at, key } = step;
    const request = { actor: { ...actor, tenantId }, command, input, source: 'demo', key };
    return instant.run(at, () => runtime.dispatcher.execute(request)) as Promise<Accepted | Problem>;
  }

  /** Tries until there is no fault, for as long as a restart of the database may take. */
  async function insist<T>(work: () => Promise<T | Problem>): Promise<T | Problem> {
    const giveUpAt = performance.now() + patienceMs;
    for (let pause = 50; ; pause = Math.min(pause * 2, 1_000)) {
      signal.throwIfAborted();
      try {
        const result = await work();
        const fault = result && typeof result === 'object' && 'ok' in result && !result.ok && isFault(result);
        if (!fault || performance.now() > giveUpAt) return result;
      } catch (error) {
        if (performance.now() > giveUpAt) throw error;
      }
      await sleep(pause, undefined, { signal });
    }
  }

  async function take(step: Step): Promise<void> {
    const command = commandOf(step);
    const outcome = (await insist(() => attempt(step, command))) as Accepted | Problem;
    if (!outcome.ok) {
      const { cause } = outcome as { readonly cause?: unknown };
      const errors = outcome.errors?.map(({ pointer, detail }) => ` ${pointer}: ${detail}`).join('') ?? '';
      throw new Error(`The demo’s ${step.key} was refused: ${outcome.code}. ${outcome.detail}${errors}`, {
        cause,
      });
    }
    tally.commands += 1;
    tally.replayed += Number(outcome.replayed);
    tally.events += outcome.events.length;
    if (outcome.events.length > 0) log.debug({ demo: step.key, position: outcome.position });
  }

  async function walk(chain: Chain): Promise<void> {
    for (const link of chain) await ('together' in link ? Promise.all(link.together.map(walk)) : take(link));
  }

  /** What fails first keeps the other chains from going on. */
  function breakOff(error: unknown): never {
    broken.abort(error);
    throw error;
  }

  for (const stage of stages) {
    signal.throwIfAborted();
    options.begun?.(stage);
    if (stage.asks && stage.chains.length > 0) await insist(follow);
    await Promise.all(stage.chains.map(walk)).catch(breakOff);
    await options.done?.(stage);
  }
  return tally;
}
