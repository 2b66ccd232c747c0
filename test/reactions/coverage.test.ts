import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calendarEvents } from '../../src/events/calendar.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { businessDayWatchesCoverage } from '../../src/reactions/coverage.ts';
import { asAdmin } from '../../src/storage/tenants.ts';
import { eur } from '../support/commerce.ts';
import { dealOf, seedDeals } from '../support/deal-turns.ts';
import { inStream } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds } from '../support/organisation.ts';
import { drafted, pipelineId, published } from '../support/pipeline.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';
import { until } from '../support/until.ts';

const keys = { unitId: idOf('company'), periodId: 'FY2026' };

test('when a business day opens, every plan that holds on it is watched', async () => {
  const [opened] = inStream(
    'calendar',
    0,
    calendarEvents.BusinessDayOpened({ date: '2026-11-01', nextOpeningAt: '2026-11-01T23:00:00.000Z' }),
  );
  const issues = await businessDayWatchesCoverage.on['BusinessDayOpened']!(
    opened!,
    async () => undefined,
    async (name, input) => {
      expect([name, input]).toEqual(['ListCoveragePlans', { asOf: '2026-11-01', limit: '200' }]);
      return { data: [keys], nextCursor: null };
    },
  );
  expect(issues).toEqual([{ command: 'WatchCoverage', input: keys, occurredAt: opened!.occurredAt }]);
});

describe('by a worker', () => {
  const level = 'potential_customer';
  const patienceMs = 20_000;
  let server: Server;
  let now = '2026-11-01T08:00:00.000Z';
  let boss: string;

  const stave = () => ({ ...server.runtime, tenantId: server.tenantId }) as never;
  const ratio = (num: number, den = 1) => ({ num: String(num), den: String(den) });
  const events = (type: string) =>
    asAdmin(
      server.databaseUrl,
      async (client) =>
        (
          await client.query(
            'select data, effective_on::text as day, actor from log.event where tenant_id = $1 and type = $2 order by position',
            [server.tenantId, type],
          )
        ).rows,
    );
  const gaps = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await server.get('/v1/coverage-gaps', boss)).body.data;
  const post = async (path: string, body: object) => server.post(`/v1/coverage-plans/${path}`, boss, body);

  /** Turns to a day, and waits until every reaction has seen it open. */
  async function turn(day: string): Promise<void> {
    now = `${day}T08:00:00.000Z`;
    const seen = await until(
      () =>
        asAdmin(
          server.databaseUrl,
          async (client) =>
            (
              await client.query(
                `select from log.event e where e.tenant_id = $1 and type = 'BusinessDayOpened' and data->>'date' = $2
                  and (select min(position) from jobs.reaction r where r.tenant_id = $1) >= e.position`,
                [server.tenantId, day],
              )
            ).rowCount,
        ),
      (count) => count === 1,
      patienceMs,
    );
    expect([day, seen]).toEqual([day, 1]);
  }
  const open = (from: number, count: number, on: string) =>
    seedDeals(
      stave(),
      Array.from({ length: count }, (_, index) =>
        dealOf(`deal ${from + index}`, { on, ownerId: idOf('ann') }),
      ),
    );

  beforeAll(async () => {
    server = await startServer({ clock: () => now });
    boss = await server.token({ name: 'boss', personId: idOf('boss') });
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
        { occurredAt: '2026-11-01T06:00:00.000Z' },
      ),
      company,
      ...['boss', 'ann'].map((name) => employed(name)),
      granted('boss', 'TM'),
      granted('ann', 'SP'),
      holds('boss', null),
      holds('ann', 'boss'),
    );
    await seed(stave(), `pipeline-def/${pipelineId}`, drafted, published);
    await open(0, 26, '2026-10-15');
    await turn('2026-11-01');
    const set = await post(`${keys.unitId}/${keys.periodId}/assumptions`, {
      targetPerMonth: ratio(3),
      levels: [
        {
          level,
          winProbability: ratio(1, 3),
          cycleMonths: ratio(4),
          counts: { of: 'opportunities', pipelineId },
        },
      ],
    });
    expect(set).toMatchObject({ status: 201 });
  });
  afterAll(() => server.stop());

  test('a gap is recorded by itself when the next day opens, and what the year cannot recover', async () => {
    await turn('2026-11-02');
    expect(await events('CoverageGapDetected')).toMatchObject([
      {
        day: '2026-11-02',
        actor: 'system/business-day-watches-coverage',
        data: {
          level,
          open: 26,
          required: 36,
          gap: 10,
          recoverable: 0,
          notRecoverable: 10,
          yearEnd: '2027-01-01',
        },
      },
    ]);
    expect(await gaps()).toMatchObject([{ state: 'response_due', detectedOn: '2026-11-02', gap: 10 }]);
  });

  test('its response must hold compensation', async () => {
    const respond = (body: object) => post(`${keys.unitId}/${keys.periodId}/gaps/${level}/respond`, body);
    expect(await respond({ pipelineActions: ['Ten calls a day.'] })).toMatchObject({
      status: 422,
      body: { code: 'compensationMissing' },
    });
    const compensation = [{ via: 'existing_customers', amount: eur('5000000') }];
    expect(await respond({ compensation })).toMatchObject({ status: 200 });
  });

  test('nobody is told again while little has changed, nor when the reaction runs again', async () => {
    await open(26, 2, '2026-11-02');
    await turn('2026-11-03');
    await asAdmin(server.databaseUrl, (client) =>
      client.query('update jobs.reaction set position = 0 where tenant_id = $1', [server.tenantId]),
    );
    await turn('2026-11-04');
    expect(await events('CoverageGapDetected')).toHaveLength(1);
    expect(await gaps()).toMatchObject([{ state: 'answered', open: 26 }]);
  });

  test('it is closed by itself when enough are open', async () => {
    await open(28, 5, '2026-11-04');
    await turn('2026-11-05');
    expect(await events('CoverageGapClosed')).toMatchObject([
      { day: '2026-11-05', data: { level, open: 33, required: 36 } },
    ]);
    expect(await gaps()).toMatchObject([{ state: 'closed', open: 33, closedOn: '2026-11-05' }]);
    await turn('2026-11-06');
    expect(await events('CoverageGapClosed')).toHaveLength(1);
    expect(server.errors).toEqual([]);
  });
});
