import { execFile } from 'node:child_process';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { now } from '../../src/engine/clock.ts';
import { withLog } from '../../src/engine/ledger.ts';
import { verifyLog } from '../../src/engine/verification.ts';
import { startDigests } from '../../src/jobs/digests.ts';
import { createDigests } from '../../src/storage/digests.ts';
import { exportTo, fillLog, type Ledger, openLedger, randomFrom, runVerifier } from '../support/ledger.ts';
import { tamperings } from '../support/tamper.ts';

let ledger: Ledger;
let keyFile: string;
let exportFile: string;

/** Signs three times, a third of the log each time. */
async function signThrice(): Promise<void> {
  for (const seed of [1, 2, 3]) {
    await fillLog(ledger.pool, ledger.tenantId, 40, seed);
    await ledger.sign();
  }
  keyFile = join(ledger.folder, `${(await ledger.digests.last(ledger.tenantId))!.key}.pem`);
}

beforeEach(async () => {
  ledger = await openLedger();
  exportFile = join(ledger.folder, 'export.ndjson');
});
afterEach(() => ledger.close());

const found = () =>
  withLog(ledger.pool, ledger.tenantId, (log) =>
    verifyLog(log, ledger.tenantId, { digests: ledger.digests.read(ledger.tenantId), receipts: true }),
  );
async function foundAlone() {
  await exportTo(exportFile, ledger.admin, ledger.tenantId);
  return runVerifier(exportFile, ledger.digestFile, keyFile);
}
const lines = async () => (await readFile(ledger.digestFile, 'utf8')).trimEnd().split('\n');
const rewrite = (text: readonly string[]) =>
  writeFile(ledger.digestFile, text.map((line) => `${line}\n`).join(''));
async function tamper(kind: string): Promise<void> {
  const { admin, tenantId } = ledger;
  const { rows } = await admin.query('select position::integer as head from log.head');
  await admin.query(
    'begin; alter table log.event disable trigger user; alter table log.block disable trigger user',
  );
  await tamperings[kind]!(admin, { tenantId, head: rows[0].head, random: randomFrom(7) });
  await admin.query('commit');
}

describe('digests', () => {
  test('cover the log from its beginning to its head', async () => {
    expect(await ledger.digests.write(ledger.tenantId)).toBeUndefined();
    await signThrice();
    const last = await ledger.digests.last(ledger.tenantId);
    expect(await ledger.digests.write(ledger.tenantId)).toBeUndefined();
    expect(await lines()).toHaveLength(3);
    expect(await found()).toMatchObject({
      intact: true,
      through: last!.position,
      signedThrough: last!.position,
    });
    expect(await foundAlone()).toMatchObject({
      code: 0,
      damages: [],
      whole: { result: 'intact', through: last!.position, signedThrough: last!.position },
    });
  });

  test('are signed with a key that only its owner can read', async () => {
    await signThrice();
    const { mode } = await stat(join(ledger.folder, 'secret', 'key.pem'));
    expect(mode & 0o777).toBe(0o600);
  });

  test('go on after a line that was left unfinished', async () => {
    await signThrice();
    const before = await lines();
    await appendFile(ledger.digestFile, before.at(-1)!.slice(0, 100));
    expect(await found()).toMatchObject({ intact: true });
    await fillLog(ledger.pool, ledger.tenantId, 10, 4);
    await ledger.sign();
    const after = await lines();
    expect(after.slice(0, 3)).toEqual(before);
    expect(after).toHaveLength(4);
    expect(await found()).toMatchObject({ intact: true });
  });

  test('of several processes in one folder follow one another', async () => {
    const { pool, tenantId, folder } = ledger;
    const options = { pool, now, folder, keyFile: join(folder, 'secret', 'key.pem') };
    const signers = Array.from({ length: 3 }, () => createDigests(options));
    await fillLog(pool, tenantId, 10, 0);
    await Promise.all(signers.map((signer) => signer.write(tenantId)));
    expect(await lines()).toHaveLength(1);
    const filling = fillLog(pool, tenantId, 300, 1);
    for (let turn = 0; turn < 5; turn++) await Promise.all(signers.map((signer) => signer.write(tenantId)));
    await filling;
    await ledger.sign();
    const result = await found();
    expect(result).toMatchObject({ intact: true, signedThrough: result!.head.position });
  });

  test('are written while a worker runs, and when it ends', async () => {
    const { pool, tenantId, digests } = ledger;
    const errors: Error[] = [];
    const job = startDigests({ pool, digests, everyMs: 10, onError: (error) => errors.push(error) });
    await fillLog(pool, tenantId, 20, 1);
    await expect
      .poll(async () => (await digests.last(tenantId))?.position ?? 0, { timeout: 10_000 })
      .toBeGreaterThan(0);
    await fillLog(pool, tenantId, 20, 2);
    await job.close();
    const result = await found();
    expect(result).toMatchObject({ intact: true, signedThrough: result!.head.position });
    expect(errors).toEqual([]);
  });

  test.each(['the tail, cut', 'the actor, and every hash', 'an event removed, and every hash'])(
    'are not continued over %s',
    async (kind) => {
      await signThrice();
      await tamper(kind);
      await fillLog(ledger.pool, ledger.tenantId, 10, 4);
      await expect(ledger.digests.write(ledger.tenantId)).rejects.toThrow('does not follow its digests');
      expect(await lines()).toHaveLength(3);
    },
  );

  test('say nothing of what came after the last of them', async () => {
    await signThrice();
    await fillLog(ledger.pool, ledger.tenantId, 1, 4);
    const { rows } = await ledger.admin.query('select position::integer as head from log.head');
    await ledger.admin.query(
      'begin; alter table log.event disable trigger user; alter table log.block disable trigger user',
    );
    await tamperings['the tail, cut']!(ledger.admin, {
      tenantId: ledger.tenantId,
      head: rows[0].head,
      random: () => 0.999_999,
    });
    await ledger.admin.query('commit');
    expect(await found()).toMatchObject({ intact: true });
  });
});

