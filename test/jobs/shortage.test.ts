import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProjector } from '../../src/engine/projector.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { createClock } from '../../src/jobs/clock.ts';
import { noteNextDue } from '../../src/jobs/worker.ts';
import { readModels } from '../../src/projections/index.ts';
import { execute } from '../support/database.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

let stave: Stave;
beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-03T01:00:00.000Z' });
  await execute(
    stave.databaseUrl,
    `create function public.refuse() returns trigger language plpgsql as $$
     begin raise exception 'No space left on device' using errcode = '53100'; end $$`,
  );
});
afterAll(() => stave.close());

/** Works while a table cannot grow. */
async function without<T>(table: string, work: () => Promise<T>): Promise<T> {
  const { databaseUrl } = stave;
  await execute(
    databaseUrl,
    `create trigger refuse before insert or update on ${table} execute function public.refuse()`,
  );
  try {
    return await work();
  } finally {
    await execute(databaseUrl, `drop trigger refuse on ${table}`);
  }
}

const names = async (table: string): Promise<readonly string[]> => {
  const client = await stave.pool.connect();
  try {
    await client.query(`begin; select set_config('stave.tenant', '${stave.tenantId}', true)`);
    const { rows } = await client.query(`select name from ${table}`);
    await client.query('commit');
    return rows.map(({ name }) => name);
  } finally {
    client.release();
  }
};

describe('a disk without room', () => {
  test('makes a command be answered 503, and the next one goes through', async () => {
    const register = () => stave.run('RegisterCompetitor', { name: 'Full' }, { key: 'full' });
    const refused = await without('log.receipt', register);
    expect(refused).toMatchObject({ ok: false, status: 503, code: 'unavailable', cause: { code: '53100' } });
    expect(await register()).toMatchObject({ ok: true, replayed: false });
  });

  test('stops no read model, which goes on when there is room', async () => {
    const { projector, tenantId, historian } = stave;
    const { position } = (await stave.run('RegisterCompetitor', { name: 'Next' })) as never;
    await without('read.competitor', async () => {
      await expect(projector.advance(tenantId)).rejects.toThrow('No space');
    });
    await without('past.competitor', async () => {
      await expect(historian.advance(tenantId, position)).rejects.toThrow('No space');
    });
    const { rows } = await stave.pool.query(
      `select error from read.lane where error is not null
       union all select error from past.cursor where error is not null`,
    );
    expect(rows).toEqual([]);
    await projector.advance(tenantId);
    await historian.advance(tenantId, position);
    expect(await names('read.competitor')).toEqual(expect.arrayContaining(['Full', 'Next']));
    expect(await names('past.competitor')).toEqual(expect.arrayContaining(['Full', 'Next']));
  });

  test('is no attempt of a deadline, which fires at the next tick', async () => {
    const { pool, read, tenantId } = stave;
    await seed(
      stave,
      'calendar',
      calendarEvents.BusinessDayOpened({ date: '2026-03-02', nextOpeningAt: '2026-03-03T00:00:00.000Z' }),
    );
    await createProjector({ pool, read, models: readModels, saved: noteNextDue }).advance(tenantId);
    const errors: Error[] = [];
    const tick = createClock(stave, (error) => errors.push(error));
    expect(await without('log.receipt', tick)).toEqual([]);
    expect(errors).toHaveLength(1);
    const { rows } = await pool.query('select * from jobs.deadline_attempt');
    expect(rows).toEqual([]);
    expect(await tick()).toEqual([tenantId]);
    const { rows: opened } = await pool.query(
      `select json_array_length(events) as days from log.load($1, '{calendar}')`,
      [tenantId],
    );
    expect(opened).toEqual([{ days: 2 }]);
  });
});
