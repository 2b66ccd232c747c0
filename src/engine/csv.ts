/** What is wrong with a row of a CSV file as such. */
export type CsvFault = 'quoteOpen' | 'quoteMisplaced' | 'notUtf8';

/** A row of a CSV file, or the fault for which it has none; `line` is the line of the file in which it begins, from 1. */
export type CsvRow =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly fault: CsvFault; readonly cell: number };

const [quote, comma, lineFeed, carriageReturn] = [0x22, 0x2c, 0x0a, 0x0d];
const byteOrderMark = [0xef, 0xbb, 0xbf];
/** A quote is taken for left open when none closes it within so many bytes. */
const quotedBytesMax = 64 * 1024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of some bytes; undefined where they are not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Where the quote is that closes a cell whose text begins at a place. */
function closingQuote(bytes: Uint8Array, begin: number): number {
  const end = Math.min(bytes.length, begin + quotedBytesMax);
  for (let at = begin; at < end; at++) {
    if (bytes[at] !== quote) continue;
    if (bytes[at + 1] !== quote) return at;
    at += 1;
  }
  return -1;
}

interface Cell {
  readonly text: string;
  /** Where the comma or the line's end is behind it. */
  readonly end: number;
}

function quotedCell(bytes: Uint8Array, begin: number): Cell | CsvFault {
  const close = closingQuote(bytes, begin + 1);
  if (close < 0) return 'quoteOpen';
  const end = bytes[close + 1] === carriageReturn ? close + 2 : close + 1;
  const isEnd = end >= bytes.length || bytes[end] === lineFeed || (bytes[end] === comma && end === close + 1);
  if (!isEnd) return 'quoteMisplaced';
  const text = textOf(bytes.subarray(begin + 1, close));
  return text === undefined ? 'notUtf8' : { text: text.replaceAll('""', '"'), end };
}

function plainCell(bytes: Uint8Array, begin: number): Cell | CsvFault {
  let end = begin;
  while (end < bytes.length && bytes[end] !== comma && bytes[end] !== lineFeed) {
    if (bytes[end] === quote) return 'quoteMisplaced';
    end += 1;
  }
  const isLast = bytes[end] !== comma;
  const until = isLast && end > begin && bytes[end - 1] === carriageReturn ? end - 1 : end;
  const text = textOf(bytes.subarray(begin, until));
  return text === undefined ? 'notUtf8' : { text, end };
}

const linesIn = (bytes: Uint8Array, begin: number, end: number): number => {
  let lines = 0;
  for (let at = bytes.indexOf(lineFeed, begin); at >= 0 && at < end; at = bytes.indexOf(lineFeed, at + 1))
    lines += 1;
  return lines;
};

/**
 * Reads CSV as RFC 4180 has it, in UTF-8, with lines that end in CR LF or LF, and without those that are blank. A row
 * with a fault ends with its first line, so that it costs the rows behind it nothing.
 */
export function* readCsv(bytes: Uint8Array): Generator<CsvRow> {
  let line = 1;
  let begin = byteOrderMark.every((byte, index) => bytes[index] === byte) ? byteOrderMark.length : 0;
  while (begin < bytes.length) {
    const cells: string[] = [];
    let fault: CsvFault | undefined;
    let at = begin;
    for (;;) {
      const cell = bytes[at] === quote ? quotedCell(bytes, at) : plainCell(bytes, at);
      if (typeof cell === 'string') {
        fault = cell;
        break;
      }
      cells.push(cell.text);
      at = cell.end;
      if (bytes[at] !== comma) break;
      at += 1;
    }
    const lineEnd = fault ? bytes.indexOf(lineFeed, begin) : at;
    const next = lineEnd < 0 ? bytes.length : lineEnd + 1;
    if (fault) yield { line, fault, cell: cells.length };
    else if (at > begin && !(cells.length === 1 && cells[0] === '')) yield { line, cells };
    line += linesIn(bytes, begin, next);
    begin = next;
  }
}
