import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { link, mkdir, open, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pool } from 'pg';
import { z } from 'zod';
import { blockHash, type ChainEnd, readHead, withLog } from '../engine/ledger.ts';
import type { Connection } from '../engine/log.ts';
import type { SignedPart } from '../engine/verification.ts';

/** What a digest says; `docs/ledger.md` describes the format. */
const Payload = z.object({
  tenantId: z.string(),
  signedAt: z.string(),
  after: z.number(),
  afterHash: z.string(),
  blocks: z.array(z.tuple([z.number(), z.string()])).min(1),
});
const Header = z.object({ alg: z.literal('EdDSA'), kid: z.string().regex(/^[0-9a-f]{16}$/) });

export interface Digest extends ChainEnd {
  readonly tenantId: string;
  readonly signedAt: string;
  /** The key that signed it, as its file in the folder is named. */
  readonly key: string;
}

export interface Digests {
  /** Signs what a tenant's log holds after its last digest; undefined when that is nothing. */
  readonly write: (tenantId: string) => Promise<Digest | undefined>;
  readonly last: (tenantId: string) => Promise<Digest | undefined>;
  /** A tenant's digests in the order in which they were signed. */
  readonly read: (tenantId: string) => AsyncIterable<SignedPart>;
}

export interface DigestOptions {
  readonly pool: Pool;
  readonly now: () => string;
  readonly folder: string;
  /** The private key, PKCS #8 in PEM; made by the first digest where there is none. */
  readonly keyFile: string;
}

const blocksMax = 5_000;
/** More than the longest line has: 5 000 blocks of a position and a hash, in base64. */
const lineBytesMax = 1024 * 1024;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (text: string | undefined): unknown =>
  JSON.parse(Buffer.from(text ?? '', 'base64url').toString());

/** Names a public key by what it is. */
const keyId = (key: KeyObject): string =>
  hash('sha256', key.export({ type: 'spki', format: 'der' }), 'hex').slice(0, 16);

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** The key in a file; where there is none a new one, which appears there whole or not at all. */
async function privateKey(file: string): Promise<KeyObject> {
  const known = await readIfPresent(file);
  if (known !== undefined) return createPrivateKey(known);
  const draft = join(dirname(file), `${randomUUID()}.pem`);
  const { privateKey: made } = generateKeyPairSync('ed25519');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, made.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  return createPrivateKey(await readFile(file, 'utf8'));
}

const blocksText = `select b.first_position::text as first, b.last_position::text as last, encode(b.hash, 'hex') as hash,
    trim_scale(extract(epoch from b.recorded_at) * 1000000)::text as micros, (
      select encode(sha256(string_agg(e.body_hash, ''::bytea order by e.position)), 'hex') from log.event e
      where e.tenant_id = b.tenant_id and e.position between b.first_position and b.last_position) as content
  from log.block b where b.tenant_id = $1 and b.first_position > $2 order by b.first_position limit ${blocksMax}`;

export class BrokenChain extends Error {}

/** The ends of the blocks after a digest, each shown to follow from the one before. */
async function newBlocks(
  connection: Connection,
  tenantId: string,
  last: ChainEnd,
): Promise<readonly ChainEnd[]> {
  const { rows } = await connection.query(blocksText, [tenantId, last.position]);
  const head = await readHead(connection, tenantId);
  let end = last;
  const ends: ChainEnd[] = [];
  for (const { first, last: position, hash, micros, content } of rows) {
    const block = { first: Number(first), last: Number(position), recordedAt: Number(micros) };
    if (block.first !== end.position + 1 || blockHash(end.hash, block, content ?? '') !== hash) break;
    end = { position: block.last, hash };
    ends.push(end);
  }
  if (ends.length < rows.length || (head?.position ?? 0) < end.position) {
    throw new BrokenChain(
      `The log of ${tenantId} does not follow its digests after position ${end.position}: run stave verify`,
    );
  }
  return ends;
}

