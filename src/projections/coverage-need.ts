import { type CoverageDb, historiesOf, type Plan, requiredBy } from './coverage.ts';

type Level = ReturnType<typeof requiredBy>[number];

/** A coverage plan, with its level nearest to the target and the one at which opportunities are opened. */
export interface Needed {
  readonly plan: Plan;
  readonly first: Level;
  readonly entry: Level;
}

/** The unit that has no other above it. */
async function topUnit(db: CoverageDb): Promise<string | undefined> {
  const top = await db
    .selectFrom('org_unit_parent')
    .select('unitId')
    .where('parentId', 'is', null)
    .orderBy('from')
    .limit(1)
    .executeTakeFirst();
  return top?.unitId;
}

/**
 * The coverage plans of a unit, and for the organisation of the top one, each with what it needs on a day: those that
 * begin last first, and of these the shortest. People and teams have none.
 */
export async function plansOf(
  db: CoverageDb,
  { kind, id }: { readonly kind: string; readonly id: string | null },
  day: string,
  sampleMin: number,
): Promise<readonly Needed[]> {
  const unitId = kind === 'unit' ? id : kind === 'organisation' ? await topUnit(db) : undefined;
  if (!unitId) return [];
  const plans = await db
    .selectFrom('coverage_plan')
    .selectAll()
    .where('unitId', '=', unitId)
    .orderBy('start', 'desc')
    .orderBy('endExclusive')
    .execute();
  const needed: Needed[] = [];
  for (const plan of plans) {
    const histories =
      plan.basis === 'history' ? await historiesOf(db, plan, day, sampleMin) : new Map<string, never>();
    const levels = requiredBy(plan, histories);
    const entry = levels.findLast(({ counts }) => counts?.of === 'opportunities') ?? levels[0]!;
    needed.push({ plan, first: levels[0]!, entry });
  }
  return needed;
}

/** The plan that holds on a day. */
export const planOn = (plans: readonly Needed[], day: string): Needed | undefined =>
  plans.find(({ plan: { start, endExclusive } }) => start <= day && day < endExclusive);
