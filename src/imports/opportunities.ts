import { z } from 'zod';
import { importOpportunity } from '../commands/opportunity/importing.ts';
import type { Organisation } from '../commands/organisation/state.ts';
import { uuidOfText } from '../engine/canonical.ts';
import { type CsvRow, readCsv } from '../engine/csv.ts';
import type { Actor } from '../engine/decision.ts';
import { isStorable } from '../engine/input.ts';
import { type Outcome, type Problem, problem } from '../engine/outcome.ts';
import type { Asker } from '../engine/query.ts';
import { type Called, type Referred, references } from '../projections/reference.ts';
import type { Runtime } from '../runtime.ts';
import { type ColumnName, columnsOf, type Mapping } from './opportunity-columns.ts';
import {
  type Cells,
  cellFaults,
  type Found,
  type Known,
  type KnownPipeline,
  type Life,
  lifeOf,
} from './opportunity-row.ts';

export const rowsMax = 10_000;
const chunk = 200;

const Refusal = z.object({
  line: z.int().describe('The line of the file in which the row begins, from 1.'),
  externalId: z.string().nullable().describe('What the row is about; null where that cannot be read.'),
  column: z.string().nullable().describe('The column, by our name; null where it is the row as such.'),
  code: z.string().describe('Stable name of the reason.'),
  detail: z.string(),
});
type Refusal = z.output<typeof Refusal>;

export const ImportResult = z.object({
  dryRun: z.boolean().describe('Whether it was only tried, and nothing recorded.'),
  rows: z.int().describe('Rows that the file has, without its header.'),
  imported: z.int().describe('Rows that were imported, or would be.'),
  unchanged: z.int().describe('Rows that were imported before.'),
  refused: z.int().describe('Rows that were not imported.'),
  position: z.int().describe('Pass as `minPosition` to read what was imported.'),
  refusals: z.array(Refusal).describe('Why rows were not imported, in the order of the file.'),
});
export type ImportResult = z.output<typeof ImportResult>;

export interface ImportOptions {
  readonly actor: Actor;
  readonly file: Uint8Array;
  readonly mapping?: Mapping;
  readonly dryRun?: boolean;
  readonly correlationId?: string;
  /** Asked before anything is done with so many rows. */
  readonly admit?: (rows: number) => Problem | undefined;
}

const rowFaults = {
  quoteOpen: 'A quote is opened and not closed.',
  quoteMisplaced: 'A cell with a quote in it stands between quotes, and its quotes are doubled.',
  notUtf8: 'This is not UTF-8.',
  cellsTooMany: 'The row has more cells than the header.',
  cellsTooFew: 'The row has fewer cells than the header.',
  externalIdRepeated: 'A row before this one has the same externalId.',
} as const;

/** The id of an imported opportunity: the same whenever the same one is imported. */
export const opportunityIdOf = (tenantId: string, externalId: string): string =>
  uuidOfText(`${tenantId}\nopportunity\n${externalId}`);

interface Row {
  readonly line: number;
  readonly cells: Cells;
}

const externalIdIn = ({ cells }: Row): string | null => cells.get('externalId')?.trim() || null;

/** The rows that can be read, and what is wrong with the others. */
function readRows(rows: readonly CsvRow[], columns: readonly (ColumnName | null)[]) {
  const refusals: Refusal[] = [];
  const read: Row[] = [];
  const seen = new Set<string>();
  for (const row of rows) {
    const { line } = row;
    const refuse = (
      code: keyof typeof rowFaults,
      column: string | null = null,
      externalId: string | null = null,
    ) => refusals.push({ line, externalId, column, code, detail: rowFaults[code] });
    if ('fault' in row) {
      refuse(row.fault, columns[row.cell] ?? null);
      continue;
    }
    if (row.cells.length !== columns.length) {
      refuse(row.cells.length > columns.length ? 'cellsTooMany' : 'cellsTooFew');
      continue;
    }
    const cells = row.cells.map((cell, index) => [columns[index], cell] as const);
    const known = { line, cells: new Map(cells.filter(([column]) => column !== null)) as Cells };
    const externalId = externalIdIn(known);
    if (externalId !== null && seen.has(externalId)) {
      refuse('externalIdRepeated', 'externalId', externalId);
      continue;
    }
    seen.add(externalId ?? '');
    read.push(known);
  }
  return { read, refusals };
}

/** What the rows call customers, people and competitors. */
function calledIn(rows: readonly Row[]): Called {
  const textsOf = (column: ColumnName, split: (text: string) => readonly string[]) =>
    [
      ...new Set(rows.flatMap(({ cells }) => split(cells.get(column) ?? '').map((text) => text.trim()))),
    ].filter(isStorable);
  const whole = (text: string) => [text];
  const words = (text: string) =>
    text.split(';').flatMap((part) => [part, ...part.trim().split(/\s+/).slice(1, 2)]);
  return {
    customers: textsOf('customer', whole),
    people: textsOf('owner', words),
    competitors: textsOf('competitor', whole),
  };
}

/** Things by what they are called; null for what is called so more than once. */
function found<T>(entries: readonly (readonly [string, T])[]): Found<T> {
  const things = new Map<string, T | null>();
  for (const [text, thing] of entries) things.set(text, things.has(text) ? null : thing);
  return things;
}

