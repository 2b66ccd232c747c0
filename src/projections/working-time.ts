import { type RawBuilder, sql } from 'kysely';
import { policySchema } from '../events/policy.ts';
import { holiday } from './holiday.ts';
import { organisation } from './organisation.ts';
import { policyVersion } from './policy-version.ts';
import { workingWeek } from './working-week.ts';

export const workingTimeModels = [organisation, policyVersion, holiday, workingWeek] as const;

/** The time zone of the organisation. */
export const timeZone = sql`coalesce((select "timeZone" from organisation), 'UTC')`;

/** What the version of a policy that is in force on a day says of a field, as text; else what the default says. */
export const policyOf = (
  key: 'working-hours' | 'visit-planning' | 'visit-effectiveness',
  field: string,
  day: RawBuilder<unknown>,
): RawBuilder<unknown> => {
  const byDefault = (policySchema(key).parse({}) as Readonly<Record<string, unknown>>)[field];
  return sql`coalesce((
    select document ->> ${sql.lit(field)} from policy_version
    where "policyKey" = ${sql.lit(key)} and "effectiveFrom" <= ${day}
    order by "policyVersion" desc limit 1), ${sql.lit(String(byDefault))})`;
};

/**
 * The whole minutes between two instants that lie in working hours: on the days of the working week that are no holidays
 * of everybody, in the hours of the policy, by the clock of the organisation.
 */
export const workingMinutes = (
  from: RawBuilder<unknown>,
  to: RawBuilder<unknown>,
): RawBuilder<unknown> => sql`(
  select coalesce(floor(extract(epoch from sum(
    least(clock.until, day.at + hours.closing) - greatest(clock.since, day.at + hours.opening)
  ) filter (where clock.since < day.at + hours.closing and clock.until > day.at + hours.opening)) / 60), 0)::bigint
  from (select ${from} at time zone ${timeZone} as since, ${to} at time zone ${timeZone} as until) as clock
  cross join lateral generate_series(clock.since::date::timestamp, clock.until::date::timestamp, '1 day') as day(at)
  cross join lateral (
    select ${policyOf('working-hours', 'start', sql`day.at::date`)}::time as opening,
      ${policyOf('working-hours', 'end', sql`day.at::date`)}::time as closing) as hours
  where not exists (select from holiday where holiday.date = day.at::date and holiday."regionId" is null)
    and coalesce((
      select week."isoWeekdays" from working_week week where week."from" <= day.at::date
      order by week."from" desc limit 1), '[1, 2, 3, 4, 5]'::jsonb) @> to_jsonb(extract(isodow from day.at)::integer))`;
