import { competitorEvents } from '../../src/events/competitor.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { personEvents } from '../../src/events/person.ts';
import { competitorId, customerId, registered, rival } from './commerce.ts';
import { idOf } from './given.ts';
import { company, granted, holds, unit } from './organisation.ts';
import { document, drafted, pipelineId, published } from './pipeline.ts';
import type { Server } from './server.ts';
import { seed } from './stave.ts';

const { OrganisationConfigured, PersonEmployed } = organisationEvents;

const numbers = { boss: 'E-1', north: 'E-2', sue: 'E-3', ann: 'E-17', bob: 'E-23', cat: 'E-42' };

/** The pipeline of `support/pipeline.ts` again, under another name, for lives that are lived by commands. */
export const otherPipelineId = idOf('other pipeline');

/** A company in Berlin with a north, where Ann and Bob sell under Sue, and a south, where Cat does; a customer, a rival. */
export async function fillForImports(server: Server): Promise<void> {
  const stave = { ...server.runtime, tenantId: server.tenantId } as never;
  await seed(
    stave,
    'organisation',
    OrganisationConfigured({
      name: 'Test',
      timeZone: 'Europe/Berlin',
      reportingCurrency: 'EUR',
      weekStart: 1,
      dailyReportDue: '18:00',
      weeklyReportDue: { isoWeekday: 1, time: '10:00' },
      monthlyReviewDueWorkingDay: 3,
    }),
    company,
    unit('northern', 'region'),
    unit('southern', 'region'),
    ...Object.entries(numbers).map(([name, employeeNo]) =>
      PersonEmployed({ personId: idOf(name), employeeNo, from: '2024-01-01', newcomerUntil: '2024-01-01' }),
    ),
    granted('boss', 'TM'),
    granted('north', 'RM'),
    granted('sue', 'SV'),
    ...['ann', 'bob', 'cat'].map((name) => granted(name, 'SP')),
    holds('boss', null),
    holds('north', 'boss', { unit: 'northern' }),
    holds('sue', 'north', { unit: 'northern' }),
    holds('ann', 'sue', { unit: 'northern' }),
    holds('bob', 'sue', { unit: 'northern' }),
    holds('cat', 'boss', { unit: 'southern' }),
  );
  await seed(
    stave,
    `person/${idOf('ann')}`,
    personEvents.PersonRegistered({ personId: idOf('ann'), name: 'Ann', email: 'ann@example.com' }),
  );
  await seed(stave, `customer/${customerId}`, registered);
  for (const name of ['twin', 'other twin'])
    await seed(stave, `customer/${idOf(name)}`, {
      ...registered,
      data: { ...registered.data, customerId: idOf(name), name: 'Twin Ltd.' },
    });
  await seed(stave, `competitor/${competitorId}`, competitorEvents.CompetitorRegistered(rival.data));
  await seed(stave, `pipeline-def/${pipelineId}`, drafted, published);
  const other = { ...document, name: 'Others', pipelineId: otherPipelineId };
  await seed(
    stave,
    `pipeline-def/${otherPipelineId}`,
    { ...drafted, data: other },
    { ...published, data: { ...other, version: 1 } },
  );
}