function knownFrom({ meant, pipelines }: Referred, asker: Asker): Known {
  const called = (kind: Referred['meant'][number]['kind']): Found =>
    found(meant.filter((entry) => entry.kind === kind).map(({ text, id }) => [text, id]));
  const { configuration } = asker.reference('organisation') as Organisation;
  const [only, ...others] = pipelines;
  return {
    timeZone: asker.timeZone,
    currency: configuration?.reportingCurrency ?? '',
    customers: called('customer'),
    people: called('person'),
    competitors: called('competitor'),
    pipelines: new Map<string, KnownPipeline | null>([
      ...found<KnownPipeline>(pipelines.map((pipeline) => [pipeline.name, pipeline])),
      ...pipelines.map((pipeline) => [pipeline.pipelineId, pipeline] as const),
    ]),
    pipeline: others.length > 0 ? null : only,
    idOf: (externalId) => opportunityIdOf(asker.tenantId, externalId),
  };
}

/** The column that an outcome is about, where it points at none of the history. */
const columnsByCode: Readonly<Record<string, ColumnName>> = {
  customerUnknown: 'customer',
  personUnknown: 'owner',
  forbidden: 'owner',
  pipelineUnknown: 'pipeline',
  pipelineRetired: 'pipeline',
  closeInPast: 'expectedClose',
  opportunityKnown: 'externalId',
  occurredInFuture: 'openedOn',
  backDatedTooFar: 'openedOn',
};
const columnsByField: Readonly<Record<string, ColumnName>> = {
  externalId: 'externalId',
  title: 'title',
  source: 'source',
};

function columnOf({ code, errors }: Problem, { columns }: Life): string | null {
  const [, field = '', index = ''] = errors?.[0]?.pointer.split('/') ?? [];
  return (
    (field === 'history' ? columns[Number(index)] : (columnsByCode[code] ?? columnsByField[field])) ?? null
  );
}

interface Readied {
  readonly row: Row;
  readonly life: Life;
}

/**
 * Imports the opportunities of a CSV file: a row with anything wrong is refused, and costs the others nothing. Rows are
 * taken in the order in which their opportunities ended, so that customers become new ones by what was won first.
 */
export async function importOpportunities(
  runtime: Runtime,
  { actor, file, mapping = {}, dryRun = false, correlationId, admit }: ImportOptions,
): Promise<ImportResult | Problem> {
  const asker = await runtime.asker(actor, { permission: 'opportunity:import' });
  if ('ok' in asker) return asker;
  const [header, ...rows] = readCsv(file);
  if (!header || 'fault' in header) return problem(400, 'invalid-input', 'The file has no header.');
  const columns = columnsOf(header.cells, mapping);
  if ('errors' in columns)
    return problem(400, 'invalid-input', 'The columns of the file are not those of an import.', columns);
  if (rows.length > rowsMax) return problem(413, 'too-many-rows', `An import has at most ${rowsMax} rows.`);
  const refused = admit?.(rows.length);
  if (refused) return refused;
  const { read, refusals } = readRows(rows, columns);
  const known = await knowledge(runtime, actor, calledIn(read));
  if ('ok' in known) return known;
  const ready: Readied[] = [];
  for (const row of read) {
    const life = lifeOf(row.cells, known);
    if ('input' in life) ready.push({ row, life });
    else
      refusals.push(
        ...life.faults.map(({ column, code }) => {
          return { line: row.line, externalId: externalIdIn(row), column, code, detail: cellFaults[code] };
        }),
      );
  }
  ready.sort((a, b) => (a.life.endedAt < b.life.endedAt ? -1 : a.life.endedAt > b.life.endedAt ? 1 : 0));
  const counts = { imported: 0, unchanged: 0, position: 0 };
  for (let start = 0; start < ready.length; start += chunk) {
    const part = ready.slice(start, start + chunk);
    const outcomes = await Promise.all(
      part.map(({ life }) =>
        runtime.dispatcher.execute({
          actor,
          command: importOpportunity,
          input: life.input,
          source: 'import',
          dryRun,
          ...(correlationId && { correlationId }),
        }),
      ),
    );
    for (const [index, outcome] of outcomes.entries()) count(counts, refusals, part[index]!, outcome);
  }
  return {
    dryRun,
    rows: rows.length,
    imported: counts.imported,
    unchanged: counts.unchanged,
    refused: new Set(refusals.map(({ line }) => line)).size,
    position: counts.position,
    refusals: refusals.sort((a, b) => a.line - b.line),
  };
}

function count(
  counts: { imported: number; unchanged: number; position: number },
  refusals: Refusal[],
  { row, life }: Readied,
  outcome: Outcome,
): void {
  if (!outcome.ok) {
    const { code, detail } = outcome;
    refusals.push({
      line: row.line,
      externalId: externalIdIn(row),
      column: columnOf(outcome, life),
      code,
      detail: outcome.errors?.[0] ? `${detail} ${outcome.errors[0].detail}` : detail,
    });
    return;
  }
  if (outcome.events.length > 0) counts.imported += 1;
  else counts.unchanged += 1;
  if ('position' in outcome) counts.position = Math.max(counts.position, outcome.position);
}

/** What rows are read with, as the read models know it that have come to the head of the log. */
async function knowledge(runtime: Runtime, actor: Actor, called: Called): Promise<Known | Problem> {
  const asker = await runtime.asker(actor, { permission: 'customer:read' });
  if ('ok' in asker) return asker;
  const { tenantId } = actor;
  const { rows } = await runtime.pool.query('select position from log.head where tenant_id = $1', [tenantId]);
  const answer = await runtime.reader.answer(
    references,
    tenantId,
    { ...called },
    asker,
    Number(rows[0].position),
  );
  return answer.ok ? knownFrom(answer.body as Referred, asker) : answer;
}
