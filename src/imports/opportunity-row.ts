import { uuidV5 } from '../engine/canonical.ts';
import { LossReason } from '../events/opportunity.ts';
import type { PipelineStage } from '../events/pipeline.ts';
import { Currency, type Money } from '../events/values.ts';
import { dayIn, daysIn, type Entry, instantIn, isInOrder, moneyIn, valuesIn } from './cells.ts';
import type { ColumnName } from './opportunity-columns.ts';

export type Cells = ReadonlyMap<ColumnName, string>;

/** What texts of a file stand for: the id, or null where more than one thing is called so. */
export type Found<T = string> = ReadonlyMap<string, T | null>;

export interface KnownPipeline {
  readonly pipelineId: string;
  readonly stages: readonly PipelineStage[];
}

/** What a row is read with. */
export interface Known {
  readonly timeZone: string;
  readonly currency: string;
  readonly customers: Found;
  readonly people: Found;
  readonly competitors: Found;
  readonly pipelines: Found<KnownPipeline>;
  /** Where a row names none. */
  readonly pipeline: KnownPipeline | null | undefined;
  readonly idOf: (externalId: string) => string;
}

/** Why a cell cannot be taken, by code. */
export const cellFaults = {
  cellMissing: 'This must not be empty.',
  dayInvalid: 'This is no day, YYYY-MM-DD, nor an instant with its offset.',
  datesOutOfOrder: 'The days of a cell go from the earliest to the latest.',
  amountInvalid: 'This is no amount: digits, a point, and no more digits than the currency has.',
  currencyInvalid: 'This is no currency, ISO 4217.',
  idInvalid: 'This is no id.',
  outcomeUnknown: 'An outcome is won, lost or a lost stage of the pipeline.',
  outcomeMissing: 'What ended on a day has an outcome.',
  lossReasonUnknown: `A reason is one of ${LossReason.options.join(', ')}.`,
  customerUnknown: 'There is no such customer.',
  customerAmbiguous: 'More than one customer is called so; give the id.',
  personUnknown: 'There is no such person.',
  personAmbiguous: 'More than one person is called so; give the id.',
  competitorUnknown: 'There is no such competitor.',
  competitorAmbiguous: 'More than one competitor is called so; give the id.',
  pipelineUnknown: 'There is no such pipeline, or none of its versions is published.',
  pipelineAmbiguous: 'More than one pipeline is meant; give the id.',
  beforeOpening: 'This is before the opportunity was opened.',
  afterOutcome: 'This is after the opportunity was won or lost.',
} as const;
export type CellFaultCode = keyof typeof cellFaults;

export interface CellFault {
  readonly column: ColumnName;
  readonly code: CellFaultCode;
}

/** A row as the command that imports it, and the column of each step of its history. */
export interface Life {
  readonly input: Readonly<Record<string, unknown>>;
  readonly columns: readonly ColumnName[];
  /** When the last thing happened. */
  readonly endedAt: string;
}

