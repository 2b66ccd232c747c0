import type { TermWindow } from '../events/kpi.ts';
import type { Span } from '../events/period.ts';

const farthest = '1900-01-01';

/** The days over which a term is summed, for a span. */
export function windowOf(window: TermWindow | undefined, { start, endExclusive }: Span): Span {
  if (window === undefined) return { start, endExclusive };
  if (window === 'to_date') return { start: farthest, endExclusive };
  const end = Temporal.PlainDate.from(endExclusive);
  if (window === 'three_months') return { start: end.subtract({ months: 3 }).toString(), endExclusive };
  const years = window === 'last_12_months' ? 0 : 1;
  const closed = end.with({ day: 1 }).subtract({ years });
  return { start: closed.subtract({ years: 1 }).toString(), endExclusive: closed.toString() };
}

/** The days from the first to the last that any of some windows has, for spans that follow upon each other. */
export function reachOf(windows: readonly (TermWindow | undefined)[], spans: readonly Span[]): Span {
  const reached = windows.flatMap((window) => spans.map((span) => windowOf(window, span)));
  return {
    start: reached.map(({ start }) => start).sort()[0]!,
    endExclusive: reached
      .map(({ endExclusive }) => endExclusive)
      .sort()
      .at(-1)!,
  };
}
