import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/engine/decision.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { contractEvents } from '../../src/events/contract.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { dailyReportEvents } from '../../src/events/daily-report.ts';
import { documentEvents } from '../../src/events/document.ts';
import { FactMeasure, isMoneyMeasure } from '../../src/events/measure.ts';
import { orderEvents } from '../../src/events/order.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { receivableEvents } from '../../src/events/receivable.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { figureModels, sumFigures } from '../../src/projections/figures.ts';
import { memberModels, onePerson } from '../../src/projections/members.ts';
import { together } from '../../src/projections/rows-of.ts';
import { isOfSpans } from '../../src/projections/span-measures.ts';
import { workingTimeModels } from '../../src/projections/working-time.ts';
import { asking } from '../support/asking.ts';
import { ann, bob, customerId, eur, manager, productId, registered, staff } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const periodId = 'FY2026-M03';
const span = { start: '2026-03-01', endExclusive: '2026-04-01' };
const hash = '0'.repeat(64);
const people = [ann, bob, manager];

interface Restatement {
  readonly measure: FactMeasure;
  readonly personId: string | null;
  readonly currency: string | null;
  readonly before: bigint;
  readonly after: bigint;
  readonly eventsCount: number;
  readonly events: readonly { readonly position: number; readonly type: string }[];
}
interface Page {
  readonly closingPosition: number;
  readonly data: readonly Restatement[];
  readonly nextCursor: string | null;
}

const order = (name: string, takenBy: string, orderedOn: string, net: string, currency = 'EUR') => ({
  orderId: idOf(name),
  customerId,
  takenBy,
  orderedOn,
  netTotal: { amountMinor: net, currency },
  lines: [{ lineNo: 1, productId, quantity: 1, netAmount: { amountMinor: net, currency }, unitCost: null }],
});
const invoice = (name: string, dueOn: string) => ({
  ...{ invoiceId: idOf(name), orderId: idOf('first'), customerId, responsible: ann },
  ...{ issuedOn: '2026-02-01', dueOn },
});
const paid = (name: string, dueOn: string, amountMinor: string, receivedOn: string) =>
  receivableEvents.PaymentReceived({
    ...invoice(name, dueOn),
    ...{ paymentId: idOf(`${name} paid`), amount: eur(amountMinor), receivedOn, method: 'cash' },
  });
const contract = (name: string, responsible: string, on: string) =>
  contractEvents.ContractSigned({
    ...{ contractId: idOf(name), customerId, responsible, term: 1, on, value: eur('5000') },
    ...{ termFrom: on, termTo: '2027-01-31', dueAt: '2026-12-31T23:00:00.000Z' },
  });
const report = { authorId: ann, date: '2026-03-03' };

const early: readonly (readonly [string, readonly NewEvent[]])[] = [
  ['organisation', staff],
  [`customer/${customerId}`, [registered]],
  [`order/${idOf('first')}`, [orderEvents.OrderTaken(order('first', ann, '2026-03-02', '900'))]],
  [
    `visit/${idOf('visit')}`,
    [
      visitEvents.VisitEnded({
        ...{ visitId: idOf('visit'), personId: ann, customerId, date: '2026-03-03', planned: true },
        ...{ startedAt: '2026-03-03T09:00:00.000Z', endedAt: '2026-03-03T09:30:00.000Z', minutes: 30 },
        ...{ outcome: 'ineffective', ruleVersion: 0 },
      }),
    ],
  ],
  [
    `daily-report/${ann}/2026-03-03`,
    [
      dailyReportEvents.DailyReportExpected({
        ...{ personId: ann, date: '2026-03-03' },
        ...{ dueAt: '2026-03-03T18:00:00.000Z', missedAt: '2026-03-04T18:00:00.000Z' },
      }),
    ],
  ],
  [`contract/${idOf('march')}`, [contract('march', bob, '2026-03-05')]],
  ...(['2026-02-20', '2026-03-20'] as const).map((dueOn): readonly [string, readonly NewEvent[]] => [
    `receivable/${idOf(dueOn)}`,
    [receivableEvents.InvoiceIssued({ ...invoice(dueOn, dueOn), amount: eur('1000') })],
  ]),
];