interface Step {
  readonly column: ColumnName;
  readonly at: string;
  /** What comes first of what happened at the same time. */
  readonly rank: number;
  readonly command: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const ranks = { revision: 0, milestone: 1, offer: 2, decision: 3, stage: 4, outcome: 100 };
const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
const untold = 'Imported.';

/** Reads cells, and notes what is wrong with them. */
function cellReader(cells: Cells, known: Known) {
  const faults: CellFault[] = [];
  const wrong = (column: ColumnName, code: CellFaultCode): undefined => {
    faults.push({ column, code });
  };
  const textOf = (column: ColumnName): string | undefined => cells.get(column)?.trim() || undefined;

  /** What a text stands for; itself where it is an id. */
  function found(
    column: ColumnName,
    text: string,
    things: Found,
    what: 'customer' | 'person' | 'competitor',
  ) {
    if (isId(text)) return text.toLowerCase();
    const id = things.get(text);
    return id ?? wrong(column, id === null ? `${what}Ambiguous` : `${what}Unknown`);
  }

  const instant = (column: ColumnName): string | undefined => {
    const text = textOf(column);
    return text === undefined ? undefined : (instantIn(text, known.timeZone) ?? wrong(column, 'dayInvalid'));
  };

  const ordered = (column: ColumnName, entries: readonly Entry[]): readonly Entry[] => {
    if (!isInOrder(entries)) wrong(column, 'datesOutOfOrder');
    return entries;
  };

  return {
    faults,
    wrong,
    textOf,
    found,
    instant,
    needed: (column: ColumnName): string => {
      const text = textOf(column);
      if (text === undefined) wrong(column, 'cellMissing');
      return text ?? '';
    },
    id: (column: ColumnName): string | undefined => {
      const text = textOf(column);
      if (text === undefined) return undefined;
      return isId(text) ? text.toLowerCase() : wrong(column, 'idInvalid');
    },
    /** The entries of a cell of days. */
    days: (column: ColumnName): readonly Entry[] => {
      const text = textOf(column);
      if (text === undefined) return [];
      const entries = daysIn(text, known.timeZone);
      return entries ? ordered(column, entries) : (wrong(column, 'dayInvalid') ?? []);
    },
    /** The first value of a cell with a history, and those after it, each as `read` understands it. */
    values: <T>(column: ColumnName, read: (text: string) => T | undefined) => {
      const text = textOf(column);
      if (text === undefined) return { first: undefined, later: [] };
      const values = valuesIn(text, known.timeZone);
      if (!values) return { first: wrong(column, 'dayInvalid'), later: [] };
      const later = ordered(column, values.later).map((entry) => ({ ...entry, value: read(entry.value) }));
      return { first: read(values.first), later };
    },
  };
}

type Reader = ReturnType<typeof cellReader>;

function pipelineOf({ textOf, wrong }: Reader, { pipelines, pipeline }: Known): KnownPipeline | undefined {
  const text = textOf('pipeline');
  const meant = text === undefined ? pipeline : pipelines.get(isId(text) ? text.toLowerCase() : text);
  return meant ?? wrong('pipeline', meant === null ? 'pipelineAmbiguous' : 'pipelineUnknown');
}

/** How an opportunity went through the stages: the first one, where it was opened in one, and the steps after it. */
function stagesOf(
  { days }: Reader,
  cells: Cells,
  stages: readonly PipelineStage[],
  openedAt: string | undefined,
): { readonly first: string | undefined; readonly steps: readonly Step[] } {
  const placeOf = (id: string) => stages.findIndex(({ stageId }) => stageId === id);
  const entered = [...cells.keys()]
    .filter((column) => column.startsWith('stage:'))
    .flatMap((column) => {
      const stageId = column.slice('stage:'.length);
      return days(column).map(({ at, reason }) => ({ column, at, reason, stageId, place: placeOf(stageId) }));
    })
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.place - b.place));
  const begins = entered.length > 0 && entered[0]!.at === openedAt;
  const steps = entered.slice(begins ? 1 : 0).map((entry, index, all): Step => {
    const { column, at, reason, stageId, place } = entry;
    const isHold = (id: string | undefined) =>
      stages.find((stage) => stage.stageId === id)?.kind === 'on_hold';
    const base = { column, at, rank: ranks.stage + Math.max(place, 0) };
    if (isHold(stageId)) return { ...base, command: 'HoldOpportunity', input: { reason: reason ?? untold } };
    if (isHold(all[index - 1]?.stageId))
      return { ...base, command: 'ReopenOpportunity', input: { stageId, reason: reason ?? untold } };
    return { ...base, command: 'MoveStage', input: { stageId, reason } };
  });
  return { first: begins ? entered[0]!.stageId : undefined, steps };
}

function offersOf(
  reader: Reader,
  offerId: string,
  valueAt: (at: string) => Money | undefined,
): readonly Step[] {
  const step = (column: ColumnName, command: string, rank: number, input: (entry: Entry) => object) =>
    reader.days(column).map((entry): Step => {
      return { column, at: entry.at, rank, command, input: { offerId, ...input(entry) } };
    });
  return [
    ...step('offeredOn', 'SubmitOffer', ranks.offer, ({ at }) => ({ total: valueAt(at) })),
    ...step('offerAcceptedOn', 'AcceptOffer', ranks.decision, () => ({})),
    ...step('offerRejectedOn', 'RejectOffer', ranks.decision, ({ reason }) => ({ reason: reason ?? untold })),
  ];
}

function outcomeOf(
  reader: Reader,
  known: Known,
  stages: readonly PipelineStage[],
  money: (column: ColumnName) => Money | undefined,
): readonly Step[] {
  const { textOf, wrong, instant, found, id } = reader;
  const outcome = textOf('outcome');
  const at = instant('outcomeOn');
  if (outcome === undefined) return textOf('outcomeOn') ? (wrong('outcome', 'outcomeMissing') ?? []) : [];
  if (textOf('outcomeOn') === undefined) wrong('outcomeOn', 'cellMissing');
  const base = { column: 'outcome', at: at ?? '', rank: ranks.outcome } as const;
  const stage = stages.find(({ stageId }) => stageId === outcome);
  const kind = stage?.kind ?? outcome;
  if (kind === 'won') {
    const input = {
      orderId: id('order'),
      contractId: id('contract'),
      reference: textOf('reference'),
      total: money('outcomeValue'),
    };
    return [{ ...base, command: 'WinOpportunity', input }];
  }
  if (kind !== 'lost') return wrong('outcome', 'outcomeUnknown') ?? [];
  const reasonCode = LossReason.safeParse(reader.needed('reason')).data;
  if (reasonCode === undefined && textOf('reason')) wrong('reason', 'lossReasonUnknown');
  const rival = textOf('competitor');
  const competitorId = rival && found('competitor', rival, known.competitors, 'competitor');
  const input = { reasonCode, competitorId, note: textOf('note'), stageId: stage?.stageId };
  return [{ ...base, command: 'LoseOpportunity', input }];
}

