import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProjector } from '../../src/engine/projector.ts';
import { readModels } from '../../src/projections/index.ts';
import { ann, costSet, customerId, defined, eur, productId, registered, staff } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';

const ordersCount = 400;
const now = '2026-03-31T10:00:00.000Z';

interface Row {
  readonly command: string;
  readonly key: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** An order as another system has it: taken, confirmed, delivered, invoiced and paid. */
function orderOf(index: number): readonly Row[] {
  const [orderId, invoiceId, paymentId] = ['order', 'invoice', 'payment'].map((what) =>
    idOf(`${what} ${index}`),
  );
  const row = (command: string, input: object): Row => ({
    command,
    key: `erp-${command}-${index}`,
    input: { ...input, occurredAt: '2026-03-05T09:00:00.000Z' },
  });
  return [
    row('TakeOrder', {
      orderId,
      customerId,
      takenBy: ann,
      promisedOn: '2026-03-05',
      lines: [{ productId, quantity: 2, netAmount: eur('1000') }],
    }),
    row('ConfirmOrder', { orderId }),
    row('DeliverOrder', { orderId }),
    row('IssueInvoice', {
      invoiceId,
      orderId,
      customerId,
      amount: eur('1190'),
      dueOn: '2026-03-19',
      responsible: ann,
    }),
    row('RecordPayment', { invoiceId, paymentId, amount: eur('1190'), method: 'bank_transfer' }),
  ];
}

/** Rows that are wrong, each in its own way, and what is answered to each. */
const wrong: readonly (readonly [string | Row, number, string])[] = [
  ['{"command":', 400, 'invalid-json'],
  [{ command: 'TakeOrders', key: 'w1', input: {} }, 400, 'invalid-input'],
  [{ command: 'ConfirmOrder', key: 'w2', input: { order: 'x' } }, 400, 'invalid-input'],
  [{ command: 'ConfirmOrder', key: 'w3', input: { orderId: idOf('never') } }, 404, 'orderUnknown'],
  [
    {
      command: 'TakeOrder',
      key: 'w4',
      input: {
        customerId: idOf('nobody'),
        takenBy: ann,
        lines: [{ productId, quantity: 1, netAmount: eur('1') }],
      },
    },
    422,
    'customerUnknown',
  ],
  [
    {
      command: 'RecordPayment',
      key: 'w5',
      input: { invoiceId: idOf('invoice 0'), amount: eur('1'), method: 'cash' },
    },
    409,
    'paymentExceedsAmount',
  ],
  [
    {
      command: 'ReturnOrder',
      key: 'w6',
      input: { orderId: idOf('order 0'), lines: [{ lineNo: 1, quantity: 3 }], reason: 'x' },
    },
    409,
    'returnExceedsOrder',
  ],
  [{ command: 'ConfirmOrder', key: 'with blanks', input: {} }, 400, 'invalid-input'],
  [{ command: 'DefineRegion', key: 'w8', input: { code: 'X', name: 'X' } }, 403, 'forbidden'],
];

describe('an import of orders, invoices and payments', () => {
  let server: Server;
  let erp: string;
  const good = Array.from({ length: ordersCount }, (_, index) => orderOf(index)).flat();
  /** The wrong rows stand among the others, the first of them after the first order. */
  const rows = good.flatMap((row, index): readonly (string | Row)[] => {
    const bad = wrong[(index - 4) / 100];
    return bad ? [row, bad[0]] : [row];
  });
  const body = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');

  const send = async () => {
    const answer = await server.post('/v1/batch', erp, body, { 'content-type': 'application/x-ndjson' });
    expect(answer.status).toBe(200);
    return (answer.body as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const head = async (): Promise<number> => {
    const { rows: found } = await server.runtime.pool.query(
      'select position::integer from log.head where tenant_id = $1',
      [server.tenantId],
    );
    return found[0].position;
  };

  beforeAll(async () => {
    server = await startServer({ worker: false, clock: () => now });
    const stave = { ...server.runtime, tenantId: server.tenantId } as never;
    await seed(stave, 'organisation', ...staff);
    await seed(stave, `customer/${customerId}`, registered);
    await seed(stave, `product/${productId}`, defined, costSet);
    erp = await server.token({ name: 'erp', roles: ['IN'] });
  });
  afterAll(() => server?.stop());

  test('answers each row by its place, and a row rests on those before it', async () => {
    const before = await head();
    const results = await send();
    expect(results).toHaveLength(good.length + wrong.length);
    expect(results.map(({ row }) => row)).toEqual(rows.map((_, index) => index));
    const refused = results.filter(({ status }) => status >= 400);
    expect(refused.map(({ row, status, problem }) => [rows[row], status, problem.code])).toEqual(wrong);
    for (const { problem } of refused)
      expect(problem).toMatchObject({ title: expect.any(String), detail: expect.any(String) });
    expect(refused.find(({ problem }) => problem.errors?.[0].pointer === '/key')).toBeDefined();
    const made = results.filter(({ status }) => status < 400);
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([200, 201]));
    expect(made.every(({ replayed, events }) => !replayed && events.length > 0)).toBe(true);
    const more = made.flatMap(({ events }) => events.slice(1)).map(({ type }) => type);
    expect(more).toEqual(['CustomerLifecycleAdvanced', 'CustomerLifecycleAdvanced']);
    expect(await head()).toBe(before + good.length + more.length);
  });

  test('changes nothing when it is sent again', async () => {
    const before = await head();
    const results = await send();
    expect(results.filter(({ replayed }) => replayed)).toHaveLength(good.length);
    expect(results.filter(({ status }) => status >= 400)).toHaveLength(wrong.length);
    expect(await head()).toBe(before);
  });

  test('refuses a key that was used for something else, in that row alone', async () => {
    const [taken, confirmed] = orderOf(0) as [Row, Row];
    const other = { ...taken, input: { ...taken.input, takenBy: idOf('bob') } };
    const answer = await server.post(
      '/v1/batch',
      erp,
      [other, confirmed].map((row) => JSON.stringify(row)).join('\n'),
      { 'content-type': 'application/x-ndjson' },
    );
    const [first, second] = (answer.body as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ status: 422, problem: { code: 'idempotency-key-reused' } });
    expect(second).toMatchObject({ status: 200, replayed: true });
  });

  test('is in the figures', async () => {
    const { pool, read } = server.runtime;
    await createProjector({ pool, read, models: readModels }).advance(server.tenantId);
    const { body: values } = await server.get(
      '/v1/kpis/values?subjectKind=organisation&from=2026-03-01&to=2026-03-31&kpis=gross_margin,payment_recovery_rate,on_time_delivery',
      erp,
    );
    const sides = values.data.map(({ kpi, numerator, denominator }: Record<string, string>) => [
      kpi,
      Number(numerator),
      Number(denominator),
    ]);
    expect(sides).toEqual([
      ['gross_margin', 400 * ordersCount, 1_000 * ordersCount],
      ['payment_recovery_rate', 1_190 * ordersCount, 1_190 * ordersCount],
      ['on_time_delivery', ordersCount, ordersCount],
    ]);
  });
});
