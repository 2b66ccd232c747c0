import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../src/engine/csv.ts';
import { instantAt } from '../../src/engine/instant.ts';
import { daysIn, instantIn, moneyIn, valuesIn } from '../../src/imports/cells.ts';
import { type ColumnName, columnsOf } from '../../src/imports/opportunity-columns.ts';
import { type Known, lifeOf } from '../../src/imports/opportunity-row.ts';
import { customerId } from '../support/commerce.ts';
import { csvOf } from '../support/csv.ts';
import { idOf } from '../support/given.ts';
import { pipelineId, stages } from '../support/pipeline.ts';

const timeZone = 'Europe/Berlin';
const at = (day: string) => instantAt(day, '00:00', timeZone);

describe('an instant in a cell', () => {
  test('is the beginning of a day where the company is, or what it says', () => {
    expect(instantIn('2026-03-02', timeZone)).toBe('2026-03-01T23:00:00.000Z');
    expect(instantIn('2026-07-01', timeZone)).toBe('2026-06-30T22:00:00.000Z');
    expect(instantIn('2026-03-02T09:30:00+01:00', timeZone)).toBe('2026-03-02T08:30:00.000Z');
  });
  test.each(['', '02.03.2026', '2026-02-30', '2026-3-2', '2026-03-02T09:30:00', 'x'])('is not %j', (text) => {
    expect(instantIn(text, timeZone)).toBeUndefined();
  });
});

describe('an amount in a cell', () => {
  test.each([
    ['12000', 'EUR', '1200000'],
    ['12000.5', 'EUR', '1200050'],
    ['0.05', 'EUR', '5'],
    ['0', 'EUR', '0'],
    ['1200', 'JPY', '1200'],
    ['1.234', 'KWD', '1234'],
  ])('%s %s is %s minor units', (text, currency, amountMinor) => {
    expect(moneyIn(text, currency)).toEqual({ amountMinor, currency });
  });
  test.each([
    ['1,200.00', 'EUR'],
    ['1200,00', 'EUR'],
    ['1.234', 'EUR'],
    ['1.2', 'JPY'],
    ['-1', 'EUR'],
    ['1e3', 'EUR'],
    ['.5', 'EUR'],
    ['1', 'euro'],
    ['99999999999999999', 'EUR'],
  ])('%s %s is none', (text, currency) => {
    expect(moneyIn(text, currency)).toBeUndefined();
  });
});

test('a cell of days has reasons, one of values begins with the first', () => {
  expect(daysIn('2026-01-05; 2026-02-01 The budget was cut', timeZone)).toEqual([
    { at: at('2026-01-05'), value: '', reason: undefined },
    { at: at('2026-02-01'), value: '', reason: 'The budget was cut' },
  ]);
  expect(valuesIn('8000; 2026-02-01 9500.00 A second hall', timeZone)).toEqual({
    first: '8000',
    later: [{ at: at('2026-02-01'), value: '9500.00', reason: 'A second hall' }],
  });
  expect(daysIn('soon', timeZone)).toBeUndefined();
  expect(valuesIn('8000; 9500', timeZone)).toBeUndefined();
});

const known: Known = {
  timeZone,
  currency: 'EUR',
  customers: new Map([['Blue Door', customerId]]),
  people: new Map([
    ['E-1', idOf('ann')],
    ['E-2', idOf('bob')],
  ]),
  competitors: new Map(),
  pipelines: new Map(),
  pipeline: { pipelineId, stages },
  idOf,
};
const usual = {
  externalId: 'D-1',
  title: 'Boxes',
  customer: 'Blue Door',
  owner: 'E-1',
  openedOn: '2026-01-05',
} as const;
const read = (cells: Readonly<Partial<Record<ColumnName, string>>>) =>
  lifeOf(new Map(Object.entries({ ...usual, ...cells })) as ReadonlyMap<ColumnName, string>, known);
const historyOf = (cells: Readonly<Partial<Record<ColumnName, string>>>) => {
  const life = read(cells);
  if ('faults' in life) throw new Error(JSON.stringify(life.faults));
  return (life.input['history'] as readonly Record<string, unknown>[]).map(
    ({ command, occurredAt }, index) => [command, occurredAt, life.columns[index]],
  );
};

