import { Role } from '../../../src/events/permission.ts';
import { personEvents } from '../../../src/events/person.ts';
import { ann, bob, manager, registered, staff, supervisor } from '../../support/commerce.ts';
import { idOf } from '../../support/given.ts';
import { drafted, opened, published } from '../../support/pipeline.ts';
import type { Server } from '../../support/server.ts';
import { seed } from '../../support/stave.ts';

export const everyRole: readonly string[] = Role.options;

/** Stands in names of the tenant, and nowhere else. */
export const canary = 'CanaryOfTheTenant';

/** People, a customer, an opportunity and what they belong to, so that requests find something. */
export async function fillTenant(server: Server, tenantId = server.tenantId): Promise<void> {
  const stave = { ...server.runtime, tenantId } as never;
  await seed(stave, 'organisation', ...staff);
  for (const [name, personId] of Object.entries({ ann, bob, supervisor, manager }))
    await seed(
      stave,
      `person/${personId}`,
      personEvents.PersonRegistered({ personId, name: `${canary} ${name}` }),
    );
  await seed(stave, `customer/${idOf('customer')}`, {
    ...registered,
    data: { ...registered.data, name: canary },
  });
  const [pipelineId, opportunityId] = [idOf('pipelineId 1'), idOf('opportunityId 1')];
  await seed(
    stave,
    `pipeline-def/${pipelineId}`,
    { ...drafted, data: { ...drafted.data, pipelineId } },
    { ...published, data: { ...published.data, pipelineId } },
  );
  await seed(stave, `opportunity/${opportunityId}`, {
    ...opened,
    data: { ...opened.data, opportunityId, pipelineId },
  });
  await server.runtime.dispatcher.states(tenantId, [], 0);
}
