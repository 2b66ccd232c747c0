import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../engine/query.ts';
import type { RequiredMeasure } from '../events/kpi.ts';
import type { Span } from '../events/period.ts';
import { policySchema } from '../events/policy.ts';
import type { Evidence } from './figures.ts';
import type { Members } from './members.ts';
import { policyVersion } from './policy-version.ts';
import { roleGrant } from './role-grant.ts';
import { rowsOf } from './rows-of.ts';
import { daysOf, workingDayModels, workingDays } from './working-days.ts';

export const requiredVolumeModels = [policyVersion, roleGrant, ...workingDayModels] as const;

const key = 'daily-activity';

interface Stint {
  /** Whom it counts for, where several are compared. */
  readonly peer: string | null;
  readonly personId: string;
  readonly start: string;
  readonly endExclusive: string;
}

/** What the policy asks of a salesperson on a working day. */
interface PersonDay {
  readonly peer: string | null;
  readonly bucket: number;
  readonly day: string;
  readonly personId: string;
  readonly amounts: Readonly<Record<RequiredMeasure, number>>;
  /** The version of the policy that asks it; null for the default. */
  readonly policyVersion: number | null;
}

/** The working days of the salespeople among some members, in the order of the days, each with what the policy asks. */
async function personDays(
  db: Db<typeof requiredVolumeModels>,
  members: Members | null,
  buckets: readonly Span[],
  peer: RawBuilder<unknown> = sql`null`,
): Promise<Iterable<PersonDay>> {
  if (buckets.length === 0) return [];
  const span = { start: buckets[0]!.start, endExclusive: buckets.at(-1)!.endExclusive };
  const stints = await rowsOf<Stint>(
    db,
    sql`${members ? sql`with recursive ${members}` : sql``}
      select ${peer} as peer, field."personId", lower(stint) as start, upper(stint) as "endExclusive"
      from (
        select role_grant."personId", range_agg(daterange("from", coalesce("to", 'infinity'))) as days
        from role_grant where role = 'SP' group by role_grant."personId") as field
      ${members ? sql`join member on member.id = field."personId"` : sql``}
      cross join lateral unnest(field.days ${members ? sql`* member.days` : sql``}
        * datemultirange(daterange(${span.start}::date, ${span.endExclusive}::date))) as stint
      order by field."personId", 3`,
  );
  const people = [...new Set(stints.map(({ personId }) => personId))];
  const { works } = await workingDays(db, people, span);
  const adopted = await db
    .selectFrom('policy_version')
    .select(['effectiveFrom', 'document', 'policyVersion'])
    .where('policyKey', '=', key)
    .orderBy('policyVersion')
    .execute();
  const versions = adopted.map(({ document, ...version }) => ({
    ...version,
    document: policySchema(key).parse(document),
  }));
  const byDefault = { policyVersion: null, document: policySchema(key).parse({}) };
  return (function* () {
    for (const [bucket, { start, endExclusive }] of buckets.entries()) {
      for (const day of daysOf({ start, endExclusive })) {
        const { document, policyVersion } =
          versions.findLast(({ effectiveFrom }) => effectiveFrom <= day) ?? byDefault;
        const amounts = { required_visits: document.visitsPerDay, required_calls: document.callsPerDay };
        for (const { peer, personId, ...stint } of stints) {
          const atWork = stint.start <= day && day < stint.endExclusive && works(personId, day);
          if (atWork) yield { peer, bucket, day, personId, amounts, policyVersion };
        }
      }
    }
  })();
}

/** Answers what the policy asks for in the bucket of this index. */
export type Required = (bucket: number, measure: RequiredMeasure) => bigint;

/** What the policy asks of the salespeople among some members, on the working days of each bucket. */
export async function requiredVolume(
  db: Db<typeof requiredVolumeModels>,
  members: Members | null,
  buckets: readonly Span[],
): Promise<Required> {
  const totals = buckets.map(() => ({ required_visits: 0, required_calls: 0 }));
  for (const { bucket, amounts } of await personDays(db, members, buckets)) {
    totals[bucket]!.required_visits += amounts.required_visits;
    totals[bucket]!.required_calls += amounts.required_calls;
  }
  return (bucket, measure) => BigInt(totals[bucket]?.[measure] ?? 0);
}

/** What the policy asks of the salespeople among the members of each peer, without peers of each salesperson, on the working days of a span. */
export async function requiredOfPeers(
  db: Db<typeof requiredVolumeModels>,
  peers: Members | null,
  span: Span,
): Promise<(peer: string, measure: RequiredMeasure) => bigint> {
  const totals = new Map<string | null, { required_visits: number; required_calls: number }>();
  for (const { peer, amounts } of await personDays(
    db,
    peers,
    [span],
    peers ? sql`member.peer` : sql`field."personId"`,
  )) {
    const before = totals.get(peer);
    totals.set(peer, {
      required_visits: (before?.required_visits ?? 0) + amounts.required_visits,
      required_calls: (before?.required_calls ?? 0) + amounts.required_calls,
    });
  }
  return (peer, measure) => BigInt(totals.get(peer)?.[measure] ?? 0);
}

/**
 * What `requiredVolume` adds up in a span, one by one, after a place: each working day of each salesperson, by the
 * events that adopted the policy and granted the role.
 */
export async function requiredEvidence(
  db: Db<typeof requiredVolumeModels>,
  members: Members | null,
  measure: RequiredMeasure,
  span: Span,
  after: string,
  limit: number,
): Promise<readonly Evidence[]> {
  const entries = [...(await personDays(db, members, [span]))]
    .map((entry) => ({ ...entry, place: `${entry.day} ${entry.personId}` }))
    .filter(({ place, amounts }) => place > after && amounts[measure] !== 0)
    .slice(0, limit);
  const people = [...new Set(entries.map(({ personId }) => personId))];
  const made = await rowsOf<{ readonly of: string; readonly position: number }>(
    db,
    sql`select "policyVersion"::text as of, "sincePosition"::float8 as position from policy_version_version
        where "policyKey" = ${key}
      union all
      select "personId"::text, "sincePosition"::float8 from role_grant_version
        where role = 'SP' and "personId" = any(${people}::uuid[])
      order by 2`,
  );
  const positionsOf = Map.groupBy(made, ({ of }) => of);
  return entries.map(({ day, personId, amounts, policyVersion, place }) => ({
    date: day,
    personId,
    amount: BigInt(amounts[measure]),
    positions: [String(policyVersion), personId].flatMap((of) =>
      (positionsOf.get(of) ?? []).map(({ position }) => position),
    ),
    place,
  }));
}
