import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { complaintEvents } from '../../src/events/complaint.ts';
import { documentEvents } from '../../src/events/document.ts';
import { orderEvents } from '../../src/events/order.ts';
import { complaintFact } from '../../src/projections/complaint-fact.ts';
import { reviewFact } from '../../src/projections/review-fact.ts';
import { asking } from '../support/asking.ts';
import { eur, productId, registered } from '../support/commerce.ts';
import { folded, foldedFrom, inStream } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const march = { periodId: 'FY2026-M03', start: '2026-03-01', endExclusive: '2026-04-01' };
const day = (date: string) => ({ occurredAt: `${date}T12:00:00.000Z`, effectiveOn: date });
const complaint = (name: string) => ({ complaintId: idOf(name), customerId: idOf('shop') });
const logged = (name: string, date: string, resolveBy: string) =>
  complaintEvents.ComplaintLogged(
    {
      ...complaint(name),
      channel: 'phone',
      category: 'product',
      severity: 3,
      description: 'Broken.',
      resolveBy,
    },
    day(date),
  );
const assigned = (name: string, to: string, date: string) =>
  complaintEvents.ComplaintAssigned({ ...complaint(name), to: idOf(to) }, day(date));
const resolved = (name: string, by: string, date: string) =>
  complaintEvents.ComplaintResolved(
    {
      ...complaint(name),
      handledBy: idOf(by),
      remedy: { kind: 'replace' },
      rootCause: { class: 'product' },
    },
    day(date),
  );
const reopened = (name: string, date: string) =>
  complaintEvents.ComplaintReopened({ ...complaint(name), reason: 'Broken again.' }, day(date));

describe('a complaint counts once', () => {
  const first = logged('c', '2026-03-02', '2026-03-09');
  const row = (...events: Parameters<typeof folded>[1][]) => folded(complaintFact, ...events)[0];
  test('on the day of its resolution where that is in time, else on the day by which it was to be', () => {
    expect(row(first)).toMatchObject({ personId: null, countsOn: '2026-03-09', inTime: false });
    expect(row(first, assigned('c', 'dana', '2026-03-03'))).toMatchObject({ personId: idOf('dana') });
    expect(row(first, resolved('c', 'dana', '2026-03-09'))).toMatchObject({
      countsOn: '2026-03-09',
      inTime: true,
    });
    expect(row(first, resolved('c', 'dana', '2026-03-10'))).toMatchObject({
      countsOn: '2026-03-09',
      resolvedOn: '2026-03-10',
      inTime: false,
    });
  });
  test('by its last resolution', () => {
    const again = [first, resolved('c', 'dana', '2026-03-03'), reopened('c', '2026-03-05')];
    expect(row(...again)).toMatchObject({ resolvedOn: null, inTime: false, countsOn: '2026-03-09' });
    expect(row(...again, resolved('c', 'dana', '2026-03-06'))).toMatchObject({
      resolvedOn: '2026-03-06',
      inTime: true,
    });
  });
});

const version = { authorId: idOf('ann'), date: '2026-03-03', docVersion: 1 };
const hash = '0'.repeat(64);
const dueAt = '2026-03-04T18:00:00.000Z';
const submitted = documentEvents.DocumentSubmitted(
  { ...version, dueAt, latenessMinutes: 0, completenessBp: 10_000, signOffDueAt: dueAt },
  day('2026-03-03'),
);
const returned = (date: string) =>
  documentEvents.DocumentReturned(
    { ...version, docHash: hash, signerId: idOf('sue'), comment: 'Too short.', issues: [] },
    day(date),
  );
const signed = (date: string) =>
  documentEvents.DocumentSignedOff(
    { ...version, docHash: hash, signerId: idOf('sue'), previous: null, chainHash: hash },
    day(date),
  );
const voided = documentEvents.SignOffVoided({
  ...version,
  chainHash: hash,
  voidedBy: idOf('boss'),
  reason: 'By mistake.',
  signOffDueAt: '2026-03-06T18:00:00.000Z',
});

