import {
  blockHash,
  type ChainEnd,
  contentHash,
  isIntact,
  type LedgerPart,
  readChainEnd,
  readHead,
  readLedger,
} from './ledger.ts';
import type { Connection } from './log.ts';

export const damageKinds = {
  'event-changed': 'What the event says does not fit its hash, or its time of recording is not its block’s.',
  'event-missing': 'The block once held events at these positions.',
  'event-unexpected': 'No block holds the event.',
  'block-changed':
    'The hash of the block is not what it follows from: events were exchanged, moved or put in, or the block was changed.',
  'block-missing': 'The chain has a gap.',
  'block-rewritten': 'The block and its hash fit, and yet a digest was signed over another one.',
  'tail-cut': 'A digest was signed over events after the end of the log.',
  'head-changed': 'The head does not stand where the chain ends.',
  'receipt-unmatched': 'A receipt tells of events that the log does not hold there.',
  'digest-forged': 'The signature of the digest is not valid.',
  'digest-missing': 'The digest does not follow the one before it.',
} as const;
export type DamageKind = keyof typeof damageKinds;

/** What is wrong, and where: from the first to the last position that it concerns. */
export interface Damage {
  readonly kind: DamageKind;
  readonly first: number;
  readonly last: number;
}

/** A block as a digest has it, with the hash of the block before it. */
export interface SignedBlock {
  readonly first: number;
  readonly last: number;
  readonly previous: string;
  readonly hash: string;
}

/** What was read of one digest, and what is wrong with it. */
export interface SignedPart {
  readonly blocks: readonly SignedBlock[];
  readonly damage: Damage | undefined;
}

export interface Verification {
  readonly intact: boolean;
  /** Position after which the check began: the end of a block. */
  readonly after: number;
  /** Position up to which it went. */
  readonly through: number;
  readonly events: number;
  readonly blocks: number;
  readonly head: ChainEnd & { readonly recordedAt: number };
  /** Position up to which digests are signed; 0 where there is none. */
  readonly signedThrough: number;
  /** The first ones; `damageCount` counts all. */
  readonly damages: readonly Damage[];
  readonly damageCount: number;
  /** Whether the check reached the end of the log. */
  readonly complete: boolean;
}

export interface VerificationOptions {
  readonly after?: number;
  /** The check ends with the block in which so many events have been seen. */
  readonly eventsMax?: number;
  readonly digests?: AsyncIterable<SignedPart>;
  /** Whether receipts are checked too, which reads all of them. */
  readonly receipts?: boolean;
}

const damagesMax = 1_000;

/** Keeps the first damages; adjacent events that are damaged alike are one. */
function createFindings() {
  const damages: Damage[] = [];
  let count = 0;
  return {
    damages,
    count: () => count,
    add: (kind: DamageKind, first: number, last: number): void => {
      count += 1;
      const former = damages.at(-1);
      if (former?.kind === kind && kind.startsWith('event-') && former.last === first - 1) {
        damages[damages.length - 1] = { ...former, last };
      } else if (damages.length < damagesMax) damages.push({ kind, first, last });
    },
  };
}
type Findings = ReturnType<typeof createFindings>;

/** Checks a log part by part, in order: that each event fits its hash and each block follows from the one before. */
function createChain(start: ChainEnd, { add, count }: Findings) {
  let last = start.position;
  /** What may be meant by the hash before the next block; empty when that is unknown. */
  let previous: readonly string[] = [start.hash];

  function checkEvents({ block, end, events }: LedgerPart): void {
    let expected = block ? block.first : Number.POSITIVE_INFINITY;
    for (const event of events) {
      const { position } = event;
      const outside = position <= last || !block;
      const inGap = !outside && position < block.first;
      if (!outside && position > expected) add('event-missing', expected, position - 1);
      if (outside) add('event-unexpected', position, position);
      else if (!isIntact(event) || (!inGap && event.recordedAt !== block.recordedAt))
        add('event-changed', position, position);
      if (!outside && !inGap) expected = position + 1;
    }
    if (block && expected <= end) add('event-missing', expected, end);
  }

  /** `signed` is the block of a digest that ends where this one does; `covered` whether digests reach so far. */
  function check(part: LedgerPart, signed: SignedBlock | undefined, covered: boolean): void {
    const { block, end, events } = part;
    const before = count();
    if (block && block.first > last + 1) {
      add('block-missing', last + 1, block.first - 1);
      previous = [];
    }
    const gaps = count();
    checkEvents(part);
    if (!block) return;
    const content = contentHash(
      events.filter(({ position }) => position >= block.first).map(({ bodyHash }) => bodyHash),
    );
    const candidates = [...new Set(signed ? [...previous, signed.previous] : previous)];
    const hashes = candidates.map((hash) => blockHash(hash, block, content));
    const follows = candidates.length === 0 || hashes.includes(block.hash);
    if (end < block.last || (!follows && count() === gaps)) add('block-changed', block.first, block.last);
    else if (
      covered &&
      count() === before &&
      (signed?.first !== block.first || !hashes.includes(signed.hash))
    )
      add('block-rewritten', block.first, block.last);
    previous = follows ? [block.hash] : [block.hash, hashes[0]!];
    last = end;
  }

  return { check, end: () => ({ position: last, hashes: previous }) };
}

