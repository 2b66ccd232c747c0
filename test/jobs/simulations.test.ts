import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProjector } from '../../src/engine/projector.ts';
import { followSimulations, noteSimulations } from '../../src/jobs/simulations.ts';
import { readModels } from '../../src/projections/index.ts';
import { simulate } from '../../src/simulation/simulation.ts';
import { dealsOf, eventsOf, seedAll } from '../support/generator.ts';
import { idOf } from '../support/given.ts';
import { drafted, pipelineId, published } from '../support/pipeline.ts';
import { type Server, startServer } from '../support/server.ts';
import { inputOf, ratio } from '../support/simulation.ts';
import { seed } from '../support/stave.ts';
import { until } from '../support/until.ts';

const timeoutMs = 20_000;

describe('simulations', () => {
  let server: Server;
  let analyst: string;
  beforeAll(async () => {
    server = await startServer({ clock: () => '2026-03-01T08:00:00.000Z' });
    analyst = await server.token({ name: 'analyst', roles: ['AN'] });
  });
  afterAll(() => server.stop());

  const errors = () => server.errors.map(({ message }) => message);
  const waiting = async () => (await server.runtime.pool.query('select * from jobs.simulation')).rows;
  const define = async (name: string, more: object) => {
    const { yearEnd: _, ...input } = inputOf(more);
    const simulationId = idOf(name);
    const answer = await server.post('/v1/simulations', analyst, { simulationId, name, ...input });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return simulationId;
  };
  const get = (path: string) => server.get(`/v1/simulations/${path}`, analyst);

  test('are run in the background, and give what they give anywhere', async () => {
    const simulationId = await define('short', { runs: 500 });
    const answer = await until(
      () => get(simulationId),
      ({ body }) => body.state === 'done',
      timeoutMs,
    );
    expect(errors()).toEqual([]);
    expect(answer.body).toMatchObject({ state: 'done', yearEnd: '2027-01-01', scenarios: [] });
    expect(answer.body.result).toEqual(simulate(inputOf({ runs: 500 })));
    expect((await get(`${simulationId}/progress`)).body).toMatchObject({ state: 'done' });
    expect(await waiting()).toEqual([]);
    expect((await server.get('/v1/simulations?state=done', analyst)).body.data).toHaveLength(1);
  });

  test('say how far they have come, and end when they are cancelled', async () => {
    const arrivals = { source: 'given', perMonth: ratio(300) };
    const scenarios = Array.from({ length: 10 }, (_, index) => ({
      name: `scenario ${index}`,
      levers: [{ kind: 'value', factor: ratio(2) }],
    }));
    const simulationId = await define('long', { runs: 10_000, arrivals, scenarios });
    const reached = await until(
      () => get(`${simulationId}/progress`),
      ({ body }) => body.done > 0,
      timeoutMs,
    );
    expect(reached.body.state).toBe('waiting');
    expect(reached.body.done).toBeLessThan(reached.body.total);
    const cancel = await server.post(`/v1/simulations/${simulationId}/cancel`, analyst, {
      reason: 'Enough.',
    });
    expect(cancel.status).toBe(200);
    const answer = await until(
      () => get(simulationId),
      ({ body }) => body.state === 'cancelled',
      timeoutMs,
    );
    expect(answer.body).toMatchObject({ result: null, cancelledBecause: 'Enough.' });
    expect(await waiting()).toEqual([]);
    const next = await define('next', { runs: 100 });
    const done = await until(
      () => get(next),
      ({ body }) => body.state === 'done',
      timeoutMs,
    );
    expect(done.body.state).toBe('done');
  });

  test('of a pipeline as it was are compared with what happened since, by themselves', async () => {
    const truth = {
      stageIds: ['lead'],
      leaving: [[50, 0] as const],
      days: [[5, 20, 40]],
      perDay: 1,
      amounts: [100_000],
    };
    const deals = dealsOf(truth, '2025-01-01', '2026-03-01', 5);
    const stave = { ...server.runtime, tenantId: server.tenantId } as never;
    await seed(stave, `pipeline-def/${pipelineId}`, drafted, published);
    await seedAll(
      { pool: server.runtime.pool, tenantId: server.tenantId },
      deals.map((deal) => [`opportunity/${deal.opportunityId}`, eventsOf(truth, deal)]),
    );
    const transitions = ['proposal', 'contract'].map((stageId) => ({ stageId, advance: ratio(1) }));
    const days = [{ days: 0, weight: 1 }];
    const simulationId = idOf('as it was');
    const refused = await server.post(`/v1/pipelines/${pipelineId}/backtest`, analyst, {
      ...{ knownAt: 'now', currency: 'USD' },
    });
    expect([refused.status, refused.body.code]).toEqual([409, 'insufficientHistory']);
    expect(refused.body.errors).toHaveLength(5);
    const answer = await server.post(`/v1/pipelines/${pipelineId}/simulate`, analyst, {
      ...{ simulationId, name: 'As it was', asOf: '2025-09-01', horizonMonths: 6, knownAt: 'now' },
      ...{ transitions, durations: transitions.map(({ stageId }) => ({ stageId, days })) },
      ...{ runs: 200, seed: 'x' },
    });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    const { body } = await until(
      () => get(simulationId),
      (got) => Boolean(got.body.backtest),
      timeoutMs,
    );
    const won = deals.filter(({ turns }) => turns.some(({ to, day }) => to === 'won' && day >= '2025-09-01'));
    expect(body.backtest.comparisons.at(-2)).toMatchObject({
      quantity: 'new_customers',
      actual: String(won.length),
      errorBp: expect.any(Number),
      isWithin: true,
    });
    const model = await get(`${simulationId}/model`);
    const { asOf: _, yearEnd: __, ...given } = model.body.input;
    const repeat = await server.post('/v1/simulations', analyst, {
      ...given,
      name: 'Again',
      asOf: '2025-09-01',
    });
    const again = await until(
      () => get(repeat.body.stream.split('/')[1]),
      (got) => got.body.state === 'done',
      timeoutMs,
    );
    expect(again.body.result).toEqual(body.result);
    const fromLinks = [{ lever: 'arrival' }];
    const toLinks = [{ lever: 'conversion', stage: 0 }];
    const adopting = [`/v1/simulations/${simulationId}/adopt-reallocation`, { fromLinks, toLinks }] as const;
    expect((await server.post(adopting[0], analyst, adopting[1])).status).toBe(403);
    const manager = await server.token({ name: 'manager', roles: ['TM'] });
    expect((await server.post(adopting[0], manager, adopting[1])).status).toBe(200);
    const shown = await until(
      () => get(simulationId),
      (got) => Boolean(got.body.reallocation),
      timeoutMs,
    );
    expect(shown.body.reallocation).toMatchObject({ toLinks });
    expect(errors().filter((message) => message !== 'The simulation was cancelled.')).toEqual([]);
  });

  test('are nobody’s of another tenant, and nobody’s without the right', async () => {
    const seller = await server.token({ name: 'seller', roles: ['SP'] });
    expect((await server.get('/v1/simulations', seller)).status).toBe(403);
    expect((await get(`${idOf('nothing')}/progress`)).status).toBe(404);
  });
});

