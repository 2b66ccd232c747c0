import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../support/given.ts';
import { type Answer, type Server, startServer } from '../support/server.ts';

const eur = (amountMinor: string) => ({ amountMinor, currency: 'EUR' });
const id = (name: string): string => idOf(`target story ${name}`);
const year = { periodId: 'FY2027', start: '2027-01-01', endExclusive: '2028-01-01' };
const seasons = [700, 700, 800, 800, 850, 850, 700, 600, 900, 1_000, 1_050, 1_050];
const planId = id('plan');
const scorecardId = id('card');
const hired = { from: '2026-01-01' };

/** A year's target over HTTP, as a customer of the API uses it; all figures are computed by hand. */
describe('a target', () => {
  let server: Server;
  let now = '2026-12-01T08:00:00.000Z';
  const tokens = new Map<string, string>();
  let head = 0;
  let beforeLateOrder = 0;

  const tokenOf = (who: string): string => tokens.get(who)!;
  const send = (who: string, path: string, body: unknown = {}): Promise<Answer> =>
    server.post(`/v1${path}`, tokenOf(who), body);
  async function post(who: string, path: string, body: unknown = {}): Promise<Answer['body']> {
    const answer = await send(who, path, body);
    expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
    head = Math.max(head, answer.body.position);
    return answer.body;
  }
  async function get(who: string, path: string, knownAt?: number): Promise<Answer['body']> {
    const moment = knownAt ? `knownAt=${knownAt}` : `minPosition=${head}`;
    const answer = await server.get(`/v1${path}${path.includes('?') ? '&' : '?'}${moment}`, tokenOf(who));
    expect([path, answer.status, answer.body]).toEqual([path, 200, answer.body]);
    return answer.body;
  }
  /** What a batch answers to each row. */
  async function importRows(rows: readonly (readonly [command: string, key: string, input: object])[]) {
    const lines = rows.map(([command, key, input]) => JSON.stringify({ command, key, input }));
    const type = { 'content-type': 'application/x-ndjson' };
    const { status, body } = await server.post('/v1/batch', tokenOf('erp'), lines.join('\n'), type);
    expect(status).toBe(200);
    const results = (body as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    head = Math.max(head, ...results.map(({ position = 0 }) => position));
    return results;
  }
  const order = (name: string, by: string, orderedOn: string, net: string, more: object = {}) => {
    const lines = [{ productId: id('product'), quantity: 4, netAmount: eur(net) }];
    const input = { orderId: id(name), customerId: id('shop'), takenBy: id(by), orderedOn, lines, ...more };
    return ['TakeOrder', `erp-${name}`, input] as const;
  };

  interface Node {
    readonly targetId: string;
    readonly periodId: string;
    readonly dimensions: { readonly salesperson?: string };
    readonly target: string;
    readonly actual: string;
  }
  const treeOn = async (asOf: string, knownAt?: number): Promise<(name?: string, month?: string) => Node> => {
    const { data } = await get('tess', `/target-plans/${planId}/tree?asOf=${asOf}`, knownAt);
    return (name, month = '') =>
      data.find(
        ({ dimensions, periodId }: Node) =>
          dimensions.salesperson === (name && id(name)) &&
          periodId === (month ? `FY2027-${month}` : 'FY2027'),
      );
  };
  const targetOf = async (name?: string, month?: string): Promise<string> =>
    (await treeOn('2027-01-01'))(name, month).targetId;

  beforeAll(async () => {
    server = await startServer({ clock: () => now });
    const issue = async (name: string, credential: object) =>
      tokens.set(name, await server.token({ name, ...credential } as never));
    await issue('admin', { roles: ['AD', 'HR', 'IN', 'TM'] });
    await issue('erp', { roles: ['IN'] });
    await post('admin', '/organisation/configure', {
      ...{ name: 'Acme', timeZone: 'Europe/Berlin', reportingCurrency: 'EUR', weekStart: 1 },
      ...{ dailyReportDue: '19:00', weeklyReportDue: { isoWeekday: 1, time: '12:00' } },
      monthlyReviewDueWorkingDay: 5,
    });
    const unit = { unitId: id('company'), code: 'C', name: 'Company', kind: 'company', parentId: null };
    await post('admin', '/org-units', { ...unit, ...hired });
    for (const [name, role, above] of [
      ['tess', 'TM', null],
      ['ana', 'AN', 'tess'],
      ['sue', 'SV', 'tess'],
      ['ann', 'SP', 'sue'],
      ['bob', 'SP', 'sue'],
      ['cem', 'SP', 'sue'],
    ] as const) {
      await post('admin', '/people', { personId: id(name), name: `${name} Example` });
      const newcomerUntil = '2026-03-01';
      await post('admin', `/people/${id(name)}/employ`, { employeeNo: name, ...hired, newcomerUntil });
      await post('admin', `/people/${id(name)}/roles/${role}/grant`, hired);
      await post('admin', `/people/${id(name)}/assign-position`, {
        ...{ positionId: id(`${name} seat`), orgUnitId: id('company'), specialisation: 'field_sales' },
        ...{ reportsToPositionId: above && id(`${above} seat`), ...hired },
      });
      await issue(name, { personId: id(name) });
    }
    await post('admin', '/regions', { regionId: id('region'), code: 'N', name: 'North', parentId: null });
    await post('admin', '/channels', { channelId: id('channel'), code: 'D', name: 'Direct' });
    await post('admin', '/customers', {
      ...{ customerId: id('shop'), name: 'Shop', kind: 'end_customer', segment: 'B', source: 'import' },
      ...{ regionId: id('region'), channelId: id('channel'), ownerId: id('ann') },
    });
    const product = { productId: id('product'), sku: 'P-1', name: 'Pump', unitOfMeasure: 'piece' };
    await post('admin', '/products', product);
    const calendar = { kind: 'calendar_month', fiscalYearStartMonth: 1, firstYear: 2026, years: 4 };
    await post('tess', '/calendar/publish', calendar);
  });
  afterAll(() => server.stop());

  test('is planned on evidence, and checked', async () => {
    const horizon = { horizon: year, measures: ['net_sales'], currency: 'EUR' };
    await post('tess', '/target-plans', { planId, name: '2027', rootOrgUnit: id('company'), ...horizon });
    await post('ana', '/market-assessments', {
      ...{ assessmentId: id('market'), period: 'FY2027', potential: eur('9000000'), ownShareBp: 1_500 },
      ...{ method: 'Panel', sources: ['Statistics'] },
    });
    const basis = { kind: 'market_assessment', refs: [id('market')], note: 'It grows.' };
    await post('tess', `/target-plans/${planId}/basis`, basis);
    await post('ana', `/target-plans/${planId}/seasonality`, { weights: seasons });
    const whole = { measure: 'net_sales', period: year, value: eur('1200000') };
    const target = { responsible: id('sue'), ...whole };
    expect(await send('sue', `/target-plans/${planId}/targets`, target)).toMatchObject({
      status: 403,
      body: { code: 'ownTarget' },
    });
    await post('tess', `/target-plans/${planId}/targets`, target);
    const root = await targetOf();
    await post('ana', `/targets/${root}/check-feasibility`, { potential: eur('1500000') });
    const { data } = await get('tess', `/targets?targetId=${root}`);
    expect(data).toMatchObject([{ value: '1200000', feasibility: 'stretch' }]);
  });

  test('is broken down, exactly', async () => {
    const members = [
      { member: id('ann'), weight: 2 },
      { member: id('bob'), weight: 1 },
    ];
    const levels = [
      { dimension: 'salesperson', method: 'weights', members },
      { dimension: 'period', method: 'seasonality' },
    ];
    const root = await targetOf();
    expect(await send('ann', `/targets/${root}/break-down`, { levels })).toMatchObject({ status: 403 });
    await post('sue', `/targets/${root}/break-down`, { levels });
    const of = await treeOn('2027-01-01');
    expect([of('ann').target, of('ann', 'M01').target, of('ann', 'M08').target]).toEqual([
      ...['800000', '56000', '48000'],
    ]);
    expect([of('bob').target, of('bob', 'M12').target]).toEqual(['400000', '42000']);
  });

  test('is discussed: a counter-proposal is accepted, what it leaves goes to somebody else', async () => {
    expect(await send('ann', `/targets/${await targetOf('ann')}/acknowledge`)).toMatchObject({
      status: 409,
      body: { code: 'notYetDiscussed' },
    });
    await post('tess', `/target-plans/${planId}/submit`, { discussUntil: '2026-12-15' });
    const [ofAnn, ofBob] = [await targetOf('ann'), await targetOf('bob')];
    const proposal = { value: eur('760000'), arguments: 'Two customers left.' };
    expect(await send('bob', `/targets/${ofAnn}/counter-propose`, proposal)).toMatchObject({ status: 403 });
    await post('ann', `/targets/${ofAnn}/counter-propose`, proposal);
    const decision = { accepted: true, reason: 'You are right.' };
    await post('sue', `/targets/${ofAnn}/decide-counter-proposal`, decision);
    const root = await get('tess', `/targets?targetId=${await targetOf()}`);
    expect(root.data).toMatchObject([{ unallocated: '40000' }]);
    const change = { value: eur('440000'), reason: 'correction', note: 'What Ann does not have.' };
    await post('sue', `/targets/${ofBob}/revise`, change);
    const of = await treeOn('2027-01-01');
    expect([of('ann', 'M01').target, of('ann', 'M12').target]).toEqual(['53200', '79800']);
    expect([of('bob', 'M01').target, of().target]).toEqual(['30800', '1200000']);
    expect(of()).toMatchObject({ unallocated: '0', overAssignment: '0' });
    await post('ann', `/targets/${ofAnn}/acknowledge`);
    await post('bob', `/targets/${ofBob}/acknowledge`, { comment: 'I will try.' });
    const open = await get('tess', `/targets?planId=${planId}&acknowledgement=none&limit=50`);
    expect(open.data.map(({ responsible }: { responsible: string }) => responsible)).toEqual([id('sue')]);
  });

  test('carries execution plans, is approved and published', async () => {
    await post('tess', `/target-plans/${planId}/approve`);
    expect(await send('tess', `/target-plans/${planId}/publish`)).toMatchObject({
      status: 409,
      body: { code: 'executionPlansMissing' },
    });
    const plan = { approach: 'Key accounts first.', tasks: ['List them'] };
    for (const name of ['ann', 'bob']) {
      const path = `/targets/${await targetOf(name)}/execution-plan`;
      await post(name, path, { ...plan, activities: [{ measure: 'visits', planned: 200 }] });
      await post('sue', `${path}/review`, { accepted: true });
    }
    await post('tess', `/target-plans/${planId}/publish`);
    expect(await get('ann', `/target-plans/${planId}`)).toMatchObject({
      ...{ state: 'published', publication: 1, byIntuition: false, waived: [] },
    });
    const { data } = await get('ann', `/people/${id('ann')}/target-progress?asOf=2027-01-01`);
    const targets = new Set(data.map(({ target }: { target: string }) => target));
    expect(targets).toEqual(new Set(['760000', '53200']));
  });

  test('is measured by the facts that come in', async () => {
    now = '2027-01-31T18:00:00.000Z';
    const january = [
      order('january', 'ann', '2027-01-11', '20000'),
      order('more', 'ann', '2027-01-20', '30000'),
      order('of bob', 'bob', '2027-01-15', '25000'),
      order('wrong', 'bob', '2027-01-15', '1', { customerId: id('nobody') }),
      order('january', 'ann', '2027-01-11', '20000'),
    ];
    const rows = january.map(([command, key, input]) => [command, key.replaceAll(' ', '-'), input] as const);
    const results = await importRows(rows);
    expect(results.map(({ status, replayed }) => [status, replayed])).toEqual([
      [201, false],
      [201, false],
      [201, false],
      [422, undefined],
      [201, true],
    ]);
    now = '2027-02-03T09:00:00.000Z';
    const call = { customerId: id('shop'), direction: 'outgoing', channel: 'phone', seconds: 60 };
    for (let index = 0; index < 5; index++)
      await post('ann', `/call-logs/${id('ann')}/2027-02-03/calls`, { ...call, resultCode: 'reached' });
    now = '2027-02-28T18:00:00.000Z';
    const orderId = id('february');
    const credits = ['ann', 'bob'].map((name) => ({ personId: id(name), shareBp: 5_000 }));
    const february = await importRows([
      order('february', 'ann', '2027-02-05', '40000'),
      ['ConfirmOrder', 'c', { orderId, on: '2027-02-05' }],
      ['DeliverOrder', 'd', { orderId, on: '2027-02-08' }],
      [
        'ReturnOrder',
        'r',
        { orderId, on: '2027-02-12', lines: [{ lineNo: 1, quantity: 1 }], reason: 'Broken.' },
      ],
      order('bobs', 'bob', '2027-02-10', '10000'),
      order('shared', 'ann', '2027-02-20', '10000', { credits }),
    ]);
    expect(february.map(({ status }) => status)).toEqual([201, 200, 200, 200, 201, 201]);
  });

  test('shows in the tree, with pace, projection and who causes the gap', async () => {
    const of = await treeOn('2027-02-28');
    // Ann: 50 000 in January; 40 000, less 10 000 that came back, and half of 10 000 in February.
    expect(of('ann', 'M01')).toMatchObject({ target: '53200', actual: '50000', status: 'behind' });
    expect(of('ann', 'M02')).toMatchObject({ target: '53200', actual: '35000', status: 'at_risk' });
    expect(of('bob')).toMatchObject({ target: '440000', actual: '40000' });
    expect(of('ann')).toMatchObject({ actual: '85000', gap: '675000', gapShare: { num: '27', den: '43' } });
    // 1 400 of 10 000 of the year are over, with 41 of 261 working days.
    expect(of()).toMatchObject({
      ...{ actual: '125000', gap: '1075000', pace: { num: '125', den: '168' }, projection: '892857' },
      ...{ workingDays: 261, workingDaysElapsed: 41, requiredPerDay: '4887', status: 'at_risk' },
    });
    beforeLateOrder = head;
  });

  test('says which events make the number', async () => {
    const ofAnn = `subjectKind=person&subjectId=${id('ann')}&period=FY2027-M02&kpis=net_sales`;
    const { data } = await get('sue', `/kpis/values?${ofAnn}`);
    expect(data).toMatchObject([{ numerator: '35000', state: 'ok' }]);
    const { body: evidence } = await server.get(data[0].evidence.numerator, tokenOf('sue'));
    const told = evidence.data.map(
      ({ amount, date, events }: { amount: string; date: string; events: readonly { type: string }[] }) => [
        ...[amount, date, events.map(({ type }) => type)],
      ],
    );
    expect(told).toEqual([
      ['40000', '2027-02-05', ['OrderTaken']],
      ['-10000', '2027-02-12', ['OrderReturned']],
      ['5000', '2027-02-20', ['OrderTaken']],
    ]);
    expect((await server.get(`/v1/kpis/values?${ofAnn}`, tokenOf('bob'))).status).toBe(403);
  });

  test('is what a person is assessed by, which a dispute corrects', async () => {
    now = '2027-03-02T09:00:00.000Z';
    for (const month of ['FY2027-M01', 'FY2027-M02']) {
      const close = { closingPosition: beforeLateOrder, figuresHash: '0'.repeat(64) };
      await post('tess', `/calendar/periods/${month}/close`, close);
    }
    const item = (kpi: string, weightBp: number, num: string) => ({
      ...{ kpi, weightBp, target: { num, den: '1' }, category: 'volume' },
    });
    const items = [item('net_sales', 6_000, '50000'), item('call_volume', 4_000, '10')];
    // For quarters, so that the close of a month evaluates nobody by itself.
    await post('tess', '/scorecards', { scorecardId, name: 'Sellers', role: 'SP', level: 'quarter', items });
    const path = `/evaluations/${id('ann')}/FY2027-M02`;
    await get('sue', '/scorecards');
    expect(await send('ann', `${path}/compute`, { scorecardId })).toMatchObject({ status: 403 });
    await post('sue', `${path}/compute`, { scorecardId });
    // 35 000 of 50 000 and 5 of 10 calls: 60 % of 7 000 and 40 % of 5 000.
    expect(await get('ann', path)).toMatchObject({ totalBp: 6_200, state: 'computed' });
    const adjustments = [{ kpi: 'call_volume', deltaBp: 300, reason: 'The line was down.' }];
    await post('sue', `${path}/review`, { adjustments });
    expect(await get('ann', path)).toMatchObject({ totalBp: 6_320 });
    await post('ann', `${path}/dispute`, { kpi: 'net_sales', claim: 'An order is missing.' });
    const resolution = { outcome: 'partial', deltaBp: 200, reason: 'It seems so.' };
    expect(await send('sue', `${path}/resolve`, resolution)).toMatchObject({ status: 403 });
    await post('tess', `${path}/resolve`, resolution);
    await post('tess', `${path}/finalise`);
    expect(await get('ann', path)).toMatchObject({ totalBp: 6_440, state: 'final' });
  });

  test('takes a late fact in, visibly, while what was known stays as it was', async () => {
    now = '2027-03-03T09:00:00.000Z';
    const path = `/evaluations/${id('ann')}/FY2027-M02`;
    expect(await get('ann', path)).toMatchObject({ totalBp: 6_440 });
    await importRows([order('late', 'ann', '2027-02-25', '5000')]);
    const [known, knows] = [await treeOn('2027-02-28', beforeLateOrder), await treeOn('2027-02-28')];
    expect([known('ann', 'M02').actual, known().actual]).toEqual(['35000', '125000']);
    expect([knows('ann', 'M02').actual, knows().actual]).toEqual(['40000', '130000']);
    // The turn of the day restates it too, once, where it comes after the order.
    await post('sue', `${path}/restate`, { reason: 'An order of February came late.' });
    // 40 000 of 50 000 and the 200 of the dispute: 60 % of 8 200 and 40 % of 5 300.
    expect(await get('ann', path)).toMatchObject({
      ...{ totalBp: 7_040, state: 'final', restatements: [{ before: 6_440, after: 7_040 }] },
    });
  });

  test('is revised for a reason: closed months keep theirs, the others share the rest exactly', async () => {
    now = '2027-03-04T09:00:00.000Z';
    const change = { value: eur('1080000'), reason: 'economy', note: 'Fewer orders everywhere.' };
    const root = await targetOf();
    expect(await send('sue', `/targets/${root}/revise`, change)).toMatchObject({
      status: 403,
      body: { code: 'ownTarget' },
    });
    await post('tess', `/targets/${root}/revise`, change);
    const closed = await send('sue', `/targets/${await targetOf('ann', 'M02')}/revise`, change);
    expect(closed).toMatchObject({ status: 409, body: { code: 'periodClosed' } });
    const of = await treeOn('2027-02-28');
    const months = Array.from({ length: 12 }, (_, index) => `M${String(index + 1).padStart(2, '0')}`);
    // 684 000 less twice 53 200, in proportion to what the months had: 38 of 43 parts of each.
    expect(months.map((month) => Number(of('ann', month).target))).toEqual([
      ...[53_200, 53_200, 53_730, 53_730, 57_088, 57_088],
      ...[47_014, 40_298, 60_447, 67_163, 70_521, 70_521],
    ]);
    const ofBob = months.map((month) => Number(of('bob', month).target));
    expect(ofBob.slice(0, 3)).toEqual([30_800, 30_800, 31_107]);
    expect(ofBob.reduce((sum, part) => sum + part, 0)).toBe(396_000);
    expect([of().target, of('ann').target, of('bob').target]).toEqual(['1080000', '684000', '396000']);
  });

  test('goes to somebody else, and counts each on the own days', async () => {
    now = '2027-03-16T09:00:00.000Z';
    const handover = { toPerson: id('cem'), on: '2027-03-16', note: 'Bob goes to the south.' };
    const [ofBob, ofMarch] = [await targetOf('bob'), await targetOf('bob', 'M03')];
    await post('sue', `/targets/${ofBob}/reassign`, handover);
    const partsOf = async (targetId: string) => {
      const { data } = await get('tess', `/targets?targetId=${targetId}`);
      return data[0].parts.map(({ responsible, value }: { responsible: string; value: object }) => [
        ...[responsible, value],
      ]);
    };
    // 52 of 261 working days of the year, and 11 of 23 of March, are over.
    expect(await partsOf(ofBob)).toEqual([
      [id('bob'), eur('78897')],
      [id('cem'), eur('317103')],
    ]);
    expect(await partsOf(ofMarch)).toEqual([
      [id('bob'), eur('14877')],
      [id('cem'), eur('16230')],
    ]);
    now = '2027-03-22T18:00:00.000Z';
    await importRows([
      order('of-cem', 'cem', '2027-03-20', '3000'),
      order('bob-again', 'bob', '2027-03-22', '700'),
    ]);
    const of = await treeOn('2027-03-22');
    expect([of('bob').actual, of('bob', 'M03').actual, of('ann').actual]).toEqual(['43000', '3000', '90000']);
    expect(of().actual).toBe('133700');
    expect(server.errors).toEqual([]);
  });
});
