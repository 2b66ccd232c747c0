import { AsyncLocalStorage } from 'node:async_hooks';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { now } from '../engine/clock.ts';
import { dayOf } from '../engine/instant.ts';
import { createProjector } from '../engine/projector.ts';
import { noteNextDue } from '../jobs/worker.ts';
import { readModels } from '../projections/index.ts';
import { createRuntime } from '../runtime.ts';
import { createTenant, holdClock, learnSizes, releaseClock } from '../storage/tenants.ts';
import { writeAccess } from './demo/access.ts';
import { perform, type Tally } from './demo/perform.ts';
import { type Begun, noteTold, once, type Remembered } from './demo/record.ts';
import type { Stage } from './demo/script.ts';
import { demoStages, lastStage, progressOf } from './demo/stages.ts';
import { type DemoParameters, demoTenantId, demoTimeZone } from './demo/world.ts';
import { demoScreen } from './screen.ts';

export interface DemoOptions extends DemoParameters {
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly masterKey: string;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
  /** Tells the workers that a tenant has something new: once, when all is there. */
  readonly wake: (tenantId: string) => void;
  readonly signal?: AbortSignal;
  /** Hears how far the load is, from 0 to 1. */
  readonly progress?: (share: number) => void;
}

const organisationName = 'Tonnelier Supplies';

function* after(toldUntil: string | undefined, stages: Iterable<Stage>): Generator<Stage> {
  for (const stage of stages) if (toldUntil === undefined || stage.day > toldUntil) yield stage;
}

/** Issues the commands of a demo at their simulated instants; those that were issued before are acknowledged again. */
export async function issueDemo({ parameters, toldUntil }: Begun, options: DemoOptions): Promise<Tally> {
  const { databaseUrl, pool, masterKey, log, progress, signal = new AbortController().signal } = options;
  const tenantId = demoTenantId(parameters.seed);
  const instant = new AsyncLocalStorage<string>();
  const runtime = createRuntime({ pool, masterKey, clock: () => instant.getStore() ?? now() });
  const projector = createProjector({
    pool,
    read: runtime.read,
    models: readModels,
    saved: noteNextDue,
    stalled: (_, model, error) => log.warn({ err: error }, `The read model ${model} has stopped.`),
  });
  let following: Promise<unknown> = Promise.resolve();
  /** Lets the read models follow in the background, one round after the other. */
  const keepUp = () => {
    following = following
      .then(() => projector.advance(tenantId))
      .catch((error: Error) => log.warn({ err: error }, error.message));
  };
  const follow = async () => {
    await following;
    await projector.advance(tenantId);
  };
  try {
    const tally = await perform(after(toldUntil, demoStages(parameters)), {
      runtime,
      tenantId,
      instant,
      follow,
      log,
      signal,
      begun: (stage) => progress?.(progressOf(parameters, stage)),
      done: async ({ name, day }) => {
        keepUp();
        if (name === lastStage) await noteTold(databaseUrl, tenantId, day);
      },
    });
    await follow();
    return tally;
  } finally {
    await following;
    await runtime.dispatcher.close();
  }
}

/**
 * Loads the demo of a seed into its tenant unless that is done. One that was broken off goes on after the last day that
 * was told, with the parameters that it began with: what was done of the next one is only acknowledged again. While
 * history is loaded the tenant's clock stands still, and the load itself moves the read models.
 */
export function loadDemo(options: DemoOptions): Promise<Remembered<Tally>> {
  const { databaseUrl, seed, scale, weeks, today, wake, signal = new AbortController().signal } = options;
  return once(databaseUrl, { seed, scale, weeks, today }, signal, async (begun) => {
    const tenantId = await createTenant(databaseUrl, organisationName, demoTenantId(seed));
    await holdClock(databaseUrl, tenantId);
    const tally = await issueDemo(begun, options);
    await learnSizes(databaseUrl);
    await releaseClock(databaseUrl, tenantId);
    wake(tenantId);
    return tally;
  });
}

export interface BackgroundDemo {
  /** Breaks the load off; it goes on at the next start. */
  readonly stop: () => Promise<void>;
}

export interface BackgroundOptions {
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly masterKey: string;
  readonly log: Pick<Logger, 'debug' | 'warn' | 'error'>;
  readonly wake: (tenantId: string) => void;
  readonly dataDir: string;
  readonly url: string;
  /** Shows a text to whoever started the program. */
  readonly say: (text: string) => void;
}

const standard = { seed: 1, scale: 1, weeks: 4 };
const stepPercent = 20;

/** Loads the standard demo beside a running server, says how far it is, and in the end how to get in. */
export function startDemo({ dataDir, url, say, ...options }: BackgroundOptions): BackgroundDemo {
  const abort = new AbortController();
  const { signal } = abort;
  let said = -1;
  const progress = (share: number) => {
    const percent = Math.floor((share * 100) / stepPercent) * stepPercent;
    if (percent <= said) return;
    said = percent;
    say(`Loading the demo: ${percent} %\n`);
  };
  const load = async () => {
    const today = dayOf(now(), demoTimeZone);
    const { parameters } = await loadDemo({ ...options, ...standard, today, signal, progress });
    const access = await writeAccess(options.databaseUrl, dataDir, url, parameters);
    say(demoScreen(access, dataDir));
  };
  const loading = load().catch((error: Error) => {
    if (signal.aborted) return;
    options.log.error({ err: error }, 'The demo could not be loaded.');
    say(`The demo could not be loaded; it is tried again at the next start. ${error.message}\n`);
  });
  return {
    stop: () => {
      abort.abort();
      return loading;
    },
  };
}