const late: readonly (readonly [string, readonly NewEvent[]])[] = [
  [
    `call-log/${ann}/2026-03-04`,
    Array.from({ length: 30 }, (_, index) =>
      callLogEvents.CallLogged({
        ...{ personId: ann, date: '2026-03-04', callId: idOf(`call ${index}`), customerId },
        ...{ calledAt: '2026-03-04T09:00:00.000Z', direction: 'outgoing', channel: 'phone' },
        ...{ seconds: 60, resultCode: 'reached' },
      }),
    ),
  ],
  [
    `order/${idOf('before')}`,
    [orderEvents.OrderTaken({ ...order('before', bob, '2026-03-01', '700'), visitId: idOf('visit') })],
  ],
  [`order/${idOf('dollars')}`, [orderEvents.OrderTaken(order('dollars', ann, '2026-03-06', '300', 'USD'))]],
  [`order/${idOf('april')}`, [orderEvents.OrderTaken(order('april', ann, '2026-04-02', '100'))]],
  [
    `daily-report/${ann}/2026-03-03`,
    [
      documentEvents.DocumentReturned({
        ...report,
        ...{ docVersion: 1, docHash: hash, signerId: manager, comment: 'Too short.', issues: [] },
      }),
      documentEvents.DocumentSignedOff({
        ...report,
        ...{ docVersion: 2, docHash: hash, signerId: manager, previous: null, chainHash: hash },
        quality: { rubricVersion: 1, scores: {}, totalBp: 8_000 } as never,
      }),
    ],
  ],
  [`receivable/${idOf('2026-02-20')}`, [paid('2026-02-20', '2026-02-20', '1000', '2026-02-25')]],
  [`receivable/${idOf('2026-03-20')}`, [paid('2026-03-20', '2026-03-20', '400', '2026-03-10')]],
  [`contract/${idOf('february')}`, [contract('february', manager, '2026-02-10')]],
  [
    `customer/${idOf('outlet')}`,
    [
      customerEvents.OutletOpened({
        ...{ customerId: idOf('outlet'), outletCode: 'O-1', openedOn: '2026-03-10', ownerId: null },
      } as never),
    ],
  ],
];

let stave: Stave;
let ask: ReturnType<typeof asking>['ask'];
let body: ReturnType<typeof asking>['body'];
let closingPosition: number;

const head = async (): Promise<number> => {
  const { rows } = await stave.pool.query('select position::integer from log.head where tenant_id = $1', [
    stave.tenantId,
  ]);
  return rows[0].position;
};

/** Every measure of some people in the period, as it was known at a position, by the sums that all figures rest on. */
async function figuresAt(position: number): Promise<ReadonlyMap<string, bigint>> {
  const actor = { tenantId: stave.tenantId, kind: 'system', name: 'test', credentialId: 'test', roles: [] };
  const asker = await stave.asker(actor as Actor, { permission: 'figures:read' });
  if ('ok' in asker) throw new Error(asker.detail);
  const measures = FactMeasure.options.filter((measure) => !isOfSpans(measure));
  const answer = await stave.reader.answer(
    {
      reads: together(...figureModels, ...workingTimeModels, ...memberModels),
      answer: async (db) => {
        const sums = await Promise.all(
          people.map((personId) => sumFigures(db as never, onePerson(personId), measures, [span], 'EUR')),
        );
        return people.flatMap((personId, index) =>
          measures.map((measure) => [`${measure} ${personId}`, sums[index]!(0, measure)]),
        );
      },
    },
    stave.tenantId,
    {},
    asker,
    0,
    undefined,
    position,
  );
  if (!answer.ok) throw new Error(answer.detail);
  return new Map(answer.body as [string, bigint][]);
}

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-04-20T08:00:00.000Z' });
  ({ ask, body } = asking(stave));
  for (const [stream, events] of early) await seed(stave, stream, ...events);
  closingPosition = await head();
  const periods = [...fiscalPeriods('calendar_month', 1, 2026, 3)];
  await seed(
    stave,
    'calendar',
    calendarEvents.FiscalCalendarPublished({
      ...{ calendarVersion: 1, kind: 'calendar_month', fiscalYearStartMonth: 1, periods, withdrawn: [] },
    }),
    calendarEvents.PeriodClosed({ periodId, closingPosition, figuresHash: hash }),
  );
});
afterAll(() => stave?.close());

