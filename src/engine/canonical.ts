import { hash } from 'node:crypto';

/** What JSON must escape, or may: only then is the built-in, slower way needed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const special = /["\\\u0000-\u001f\ud800-\udfff]/;

const quoted = (text: string): string => (special.test(text) ? JSON.stringify(text) : `"${text}"`);

/** Whether the built-in JSON text is the canonical one: no big integers, and the keys of every object in order. */
function isInOrder(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return typeof value !== 'bigint';
  if (Array.isArray(value)) return value.every(isInOrder);
  let former = '';
  for (const key in value) {
    if (key < former || !isInOrder((value as Record<string, unknown>)[key])) return false;
    former = key;
  }
  return true;
}

function sortedJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') {
    return typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? 'null');
  }
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${quoted(key)}:${sortedJson(member)}`;
  }
  return `{${text}}`;
}

/** JSON text with sorted keys and no blanks: the text that is hashed and stored. `undefined` members are left out. */
export const canonicalJson = (value: unknown): string =>
  isInOrder(value) ? (JSON.stringify(value) ?? 'null') : sortedJson(value);

/** SHA-256 of a text as lowercase hex. */
export const sha256 = (text: string): string => hash('sha256', text, 'hex');

const uuidOf = (hex: string, version: '5' | '8'): string => {
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** RFC 9562 version 5 UUID of a name within a namespace UUID. */
export function uuidV5(namespace: string, name: string): string {
  const bytes = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)]);
  return uuidOf(hash('sha1', bytes, 'hex'), '5');
}

/** RFC 9562 version 8 UUID that holds the first bytes of the SHA-256 of a text. */
export const uuidOfText = (text: string): string => uuidOf(sha256(text), '8');
