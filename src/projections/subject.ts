import { sql } from 'kysely';
import { z } from 'zod';
import type { Visibility } from '../engine/query.ts';
import type { FilterKind, Filters } from '../events/kpi.ts';
import type { Span } from '../events/period.ts';
import { Line } from '../events/values.ts';
import { channel } from './channel.ts';
import { type Members, memberModels, onePerson, seesAll, teamOf, unitOf } from './members.ts';
import { narrowingModels } from './narrowed.ts';
import { orgUnit } from './org-unit.ts';
import { person } from './person.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';

export const SubjectKind = z
  .enum([
    'person',
    'team',
    'unit',
    'organisation',
    'product',
    'product_group',
    'channel',
    'customer_segment',
    'region',
  ])
  .describe(
    'Whose figures: a person’s; those of a person and of everybody below; those of a unit and of its parts; or all. People count to a team or unit on the days on which their main position lay in it. Or all figures of a product, a product group, a channel, a customer segment, or a sales region and those below it: for readers who see everyone.',
  );
export type SubjectKind = z.output<typeof SubjectKind>;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const SubjectId = Line.transform((id) => (uuid.test(id) ? id.toLowerCase() : id)).describe(
  'What the subject is: an id, or the name of a customer segment; left out for the organisation.',
);

export const subjectModels = [...memberModels, ...narrowingModels, channel, orgUnit, person] as const;

/** Whose figures are summed, and to what they are narrowed. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string | null;
  readonly members: Members | null;
  readonly filters: readonly Filters[];
}

const membersOf: Partial<Record<SubjectKind, (id: string) => Members>> = {
  person: onePerson,
  team: teamOf,
  unit: unitOf,
};

const places: Readonly<
  Record<Exclude<SubjectKind, 'organisation'>, readonly [table: string, field: string]>
> = {
  person: ['person', 'personId'],
  team: ['person', 'personId'],
  unit: ['org_unit', 'unitId'],
  product: ['product', 'productId'],
  product_group: ['product', 'groupId'],
  channel: ['channel', 'channelId'],
  customer_segment: ['customer', 'segment'],
  region: ['region', 'regionId'],
};

async function exists(db: AnyDb, kind: Exclude<SubjectKind, 'organisation'>, id: string): Promise<boolean> {
  if (kind !== 'customer_segment' && !uuid.test(id)) return false;
  const [table, field] = places[kind];
  const rows = await rowsOf(
    db,
    sql`select ${sql.ref(field)} from ${sql.table(table)} where ${sql.ref(field)} = ${id} limit 1`,
  );
  return rows.length > 0;
}

/** The subject that was asked for; undefined where there is none, or none whose figures in a span this reader may see. */
export async function subjectOf(
  db: AnyDb,
  kind: SubjectKind,
  id: string | undefined,
  span: Span,
  visibility: Visibility,
): Promise<Subject | undefined> {
  const seesEveryone = visibility.intervals === null;
  if (kind === 'organisation')
    return seesEveryone ? { kind, id: null, members: null, filters: [] } : undefined;
  if (!id || !(await exists(db, kind, id))) return undefined;
  const members = membersOf[kind]?.(id);
  if (members)
    return (await seesAll(db, members, span, visibility)) ? { kind, id, members, filters: [] } : undefined;
  const filters = [{ [kind as FilterKind]: [id] } as Filters];
  return seesEveryone ? { kind, id, members: null, filters } : undefined;
}