describe('a row', () => {
  test('says little where it has little', () => {
    expect(read({})).toEqual({
      input: {
        opportunityId: idOf('D-1'),
        externalId: 'D-1',
        title: 'Boxes',
        firstContactAt: undefined,
        customerId,
        ownerId: idOf('ann'),
        pipelineId,
        stageId: undefined,
        source: 'Import',
        value: { amountMinor: '0', currency: 'EUR' },
        expectedClose: undefined,
        openedAt: at('2026-01-05'),
        history: [],
      },
      columns: [],
      endedAt: at('2026-01-05'),
    });
  });

  test('puts what happened in the order of time, and on one day in that in which it can have happened', () => {
    const day = '2026-02-02';
    expect(
      historyOf({
        'stage:contract': day,
        'stage:proposal': day,
        offerAcceptedOn: day,
        offeredOn: day,
        'milestone:budget': day,
        value: `1; ${day} 2`,
        ...{ outcome: 'lost', outcomeOn: day, reason: 'price' },
        'stage:lead': '2026-01-05; 2026-01-20 Back',
      }),
    ).toEqual([
      ['MoveStage', at('2026-01-20'), 'stage:lead'],
      ['ReviseValue', at(day), 'value'],
      ['ReachMilestone', at(day), 'milestone:budget'],
      ['SubmitOffer', at(day), 'offeredOn'],
      ['AcceptOffer', at(day), 'offerAcceptedOn'],
      ['MoveStage', at(day), 'stage:proposal'],
      ['MoveStage', at(day), 'stage:contract'],
      ['LoseOpportunity', at(day), 'outcome'],
    ]);
  });

  test('goes on hold by a stage for it, and is reopened by the next one', () => {
    const [hold, reopen, move] = historyOf({
      'stage:paused': '2026-01-10',
      'stage:lead': '2026-01-05; 2026-01-12',
      'stage:proposal': '2026-01-20',
    }).map(([command]) => command);
    expect([hold, reopen, move]).toEqual(['HoldOpportunity', 'ReopenOpportunity', 'MoveStage']);
  });

  test('offers what it stood at', () => {
    const life = read({ value: '10; 2026-01-08 20; 2026-01-20 30', offeredOn: '2026-01-10' });
    expect(life).toMatchObject({
      input: { history: [{}, { command: 'SubmitOffer', total: { amountMinor: '2000' } }, {}] },
    });
  });

  test('is lost in a stage of its own', () => {
    expect(read({ outcome: 'cancelled', outcomeOn: '2026-02-01', reason: 'other' })).toMatchObject({
      input: { history: [{ command: 'LoseOpportunity', stageId: 'cancelled' }] },
    });
  });

  test('is read the same from a file, whatever stands in its texts', () => {
    const word = fc.string({
      unit: fc.constantFrom('"', ',', '\n', 'é', 'x', ' '),
      minLength: 1,
      maxLength: 12,
    });
    const text = word.map((given) => `x${given}x`);
    fc.assert(
      fc.property(
        fc.record({ title: text, source: text, note: text, externalId: text }),
        fc.record({
          'milestone:budget': fc.constantFrom('', '2026-01-06 x'),
          value: fc.constantFrom('', '7.50'),
        }),
        (texts, others) => {
          const cells = {
            ...usual,
            outcome: 'lost',
            outcomeOn: '2026-02-01',
            reason: 'other',
            ...texts,
            ...others,
          };
          const [header, row] = [...readCsv(Buffer.from(csvOf([Object.keys(cells), Object.values(cells)])))];
          if (!header || !row || 'fault' in header || 'fault' in row)
            throw new Error('The file has no such rows');
          const columns = columnsOf(header.cells, {});
          if ('errors' in columns) throw new Error(JSON.stringify(columns.errors));
          const again = new Map(row.cells.map((cell, index) => [columns[index]!, cell]));
          expect(lifeOf(again, known)).toEqual(read(cells));
          expect(lifeOf(again, known)).toMatchObject({ input: texts.title && { title: texts.title } });
        },
      ),
    );
  });
});
