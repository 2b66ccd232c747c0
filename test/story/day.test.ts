import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createProjector } from '../../src/engine/projector.ts';
import { eventTypes } from '../../src/events/index.ts';
import { readModels } from '../../src/projections/index.ts';
import { idOf } from '../support/given.ts';
import { type Answer, type Server, startServer } from '../support/server.ts';
import { tableRows } from '../support/tables.ts';

const redisUrl = inject('redisUrl');
const backends = [
  { name: 'PostgreSQL', redisUrl: undefined },
  ...(redisUrl ? [{ name: 'Redis', redisUrl }] : []),
];

const date = '2026-03-03';
const eur = (amountMinor: string) => ({ amountMinor, currency: 'EUR' });
const id = Object.fromEntries(
  [
    'ann',
    'boss',
    'company',
    'region',
    'office',
    'channel',
    'area',
    'bossSeat',
    'annSeat',
    'customerA',
    'customerB',
    'customerC',
    'product',
    'group',
    'competitor',
    'order',
    'earlier',
    'invoice',
    'payment',
    'complaint',
    'target',
    'v1',
    'v2',
    'v3',
    'v4',
  ].map((name) => [name, idOf(`story ${name}`)]),
) as Readonly<Record<string, string>>;

describe.each(backends)('one day, with wake-ups on $name', (backend) => {
  let server: Server;
  let now = '2026-03-02T08:00:00.000Z';
  let admin: string;
  let ann: string;
  let boss: string;
  let position = 0;

  async function post(token: string, path: string, body: unknown = {}): Promise<Answer> {
    const answer = await server.post(`/v1${path}`, token, body);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({
      status: answer.status < 300 ? answer.status : 200,
    });
    position = Math.max(position, answer.body.position);
    return answer;
  }
  async function get(token: string, path: string): Promise<Answer['body']> {
    const answer = await server.get(
      `/v1${path}${path.includes('?') ? '&' : '?'}minPosition=${position}`,
      token,
    );
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body;
  }
  const documentHash = async (token: string, kind: string): Promise<string> =>
    kind === 'visit-plan'
      ? (await get(token, `/visit-plans/${id['ann']}/${date}`)).docHash
      : (await get(token, `/daily-reports/${id['ann']}/${date}`)).docHash;

  beforeAll(async () => {
    server = await startServer({ redisUrl: backend.redisUrl, clock: () => now });
    admin = await server.token({ name: 'admin', roles: ['AD', 'TM', 'HR', 'IN'] });
    ann = await server.token({ name: 'ann', personId: id['ann']! });
    boss = await server.token({ name: 'boss', personId: id['boss']! });
  });
  afterAll(() => server.stop());

  test('begins with an organisation, its customers and a target', async () => {
    await post(admin, '/organisation/configure', {
      name: 'Acme',
      timeZone: 'Europe/Berlin',
      reportingCurrency: 'EUR',
      weekStart: 1,
      dailyReportDue: '19:00',
      weeklyReportDue: { isoWeekday: 1, time: '12:00' },
      monthlyReviewDueWorkingDay: 5,
    });
    await post(admin, '/org-units', {
      unitId: id['company'],
      code: 'C',
      name: 'Company',
      kind: 'company',
      parentId: null,
      from: '2025-01-01',
    });
    await post(admin, '/org-units', {
      unitId: id['region'],
      code: 'N',
      name: 'North',
      kind: 'region',
      parentId: id['company'],
      from: '2025-01-01',
    });
    await post(admin, '/org-units', {
      unitId: id['office'],
      code: 'O',
      name: 'Office',
      kind: 'office',
      parentId: id['region'],
      from: '2025-01-01',
    });
    for (const [name, role, seat, above] of [
      ['boss', 'SV', 'bossSeat', null],
      ['ann', 'SP', 'annSeat', id['bossSeat']],
    ] as const) {
      await post(admin, '/people', { personId: id[name], name: `${name} Example` });
      await post(admin, `/people/${id[name]}/employ`, {
        employeeNo: name,
        from: '2025-01-01',
        newcomerUntil: '2025-07-01',
      });
      await post(admin, `/people/${id[name]}/roles/${role}/grant`, { from: '2025-01-01' });
      await post(admin, `/people/${id[name]}/assign-position`, {
        positionId: id[seat],
        orgUnitId: id['office'],
        reportsToPositionId: above,
        specialisation: 'field_sales',
        from: '2025-01-01',
      });
    }
    await post(admin, '/regions', { regionId: id['area'], code: 'N', name: 'North', parentId: null });
    await post(admin, '/channels', { channelId: id['channel'], code: 'D', name: 'Direct' });
    for (const name of ['customerA', 'customerB', 'customerC']) {
      await post(admin, '/customers', {
        customerId: id[name],
        name: `${name} Ltd`,
        kind: 'end_customer',
        regionId: id['area'],
        channelId: id['channel'],
        segment: 'B',
        source: 'import',
        ownerId: id['ann'],
      });
    }
    await post(admin, '/products', {
      productId: id['product'],
      sku: 'P-1',
      name: 'Pump',
      groupId: id['group'],
      unitOfMeasure: 'piece',
    });
    await post(admin, `/products/${id['product']}/standard-cost`, { cost: eur('4000'), from: '2026-01-01' });
    await post(admin, '/competitors', { competitorId: id['competitor'], name: 'Rival' });
    await post(admin, '/orders', {
      orderId: id['earlier'],
      customerId: id['customerB'],
      takenBy: id['ann'],
      channelId: id['channel'],
      orderedOn: '2026-02-27',
      lines: [{ productId: id['product'], quantity: 5, netAmount: eur('50000') }],
    });
    await post(admin, '/receivables', {
      invoiceId: id['invoice'],
      orderId: id['earlier'],
      customerId: id['customerB'],
      amount: eur('50000'),
      issuedOn: '2026-03-02',
      dueOn: '2026-03-31',
      responsible: id['ann'],
    });
    await post(boss, '/targets', {
      targetId: id['target'],
      responsible: id['ann'],
      measure: 'net_sales',
      period: { periodId: 'FY2026-M03', start: '2026-03-01', endExclusive: '2026-04-01' },
      value: eur('100000'),
    });
  });

  test('is planned, submitted and signed by the supervisor', async () => {
    now = '2026-03-02T16:00:00.000Z';
    const plan = `/visit-plans/${id['ann']}/${date}`;
    const windows = [
      ['v1', 'customerA', '09:00', '10:00', 'ordering'],
      ['v2', 'customerB', '10:30', '11:30', 'collection'],
      ['v3', 'customerC', '15:00', '16:00', 'service'],
    ] as const;
    for (const [visit, customer, start, end, purpose] of windows) {
      await post(ann, `${plan}/visits`, {
        visitId: id[visit],
        customerId: id[customer],
        window: { start, end },
        purposes: [purpose],
      });
    }
    const overlapping = await server.post(`/v1${plan}/visits`, ann, {
      customerId: id['customerA'],
      window: { start: '09:30', end: '10:15' },
      purposes: ['service'],
    });
    expect(overlapping).toMatchObject({ status: 409, body: { code: 'windowsOverlap' } });
    await post(ann, `${plan}/submit`);
    const queue = await get(boss, '/signer-queue');
    expect(JSON.stringify(queue)).toContain(id['ann']);
    const key = `${id['ann']}~${date}`;
    const docHash = await documentHash(boss, 'visit-plan');
    const stale = await server.post(`/v1/documents/visit-plan/${key}/sign-off`, boss, {
      docHash: '0'.repeat(64),
    });
    expect(stale).toMatchObject({ status: 409, body: { code: 'staleDocument' } });
    const own = await server.post(`/v1/documents/visit-plan/${key}/sign-off`, ann, { docHash });
    expect(own.status).toBe(403);
    await post(boss, `/documents/visit-plan/${key}/sign-off`, { docHash });
  });

  test('is worked: two planned visits, one unplanned, one missed', async () => {
    const visit = (name: string, path: string, body: unknown = {}) =>
      post(ann, `/visits/${id[name]}/${path}`, body);
    now = '2026-03-03T08:00:00.000Z';
    await visit('v1', 'start', { personId: id['ann'], customerId: id['customerA'] });
    const second = await server.post(`/v1/visits/${id['v2']}/start`, ann, {
      personId: id['ann'],
      customerId: id['customerB'],
    });
    expect(second).toMatchObject({ status: 409 });
    await visit('v1', 'people-met', { name: 'Dana Decider', role: 'decision_maker' });
    await visit('v1', 'negotiation-results', {
      purpose: 'ordering',
      achieved: 'yes',
      resultCode: 'ordered',
      summary: 'Took an order of ten pumps.',
    });
    await post(ann, '/orders', {
      orderId: id['order'],
      customerId: id['customerA'],
      takenBy: id['ann'],
      visitId: id['v1'],
      channelId: id['channel'],
      orderedOn: date,
      promisedOn: '2026-03-20',
      lines: [{ productId: id['product'], quantity: 10, netAmount: eur('75000') }],
    });
    await visit('v1', 'orders', { orderId: id['order'] });
    now = '2026-03-03T08:45:00.000Z';
    await visit('v1', 'end');

    now = '2026-03-03T09:30:00.000Z';
    await visit('v2', 'start', { personId: id['ann'], customerId: id['customerB'] });
    await visit('v2', 'negotiation-results', {
      purpose: 'collection',
      achieved: 'partly',
      resultCode: 'paid',
      summary: 'Paid a part, the rest at the end of the month.',
    });
    await visit('v2', 'collections', {
      invoiceId: id['invoice'],
      amount: eur('20000'),
      method: 'bank_transfer',
    });
    await post(admin, `/receivables/${id['invoice']}/payments`, {
      paymentId: id['payment'],
      amount: eur('20000'),
      receivedOn: date,
      method: 'bank_transfer',
      collectedBy: id['ann'],
      visitId: id['v2'],
    });
    await visit('v2', 'costs', { category: 'travel', amount: eur('1250'), km: 10 });
    now = '2026-03-03T10:10:00.000Z';
    await visit('v2', 'end');

    now = '2026-03-03T12:00:00.000Z';
    await visit('v4', 'start', {
      personId: id['ann'],
      customerId: id['customerC'],
      unplannedReason: 'The customer called.',
    });
    await post(ann, '/complaints', {
      complaintId: id['complaint'],
      customerId: id['customerC'],
      channel: 'visit',
      category: 'delivery',
      severity: 3,
      description: 'Half of the delivery is missing.',
      visitId: id['v4'],
    });
    await visit('v4', 'complaints', { complaintId: id['complaint'] });
    await visit('v4', 'competitor-observations', {
      competitorId: id['competitor'],
      kind: 'price',
      price: eur('6900'),
      text: 'Offers pumps cheaper.',
      confidence: 'high',
    });
    await visit('v4', 'negotiation-results', {
      purpose: 'complaint_handling',
      achieved: 'no',
      resultCode: 'no_decision',
      summary: 'Still angry.',
    });
    now = '2026-03-03T12:20:00.000Z';
    await visit('v4', 'end');

    now = '2026-03-03T15:00:00.000Z';
    await visit('v3', 'mark-missed', { personId: id['ann'], date, reason: 'customer_absent' });
    await post(ann, `/call-logs/${id['ann']}/${date}/calls`, {
      customerId: id['customerC'],
      direction: 'outgoing',
      channel: 'phone',
      seconds: 120,
      resultCode: 'reached',
    });
  });

  test('is reported, returned, amended and signed with comment and scores', async () => {
    now = '2026-03-03T16:30:00.000Z';
    const sections = {
      attendance: { status: 'full_day' },
      visitResults: [{ visitId: id['v1'], summary: 'Order of ten pumps.' }],
      complaintsHandled: [{ complaintId: id['complaint'], note: 'Logged.' }],
      competitorInfo: [{ competitorId: id['competitor'], note: 'Cheaper pumps.' }],
      customerOpinions: [],
      customerDevelopments: [],
      experience: 'Confirm appointments the day before.',
      tomorrowFocus: 'The complaint.',
    };
    const report = `/daily-reports/${id['ann']}/${date}`;
    const { attendance: _, ...absent } = sections;
    expect(await server.post(`/v1${report}/file`, ann, absent)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/attendance' }] },
    });
    await post(ann, `${report}/file`, { ...sections, stated: { ordersCount: 2 } });
    const filed = await get(ann, report);
    expect(filed).toMatchObject({
      figures: {
        visitsCompleted: 3,
        visitsEffective: 2,
        ordersCount: 1,
        ordersNetMinor: '75000',
        collectionsMinor: '20000',
        calls: 1,
        costMinor: '1550',
        achievement: [{ targetId: id['target'], target: '100000', achieved: '75000', periodToDate: '75000' }],
      },
      discrepancies: [{ figure: 'ordersCount', stated: '2', computed: '1', difference: '1' }],
    });

    const key = `${id['ann']}~${date}`;
    const documents = `/documents/daily-report/${key}`;
    now = '2026-03-03T17:00:00.000Z';
    await post(boss, `${documents}/return`, { docHash: filed.docHash, comment: 'One order, not two.' });
    await post(ann, `${report}/amend`, { ...sections, reason: 'Corrected.' });
    now = '2026-03-03T18:00:00.000Z';
    const docHash = await documentHash(boss, 'daily-report');
    expect(docHash).not.toBe(filed.docHash);
    const scores = {
      completeness: 4,
      specificity: 3,
      market_insight: 2,
      next_steps: 3,
      consistency_with_visits: 4,
    };
    const silent = await server.post(`/v1${documents}/sign-off`, boss, { docHash, scores });
    expect(silent).toMatchObject({ status: 409, body: { code: 'commentMissing' } });
    await post(boss, `${documents}/sign-off`, { docHash, comment: 'Good day.', scores });
    const chain = await get(boss, `${documents}/sign-offs`);
    expect(JSON.stringify(chain)).toContain('Good day.');
  });

  test('shows in the day sheet, the obligations and the timeline', async () => {
    const { today } = await get(ann, `/day-sheets/${id['ann']}?date=${date}`);
    expect(today.sheet).toMatchObject({
      planState: 'signed',
      planned: 3,
      completed: 3,
      missed: 1,
      unplanned: 1,
      effective: 2,
      ordersCount: 1,
      ordersNetMinor: '75000',
      collectionsMinor: '20000',
      calls: 1,
      costMinor: '1550',
      reportState: 'signed',
      reportLatenessMinutes: 0,
      firstActivityAt: '2026-03-03T08:00:00.000Z',
    });
    const obligations = await get(boss, `/report-obligations?authorId=${id['ann']}&date=${date}`);
    expect(obligations.data.find((row: { kind: string }) => row.kind === 'daily-report')).toMatchObject({
      state: 'signed',
      filedAt: '2026-03-03T16:30:00.000Z',
      latenessMinutes: 0,
      versions: 2,
      returns: 1,
      signerId: id['boss'],
      qualityTotalBp: 8_000,
    });
    const timeline = await get(ann, `/timeline/customer/${id['customerC']}`);
    const types = timeline.data.map((entry: { type: string }) => entry.type);
    expect(types).toEqual(
      expect.arrayContaining(['VisitStarted', 'ComplaintLogged', 'VisitEnded', 'VisitMissed']),
    );
    expect(timeline.data.every((entry: { sentence: string }) => entry.sentence.length > 5)).toBe(true);
  });

  test('gives the figures that a hand computes', async () => {
    const { data } = await get(
      ann,
      `/kpis/values?subjectKind=person&subjectId=${id['ann']}&from=${date}&to=${date}&grain=day`,
    );
    const figures = Object.fromEntries(
      data.map((value: { kpi: string; numerator: string; denominator: string; state: string }) => [
        value.kpi,
        [String(value.numerator), String(value.denominator), value.state],
      ]),
    );
    expect(figures).toMatchObject({
      visit_plan_completion: ['2', '3', 'ok'],
      unplanned_share: ['1', '3', 'ok'],
      effective_visit_rate: ['2', '3', 'ok'],
      transaction_rate: ['1', '3', 'ok'],
      cost_per_visit: ['1550', '3', 'ok'],
      cost_per_effective_visit: ['1550', '2', 'ok'],
      plan_submission_rate: ['1', '1', 'ok'],
      report_submission_rate: ['1', '1', 'ok'],
      report_timeliness: ['1', '1', 'ok'],
      report_quality: ['8000', '10000', 'ok'],
    });
  });

  test('is closed when the next day opens', async () => {
    now = '2026-03-04T05:00:00.000Z';
    await expect
      .poll(async () => (await get(boss, `/visit-plans/${id['ann']}/${date}`)).closed, { timeout: 15_000 })
      .toBe(true);
  });

  test('stands in the log, and the read models rebuilt from it are the same row by row', async () => {
    const auditor = await server.token({ name: 'auditor', roles: ['AU'] });
    const log = await server.get('/v1/events?limit=1000', auditor);
    expect(log.body.data.map((event: { position: number }) => event.position)).toEqual(
      log.body.data.map((_: unknown, index: number) => index + 1),
    );
    for (const { type, data } of log.body.data) {
      expect(eventTypes[type]?.schema.strict().safeParse(data).error).toBeUndefined();
    }
    for (let cursor = ''; ; ) {
      const { body } = await server.get(`/v1/audit/events?limit=200${cursor}`, auditor);
      for (const { type, sentence } of body.data)
        expect(sentence, type).toMatch(/^(?!.*(undefined|null|NaN|\[object)).{10,}[.\w)]$/s);
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    const signed = log.body.data.find(
      (event: { type: string; stream: string }) =>
        event.type === 'DocumentSignedOff' && event.stream.startsWith('daily-report/'),
    );
    expect(signed).toMatchObject({
      actor: `person/${id['boss']}`,
      occurredAt: '2026-03-03T18:00:00.000Z',
      effectiveOn: date,
    });
    const { runtime, tenantId } = server;
    const projector = createProjector({ pool: runtime.pool, read: runtime.read, models: readModels });
    await projector.advance(tenantId);
    const before = await tableRows({ pool: runtime.pool, tenantId });
    await projector.rebuild(tenantId);
    await projector.advance(tenantId);
    expect(await tableRows({ pool: runtime.pool, tenantId })).toEqual(before);
    expect([...before].filter(([, rows]) => rows.length > 0).length).toBeGreaterThan(25);
    expect(server.errors).toEqual([]);
  });
});
