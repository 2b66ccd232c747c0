import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { product } from '../../src/commands/product.ts';
import type { Command } from '../../src/engine/decision.ts';
import { ProductId } from '../../src/events/values.ts';
import { commandsByName, createRuntime, type Runtime } from '../../src/runtime.ts';
import { createTenant } from '../../src/storage/tenants.ts';
import { channelId, regionId } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { type Stave, startStave } from '../support/stave.ts';

let stave: Stave;
let otherTenant: string;
const processes: Runtime[] = [];

/** A runtime that shares nothing but the database with the others, as another process would. */
function startProcess(masterKey = 'test'): Runtime {
  const runtime = createRuntime({ pool: stave.pool, masterKey });
  processes.push(runtime);
  return runtime;
}

const run = (
  command: string | Command,
  input: Readonly<Record<string, unknown>>,
  { by = stave as Runtime, tenantId = stave.tenantId, dryRun = false } = {},
) =>
  by.dispatcher.execute({
    actor: { tenantId, kind: 'system', name: 'test', credentialId: 'test', roles: [] },
    command: typeof command === 'string' ? commandsByName.get(command)! : command,
    input,
    source: 'test',
    dryRun,
  });

const customerOf = (name: string, taxId: string) => ({
  customerId: idOf(name),
  name,
  taxId,
  kind: 'end_customer',
  regionId,
  channelId,
  segment: 'retail',
  source: 'fair',
});

/** The stream under which a tax number would be claimed, by a trial. */
async function taxClaimOf(taxId: string, where: Parameters<typeof run>[2] = {}): Promise<string> {
  const tried = await run('RegisterCustomer', customerOf('Somebody', taxId), { ...where, dryRun: true });
  if (!tried.ok || !('dryRun' in tried)) throw new Error(JSON.stringify(tried));
  return tried.events.find(({ stream }) => stream.startsWith('claim/customer-tax-id/'))!.stream;
}

beforeAll(async () => {
  stave = await startStave();
  otherTenant = await createTenant(stave.databaseUrl, 'Other');
  for (const tenantId of [stave.tenantId, otherTenant]) {
    await run('DefineRegion', { regionId, code: 'N', name: 'North' }, { tenantId });
    await run('DefineChannel', { channelId, code: 'D', name: 'Direct' }, { tenantId });
  }
});
afterAll(async () => {
  for (const { dispatcher } of processes) await dispatcher.close();
  await stave.close();
});

describe('claims', () => {
  test('of the same text are the same in every process, however it is written', async () => {
    const claim = await taxClaimOf('GB 123-x');
    expect(claim).toMatch(/^claim\/customer-tax-id\/[0-9a-f]{32}$/);
    expect(await taxClaimOf(' gb123X ', { by: startProcess() })).toBe(claim);
  });

  test('of the same text are others in another tenant', async () => {
    expect(await taxClaimOf('GB123', { tenantId: otherTenant })).not.toBe(await taxClaimOf('GB123'));
  });

  test('are the same in processes that were the first to need the key of a tenant at once', async () => {
    const tenantId = await createTenant(stave.databaseUrl, 'New');
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        run(
          'RegisterCompetitor',
          { competitorId: idOf(`rival ${index}`), name: 'Rival' },
          { tenantId, by: startProcess() },
        ),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    for (const outcome of outcomes)
      if (!outcome.ok) expect(['competitorKnown', 'conflict']).toContain(outcome.code);
  });

  test('are refused to another holder in every process, and told to one that comes back', async () => {
    const second = startProcess();
    expect(await run('RegisterCustomer', customerOf('First', 'DE 77'))).toMatchObject({ ok: true });
    const taken = { ok: false, status: 409, code: 'customerKnown', errors: [{ pointer: '/taxId' }] };
    for (const by of [stave, second, startProcess()])
      expect(await run('RegisterCustomer', customerOf('Second', 'de77'), { by })).toMatchObject(taken);
    expect(await run('RegisterCustomer', customerOf('First', 'DE 77'), { by: second })).toMatchObject({
      ok: true,
      events: [],
    });
  });

  test('are given back by whoever is erased, of whom a refusal then says nothing', async () => {
    const second = startProcess();
    const claim = await taxClaimOf('FR 88');
    const erased = customerOf('Erased', 'FR 88');
    await run('RegisterCustomer', erased);
    expect(await run('EraseCustomerData', { customerId: erased.customerId }, { by: second })).toMatchObject({
      ok: true,
      events: [{ type: 'CustomerDataErased' }, { type: 'Released' }, { type: 'Released' }],
    });
    const again = await run('EraseCustomerData', { customerId: erased.customerId });
    expect(again).toMatchObject({ ok: true, events: [{ type: 'CustomerDataErased' }] });
    const next = { ...customerOf('Next', 'fr88'), name: 'erased' };
    expect(await run('RegisterCustomer', next)).toMatchObject({ ok: true });
    expect(await run('RegisterCustomer', { ...customerOf('Third', 'FR88') }, { by: second })).toMatchObject({
      code: 'customerKnown',
      errors: [{ detail: `The customer ${next.customerId} has it.` }],
    });
    const { rows } = await stave.pool.query(
      `select e->>'type' as type, e->'data'->>'holder' as holder
       from log.load($1, $2), json_array_elements(events) as e`,
      [stave.tenantId, [claim]],
    );
    expect(rows).toEqual([
      { type: 'Claimed', holder: erased.customerId },
      { type: 'Released', holder: erased.customerId },
      { type: 'Claimed', holder: next.customerId },
    ]);
  });

  test('are not made under another master key', async () => {
    const outcome = await run(
      'RegisterCompetitor',
      { competitorId: idOf('foe'), name: 'Foe' },
      { by: startProcess('another') },
    );
    expect(outcome).toMatchObject({ ok: false, status: 500 });
  });

  test('may rest on facts in a process that has not decided anything', async () => {
    const productId = idOf('product');
    const probe = product.command({
      name: 'Probe',
      summary: 'Compares the digest of its facts with that of its decision.',
      permission: 'product:write',
      path: '/products/:productId/probe',
      input: { productId: ProductId },
      emits: ['ProductDiscontinued'],
      rejects: { differs: 'The digests differ.' },
      facts: async (_db, _input, { digest }) => digest('x'),
      decide: (_state, _input, { facts, digest }) =>
        facts === digest('x') ? [] : { rejected: 'differs' as const },
    });
    expect(await run(probe, { productId }, { by: startProcess() })).toMatchObject({ ok: true, events: [] });
  });
});
