import { nearest } from '../engine/input.ts';
import type { InputError } from '../engine/outcome.ts';

/** The columns by name, and what stands in them. */
export const columns = {
  externalId: 'What the other system calls the opportunity. Needed.',
  title: 'What it is about. Needed.',
  customer: 'The customer: id, tax number or name. Needed.',
  owner: 'Whose it is: id, employee number or e-mail address; may have a history. Needed.',
  openedOn: 'When it was opened. Needed.',
  pipeline: 'The pipeline: id or name; may be left out where there is one.',
  source: 'How it came up.',
  value: 'What it may come to; may have a history.',
  currency: 'Currency, ISO 4217; that of the organisation when left out.',
  expectedClose: 'The day on which it is expected to be won; may have a history.',
  firstContactOn: 'When the customer was met for the first time.',
  offeredOn: 'When an offer was submitted.',
  offerAcceptedOn: 'When the customer accepted it.',
  offerRejectedOn: 'When the customer rejected it, and why.',
  outcome: 'won, lost, or the key of a lost stage; empty while it is open.',
  outcomeOn: 'When it was won or lost.',
  outcomeValue: 'What was agreed, where it was won.',
  order: 'The order that it came to, by id.',
  contract: 'The contract that it came to, by id.',
  reference: 'The number of the order or contract in the other system.',
  reason: 'Why it was lost.',
  competitor: 'The competitor who won it: id or name.',
  note: 'What was noted when it was lost.',
} as const;

export type ColumnName = keyof typeof columns | `stage:${string}` | `milestone:${string}`;

const needed: readonly ColumnName[] = ['externalId', 'title', 'customer', 'owner', 'openedOn'];
const names = Object.keys(columns);

const isColumn = (name: string): name is ColumnName =>
  Object.hasOwn(columns, name) || /^(stage|milestone):[a-z][a-z0-9_]{0,49}$/.test(name);

/** Which column of ours each column of a file is, by its header; null for one that is left out. */
export type Mapping = Readonly<Record<string, string | null>>;

/** The columns of a file in its order, null where one is left out; or what is wrong with its header. */
export function columnsOf(
  header: readonly string[],
  mapping: Mapping,
): readonly (ColumnName | null)[] | { readonly errors: readonly InputError[] } {
  const errors: InputError[] = [];
  const wrong = (name: string, detail: string): null => {
    errors.push({ pointer: `/columns/${name.slice(0, 100)}`, detail });
    return null;
  };
  const taken = new Set<string>();
  const found = header.map((cell) => {
    const title = cell.trim();
    const name = Object.hasOwn(mapping, title) ? mapping[title]! : title;
    if (name === null) return null;
    if (!isColumn(name)) {
      const near = nearest(name, names);
      return wrong(
        title,
        near
          ? `There is no such column; did you mean ${near}?`
          : 'There is no such column; map it, or to null.',
      );
    }
    if (taken.has(name)) return wrong(title, `Another column is ${name} already.`);
    taken.add(name);
    return name;
  });
  const titles = header.map((cell) => cell.trim());
  for (const title of Object.keys(mapping))
    if (!titles.includes(title)) wrong(title, 'The file has no such column.');
  for (const name of needed) if (!taken.has(name)) wrong(name, 'The file lacks this column.');
  return errors.length > 0 ? { errors } : found;
}