/** Signed digests of the logs, one file for each tenant, outside the database. */
export function createDigests({ pool, now, folder, keyFile }: DigestOptions): Digests {
  const fileOf = (tenantId: string) => join(folder, `${tenantId}.jws`);
  const keys = new Map<string, KeyObject>();

  /** The public key that a digest names, from the file that its signer left beside it. */
  async function publicKey(id: string): Promise<KeyObject | undefined> {
    const text = keys.has(id) ? undefined : await readIfPresent(join(folder, `${id}.pem`));
    const key = text === undefined ? undefined : createPublicKey(text);
    if (key && key.asymmetricKeyType === 'ed25519' && keyId(key) === id) keys.set(id, key);
    return keys.get(id);
  }

  async function signer(): Promise<{ readonly id: string; readonly key: KeyObject }> {
    const key = await privateKey(keyFile);
    const open = createPublicKey(key);
    const id = keyId(open);
    if (!(await publicKey(id))) {
      await writeFile(join(folder, `${id}.pem`), open.export({ type: 'spki', format: 'pem' }));
    }
    return { id, key };
  }

  /** What a line says, once its signature is found good. */
  async function opened(line: string) {
    const [header, payload, signature, more] = line.split('.');
    try {
      const { kid } = Header.parse(decode(header));
      const key = await publicKey(kid);
      const signed = Buffer.from(`${header}.${payload}`);
      const isGood = key && !more && verify(null, signed, key, Buffer.from(signature ?? '', 'base64url'));
      return isGood ? { ...Payload.parse(decode(payload)), key: kid } : undefined;
    } catch {
      return undefined;
    }
  }

  /** The last whole line of a tenant's file, and where it ends: a process that was killed leaves a part of one. */
  async function lastLine(tenantId: string): Promise<{ readonly text: string; readonly end: number }> {
    const file = await open(fileOf(tenantId), 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    if (!file) return { text: '', end: 0 };
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - 2 * lineBytesMax);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
      const text = buffer.subarray(0, bytesRead).toString('latin1');
      const end = text.lastIndexOf('\n');
      return { text: text.slice(0, Math.max(end, 0)).split('\n').at(-1)!, end: start + end + 1 };
    } finally {
      await file.close();
    }
  }

  async function lastOf(text: string): Promise<Digest | undefined> {
    if (text === '') return undefined;
    const digest = await opened(text);
    if (!digest) throw new BrokenChain(`The signature of the last digest in ${folder} is not valid`);
    const [position, hash] = digest.blocks.at(-1)!;
    return { tenantId: digest.tenantId, signedAt: digest.signedAt, key: digest.key, position, hash };
  }

  async function append(tenantId: string, line: string, at: number): Promise<void> {
    const file = await open(fileOf(tenantId), at === 0 ? 'a' : 'r+');
    try {
      await file.truncate(at);
      await file.write(`${line}\n`, at);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async function writeNext(connection: Connection, tenantId: string): Promise<Digest | undefined> {
    const line = await lastLine(tenantId);
    const last = (await lastOf(line.text)) ?? { position: 0, hash: '' };
    const blocks = await newBlocks(connection, tenantId, last);
    const end = blocks.at(-1);
    if (!end) return undefined;
    const { id, key } = await signer();
    const payload = {
      tenantId,
      signedAt: now(),
      after: last.position,
      afterHash: last.hash,
      blocks: blocks.map(({ position, hash }) => [position, hash]),
    };
    const signed = `${encode({ alg: 'EdDSA', typ: 'stave-digest', kid: id })}.${encode(payload)}`;
    const signature = sign(null, Buffer.from(signed), key).toString('base64url');
    await append(tenantId, `${signed}.${signature}`, line.end);
    return { tenantId, signedAt: payload.signedAt, key: id, ...end };
  }

  /** Writes digests until the end of the log, while no other process does. */
  async function writeAll(connection: Connection, tenantId: string): Promise<Digest | undefined> {
    await connection.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`digest ${tenantId}`]);
    await mkdir(folder, { recursive: true });
    let written: Digest | undefined;
    for (;;) {
      const next = await writeNext(connection, tenantId);
      if (!next) return written;
      written = next;
    }
  }

  async function* read(tenantId: string): AsyncGenerator<SignedPart, undefined> {
    const { end: size } = await lastLine(tenantId);
    if (size === 0) return;
    const file = await open(fileOf(tenantId), 'r');
    let end: ChainEnd = { position: 0, hash: '' };
    for await (const line of file.readLines({ end: size - 1 })) {
      const digest = await opened(line);
      const next = end.position + 1;
      if (digest?.tenantId !== tenantId) {
        yield { blocks: [], damage: { kind: 'digest-forged', first: next, last: next } };
        continue;
      }
      const { after, afterHash } = digest;
      const follows = after === end.position && afterHash === end.hash;
      end = { position: after, hash: afterHash };
      const blocks = digest.blocks.map(([position, hash]) => {
        const block = { first: end.position + 1, last: position, previous: end.hash, hash };
        end = { position, hash };
        return block;
      });
      yield {
        blocks,
        damage: follows ? undefined : { kind: 'digest-missing', first: next, last: Math.max(next, after) },
      };
    }
  }

  return {
    write: (tenantId) => withLog(pool, tenantId, (log) => writeAll(log, tenantId), { snapshot: false }),
    last: async (tenantId) => lastOf((await lastLine(tenantId)).text),
    read,
  };
}
