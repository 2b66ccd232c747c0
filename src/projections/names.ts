import { sql } from 'kysely';
import type { NameOf } from '../events/sentence.ts';
import { channel } from './channel.ts';
import { competitor } from './competitor.ts';
import { contact } from './contact.ts';
import { customer } from './customer.ts';
import { orgUnit } from './org-unit.ts';
import { person } from './person.ts';
import { product } from './product.ts';
import { promotion } from './promotion.ts';
import { region } from './region.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';

/** What a query reads that tells events in sentences. */
export const nameModels = [
  person,
  customer,
  contact,
  competitor,
  product,
  promotion,
  orgUnit,
  region,
  channel,
] as const;

const idFields = {
  person: 'personId',
  customer: 'customerId',
  contact: 'contactId',
  competitor: 'competitorId',
  product: 'productId',
  promotion: 'promotionId',
  org_unit: 'unitId',
  region: 'regionId',
  channel: 'channelId',
} as const satisfies Readonly<Record<(typeof nameModels)[number]['name'], string>>;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The names that ids have now. */
async function namesOf(db: AnyDb, ids: readonly string[]): Promise<NameOf> {
  const names = new Map<string, string>();
  if (ids.length > 0) {
    const found = Object.entries(idFields).map(
      ([model, field]) =>
        sql`select ${sql.ref(field)} as id, name from ${sql.table(model)} where ${sql.ref(field)} = any(${ids}::uuid[])`,
    );
    const rows = await rowsOf(db, sql<{ id: string; name: string }>`${sql.join(found, sql` union all `)}`);
    for (const { id, name } of rows) names.set(id, name);
  }
  return (id, otherwise = 'somebody') => (id && names.get(id)) || otherwise;
}

/** Who acted, by name: a person, an integration, or the system. */
export function actorName(actor: string, nameOf: NameOf): string {
  const [kind, id] = actor.split('/');
  if (kind === 'person') return nameOf(id);
  return kind === 'system' ? 'the system' : `the integration ${id}`;
}

/** What `render` makes of the names that ids have now; it runs once before, to learn which ids it asks for. */
export async function byName<T>(db: AnyDb, render: (nameOf: NameOf) => T): Promise<T> {
  const ids = new Set<string>();
  render((id) => {
    if (id && uuid.test(id)) ids.add(id);
    return '';
  });
  return render(await namesOf(db, [...ids]));
}
