import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { complaintEvents } from '../../src/events/complaint.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { businessDayRestates, periodClosedEvaluates } from '../../src/reactions/evaluation.ts';
import { asAdmin } from '../../src/storage/tenants.ts';
import { ann, bob, staff, supervisor } from '../support/commerce.ts';
import { inStream } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds, organisationAfter } from '../support/organisation.ts';
import { type Answer, type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';
import { until } from '../support/until.ts';

const periodId = 'FY2026-M03';
const hash = '0'.repeat(64);
const patienceMs = 20_000;

const [closed] = inStream(
  'calendar',
  0,
  calendarEvents.PeriodClosed({ periodId, closingPosition: 7, figuresHash: hash }),
);
const [opened] = inStream(
  'calendar',
  0,
  calendarEvents.BusinessDayOpened({ date: '2026-04-03', nextOpeningAt: '2026-04-03T22:00:00.000Z' }),
);

describe('when a period is closed', () => {
  const states = {
    calendar: { ...calendar.initialState(), periods: fiscalPeriods('calendar_month', 1, 2026, 1) },
    organisation: organisationAfter(...staff),
  };
  const issuesWith = (scorecards: readonly object[], evaluated: readonly object[] = []) =>
    periodClosedEvaluates.on['PeriodClosed']!(
      closed!,
      async (noun) => states[noun as keyof typeof states],
      async (list, { level, cursor }) => {
        if (list === 'ListEvaluations') return { data: evaluated, nextCursor: null };
        expect(level).toBe('month');
        return cursor
          ? { data: scorecards.slice(1), nextCursor: null }
          : { data: scorecards.slice(0, 1), nextCursor: 'more' };
      },
    );
  const card = (name: string, role: string) => ({ scorecardId: idOf(name), role });

  test('everybody is evaluated by the first scorecard of a role of theirs', async () => {
    const scorecards = [card('new', 'SP'), card('old', 'SP'), card('lead', 'SV')];
    const issues = (await issuesWith(scorecards)).map(({ command, input }) => [
      command,
      input['personId'],
      input['scorecardId'],
    ]);
    expect(issues).toEqual([
      ['ComputeEvaluation', supervisor, idOf('lead')],
      ['ComputeEvaluation', idOf('stranger'), idOf('lead')],
      ['ComputeEvaluation', ann, idOf('new')],
      ['ComputeEvaluation', bob, idOf('new')],
    ]);
  });
  test('who is evaluated already is restated', async () => {
    const issues = await issuesWith([card('new', 'SP')], [{ personId: ann }]);
    expect(issues.map(({ command, input }) => [command, input['personId']])).toEqual([
      ['RestateEvaluation', ann],
      ['ComputeEvaluation', bob],
    ]);
  });
  test('nobody is evaluated without a scorecard', async () => {
    expect(await issuesWith([])).toEqual([]);
  });
});

test('when a business day opens, what was recorded on the one before restates evaluations', async () => {
  const outdated = { personId: ann, periodId, because: [5, 6] };
  const issues = await businessDayRestates.on['BusinessDayOpened']!(
    opened!,
    async () => undefined,
    async (name, input) => {
      expect([name, input]).toEqual(['ListOutdatedEvaluations', { recordedOn: '2026-04-02' }]);
      return { data: [outdated] };
    },
  );
  expect(issues).toMatchObject([{ command: 'RestateEvaluation', input: outdated }]);
});

describe('by a worker', () => {
  let server: Server;
  let now = '2026-04-01T08:00:00.000Z';
  let boss: string;
  let sue: string;

  const stave = () => ({ ...server.runtime, tenantId: server.tenantId }) as never;
  const ofSue = { personId: idOf('sue') };

  const calls = (person: string, date: string, times: number): NewEvent[] =>
    Array.from({ length: times }, (_, index) =>
      callLogEvents.CallLogged(
        {
          personId: idOf(person),
          date,
          callId: idOf(`${person} ${date} ${index}`),
          calledAt: `${date}T09:00:00.000Z`,
          customerId: idOf('customer'),
          direction: 'outgoing',
          channel: 'phone',
          seconds: 60,
          resultCode: 'reached',
        },
        { effectiveOn: date },
      ),
    );
  const called = (person: string, date: string, times: number) =>
    seed(stave(), `call-log/${idOf(person)}/${date}`, ...calls(person, date, times));

  async function post(token: string, path: string, body: unknown = {}, headers = {}): Promise<Answer> {
    const answer = await server.post(`/v1${path}`, token, body, headers);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({
      status: answer.status < 300 ? answer.status : 200,
    });
    return answer;
  }
  const evaluations = async (token = boss) =>
    (await server.get(`/v1/evaluations?periodId=${periodId}&sort=totalBp`, token)).body.data;
  const evaluationOf = async (name: string) =>
    (await evaluations()).find((row: { personId: string }) => row.personId === idOf(name));
  const logged = (sql: string): Promise<readonly Record<string, unknown>[]> =>
    asAdmin(server.databaseUrl, async (client) => (await client.query(sql, [server.tenantId])).rows);
  const count = async (type: string) =>
    (await logged(`select from log.event where tenant_id = $1 and type = '${type}'`)).length;

  /** Waits until every reaction has seen a business day open. */
  async function turned(date: string): Promise<void> {
    const behind = await until(
      () =>
        logged(`select from log.event e where e.tenant_id = $1 and type = 'BusinessDayOpened' and data->>'date' = '${date}'
          and (select min(position) from jobs.reaction r where r.tenant_id = $1) >= e.position`),
      ({ length }) => length === 1,
      patienceMs,
    );
    expect(behind).toHaveLength(1);
  }

  beforeAll(async () => {
    server = await startServer({ clock: () => now });
    boss = await server.token({ name: 'boss', personId: idOf('boss') });
    sue = await server.token({ name: 'sue', ...ofSue });
    const sellers = ['ann', 'bob', 'cat'];
    await seed(
      stave(),
      'organisation',
      organisationEvents.OrganisationConfigured(
        {
          name: 'Stave',
          timeZone: 'Europe/Berlin',
          reportingCurrency: 'EUR',
          weekStart: 1,
          dailyReportDue: '18:00',
          weeklyReportDue: { isoWeekday: 1, time: '10:00' },
          monthlyReviewDueWorkingDay: 3,
        },
        { occurredAt: '2026-04-01T00:00:00.000Z' },
      ),
      company,
      ...['boss', 'sue', ...sellers].map((name) => employed(name)),
      granted('boss', 'TM'),
      granted('sue', 'SV'),
      granted('ann', 'SP'),
      granted('bob', 'SP'),
      granted('cat', 'SP', '2026-04-01'),
      holds('boss', null),
      holds('sue', 'boss'),
      ...sellers.map((name) => holds(name, 'sue')),
    );
    await called('ann', '2026-03-03', 8);
    await turned('2026-04-01');
    await post(boss, '/calendar/publish', {
      kind: 'calendar_month',
      fiscalYearStartMonth: 1,
      firstYear: 2026,
      years: 3,
    });
  });
  afterAll(() => server.stop());

  test('a scorecard says in its plain answer, and in its repeat, what it should rather have', async () => {
    const item = (kpi: string, num: string) => ({
      ...{ kpi, weightBp: 5_000, target: { num, den: '1' }, capBp: 20_000, category: 'operational' },
    });
    const body = {
      name: 'Sellers',
      role: 'SP',
      items: [item('call_volume', '10'), item('report_quality', '1')],
    };
    const design = () => post(boss, '/scorecards', body, { 'idempotency-key': 'design' });
    const warnings = ['no_market_info', 'no_report_timeliness', 'triad_uncovered'];
    const first = await design();
    expect(first.body.events).toMatchObject([{ type: 'ScorecardDesigned', warnings }]);
    expect((await design()).body).toEqual(first.body);
    await post(boss, '/scorecards', { ...body, name: 'Quarterly', level: 'quarter' });
  });

  test('everybody who had the role on the last day is evaluated, also who has no figures', async () => {
    const [head] = await logged('select position::integer from log.head where tenant_id = $1');
    await post(boss, `/calendar/periods/${periodId}/close`, {
      closingPosition: head!['position'],
      figuresHash: hash,
    });
    const rows = await until(evaluations, ({ length }) => length === 2, patienceMs);
    expect(rows).toMatchObject([
      { personId: idOf('bob'), state: 'computed', totalBp: 0, countedBp: 5_000 },
      { personId: idOf('ann'), state: 'computed', totalBp: 8_000, countedBp: 5_000 },
    ]);
    expect(await count('EvaluationComputed')).toBe(2);
  });

  test('nothing happens twice when the reactions run again', async () => {
    await asAdmin(server.databaseUrl, (client) =>
      client.query('update jobs.reaction set position = 0 where tenant_id = $1', [server.tenantId]),
    );
    await turned('2026-04-01');
    expect(await count('EvaluationComputed')).toBe(2);
    expect(await count('EvaluationRestated')).toBe(0);
  });

  test('late facts restate once a day whom they touch, and show before and after', async () => {
    await called('ann', '2026-03-05', 30);
    await called('bob', '2026-04-01', 3);
    now = '2026-04-02T08:00:00.000Z';
    await turned('2026-04-02');
    const row = await until(
      () => evaluationOf('ann'),
      ({ restatements }) => restatements.length > 0,
      patienceMs,
    );
    expect(row).toMatchObject({
      totalBp: 20_000,
      restatements: [{ before: 8_000, after: 20_000, reason: 'Facts came late.' }],
    });
    expect(row.restatements[0].because).toHaveLength(30);
    expect((await evaluationOf('bob')).restatements).toEqual([]);
    expect(await count('EvaluationRestated')).toBe(1);

    const restatements = (token: string, period = periodId) =>
      server.get(`/v1/calendar/periods/${period}/restatements`, token);
    const shown = await restatements(sue);
    expect(shown.body.data).toMatchObject([
      { measure: 'calls', personId: idOf('ann'), currency: null, before: '8', after: '38', eventsCount: 30 },
    ]);
    expect(shown.body.data[0].events).toHaveLength(20);
    expect(shown.body.data[0].events[0]).toMatchObject({
      type: 'CallLogged',
      sentence: expect.stringMatching(/./),
    });
    const bobs = await server.token({ name: 'bob', personId: idOf('bob') });
    expect((await restatements(bobs)).body.data).toEqual([]);
    expect((await restatements(boss, 'FY2026-M02')).status).toBe(404);
  });

  test('a late fact that changes no figure restates nothing', async () => {
    const complaint = {
      ...{ complaintId: idOf('complaint'), customerId: idOf('customer'), by: idOf('ann') },
      ...({ channel: 'visit', category: 'delivery', severity: 3, description: 'Late again.' } as const),
    };
    await seed(
      stave(),
      `complaint/${complaint.complaintId}`,
      complaintEvents.ComplaintLogged(complaint, { effectiveOn: '2026-03-06' }),
    );
    now = '2026-04-03T08:00:00.000Z';
    await turned('2026-04-03');
    const touched = await server.get('/v1/evaluations/outdated?recordedOn=2026-04-02', boss);
    expect(touched.body.data).toMatchObject([{ personId: idOf('ann'), periodId }]);
    expect(await count('EvaluationRestated')).toBe(1);
  });

  test('a reviewed evaluation becomes final when the days of the policy are over', async () => {
    await post(sue, `/evaluations/${idOf('ann')}/${periodId}/review`);
    const reviewed = await until(
      () => evaluationOf('ann'),
      ({ state }) => state === 'reviewed',
      patienceMs,
    );
    expect(reviewed.finalAt).toBe('2026-04-09T22:00:00.000Z');
    now = '2026-04-09T22:00:00.000Z';
    const row = await until(
      () => evaluationOf('ann'),
      ({ state }) => state === 'final',
      patienceMs,
    );
    expect(row).toMatchObject({ state: 'final', totalBp: 20_000 });
    expect(server.errors).toEqual([]);
  });
});
