import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProjector } from '../../src/engine/projector.ts';
import { builtInKpis } from '../../src/events/kpi-catalogue.ts';
import { readModels } from '../../src/projections/index.ts';
import { ann, bob, customerId, orderId, ownedByAnn, registered, staff, taken } from '../support/commerce.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';

let server: Server;

interface Told {
  readonly position: number;
  readonly type: string;
  readonly sentence: string | null;
}

/** The events in the evidence of every figure of a person, or of all, for a reader. */
async function told(token: string, subject: string): Promise<readonly Told[]> {
  const events = new Map<number, Told>();
  for (const { key } of builtInKpis)
    for (const side of ['numerator', 'denominator'])
      for (const moment of ['', `&knownAt=${head}`]) {
        const path = `/v1/kpis/${key}/evidence/${side}?${subject}&from=2026-01-01&to=2026-03-31&limit=200${moment}`;
        const { status, body } = await server.get(path, token);
        expect(status, JSON.stringify(body)).toBe(200);
        for (const entry of body.data) for (const event of entry.events) events.set(event.position, event);
      }
  return [...events.values()];
}

let head = 0;

beforeAll(async () => {
  server = await startServer({ worker: false, clock: () => '2026-03-31T08:00:00.000Z' });
  const stave = { ...server.runtime, tenantId: server.tenantId } as never;
  await seed(stave, 'organisation', ...staff);
  await seed(stave, `customer/${customerId}`, registered, ownedByAnn);
  await seed(stave, `order/${orderId}`, taken);
  const { pool, read } = server.runtime;
  await createProjector({ pool, read, models: readModels }).advance(server.tenantId);
  const { rows } = await pool.query('select position from log.head where tenant_id = $1', [server.tenantId]);
  head = Number(rows[0].position);
});
afterAll(() => server.stop());

describe('the evidence of a figure', () => {
  const all = 'subjectKind=organisation';
  const reader = (name: string, role: string, more: object = {}) =>
    server.token({ name, roles: [role], ...more });

  test('names its events to whoever sees the figure', async () => {
    const events = await told(await reader('analyst', 'AN'), all);
    expect(events.map(({ type }) => type)).toContain('OrderTaken');
    expect(events).toEqual(expect.arrayContaining([{ position: head, type: 'OrderTaken', sentence: null }]));
    expect(events.filter(({ sentence }) => sentence !== null)).toEqual([]);
  });

  test('tells them to readers of the log', async () => {
    const events = await told(await reader('auditor', 'AU'), all);
    expect(events.every(({ sentence }) => typeof sentence === 'string')).toBe(true);
    const order = events.find(({ type }) => type === 'OrderTaken');
    expect(order?.sentence).toMatch(/ took an order of 10\.00 EUR from /);
  });

  test('tells whose work they are, and who stands above', async () => {
    const own = await told(
      await server.token({ name: 'ann', personId: ann }),
      `subjectKind=person&subjectId=${ann}`,
    );
    expect(own.find(({ type }) => type === 'OrderTaken')?.sentence).toContain('took an order');
    const top = await told(await reader('top', 'TM'), all);
    expect(top.find(({ type }) => type === 'OrderTaken')?.sentence).toContain('took an order');
    expect(top.filter(({ sentence }) => sentence === null).map(({ type }) => type)).not.toContain(
      'OrderTaken',
    );
  });

  test('tells nothing to a key that is for figures alone, also where the same was asked by another', async () => {
    const scoped = await reader('scoped', 'AU', { scopes: ['figures:read'] });
    const events = await told(scoped, all);
    expect(events.length).toBeGreaterThan(0);
    expect(events.filter(({ sentence }) => sentence !== null)).toEqual([]);
  });

  test('is not for colleagues', async () => {
    const token = await server.token({ name: 'bob', personId: bob });
    const path = `/v1/kpis/${builtInKpis[0]!.key}/evidence/numerator?subjectKind=person&subjectId=${ann}&from=2026-01-01&to=2026-03-31`;
    expect((await server.get(path, token)).status).toBe(403);
  });
});