const restatements = async (): Promise<readonly Restatement[]> =>
  (await body<Page>('ListRestatements', { periodId, limit: '200' })).data;

describe('the figures of a closed period', () => {
  test('are as they were while nothing came late', async () => {
    expect(await body<Page>('ListRestatements', { periodId })).toEqual({
      closingPosition,
      data: [],
      nextCursor: null,
    });
  });

  test('show what late facts made of them, as the figures of then and of now say it', async () => {
    for (const [stream, events] of late) await seed(stave, stream, ...events);
    const data = await restatements();
    const [then, now] = [await figuresAt(closingPosition), await figuresAt(await head())];
    const changed = [...then].filter(([key, before]) => before !== now.get(key));
    const shown = data.filter(
      ({ personId, currency }) => personId !== null && (currency === null || currency === 'EUR'),
    );
    expect(new Map(shown.map((row) => [`${row.measure} ${row.personId}`, [row.before, row.after]]))).toEqual(
      new Map(changed.map(([key, before]) => [key, [before, now.get(key)]])),
    );
    expect(changed.map(([key]) => key.split(' ')[0])).toEqual(
      expect.arrayContaining([
        ...['calls', 'orders', 'net_sales', 'transaction_visits', 'new_customers', 'new_contracts'],
        ...['new_contract_value', 'reports_signed', 'report_quality', 'receivables_due'],
        ...['receivables_recovered', 'payment_recovered'],
      ]),
    );
    expect(data).toContainEqual(
      expect.objectContaining({ measure: 'net_sales', personId: ann, currency: 'USD', after: 300n }),
    );
    expect(data).toContainEqual(
      expect.objectContaining({ measure: 'new_outlets', personId: null, before: 0n, after: 1n }),
    );
    for (const { measure, currency } of data) expect(currency !== null).toBe(isMoneyMeasure(measure));
  });

  test('name the events that made the difference, and those alone', async () => {
    const data = await restatements();
    const typesOf = (measure: FactMeasure, personId: string | null) =>
      data
        .find((row) => row.measure === measure && row.personId === personId)!
        .events.map(({ position, type }) => {
          expect(position).toBeGreaterThan(closingPosition);
          return type;
        });
    expect(typesOf('net_sales', bob)).toEqual(['OrderTaken']);
    expect(typesOf('transaction_visits', ann)).toEqual(['OrderTaken']);
    expect(typesOf('new_customers', ann)).toEqual(['OrderTaken']);
    expect(typesOf('new_contract_value', bob)).toEqual(['ContractSigned']);
    expect(typesOf('reports_signed', ann)).toEqual(['DocumentReturned', 'DocumentSignedOff']);
    expect(typesOf('receivables_due', ann)).toEqual(['PaymentReceived']);
    const ofCalls = data.find(({ measure }) => measure === 'calls')!;
    expect(ofCalls).toMatchObject({ before: 0n, after: 30n, eventsCount: 30 });
    expect(ofCalls.events).toHaveLength(20);
  });

  test('come in pages', async () => {
    const all = await restatements();
    const paged: Restatement[] = [];
    for (let cursor: string | undefined | null; cursor !== null; ) {
      const page: Page = await body('ListRestatements', { periodId, limit: '3', ...(cursor && { cursor }) });
      paged.push(...page.data);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all);
    await expect(ask('ListRestatements', { periodId, cursor: 'x' })).rejects.toThrow();
  });

  test('are shown to who sees the person on every day, and there are none of a period that was never closed', async () => {
    const seenBy = async (name: string) =>
      new Set(
        (await body<Page>('ListRestatements', { periodId }, name)).data.map(({ personId }) => personId),
      );
    expect(await seenBy('ann')).toEqual(new Set([ann]));
    expect(await seenBy('supervisor')).toEqual(new Set([ann, bob]));
    expect(await ask('ListRestatements', { periodId: 'FY2026-M02' })).toMatchObject({ status: 404 });
    expect(await ask('ListRestatements', { periodId: 'FY1999-M02' })).toMatchObject({ status: 404 });
  });
});
