import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { readConfig } from '../config.ts';
import { now } from '../engine/clock.ts';
import { dayOf } from '../engine/instant.ts';
import type { InputError } from '../engine/outcome.ts';
import { createProjector } from '../engine/projector.ts';
import { importOpportunities } from '../imports/opportunities.ts';
import { readModels } from '../projections/index.ts';
import { createRuntime, type Runtime } from '../runtime.ts';
import { createPool } from '../storage/database.ts';
import { masterKeyOf } from '../storage/master-key.ts';
import { migrate } from '../storage/migrate.ts';
import { createTenant, issueKeys, listTenants, revokeKey } from '../storage/tenants.ts';
import { withDatabase } from './database.ts';
import { accessFile, writeAccess } from './demo/access.ts';
import { demoTimeZone } from './demo/world.ts';
import { loadDemo } from './demo.ts';
import { exportTenant, signTenants, verifyTenants } from './ledger.ts';
import { operator } from './operator.ts';
import { replay, replayJson, replayText } from './replay.ts';
import { UsageError } from './usage-error.ts';

const usage = `stave <command>

  migrate                                    bring the database to the newest schema
  tenants                                    list the tenants
  tenant create --name NAME                  create a tenant and print its id
  token create --tenant ID --name NAME [--person ID] [--roles AD,IN] [--scopes a:b,c:d] [--expires INSTANT]
                                             issue an API key and print it, once
  token revoke --credential ID               end an API key
  rebuild --tenant ID [--models a,b]         fill read models anew beside the live ones, then cut over
  resume --tenant ID                         let stopped read models try again
  verify [--tenant ID] [--json]              check logs against their hashes and digests; exit 1 when damaged
  digest [--tenant ID]                       sign what was appended since the last digest
  export --tenant ID [--file FILE]           write a tenant's log as NDJSON
  replay --tenant ID --subject SUBJECT [--at POSITION|INSTANT] [--json]
                                             print a stream, or all of a person, customer, order …, as it stood
  import opportunities --tenant ID --file FILE [--mapping FILE] [--dry-run]
                                             import opportunities with their history from CSV; exit 1 when rows are refused
  demo [--weeks 4] [--seed 1] [--scale 1]    load the demo organisation into the database
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    tenant: { type: 'string' },
    person: { type: 'string' },
    roles: { type: 'string' },
    scopes: { type: 'string' },
    expires: { type: 'string' },
    credential: { type: 'string' },
    models: { type: 'string' },
    file: { type: 'string' },
    mapping: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    subject: { type: 'string' },
    at: { type: 'string' },
    weeks: { type: 'string' },
    seed: { type: 'string' },
    scale: { type: 'string' },
  },
});

function required(name: 'name' | 'tenant' | 'credential' | 'subject' | 'file'): string {
  const value = values[name];
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const split = (text: string | undefined) => text?.split(',');

async function withProjector(
  databaseUrl: string,
  work: (projector: ReturnType<typeof createProjector>, runtime: Runtime) => Promise<void>,
) {
  const pool = createPool({ databaseUrl, connections: 4, name: 'stave cli' });
  try {
    const runtime = createRuntime({ pool, masterKey: await masterKeyOf(readConfig()) });
    await work(createProjector({ pool, read: runtime.read, models: readModels }), runtime);
    await runtime.dispatcher.close();
  } finally {
    await pool.end();
  }
}

const actions: Readonly<Record<string, (databaseUrl: string) => Promise<void>>> = {
  migrate: (url) => migrate(url),
  tenants: async (url) => {
    for (const { tenantId, name, position } of await listTenants(url))
      print(`${tenantId}  ${position}  ${name}`);
  },
  'tenant create': async (url) => print(await createTenant(url, required('name'))),
  'token create': async (url) => {
    const [token] = await issueKeys(url, [
      {
        tenantId: required('tenant'),
        name: required('name'),
        ...(values.person && { personId: values.person }),
        roles: split(values.roles) ?? [],
        ...(values.scopes && { scopes: values.scopes.split(',') }),
        ...(values.expires && { expiresAt: values.expires }),
      },
    ]);
    print(token!);
  },
  'token revoke': async (url) => {
    if (!(await revokeKey(url, required('credential'))))
      throw new UsageError('there is no such key in force');
  },
  rebuild: (url) =>
    withProjector(url, async (projector) => {
      await projector.rebuild(required('tenant'), split(values.models));
      await projector.advance(required('tenant'));
    }),
  resume: (url) =>
    withProjector(url, async (projector, { historian }) => {
      await historian.resume(required('tenant'));
      await projector.resume(required('tenant'));
      await projector.advance(required('tenant'));
    }),
  verify: (url) => verifyTenants(url, values),
  digest: (url) => signTenants(url, values),
  export: (url) => exportTenant(url, required('tenant'), values.file),
  replay: async (databaseUrl) => {
    const pool = createPool({ databaseUrl, connections: 2, name: 'stave replay' });
    const runtime = createRuntime({ pool, masterKey: await masterKeyOf(readConfig()) });
    try {
      const replayed = await replay(runtime, required('tenant'), required('subject'), values.at);
      print(values.json ? replayJson(replayed) : replayText(replayed));
    } finally {
      await runtime.dispatcher.close();
      await pool.end();
    }
  },
  'import opportunities': (url) =>
    withProjector(url, async (projector, runtime) => {
      const actor = operator(required('tenant'));
      await projector.advance(actor.tenantId);
      const result = await importOpportunities(runtime, {
        actor,
        file: await readFile(required('file')),
        mapping: values.mapping ? JSON.parse(await readFile(values.mapping, 'utf8')) : {},
        dryRun: values['dry-run'],
      });
      if ('ok' in result) throw new Error([result.detail, ...(result.errors ?? []).map(told)].join('\n  '));
      print(JSON.stringify(result, null, 2));
      if (result.refused > 0) process.exitCode = 1;
    }),
  demo,
};

const told = ({ pointer, detail }: InputError): string => `${pointer}: ${detail}`;

const numberOf = (name: 'weeks' | 'seed' | 'scale', fallback: number): number => {
  const value = Number(values[name] ?? fallback);
  const least = name === 'weeks' ? 1 : 0;
  const whole = name === 'scale' || Number.isInteger(value);
  if (!(value >= least && value <= 10_000 && whole)) throw new UsageError(`--${name} is no such number`);
  return value;
};

async function demo(databaseUrl: string): Promise<void> {
  const config = readConfig();
  const wanted = { seed: numberOf('seed', 1), scale: numberOf('scale', 1), weeks: numberOf('weeks', 4) };
  const today = dayOf(now(), demoTimeZone);
  await migrate(databaseUrl);
  const pool = createPool({ databaseUrl, connections: 20, name: 'stave demo' });
  try {
    const { parameters, result } = await loadDemo({
      ...wanted,
      databaseUrl,
      pool,
      masterKey: await masterKeyOf(config),
      today,
      log: pino({ level: config.logLevel }, pino.destination(2)),
      wake: () => undefined,
    });
    await writeAccess(databaseUrl, config.dataDir, `http://${config.host}:${config.port}`, parameters);
    const what = `${parameters.weeks} weeks until ${parameters.today}, scale ${parameters.scale}`;
    print(
      result ? `Loaded ${what}: ${result.commands} commands.` : `The demo of this seed is there: ${what}.`,
    );
    print(`Its keys are in ${accessFile(config.dataDir)}.`);
  } finally {
    await pool.end();
  }
}

const action = actions[positionals.slice(0, 2).join(' ')] ?? actions[positionals[0] ?? ''];
if (!action) {
  process.stderr.write(usage);
  process.exit(2);
}
try {
  await withDatabase(readConfig(), action);
} catch (error) {
  process.stderr.write(`stave: ${(error as Error).message}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