describe('tampering with digests', () => {
  beforeEach(signThrice);

  const kinds = async () => [
    (await found())!.damages.map(({ kind }) => kind),
    (await foundAlone()).damages.map(({ kind }) => kind),
  ];

  test('by changing one is found', async () => {
    const [one, two, three] = (await lines()) as [string, string, string];
    const [header, payload, signature] = two.split('.') as [string, string, string];
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString());
    said.blocks[0][1] = said.blocks[0][1].replace(/^./, (digit: string) => (digit === '0' ? '1' : '0'));
    const forged = Buffer.from(JSON.stringify(said)).toString('base64url');
    await rewrite([one, `${header}.${forged}.${signature}`, three]);
    const expected = ['digest-forged', 'digest-missing'];
    expect(await kinds()).toEqual([expected, expected]);
  });

  test('by leaving one out is found', async () => {
    const [one, , three] = (await lines()) as [string, string, string];
    await rewrite([one, three]);
    expect(await kinds()).toEqual([['digest-missing'], ['digest-missing']]);
  });

  test('by signing with another key is found', async () => {
    const { pool, tenantId, folder } = ledger;
    const other = createDigests({
      pool,
      now,
      folder: join(folder, 'other'),
      keyFile: join(folder, 'other.pem'),
    });
    await other.write(tenantId);
    await rewrite([(await readFile(join(folder, 'other', `${tenantId}.jws`), 'utf8')).trimEnd()]);
    expect((await kinds()).map(([first]) => first)).toEqual(['digest-forged', 'digest-forged']);
  });

  test('by an algorithm that signs nothing is found', async () => {
    const [one] = (await lines()) as [string];
    const [header, payload] = one.split('.') as [string, string];
    const none = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), alg: 'none' };
    await rewrite([`${Buffer.from(JSON.stringify(none)).toString('base64url')}.${payload}.`]);
    expect((await kinds()).map(([first]) => first)).toEqual(['digest-forged', 'digest-forged']);
  });
});

