import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { strict } from '../../src/engine/input.ts';
import { pipelineEvents } from '../../src/events/pipeline.ts';
import { commandsByName } from '../../src/runtime.ts';
import { asking } from '../support/asking.ts';
import {
  ann,
  customerId,
  defined,
  eur,
  ownedByAnn,
  productId,
  registered,
  staff,
} from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { document, drafted, opportunityId, pipelineId } from '../support/pipeline.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const today = '2026-03-02';
let stave: Stave;
let body: ReturnType<typeof asking>['body'];

beforeAll(async () => {
  stave = await startStave({ clock: () => `${today}T08:00:00.000Z` });
  ({ body } = asking(stave));
  await seed(stave, 'organisation', ...staff);
  await seed(stave, `product/${productId}`, defined);
  await seed(stave, `customer/${customerId}`, registered, ownedByAnn);
  const stages = document.stages.map((each) =>
    each.stageId === 'won'
      ? { ...each, lifecycleFrom: 'active' as const, lifecycleTo: 'key' as const }
      : each,
  );
  const published = pipelineEvents.PipelineVersionPublished({ pipelineId, version: 1, ...document, stages });
  await seed(stave, `pipeline-def/${pipelineId}`, drafted, published);
});
afterAll(() => stave?.close());

async function does(command: string, input: Readonly<Record<string, unknown>>) {
  const parsed = strict(commandsByName.get(command)!.input).parse(input);
  expect({ command, ...(await stave.run(command, parsed)) }).toEqual(expect.objectContaining({ ok: true }));
}
const takes = (name: string) =>
  does('TakeOrder', {
    ...{ orderId: idOf(name), customerId, takenBy: ann, orderedOn: today },
    lines: [{ productId, quantity: 1, netAmount: eur('100') }],
  });
const rung = async () =>
  (await body<{ data: readonly { lifecycle: string }[] }>('ListCustomers', { customerId })).data[0]!
    .lifecycle;
const march = { subjectKind: 'organisation', from: '2026-03-01', to: '2026-03-31' };
const developed = async () =>
  (
    await body<{ data: readonly { numerator: bigint }[] }>('GetKpiValues', {
      ...march,
      kpis: ['new_customers_developed'],
    })
  ).data[0]!.numerator;
const advances = async () => {
  const { rows } = await stave.pool.query(
    `select e -> 'data' ->> 'to' as "to", coalesce(e -> 'data' ->> 'orderId', e -> 'data' ->> 'opportunityId') as by
      from log.load($1, $2), json_array_elements(events) as e
      where e ->> 'type' = 'CustomerLifecycleAdvanced' order by (e ->> 'version')::integer`,
    [stave.tenantId, [`customer/${customerId}`]],
  );
  return rows;
};

describe('a customer', () => {
  test('becomes a target, by one order new and by the win of the same no more, and by another order active', async () => {
    await does('OpenOpportunity', {
      ...{ opportunityId, customerId, ownerId: ann, pipelineId, title: 'Ten boxes', source: 'fair' },
      value: eur('100'),
    });
    expect(await rung()).toBe('target');
    expect(await developed()).toBe(0n);
    await takes('first');
    await takes('first');
    await does('WinOpportunity', { opportunityId, orderId: idOf('first') });
    expect(await rung()).toBe('new');
    await Promise.all(['second', 'third', 'fourth'].map(takes));
    expect(await rung()).toBe('active');
    const all = await advances();
    expect(all.map(({ to }) => to)).toEqual(['target', 'new', 'active']);
    expect(all.slice(0, 2).map(({ by }) => by)).toEqual([opportunityId, idOf('first')]);
  });

  test('climbs as the stage of a win says', async () => {
    const other = idOf('other opportunity');
    await does('OpenOpportunity', {
      ...{ opportunityId: other, customerId, ownerId: ann, pipelineId, title: 'More', source: 'fair' },
      value: eur('100'),
    });
    await does('WinOpportunity', { opportunityId: other, orderId: idOf('second') });
    expect(await rung()).toBe('key');
    expect((await advances()).at(-1)).toEqual({ to: 'key', by: other });
  });

  test('is developed once, and the evidence has what caused it', async () => {
    expect(await developed()).toBe(1n);
    const { data } = await body<{
      data: readonly { amount: bigint; events: readonly { type: string }[] }[];
    }>('GetKpiEvidence', { kpi: 'new_customers_developed', side: 'numerator', ...march });
    expect(data).toMatchObject([{ amount: 1n }]);
    expect(data[0]!.events.map(({ type }) => type)).toContain('OrderTaken');
  });

  test('leaves what is won closed in a forecast, and nothing on the board', async () => {
    const { data } = await body<{ data: readonly { forecastCategory: string; status: string }[] }>(
      'ListOpportunities',
      { forecastCategory: 'closed' },
    );
    expect(data.map(({ status }) => status)).toEqual(['won', 'won']);
    const board = await body<{ categories: readonly unknown[]; count: number }>('GetPipelineBoard', {
      pipelineId,
    });
    expect(board).toMatchObject({ count: 0, categories: [] });
  });
});
