/** One-dimensional arrays in PostgreSQL's binary format, which costs both sides a fraction of text or JSON. */

type Values<T> = readonly (T | null)[];

const oids = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  json: 114,
  date: 1082,
  timestamptz: 1184,
  uuid: 2950,
  jsonb: 3802,
};
const headerBytes = 20;
const utf8BytesPerUnitMax = 3;

/** What PostgreSQL would say of such a value, with a code of its class 22. */
const dataFault = (type: string, value: unknown): Error =>
  Object.assign(new Error(`${String(value)} is no ${type}`), { code: '22000' });

/** `write` puts a value of at most `bytesMax` bytes at an offset and answers how many there were. */
function arrayOf<T>(
  oid: number,
  values: Values<T>,
  bytesMax: (value: T) => number,
  write: (bytes: Buffer, value: T, at: number) => number,
): Buffer {
  let size = headerBytes;
  let hasNull = 0;
  for (const value of values) {
    size += 4;
    if (value === null) hasNull = 1;
    else size += bytesMax(value);
  }
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  bytes.writeInt32BE(hasNull, 4);
  bytes.writeInt32BE(oid, 8);
  if (values.length === 0) return bytes.subarray(0, 12);
  bytes.writeInt32BE(values.length, 12);
  bytes.writeInt32BE(1, 16);
  let at = headerBytes;
  for (const value of values) {
    const length = value === null ? -1 : write(bytes, value, at + 4);
    bytes.writeInt32BE(length, at);
    at += 4 + Math.max(length, 0);
  }
  return bytes.subarray(0, at);
}

const fixed =
  <T>(oid: number, length: number, write: (bytes: Buffer, value: T, at: number) => unknown) =>
  (values: Values<T>): Buffer =>
    arrayOf(
      oid,
      values,
      () => length,
      (bytes, value, at) => {
        write(bytes, value, at);
        return length;
      },
    );

/** `prefix` is what the type's binary format has before the text. */
const textual =
  (oid: number, prefix = '') =>
  (values: Values<string>) =>
    arrayOf(
      oid,
      values,
      (text) => prefix.length + text.length * utf8BytesPerUnitMax,
      (bytes, text, at) => {
        if (!text.isWellFormed()) throw dataFault('text', JSON.stringify(text));
        return bytes.write(prefix + text, at);
      },
    );

const postgresEpochMs = Date.UTC(2000, 0, 1);
const dayMs = 86_400_000;

function instantMs(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw dataFault('instant', text);
  return ms - postgresEpochMs;
}

/** The day that was asked for last: often the one that is asked for next. */
let lastDay = { text: '2000-01-01', days: 0 };

function daysOf(text: string): number {
  if (text === lastDay.text) return lastDay.days;
  const date = new Date(`${text}T00:00:00.000Z`);
  if (Number.isNaN(date.valueOf()) || date.toISOString().slice(0, 10) !== text) throw dataFault('date', text);
  lastDay = { text, days: (date.valueOf() - postgresEpochMs) / dayMs };
  return lastDay.days;
}

const uuidLength = 36;
const dash = 45;
const noDigit = 256;
/** The value of a hexadecimal digit by its character code. */
const digits = Uint16Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? noDigit : value;
});
const digitAt = (text: string, index: number): number => digits[text.charCodeAt(index)] ?? noDigit;

function writeUuid(bytes: Buffer, uuid: string, at: number): void {
  if (uuid.length !== uuidLength) throw dataFault('uuid', uuid);
  let written = 0;
  for (let index = 0; index < uuidLength; index += 2) {
    if (uuid.charCodeAt(index) === dash) index += 1;
    const value = digitAt(uuid, index) * 16 + digitAt(uuid, index + 1);
    if (value > 255 || written === 16) throw dataFault('uuid', uuid);
    bytes[at + written++] = value;
  }
  if (written !== 16) throw dataFault('uuid', uuid);
}

export const boolArray = fixed<boolean>(oids.bool, 1, (bytes, value, at) =>
  bytes.writeUInt8(value ? 1 : 0, at),
);
export const int2Array = fixed<number>(oids.int2, 2, (bytes, value, at) => bytes.writeInt16BE(value, at));
export const int4Array = fixed<number>(oids.int4, 4, (bytes, value, at) => bytes.writeInt32BE(value, at));
export const int8Array = fixed<number | bigint>(oids.int8, 8, (bytes, value, at) =>
  bytes.writeBigInt64BE(BigInt(value), at),
);
export const uuidArray = fixed<string>(oids.uuid, 16, writeUuid);
/** Days as YYYY-MM-DD. */
export const dateArray = fixed<string>(oids.date, 4, (bytes, day, at) => bytes.writeInt32BE(daysOf(day), at));
/** Instants as RFC 3339, to the millisecond. */
export const instantArray = fixed<string>(oids.timestamptz, 8, (bytes, instant, at) =>
  bytes.writeBigInt64BE(BigInt(instantMs(instant)) * 1_000n, at),
);
export const textArray = textual(oids.text);
/** JSON texts; the database checks them. */
export const jsonArray = textual(oids.json);
/** Bytes given as hex. */
export const hexArray = (values: Values<string>): Buffer =>
  arrayOf(
    oids.bytea,
    values,
    (hex) => hex.length / 2,
    (bytes, hex, at) => {
      const written = bytes.write(hex, at, 'hex');
      if (written * 2 !== hex.length) throw dataFault('hex', hex);
      return written;
    },
  );
const jsonbFormat = '\u0001';
/** JSON texts for columns that keep them parsed. */
export const jsonbArray = textual(oids.jsonb, jsonbFormat);