test('a review counts to who signed or returned a version, until that is voided', () => {
  const row = (...events: Parameters<typeof inStream>[2][]) =>
    foldedFrom(reviewFact, inStream(`daily-report/${idOf('ann')}/2026-03-03`, 0, ...events))[0];
  expect(row(submitted)).toMatchObject({ kind: 'daily-report', personId: null, reviewedOn: null });
  expect(row(submitted, returned('2026-03-04'))).toMatchObject({
    personId: idOf('sue'),
    reviewedOn: '2026-03-04',
    inTime: true,
  });
  expect(row(submitted, signed('2026-03-05'))).toMatchObject({ inTime: false });
  expect(row(submitted, signed('2026-03-04'), voided)).toMatchObject({ personId: null, reviewedOn: null });
  expect(row(submitted, signed('2026-03-04'), voided, signed('2026-03-06'))).toMatchObject({ inTime: true });
  expect(row(signed('2026-03-04'))).toBeUndefined();
});

let stave: Stave;
let body: ReturnType<typeof asking>['body'];

async function run(...command: Parameters<Stave['run']>) {
  await stave.projector.advance(stave.tenantId);
  const outcome = await stave.run(...command);
  expect(outcome).toMatchObject({ ok: true });
}
const by = (name: string) => ({ actor: { kind: 'person', name, personId: idOf(name) } as const });