describe('the stand-alone verifier', () => {
  test('is one short file that needs nothing but Node', async () => {
    const text = await readFile('tools/verify-ledger.mjs', 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(200);
    const imported = [...text.matchAll(/^import .* from '(.*)';$/gm)].map(([, name]) => name!);
    expect(imported.filter((name) => !name.startsWith('node:'))).toEqual([]);
  });

  test('says what it could not check', async () => {
    expect(await runVerifier()).toMatchObject({ code: 2 });
    expect(await runVerifier('absent.ndjson')).toMatchObject({ code: 2 });
    await writeFile(exportFile, '{"kind":"log","format":2}\n');
    expect(await runVerifier(exportFile)).toMatchObject({
      code: 2,
      error: expect.stringContaining('format 1'),
    });
  });

  test('checks an export without digests, and an empty one', async () => {
    await exportTo(exportFile, ledger.admin, ledger.tenantId);
    expect(await runVerifier(exportFile)).toMatchObject({ code: 0, whole: { result: 'intact', through: 0 } });
    await fillLog(ledger.pool, ledger.tenantId, 40);
    await exportTo(exportFile, ledger.admin, ledger.tenantId);
    expect(await runVerifier(exportFile)).toMatchObject({ code: 0, whole: { signedThrough: 0 } });
  });

  test('refuses the digests of another log', async () => {
    await signThrice();
    const [first, ...rest] = (
      await exportTo(exportFile, ledger.admin, ledger.tenantId).then(() => readFile(exportFile, 'utf8'))
    ).split('\n') as [string, ...string[]];
    const other = { ...JSON.parse(first), tenantId: '00000000-0000-4000-8000-000000000001' };
    await writeFile(exportFile, [JSON.stringify(other), ...rest].join('\n'));
    expect(await runVerifier(exportFile, ledger.digestFile, keyFile)).toMatchObject({ code: 2 });
  });
});

describe('the command line', () => {
  const stave = async (...parameters: readonly string[]) => {
    const env = {
      ...process.env,
      DATABASE_URL: ledger.databaseUrl,
      STAVE_MASTER_KEY: 'x'.repeat(32),
      STAVE_DATA_DIR: ledger.folder,
      STAVE_DIGEST_DIR: ledger.folder,
      STAVE_DIGEST_KEY_FILE: join(ledger.folder, 'secret', 'key.pem'),
    };
    return promisify(execFile)(process.execPath, ['src/cli/stave.ts', ...parameters], { env }).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        output: error.stdout + error.stderr,
      }),
    );
  };

  test('signs, exports and verifies', async () => {
    const { pool, tenantId, digestFile, folder } = ledger;
    await fillLog(pool, tenantId, 40);
    const signed = await stave('digest');
    expect(signed).toMatchObject({ code: 0, output: expect.stringContaining(tenantId) });
    expect(await stave('verify')).toMatchObject({ code: 0, output: expect.stringContaining('intact') });
    expect(await stave('export', '--tenant', tenantId, '--file', exportFile)).toMatchObject({ code: 0 });
    const key = join(folder, `${(await ledger.digests.last(tenantId))!.key}.pem`);
    expect(await runVerifier(exportFile, digestFile, key)).toMatchObject({ code: 0, damages: [] });
    const { output } = await stave('export', '--tenant', tenantId);
    const body = (text: string) => text.split('\n').slice(1);
    expect(body(output)).toEqual(body(await readFile(exportFile, 'utf8')));
  });

  test('ends with 1 when a log is damaged, and names the place', async () => {
    const { pool, tenantId } = ledger;
    await fillLog(pool, tenantId, 40);
    await tamper('the actor');
    const { rows } = await ledger.admin.query(
      "select position from log.event where actor = 'person/somebody-else'",
    );
    const { code, output } = await stave('verify', '--json');
    expect(code).toBe(1);
    const position = Number(rows[0].position);
    expect(JSON.parse(output)).toMatchObject({
      tenantId,
      damages: [{ kind: 'event-changed', first: position }],
    });
    expect(await stave('verify', '--tenant', tenantId)).toMatchObject({
      code: 1,
      output: expect.stringContaining(`event-changed at ${position}`),
    });
  });

  test('knows no other tenant', async () => {
    expect(await stave('verify', '--tenant', '../../etc')).toMatchObject({ code: 1 });
    expect(await stave('export')).toMatchObject({ code: 2 });
  });
});
