import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute, withDatabase } from '../support/database.ts';
import { note } from '../support/figures.ts';
import { type Installation, install } from '../support/installation.ts';

const beforeSeconds = 10;
const idleSeconds = 60;
const addedLagMaxMs = 1_000;

describe('a write transaction that idles in another database of the cluster', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await install();
  });
  afterAll(() => installation.remove());

  /** How long after its acknowledgement each command can be read, in milliseconds. */
  async function lags(seconds: number, prefix: string): Promise<number[]> {
    const url = `${installation.apis[0]!.url}/v1/competitors`;
    const headers = {
      authorization: `Bearer ${installation.token}`,
      'content-type': 'application/json',
    };
    const measured: number[] = [];
    const endsAt = performance.now() + seconds * 1_000;
    while (performance.now() < endsAt) {
      const body = JSON.stringify({ name: `${prefix} ${measured.length}` });
      const command = await fetch(url, { method: 'POST', headers, body });
      const { position } = (await command.json()) as { position: number };
      const acknowledged = performance.now();
      const query = await fetch(`${url}?limit=1&minPosition=${position}`, { headers });
      await query.text();
      expect(query.status).toBe(200);
      measured.push(performance.now() - acknowledged);
    }
    return measured.sort((a, b) => a - b);
  }

  test(`adds no second to the lag in ${idleSeconds} s`, { timeout: 180_000 }, async (context) => {
    await execute(installation.databaseUrl, 'create database elsewhere');
    const foreign = new pg.Client(withDatabase(installation.databaseUrl, 'elsewhere'));
    await foreign.connect();
    await foreign.query('create table notes (note text)');
    const before = await lags(beforeSeconds, 'Before');
    await foreign.query("begin; insert into notes values ('held')");
    const during = await lags(idleSeconds, 'During');
    await foreign.query('rollback');
    await foreign.end();
    const [usual, held] = [before.at(-1)!, during.at(-1)!];
    const addedMs = Math.max(0, Math.round(held - usual));
    note(context, 'idleTransaction', {
      seconds: idleSeconds,
      reads: during.length,
      usualMaxMs: Math.round(usual),
      maxMs: Math.round(held),
      addedMs,
    });
    expect(during.length).toBeGreaterThan(idleSeconds);
    expect(addedMs).toBeLessThanOrEqual(addedLagMaxMs);
  });
});