/** The blocks of digests one after another, in step with those of the log. */
function createSigned(digests: AsyncIterable<SignedPart> | undefined, { add }: Findings) {
  const parts = digests?.[Symbol.asyncIterator]();
  let blocks: readonly SignedBlock[] = [];
  let index = 0;
  let through = 0;

  async function advance(upTo: number): Promise<SignedBlock | undefined> {
    for (;;) {
      for (; index < blocks.length; index++) if (blocks[index]!.last >= upTo) return blocks[index];
      const next = await parts?.next();
      if (!next || next.done) return undefined;
      if (next.value.damage) add(next.value.damage.kind, next.value.damage.first, next.value.damage.last);
      blocks = next.value.blocks;
      index = 0;
      through = blocks.at(-1)?.last ?? through;
    }
  }

  return {
    advance,
    through: async () => {
      await advance(Number.POSITIVE_INFINITY);
      return through;
    },
  };
}

const receiptsText = `select coalesce(r.first_position, r.position)::text as first, coalesce(r.last_position, r.position)::text as last
  from log.receipt r left join log.event e on e.tenant_id = r.tenant_id and e.position = r.last_position
  where r.tenant_id = $1 and (r.position > $2 or (r.last_position is not null and e.command_id is distinct from r.command_id))
  order by r.position, r.last_position limit ${damagesMax}`;

/** Recomputes what a tenant's log says of itself, and compares it with the digests; undefined for an unknown tenant. */
export async function verifyLog(
  connection: Connection,
  tenantId: string,
  { after = 0, eventsMax = Number.POSITIVE_INFINITY, digests, receipts = false }: VerificationOptions = {},
): Promise<Verification | undefined> {
  const head = await readHead(connection, tenantId);
  if (!head) return undefined;
  const start = after === 0 ? { position: 0, hash: '' } : await readChainEnd(connection, tenantId, after);
  const findings = createFindings();
  const chain = createChain(start, findings);
  const signed = createSigned(digests, findings);
  let events = 0;
  let blocks = 0;
  let complete = true;
  for await (const part of readLedger(connection, tenantId, head.position, start.position)) {
    if (events >= eventsMax) {
      complete = false;
      break;
    }
    const { block, end } = part;
    const next = block && (await signed.advance(end));
    const covered = next !== undefined && next.first <= end;
    chain.check(part, next?.last === end ? next : undefined, covered);
    events += part.events.length;
    blocks += block ? 1 : 0;
  }
  const end = chain.end();
  const signedThrough = await signed.through();
  if (complete) {
    if (head.position > end.position) findings.add('block-missing', end.position + 1, head.position);
    else if (head.position < end.position || !end.hashes.includes(head.hash))
      findings.add('head-changed', head.position, end.position);
    if (signedThrough > end.position) findings.add('tail-cut', end.position + 1, signedThrough);
  }
  if (receipts) {
    const { rows } = await connection.query(receiptsText, [tenantId, head.position]);
    for (const { first, last } of rows) findings.add('receipt-unmatched', Number(first), Number(last));
  }
  return {
    intact: findings.count() === 0,
    after: start.position,
    through: end.position,
    events,
    blocks,
    head,
    signedThrough,
    damages: findings.damages,
    damageCount: findings.count(),
    complete,
  };
}