/** Dana handles complaints and looks after customers; she sells nothing. */
describe('somebody in support', () => {
  beforeAll(async () => {
    stave = await startStave({ clock: () => '2026-04-02T08:00:00.000Z' });
    ({ body } = asking(stave));
    await seed(
      stave,
      'organisation',
      company,
      unit('service', 'department'),
      ...['boss', 'sue', 'ann', 'dana'].map((name) => employed(name)),
      granted('boss', 'TM'),
      granted('sue', 'SV'),
      granted('ann', 'SP'),
      granted('dana', 'DEPT'),
      holds('boss', null),
      holds('sue', 'boss'),
      holds('ann', 'sue'),
      holds('dana', 'sue', { unit: 'service' }),
    );
    await seed(stave, `customer/${idOf('shop')}`, {
      ...registered,
      data: { ...registered.data, customerId: idOf('shop') },
    });
    const cases = [
      ['in time', logged('in time', '2026-03-02', '2026-03-09'), resolved('in time', 'dana', '2026-03-05')],
      ['late', logged('late', '2026-03-03', '2026-03-10'), resolved('late', 'dana', '2026-03-20')],
      ['open', logged('open', '2026-03-04', '2026-03-11'), assigned('open', 'dana', '2026-03-04')],
      [
        'not yet due',
        logged('not yet due', '2026-03-30', '2026-04-06'),
        assigned('not yet due', 'dana', '2026-03-30'),
      ],
      ['nobody’s', logged('nobody’s', '2026-03-04', '2026-03-11')],
    ] as const;
    for (const [name, ...events] of cases) await seed(stave, `complaint/${idOf(name)}`, ...events);
    const order = {
      orderId: idOf('order'),
      customerId: idOf('shop'),
      takenBy: idOf('ann'),
      orderedOn: '2026-03-02',
    };
    await seed(
      stave,
      `order/${order.orderId}`,
      orderEvents.OrderTaken({
        ...order,
        netTotal: eur('100'),
        lines: [{ lineNo: 1, productId, quantity: 1, netAmount: eur('100'), unitCost: null }],
      }),
      orderEvents.OrderConfirmed({ ...order, on: '2026-03-02' }),
      orderEvents.OrderDelivered({ ...order, on: '2026-03-10', complete: true }),
    );
    await seed(stave, `daily-report/${idOf('ann')}/2026-03-03`, submitted, signed('2026-03-04'));
    for (const [name, doneBy] of [
      ['install', 'dana'],
      ['train', 'dana'],
      ['call', 'ann'],
    ] as const)
      await run('RecordFollowUpService', {
        orderId: order.orderId,
        serviceId: idOf(name),
        doneBy: idOf(doneBy),
        on: '2026-03-27',
        kind: 'other',
        result: 'satisfied',
        occurredAt: '2026-03-27T10:00:00.000Z',
      });
  });
  afterAll(() => stave.close());

  const kpis = ['complaint_sla_met', 'complaints_resolved', 'follow_up_services', 'review_timeliness'];
  const figures = async (subject: object) => {
    const { data } = await body<{
      readonly data: readonly { kpi: string; numerator: bigint; denominator: bigint | null }[];
    }>('GetKpiValues', { kpis, period: march.periodId, ...subject });
    return Object.fromEntries(data.map(({ kpi, numerator, denominator }) => [kpi, [numerator, denominator]]));
  };

  test('has figures of what support does', async () => {
    expect(await figures({ subjectKind: 'person', subjectId: idOf('dana') })).toEqual({
      complaint_sla_met: [1n, 3n],
      complaints_resolved: [2n, null],
      follow_up_services: [2n, null],
      review_timeliness: [0n, 0n],
    });
    expect(await figures({ subjectKind: 'organisation' })).toEqual({
      complaint_sla_met: [1n, 4n],
      complaints_resolved: [2n, null],
      follow_up_services: [3n, null],
      review_timeliness: [1n, 1n],
    });
    expect(await figures({ subjectKind: 'person', subjectId: idOf('sue') })).toMatchObject({
      review_timeliness: [1n, 1n],
    });
  });

  test('is assessed by a scorecard of the role', async () => {
    const item = (kpi: string, weightBp: number, num: string, den: string) => ({
      ...{ kpi, version: null, weightBp, target: { num, den }, floorBp: 0, capBp: 10_000 },
      category: 'quality',
    });
    const scorecardId = idOf('support');
    const items = [
      item('complaint_sla_met', 5_000, '1', '1'),
      item('complaints_resolved', 3_000, '4', '1'),
      item('follow_up_services', 2_000, '2', '1'),
    ];
    await run('DesignScorecard', { scorecardId, name: 'Support', role: 'DEPT', items }, by('boss'));
    const ofDana = { personId: idOf('dana'), periodId: march.periodId };
    await run('ComputeEvaluation', { ...ofDana, scorecardId }, by('sue'));
    /** 5 000 × 3 333 + 3 000 × 5 000 + 2 000 × 10 000, over 10 000. */
    expect(await body('GetEvaluation', ofDana, 'dana')).toMatchObject({
      countedBp: 10_000,
      totalBp: 5_166,
      items: [
        { kpi: 'complaint_sla_met', value: { num: '1', den: '3' }, scoreBp: 3_333 },
        { kpi: 'complaints_resolved', scoreBp: 5_000 },
        { kpi: 'follow_up_services', scoreBp: 10_000 },
      ],
    });
    await run('ReviewEvaluation', { ...ofDana, adjustments: [], comment: 'Thank you.' }, by('sue'));
    await run('AcknowledgeEvaluation', ofDana, by('dana'));
  });

  test('has targets on the same facts', async () => {
    const measure = (measureKey: string, more: object) => ({
      measureKey,
      name: measureKey,
      unit: 'count',
      additivity: 'additive',
      direction: 'up',
      ...more,
    });
    const helped = measure('helped', {
      terms: [{ measure: 'complaints_resolved' }, { measure: 'follow_up_services', times: 2 }],
    });
    const helpedInTime = measure('helped_in_time', {
      unit: 'ratio',
      additivity: 'non_additive',
      terms: [{ measure: 'complaints_in_time' }],
      denominator: [{ measure: 'complaints_due' }],
    });
    for (const definition of [helped, helpedInTime]) await run('DefineMeasure', definition);
    const assign = (key: string, value: unknown) =>
      run('AssignTarget', {
        targetId: idOf(key),
        responsible: idOf('dana'),
        measure: key,
        period: march,
        value,
      });
    await assign('helped', 8);
    await assign('helped_in_time', { basisPoints: 9_000 });
    const { data } = await body<{ readonly data: readonly object[] }>(
      'ListTargetProgress',
      { personId: idOf('dana'), asOf: '2026-03-31' },
      'dana',
    );
    await run('AcknowledgeTarget', { targetId: idOf('helped') }, by('dana'));
    expect(data).toMatchObject([
      { measure: 'helped', actual: 6n, gap: 2n },
      { measure: 'helped_in_time', actual: 3_333n, achievement: { num: 10n, den: 27n } },
    ]);
  });
});
