import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../src/engine/csv.ts';
import { csvOf } from '../support/csv.ts';

const read = (file: string | Uint8Array) => [...readCsv(typeof file === 'string' ? Buffer.from(file) : file)];
const cellsOf = (file: string) => read(file).map((row) => ('cells' in row ? row.cells : row.fault));

describe('readCsv', () => {
  test('reads cells with and without quotes, and lines of either end', () => {
    expect(cellsOf('a,b,c\r\n1,"2,\n3","4 ""five"""\n,"",\n')).toEqual([
      ['a', 'b', 'c'],
      ['1', '2,\n3', '4 "five"'],
      ['', '', ''],
    ]);
  });
  test('reads a last line without an end, and one with quotes', () => {
    expect(cellsOf('a,b\n1,2')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(cellsOf('a\n"1"')).toEqual([['a'], ['1']]);
    expect(cellsOf('a,b\n1,')).toEqual([
      ['a', 'b'],
      ['1', ''],
    ]);
  });
  test('leaves out the mark at the beginning and blank lines, and counts them', () => {
    expect(read('\ufeffa\n\n\r\n1\n')).toEqual([
      { line: 1, cells: ['a'] },
      { line: 4, cells: ['1'] },
    ]);
    expect(read('')).toEqual([]);
    expect(read('\ufeff')).toEqual([]);
  });
  test('says in which line a row begins, also after one of several', () => {
    expect(read('a\n"1\r\n2\n3"\n4\n').map(({ line }) => line)).toEqual([1, 2, 5]);
  });
  test('reports a quote that is left open in its row, and reads the rows behind it', () => {
    expect(read('a,b\n1,"2\n3,4\n')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, fault: 'quoteOpen', cell: 1 },
      { line: 3, cells: ['3', '4'] },
    ]);
    expect(cellsOf('a,b\n1,"2\n3,"4"\n5,6\n')).toEqual([
      ['a', 'b'],
      'quoteMisplaced',
      ['3', '4'],
      ['5', '6'],
    ]);
    expect(cellsOf(`a\n"${'x'.repeat(70_000)}\n1\n`)).toEqual([['a'], 'quoteOpen', ['1']]);
  });
  test('reports quotes that stand in the wrong place', () => {
    expect(cellsOf('a\n1"2\n"1"2\n"1" \n3')).toEqual([
      ['a'],
      'quoteMisplaced',
      'quoteMisplaced',
      'quoteMisplaced',
      ['3'],
    ]);
  });
  test('reports what is not UTF-8 in its row alone, with the cell', () => {
    const file = Buffer.concat([
      Buffer.from('a,b\n1,M'),
      Buffer.from([0xfc]),
      Buffer.from('ller\n"2","'),
      Buffer.from([0xff]),
      Buffer.from('"\n3,Müller\n'),
    ]);
    expect(read(file)).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, fault: 'notUtf8', cell: 1 },
      { line: 3, fault: 'notUtf8', cell: 1 },
      { line: 4, cells: ['3', 'Müller'] },
    ]);
  });

  const cell = fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', ';', ' ', 'a', 'é', '€', '𝒳') });
  test('reads what was written', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 2, max: 5 })
          .chain((width) =>
            fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 20 }),
          ),
        (rows) => {
          expect(cellsOf(csvOf(rows))).toEqual(rows);
        },
      ),
    );
  });
  test('comes to the end of anything, and every line is in one row at most', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(cell), (bytes, cells) => {
        const rows = read(Buffer.concat([bytes, Buffer.from(cells.join('"\n,'))]));
        const lines = rows.map(({ line }) => line);
        expect(lines).toEqual([...new Set(lines)].toSorted((a, b) => a - b));
      }),
    );
  });
});
