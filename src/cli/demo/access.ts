import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { issueKeys, type NewCredential } from '../../storage/tenants.ts';
import { pipelineIdOf } from './pipeline.ts';
import { targetPlanId } from './targets.ts';
import { createWorld, type DemoParameters, type Member } from './world.ts';

/** How to get into the demo, as it stands in demo.json. */
export interface DemoAccess {
  readonly url: string;
  readonly tenantId: string;
  /** The business day after the last one that was told. */
  readonly today: string;
  /** A customer of the salesperson. */
  readonly customerId: string;
  /** The target plan of the company. */
  readonly planId: string;
  /** The pipeline of the company. */
  readonly pipelineId: string;
  /** A key for each role. */
  readonly tokens: Readonly<Record<string, string>>;
  /** One person for each role: the salesperson reports to the supervisor, who reports to the regional manager, and so on. */
  readonly people: Readonly<
    Record<string, Pick<Member, 'personId' | 'positionId' | 'name' | 'email' | 'employeeNo'>>
  >;
}

export const accessFile = (dataDir: string): string => join(dataDir, 'demo.json');

async function readAccess(file: string): Promise<DemoAccess | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const ofPerson = ({ personId, positionId, name, email, employeeNo }: Member) => ({
  personId,
  positionId,
  name,
  email,
  employeeNo,
});

/** Writes how to get into a loaded demo to a file for its owner alone; keys are issued once and kept there. */
export async function writeAccess(
  databaseUrl: string,
  dataDir: string,
  url: string,
  parameters: DemoParameters,
): Promise<DemoAccess> {
  const file = accessFile(dataDir);
  const world = createWorld(parameters);
  const { tenantId, id, management, offices } = world;
  const before = await readAccess(file);
  const known = before?.tenantId === tenantId ? before : undefined;
  const { operator, topManager, administrator, hr, auditor, analyst } = management;
  const { supervisor, region, salespeople } = offices[0]!;
  const people = [
    ...[operator, topManager, region.manager, supervisor, salespeople[0]!],
    ...[analyst, auditor, administrator, hr],
  ];
  const issue = async () => {
    const credentials: NewCredential[] = [
      ...people.map(({ role, personId }) => ({ tenantId, name: `demo ${role}`, personId })),
      { tenantId, name: 'demo IN', roles: ['IN'] },
    ];
    const tokens = await issueKeys(databaseUrl, credentials);
    return Object.fromEntries(
      [...people.map(({ role }) => role), 'IN'].map((role, index) => [role, tokens[index]!]),
    );
  };
  const access: DemoAccess = {
    url,
    tenantId,
    today: parameters.today,
    customerId: id('customer/SP1-C1'),
    planId: targetPlanId(world),
    pipelineId: pipelineIdOf(world),
    tokens: known?.tokens ?? (await issue()),
    people: Object.fromEntries(people.map((person) => [person.role, ofPerson(person)])),
  };
  await mkdir(dataDir, { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(access, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return access;
}
