const maxDepth = 32;

/** Whether a parsed JSON value nests no deeper than the limit and holds no key that could touch a prototype. */
export function isPlain(value: unknown, depth = 0): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (depth >= maxDepth) return false;
  return Object.entries(value).every(([key, member]) => key !== '__proto__' && isPlain(member, depth + 1));
}

/** JSON text in which integers of 64 bits are decimal strings. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? member.toString() : member));