const byTime = (a: Step, b: Step): number => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.rank - b.rank);

/** What is wrong with the days of steps beside others. */
const misplaced = (
  steps: readonly Step[],
  openedAt: string,
  endedAt: string | undefined,
): readonly CellFault[] =>
  steps.flatMap(({ at, column }): readonly CellFault[] => {
    if (at < openedAt) return [{ column, code: 'beforeOpening' }];
    return endedAt !== undefined && at > endedAt ? [{ column, code: 'afterOutcome' }] : [];
  });

/** A row of a file as what it says about an opportunity, or all that is wrong with its cells. */
export function lifeOf(cells: Cells, known: Known): Life | { readonly faults: readonly CellFault[] } {
  const reader = cellReader(cells, known);
  const { faults, wrong, textOf, needed, found, instant, values, days } = reader;
  const externalId = needed('externalId');
  const opportunityId = known.idOf(externalId);
  const customer = needed('customer');
  const customerId = customer && found('customer', customer, known.customers, 'customer');
  const openedAt = needed('openedOn') && instant('openedOn');
  const pipeline = pipelineOf(reader, known);
  const stages = pipeline?.stages ?? [];
  const currency = textOf('currency') ?? known.currency;
  if (!Currency.safeParse(currency).success) wrong('currency', 'currencyInvalid');
  const amount = (column: ColumnName) => (text: string) =>
    moneyIn(text, currency) ?? wrong(column, 'amountInvalid');
  const money = (column: ColumnName) => {
    const text = textOf(column);
    return text === undefined ? undefined : amount(column)(text);
  };
  const person = (text: string) => found('owner', text, known.people, 'person');
  const day = (text: string) => dayIn(text, known.timeZone) ?? wrong('expectedClose', 'dayInvalid');
  needed('owner');
  const owners = values('owner', person);
  const closes = values('expectedClose', day);
  const amounts = values('value', amount('value'));
  const value = amounts.first ?? { amountMinor: '0', currency };
  const valueAt = (at: string) => amounts.later.findLast((entry) => entry.at <= at)?.value ?? value;
  const passage = stagesOf(reader, cells, stages, openedAt);
  const revised = <T>(
    column: ColumnName,
    command: string,
    { later }: { readonly later: readonly (Omit<Entry, 'value'> & { readonly value: T })[] },
    field: string,
  ) =>
    later.map(({ at, value, reason }): Step => {
      return {
        column,
        at,
        rank: ranks.revision,
        command,
        input: { [field]: value, reason: reason ?? untold },
      };
    });
  const milestones = [...cells.keys()]
    .filter((column) => column.startsWith('milestone:'))
    .flatMap((column) =>
      days(column).map(({ at, reason }): Step => {
        const input = { milestone: column.slice('milestone:'.length), evidence: reason };
        return { column, at, rank: ranks.milestone, command: 'ReachMilestone', input };
      }),
    );
  const outcome = outcomeOf(reader, known, stages, money);
  const steps = [
    ...revised('value', 'ReviseValue', amounts, 'total'),
    ...revised('expectedClose', 'ReviseExpectedClose', closes, 'expectedClose'),
    ...revised('owner', 'TransferOpportunity', owners, 'to'),
    ...milestones,
    ...offersOf(reader, uuidV5(opportunityId, 'offer'), valueAt),
    ...passage.steps,
    ...outcome,
  ].sort(byTime);
  const opening = {
    externalId,
    title: needed('title'),
    firstContactAt: instant('firstContactOn'),
  };
  if (faults.length === 0) faults.push(...misplaced(steps, openedAt!, outcome[0]?.at));
  if (faults.length > 0) return { faults };
  return {
    input: {
      opportunityId,
      ...opening,
      customerId,
      ownerId: owners.first,
      pipelineId: pipeline!.pipelineId,
      stageId: passage.first,
      source: textOf('source') ?? 'Import',
      value,
      expectedClose: closes.first,
      openedAt,
      history: steps.map(({ at, command, input }) => ({ command, occurredAt: at, ...input })),
    },
    columns: steps.map(({ column }) => column),
    endedAt: steps.at(-1)?.at ?? openedAt!,
  };
}