test('a simulation of a process that died is taken over, one of a process that lives is not', async () => {
  const server = await startServer({ worker: false, clock: () => '2026-03-01T08:00:00.000Z' });
  const { runtime, tenantId } = server;
  const { pool, read } = runtime;
  const analyst = await server.token({ name: 'analyst', roles: ['AN'] });
  const { yearEnd: _, ...input } = inputOf({ runs: 100 });
  const [dead, living] = [idOf('dead'), idOf('living')];
  for (const simulationId of [dead, living])
    await server.post('/v1/simulations', analyst, { simulationId, name: 'x', ...input });
  const projector = createProjector({ pool, read, models: readModels, saved: noteSimulations });
  await projector.advance(tenantId);
  const claim = (simulationId: string, until: string) =>
    pool.query('update jobs.simulation set claimed_until = now() + $2::interval where simulation_id = $1', [
      simulationId,
      until,
    ]);
  await claim(dead, '-1 second');
  await claim(living, '1 hour');
  const following = followSimulations(runtime, (error) => server.errors.push(error), 50);
  const left = async () => {
    await projector.advance(tenantId);
    return (await pool.query('select simulation_id, total from jobs.simulation')).rows;
  };
  expect(await until(left, (rows) => rows.length === 1, timeoutMs)).toEqual([
    { simulation_id: living, total: null },
  ]);
  await following.close();
  expect(server.errors).toEqual([]);
  await server.stop();
});
