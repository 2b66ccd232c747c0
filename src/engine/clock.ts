import { randomFillSync } from 'node:crypto';
import { instantText } from './instant.ts';

/** The present instant as it is stored. */
export const now = (): string => instantText(Temporal.Now.instant());

const random = Buffer.alloc(4_096);
let used = random.length;

/** Sixteen random bytes, drawn in advance for many ids. */
function sixteenBytes(): Buffer {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += 16;
  return random.subarray(used - 16, used);
}

/** RFC 9562 version 7 UUID: ordered by time to the millisecond. */
export function v7(): string {
  const bytes = sixteenBytes();
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
