const maxDepth = 32;

/** Whether a parsed JSON value nests no deeper than the limit and holds no key that could touch a prototype. */
export function isPlain(value: unknown, depth = 0): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (depth >= maxDepth) return false;
  return Object.entries(value).every(([key, member]) => key !== '__proto__' && isPlain(member, depth + 1));
}

const isObject = (value: unknown): value is object => value !== null && typeof value === 'object';

const isPlainText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

/** A value with its bigints as text. Whatever holds none is taken over as it is: it may be others' too. */
function withTexts(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const texts = value.map((member) => (isPlainText(member) ? member : withTexts(member)));
    return texts.every((text, index) => text === value[index]) ? value : texts;
  }
  let changed: Record<string, unknown> | undefined;
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (isPlainText(member)) continue;
    const text = withTexts(member);
    if (text === member) continue;
    changed ??= { ...value } as Record<string, unknown>;
    changed[key] = text;
  }
  return changed ?? value;
}

/** The texts of what is frozen: answers that follow each other may share it, and it stays as it is. */
const texts = new WeakMap<object, string>();

function textOfFrozen(value: object): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(withTexts(value));
  texts.set(value, text);
  return text;
}

const isOfFrozen = (value: unknown): value is readonly object[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && Object.isFrozen(item));

/**
 * JSON text in which integers of 64 bits are decimal strings. A replacer would do the same in more than twice the time:
 * it is called for every member. Frozen items of a list that a body has are written once for all answers.
 */
export function toJson(value: unknown): string {
  if (!isObject(value) || Array.isArray(value) || !Object.values(value).some(isOfFrozen))
    return JSON.stringify(withTexts(value));
  const members = Object.entries(value).map(([name, member]) => {
    const text = isOfFrozen(member)
      ? `[${member.map(textOfFrozen).join()}]`
      : JSON.stringify(withTexts(member));
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.flat().join()}}`;
}
