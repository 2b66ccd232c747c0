import { instantAt } from '../../engine/instant.ts';
import type { Organisation } from '../organisation/state.ts';

/** When the report of a day is due: the time that the organisation has set, or the end of the afternoon. */
export const reportDueAt = (organisation: Organisation, date: string, timeZone: string): string =>
  instantAt(date, organisation.configuration?.dailyReportDue ?? '18:00', timeZone);
