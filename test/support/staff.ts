import type { Pool } from 'pg';
import { organisationEvents } from '../../src/events/organisation.ts';
import { asAdmin, createTenant } from '../../src/storage/tenants.ts';
import { company, employed, granted, holds } from './organisation.ts';
import { seed } from './stave.ts';
import { until } from './until.ts';

const days = 7;
const people = Array.from({ length: 10 }, (_, index) => `seller-${index}`);

const workingDays = 5;

/** Reactions and the clock have more than this to do in each such organisation. */
export const effectsLeast = workingDays * people.length;

/** An organisation whose first business day is a week ago: every day since opens, and expects plans and reports. */
export async function foundStaff(pool: Pool, databaseUrl: string): Promise<string> {
  const tenantId = await createTenant(databaseUrl, 'Staff');
  await seed(
    { pool, tenantId } as never,
    'organisation',
    company,
    ...people.flatMap((name) => [employed(name), holds(name, null), granted(name, 'SP')]),
    organisationEvents.OrganisationConfigured(
      {
        name: 'Stave',
        timeZone: 'Asia/Tokyo',
        reportingCurrency: 'JPY',
        weekStart: 1,
        dailyReportDue: '18:00',
        weeklyReportDue: { isoWeekday: 1, time: '10:00' },
        monthlyReviewDueWorkingDay: 3,
      },
      { occurredAt: new Date(Date.now() - days * 86_400_000).toISOString() },
    ),
  );
  return tenantId;
}

/** What reactions and the clock did in a tenant, each effect by its name and where it happened. */
const effectsOf = (databaseUrl: string, tenantId: string): Promise<readonly string[]> =>
  asAdmin(databaseUrl, async (client) => {
    const { rows } = await client.query(
      `select concat_ws(' ', type, stream, data->>'personId', data->>'date') as effect
       from log.event where tenant_id = $1 and source in ('reaction', 'clock')`,
      [tenantId],
    );
    return rows.map(({ effect }) => effect as string);
  });

/** What each tenant lacks of the effects that any of them had, once the time for them is over, and what they had twice. */
export const compareEffects = (databaseUrl: string, tenants: readonly string[], patienceMs: number) =>
  until(
    async () => {
      const effects = await Promise.all(tenants.map((tenantId) => effectsOf(databaseUrl, tenantId)));
      const wanted = new Set(effects.flat());
      return {
        reactionEffects: wanted.size * tenants.length,
        doubledEffects: effects.reduce((sum, had) => sum + had.length - new Set(had).size, 0),
        missingEffects: effects.reduce((sum, had) => sum + wanted.difference(new Set(had)).size, 0),
      };
    },
    ({ reactionEffects, missingEffects }) =>
      missingEffects === 0 && reactionEffects > effectsLeast * tenants.length,
    patienceMs,
  );
