import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asAdmin } from '../../src/storage/tenants.ts';
import { full, note } from '../support/figures.ts';
import { type Installation, install, masterKey } from '../support/installation.ts';
import { accountOf, catchUp, intact, rowsUnlikeRebuild, startLoad } from '../support/load.ts';

const filled = full ? 1_000_000 : 10_000;
const rebuilds = full ? 1 : 3;

describe(`rebuilds of a log of ${filled} events during writes`, () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await install();
    const { databaseUrl, tenantId } = installation;
    await asAdmin(databaseUrl, async (client) => {
      await client.query(
        `insert into log.event (tenant_id, position, stream, version, type, schema_version, data, actor, command_id,
           source, occurred_at, effective_on, recorded_at, body_hash)
         select $1, i, 'competitor/' || id, 1, 'CompetitorRegistered', 1,
           json_build_object('competitorId', id, 'name', 'Filled ' || i, 'nameKey', i::text), 'system/fill', id,
           'fill', now(), current_date, now(), ''
         from (select i, gen_random_uuid() as id from generate_series(1, $2::integer) as i) as filled`,
        [tenantId, filled],
      );
      await client.query('update log.head set position = $2 where tenant_id = $1', [tenantId, filled]);
      await client.query('analyze log.event');
    });
    await catchUp(installation, 900_000);
  }, 1_000_000);
  afterAll(() => installation.remove());

  test('make the rows that are live', { timeout: full ? 3_000_000 : 120_000 }, async (context) => {
    const { databaseUrl, tenantId, workers } = installation;
    const load = startLoad(installation, { prefix: 'Rebuild' });
    await load.more(50);
    const env = { ...process.env, DATABASE_URL: databaseUrl, STAVE_MASTER_KEY: masterKey };
    const stave = ['src/cli/stave.ts', 'rebuild', '--tenant', tenantId];
    for (let turn = 0; turn < rebuilds; turn++) {
      await promisify(execFile)(process.execPath, stave, { env });
      await load.more(50);
    }
    const { acknowledged } = await load.finish();
    const account = await accountOf(installation, load);
    for (const worker of workers) await worker.kill();
    const differing = await rowsUnlikeRebuild(installation);
    note(context, 'rebuild', { events: filled, rebuilds, acknowledged, ...account, differing });
    expect({ ...account, differing }).toMatchObject({ ...intact, differing: 0 });
  });
});
