import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { inject } from 'vitest';

/** The database that the global setup migrates once and that every test's database is cloned from. */
export const templateDatabase = 'stave_template';

const templateInUse = '55006';
const attemptsMax = 20;

/** A migrated, empty database of the test's own. */
export async function freshDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const adminUrl = inject('databaseUrl');
  const name = `stave_test_${randomBytes(8).toString('hex')}`;
  await retryWhileInUse(() => execute(adminUrl, `create database ${name} template ${templateDatabase}`));
  return {
    url: withDatabase(adminUrl, name),
    drop: () => execute(adminUrl, `drop database if exists ${name} with (force)`),
  };
}

/** Runs one statement on a connection of its own. */
export async function execute(databaseUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The same server and user, another database. */
export function withDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function retryWhileInUse(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== templateInUse || attempt === attemptsMax) throw error;
      await sleep(50 * attempt);
    }
  }
}
