import { sql } from 'kysely';
import type { Db } from '../engine/query.ts';
import type { Span } from '../events/period.ts';
import { policySchema } from '../events/policy.ts';
import type { RequiredMeasure } from './kpi-catalogue.ts';
import type { Members } from './members.ts';
import { policyVersion } from './policy-version.ts';
import { roleGrant } from './role-grant.ts';
import { rowsOf } from './rows-of.ts';
import { daysOf, workingDayModels, workingDays } from './working-days.ts';

export const requiredVolumeModels = [policyVersion, roleGrant, ...workingDayModels] as const;

const key = 'daily-activity';

interface Stint {
  readonly personId: string;
  readonly start: string;
  readonly endExclusive: string;
}

/** Answers what the policy asks for in the bucket of this index. */
export type Required = (bucket: number, measure: RequiredMeasure) => bigint;

/** What the policy asks of the salespeople among some members, on the working days of each bucket. */
export async function requiredVolume(
  db: Db<typeof requiredVolumeModels>,
  members: Members | null,
  buckets: readonly Span[],
): Promise<Required> {
  if (buckets.length === 0) return () => 0n;
  const span = { start: buckets[0]!.start, endExclusive: buckets.at(-1)!.endExclusive };
  const stints = await rowsOf<Stint>(
    db,
    sql`${members ? sql`with recursive ${members}` : sql``}
      select field."personId", lower(stint) as start, upper(stint) as "endExclusive"
      from (
        select role_grant."personId", range_agg(daterange("from", coalesce("to", 'infinity'))) as days
        from role_grant where role = 'SP' group by role_grant."personId") as field
      ${members ? sql`join member on member.id = field."personId"` : sql``}
      cross join lateral unnest(field.days ${members ? sql`* member.days` : sql``}
        * datemultirange(daterange(${span.start}::date, ${span.endExclusive}::date))) as stint`,
  );
  const people = [...new Set(stints.map(({ personId }) => personId))];
  const works = await workingDays(db, people, span);
  const adopted = await db
    .selectFrom('policy_version')
    .select(['effectiveFrom', 'document'])
    .where('policyKey', '=', key)
    .orderBy('policyVersion')
    .execute();
  const versions = adopted.map(({ effectiveFrom, document }) => ({
    effectiveFrom,
    document: policySchema(key).parse(document),
  }));
  const byDefault = policySchema(key).parse({});
  const totals = buckets.map(({ start, endExclusive }) => {
    const total = { required_visits: 0n, required_calls: 0n };
    for (const day of daysOf({ start, endExclusive })) {
      const { visitsPerDay, callsPerDay } =
        versions.findLast(({ effectiveFrom }) => effectiveFrom <= day)?.document ?? byDefault;
      const atWork = stints.filter(
        (stint) => stint.start <= day && day < stint.endExclusive && works(stint.personId, day),
      ).length;
      total.required_visits += BigInt(visitsPerDay * atWork);
      total.required_calls += BigInt(callsPerDay * atWork);
    }
    return total;
  });
  return (bucket, measure) => totals[bucket]?.[measure] ?? 0n;
}
