interface Day {
  readonly day: string;
  readonly start: number;
  readonly end: number;
}

/** The day that was asked for last in each time zone: nearly always the one that is asked for next. */
const lastDays = new Map<string, Day>();

/** The business day of an instant in a time zone, as YYYY-MM-DD. */
export function dayOf(instant: string, timeZone: string): string {
  const at = Date.parse(instant);
  const last = lastDays.get(timeZone);
  if (last && last.start <= at && at < last.end) return last.day;
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  const start = zoned.startOfDay();
  const day = {
    day: zoned.toPlainDate().toString(),
    start: start.epochMilliseconds,
    end: start.add({ days: 1 }).startOfDay().epochMilliseconds,
  };
  lastDays.set(timeZone, day);
  return day.day;
}

/** An instant as RFC 3339 in UTC with milliseconds: the only form that is stored. */
export const instantText = (instant: Temporal.Instant): string =>
  instant.toString({ smallestUnit: 'millisecond', roundingMode: 'trunc' });

/** The instant of a time of day on a business day; in the gap or overlap of a clock change, the earlier reading's successor. */
export const instantAt = (day: string, time: string, timeZone: string): string =>
  instantText(Temporal.PlainDate.from(day).toZonedDateTime({ timeZone, plainTime: time }).toInstant());

export const addHours = (instant: string, hours: number): string =>
  instantText(Temporal.Instant.from(instant).add({ hours }));

/** Whole minutes from one instant to a later one; 0 when it is not later. */
export const minutesLate = (due: string, at: string): number =>
  Math.max(0, Math.floor((Date.parse(at) - Date.parse(due)) / 60_000));

export const addDays = (day: string, days: number): string =>
  days === 0 ? day : Temporal.PlainDate.from(day).add({ days }).toString();

/** Days from one business day to another; negative when the second is earlier. */
export const daysBetween = (from: string, to: string): number =>
  Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: 'day' }).days;

/** ISO weekday of a business day: 1 is Monday. */
export const weekday = (day: string): number => Temporal.PlainDate.from(day).dayOfWeek;
