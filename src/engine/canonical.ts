import { hash } from 'node:crypto';

/** What JSON must escape, or may: only then is the built-in, slower way needed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const special = /["\\\u0000-\u001f\ud800-\udfff]/;

const quoted = (text: string): string => (special.test(text) ? JSON.stringify(text) : `"${text}"`);

/** JSON text with sorted keys and no blanks: the text that is hashed and stored. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') {
    return typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? 'null');
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${quoted(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

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
