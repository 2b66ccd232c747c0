// Checks an export of a log against its own hashes and against signed digests. It needs Node.js 20 and nothing else,
// and shares no code with Stave; docs/ledger.md describes the formats.
//
//   node verify-ledger.mjs EXPORT.ndjson [DIGESTS.jws KEY.pem…]
//
// Prints one JSON object for each damage and one for the whole; ends with 0 intact, 1 damaged, 2 not checked.

import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [exportFile, digestFile, ...keyFiles] = process.argv.slice(2);
if (!exportFile || (digestFile && keyFiles.length === 0)) {
  console.error('usage: node verify-ledger.mjs EXPORT.ndjson [DIGESTS.jws KEY.pem…]');
  process.exit(2);
}

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const lines = (file) =>
  createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });

let damages = 0;
const damage = (kind, first, last = first) => {
  damages += 1;
  console.log(JSON.stringify({ kind, first, last }));
};

/** A 64-bit integer, big-endian. */
function int64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(Number.isSafeInteger(value) ? BigInt(value) : -1n);
  return bytes;
}

/** The hash of a block with these events that follows the block whose hash is `previous`. */
function hashOf(previous, { first, last, recordedAt }, events) {
  const content = sha256(...events.map(({ bodyHash }) => Buffer.from(bodyHash, 'hex')));
  const numbers = [first, last, recordedAt].map(int64);
  return sha256(Buffer.from(previous, 'hex'), ...numbers, Buffer.from(content, 'hex'));
}

/** Public keys by their ids: the first 16 hex digits of the SHA-256 of their DER encoding. */
function readKeys(files) {
  const keys = new Map();
  for (const file of files) {
    const key = createPublicKey(readFileSync(file));
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} holds no Ed25519 key`);
    keys.set(sha256(key.export({ type: 'spki', format: 'der' })).slice(0, 16), key);
  }
  return keys;
}

/** What a line of digests says, or undefined when its signature is not good. */
function openDigest(line, keys) {
  try {
    const [header, payload, signature, more] = line.split('.');
    const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const key = alg === 'EdDSA' && more === undefined && keys.get(kid);
    const signed = Buffer.from(`${header}.${payload}`);
    if (!key || !verify(null, signed, key, Buffer.from(signature, 'base64url'))) return undefined;
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** The blocks that digests vouch for, in order: { first, last, previous, hash }. */
async function readDigests(file, keys) {
  const signed = [];
  let tenantId;
  let position = 0;
  let hash = '';
  for await (const line of lines(file)) {
    const digest = openDigest(line, keys);
    tenantId ??= digest?.tenantId;
    if (!digest || digest.tenantId !== tenantId) {
      damage('digest-forged', position + 1);
      continue;
    }
    if (digest.after !== position || digest.afterHash !== hash) {
      damage('digest-missing', position + 1, Math.max(position + 1, digest.after));
    }
    position = digest.after;
    hash = digest.afterHash;
    for (const [last, blockHash] of digest.blocks) {
      signed.push({ first: position + 1, last, previous: hash, hash: blockHash });
      position = last;
      hash = blockHash;
    }
  }
  return { signed, tenantId };
}

/** Checks the events that stand in an export after a block's line; `former` is where the block before it ends. */
function checkEvents(block, end, events, former) {
  let expected = block ? block.first : Number.POSITIVE_INFINITY;
  for (const { position, recordedAt, body, bodyHash } of events) {
    const isGap = block && position > former && position < block.first;
    const isInside = block && position >= expected && position <= end;
    if (isInside && position > expected) damage('event-missing', expected, position - 1);
    if (!isGap && !isInside) damage('event-unexpected', position);
    else if (sha256(body) !== bodyHash) damage('event-changed', position);
    else if (isInside && recordedAt !== block.recordedAt) damage('event-changed', position);
    if (isInside) expected = position + 1;
  }
  if (expected <= end) damage('event-missing', expected, end);
}

/** Follows the chain through an export, a block and its events at a time. */
function createChain(signed) {
  const found = { through: 0, signedThrough: signed.at(-1)?.last ?? 0, events: 0, blocks: 0 };
  /** What may be meant by the hash before the next block; nothing when that is unknown. */
  let before = [''];
  let next = 0;

  /** `following` is where the next block begins: this one cannot reach further. */
  function check(block, events, following) {
    const former = found.through;
    const atFirst = damages;
    found.events += events.length;
    if (block?.first > former + 1) {
      damage('block-missing', former + 1, block.first - 1);
      before = [];
    }
    const atEvents = damages;
    const end = Math.min(block?.last, following - 1);
    checkEvents(block, end, events, former);
    if (!block) return;
    while (signed[next]?.last < end) next += 1;
    const witness = signed[next]?.last === end ? signed[next] : undefined;
    const own = events.filter(({ position }) => position >= block.first && position <= end);
    const candidates = new Set(witness ? [...before, witness.previous] : before);
    const hashes = [...candidates].map((previous) => hashOf(previous, block, own));
    const follows = hashes.length === 0 || hashes.includes(block.hash);
    const isSigned = witness?.first === block.first && hashes.includes(witness.hash);
    if (end < block.last || (!follows && damages === atEvents))
      damage('block-changed', block.first, block.last);
    else if (signed[next]?.first <= end && !isSigned && damages === atFirst)
      damage('block-rewritten', block.first, block.last);
    before = follows ? [block.hash] : [block.hash, hashes[0]];
    found.through = end;
    found.blocks += 1;
  }

  function finish({ position, hash }) {
    const { through, signedThrough } = found;
    if (position > through) damage('block-missing', through + 1, position);
    else if (position < through || !before.includes(hash)) damage('head-changed', position, through);
    if (signedThrough > through) damage('tail-cut', through + 1, signedThrough);
    return found;
  }

  return { check, finish };
}

async function verifyExport() {
  const { signed, tenantId } = digestFile
    ? await readDigests(digestFile, readKeys(keyFiles))
    : { signed: [] };
  const { check, finish } = createChain(signed);
  let head;
  let block;
  let events = [];
  for await (const line of lines(exportFile)) {
    const entry = JSON.parse(line);
    if (!head) {
      head = entry;
      if (head.kind !== 'log' || head.format !== 1) throw new Error('This is no export of format 1');
      if (tenantId && tenantId !== head.tenantId) throw new Error('These are the digests of another log');
    } else if (entry.kind === 'event') events.push(entry);
    else if (entry.kind === 'block') {
      if (block || events.length > 0) check(block, events, entry.first);
      block = entry;
      events = [];
    } else throw new Error(`There is a line of kind ${entry.kind}`);
  }
  if (!head) throw new Error('The export is empty');
  check(block, events, block?.first <= head.position ? head.position + 1 : Number.POSITIVE_INFINITY);
  const found = finish(head);
  console.log(JSON.stringify({ result: damages ? 'damaged' : 'intact', tenantId: head.tenantId, ...found }));
}

try {
  await verifyExport();
  process.exitCode = damages ? 1 : 0;
} catch (error) {
  console.error(`Not checked: ${error.message}`);
  process.exitCode = 2;
}
