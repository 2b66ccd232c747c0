import fc from 'fast-check';
import { idOf } from '../../support/given.ts';
import { valuesOf } from './arbitrary.ts';
import type { ApiDocument, Operation } from './document.ts';
import { contentTypes, encodingFaults, hostileBodies, hostileTexts, hostileValues } from './hostile.ts';
import { faultsOf, type Schema } from './schema.ts';

export type Fault = 'none' | 'body' | 'path' | 'query' | 'header' | 'media type' | 'credential' | 'method';

/** One request, and what is wrong with it. */
export interface Probe {
  readonly operation: Operation;
  readonly fault: Fault;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly token: string;
}

interface Parts {
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const textual = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** A wait that the request asks for is no delay of ours. */
const waits = new Set(['wait', 'minPosition']);
const optionalMax = 3;

function partsOf({ operations: _, resolve }: ApiDocument, operation: Operation): fc.Arbitrary<Parts> {
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = operation.parameters.filter(
    (parameter) => parameter.in === 'query' && !waits.has(parameter.name),
  );
  const value = ({ name, schema }: { readonly name: string; readonly schema: Schema }) =>
    valuesOf(schema, resolve, name).map(textual);
  const pairs = (parameters: typeof inQuery) =>
    fc.tuple(
      ...parameters.map((parameter) => value(parameter).map((text) => [parameter.name, text] as const)),
    );
  return fc.record({
    path: fc.record(Object.fromEntries(inPath.map((parameter) => [parameter.name, value(parameter)]))),
    query: fc
      .tuple(
        pairs(inQuery.filter(({ required }) => required)),
        fc
          .subarray(
            inQuery.filter(({ required }) => !required),
            { maxLength: Math.min(optionalMax, inQuery.filter(({ required }) => !required).length) },
          )
          .chain(pairs),
      )
      .map(([required, optional]) => [...required, ...optional]),
    body:
      operation.body && operation.mediaType === 'application/json'
        ? (valuesOf(operation.body, resolve) as fc.Arbitrary<Readonly<Record<string, unknown>>>)
        : fc.constant(undefined),
  });
}

const urlOf = ({ path: template }: Operation, { path, query }: Pick<Parts, 'path' | 'query'>): string => {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encoded(path[name] ?? ''));
  const search = query.map(([name, text]) => `${encoded(name)}=${encoded(text)}`).join('&');
  return search ? `${filled}?${search}` : filled;
};

/** A copy in which the value at a path is another one. */
function replaced(value: unknown, [head, ...rest]: readonly string[], by: unknown): unknown {
  if (head === undefined) return by;
  if (Array.isArray(value))
    return value.map((member, index) => (String(index) === head ? replaced(member, rest, by) : member));
  return { ...(value as object), [head]: replaced((value as Record<string, unknown>)[head], rest, by) };
}

/** Every place in a value. */
const placesIn = (value: unknown, at: readonly string[] = []): readonly (readonly string[])[] =>
  value !== null && typeof value === 'object'
    ? [at, ...Object.entries(value).flatMap(([key, member]) => placesIn(member, [...at, key]))].filter(
        ({ length }) => length > 0,
      )
    : [at];

const hostile = fc.oneof(fc.constantFrom(...hostileTexts), fc.constantFrom(...hostileValues), fc.jsonValue());

const batchRow = (key: number) =>
  JSON.stringify({ command: 'LogCall', key: `row-${key}`, input: { personId: 'x' } });
const csvRow = (key: number) =>
  `D-${key},Boxes,${idOf('customer')},${idOf('ann')},2026-02-20,${idOf('pipelineId 1')}`;

/** Good lines of a body that is no JSON: the first ones, and one that may follow others. */
const linesOf = ({ mediaType }: Operation): readonly [first: string, last: string] =>
  mediaType === 'text/csv'
    ? [`externalId,title,customer,owner,openedOn,pipeline\n${csvRow(1)}`, csvRow(2)]
    : [batchRow(1), batchRow(2)];

function faultyBodies(operation: Operation, body: Parts['body']): fc.Arbitrary<string> {
  const raw = fc.constantFrom(...hostileBodies);
  if (body === undefined) {
    const [first, last] = linesOf(operation);
    return raw.map((text) => `${first}\n${text}\n${last}`);
  }
  const inside = placesIn(body);
  const places = inside.length > 0 ? inside : [['x']];
  const required = operation.body?.required ?? [];
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...places), hostile)
        .map(([place, by]) => JSON.stringify(replaced(body, place, by))),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...hostileTexts.slice(10, 16), 'x')
        .map((name) =>
          JSON.stringify(Object.defineProperty({ ...body }, name || 'x', { value: 1, enumerable: true })),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...required, 'x')
        .map((name) => JSON.stringify({ ...body, [name]: undefined })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...places)
        .map((place) => JSON.stringify(body).replace('{', `{"${place[0] ?? 'x'}":null,`)),
    },
    { weight: 2, arbitrary: raw },
  );
}

function faultyUrls(operation: Operation, parts: Parts): fc.Arbitrary<readonly ['path' | 'query', string]> {
  const url = urlOf(operation, parts);
  const names = operation.parameters
    .filter((parameter) => parameter.in === 'query' && !waits.has(parameter.name))
    .map(({ name }) => name);
  const text = fc.oneof(
    fc.constantFrom(...hostileTexts.filter(({ length }) => length < 3_000)).map(encoded),
    fc.constantFrom(...encodingFaults),
  );
  const separator = url.includes('?') ? '&' : '?';
  const inQuery = fc
    .oneof(
      fc
        .tuple(fc.constantFrom(...names, 'x', '__proto__', 'constructor', 'toString'), text)
        .map(([name, value]) => `${url}${separator}${name}=${value}`),
      fc
        .tuple(fc.constantFrom(...names, 'x'), text, text)
        .map(([name, one, other]) => `${url}${separator}${name}=${one}&${name}=${other}`),
      fc.constantFrom(...names, 'x').map((name) => `${url}${separator}${name}[]=1&${name}[a]=2&${name}`),
      fc.constant(`${url}${separator}${'a&'.repeat(4_000)}`),
    )
    .map((faulty) => ['query', faulty] as const);
  const holes = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  if (holes.length === 0) return inQuery;
  const inPath = fc.tuple(fc.constantFrom(...holes), text).map(([hole, value]) => {
    const filled = operation.path.replace(`{${hole}}`, value);
    return ['path', urlOf({ ...operation, path: filled }, parts)] as const;
  });
  return fc.oneof(inQuery, inPath);
}

const latin = hostileTexts.filter((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text.length < 2_000);
const faultyHeaders = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'idempotency-key',
      'if-match',
      'last-event-id',
      'accept-language',
      'expect',
      'x-forwarded-for',
      'traceparent',
    ),
    fc.constantFrom(...latin),
  ),
  fc
    .constantFrom('gzip', 'br', 'deflate', 'identity, gzip', 'x')
    .map((coding): [string, string] => ['content-encoding', coding]),
);

const faultyTokens = (token: string) =>
  fc.constantFrom(
    '',
    'x',
    `${token}x`,
    token.slice(0, -1),
    token.slice(0, 20),
    `stv_${'0'.repeat(18)}_${'A'.repeat(43)}`,
    'Bearer',
    'a'.repeat(300),
  );

/** Requests to one operation: `fault` says what is wrong with each. */
export function probesOf(
  document: ApiDocument,
  operation: Operation,
  tokens: readonly string[],
): fc.Arbitrary<Probe> {
  return fc.tuple(partsOf(document, operation), fc.constantFrom(...tokens)).chain(([parts, token]) => {
    const body =
      parts.body === undefined
        ? operation.body
          ? `${linesOf(operation)[0]}\n`
          : undefined
        : JSON.stringify(parts.body);
    const sound: Probe = {
      operation,
      fault: 'none',
      method: operation.method,
      url: urlOf(operation, parts),
      headers: operation.mediaType ? { 'content-type': operation.mediaType } : {},
      body,
      token,
    };
    const as = (fault: Fault, more: Partial<Probe>): Probe => ({ ...sound, fault, ...more });
    const options: { weight: number; arbitrary: fc.Arbitrary<Probe> }[] = [
      { weight: 6, arbitrary: fc.constant(sound) },
      { weight: 5, arbitrary: faultyUrls(operation, parts).map(([fault, url]) => as(fault, { url })) },
      {
        weight: 2,
        arbitrary: faultyHeaders.map(([name, value]) =>
          as('header', { headers: { ...sound.headers, [name]: value } }),
        ),
      },
      { weight: 2, arbitrary: faultyTokens(token).map((faulty) => as('credential', { token: faulty })) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom('PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND')
          .map((method) => as('method', { method, body: undefined })),
      },
    ];
    if (operation.body) {
      options.push(
        {
          weight: 8,
          arbitrary: faultyBodies(operation, parts.body).map((text) => as('body', { body: text })),
        },
        {
          weight: 1,
          arbitrary: fc
            .constantFrom(...contentTypes)
            .map((type) => as('media type', { headers: { 'content-type': type } })),
        },
      );
    }
    return fc.oneof(...options);
  });
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly ms: number;
}

const answerMsMax = 2_000;
/** Answers that a path of another shape may have, and those that a server of HTTP gives to any request. */
const outside = new Set([
  'not-found',
  'method-not-allowed',
  'invalid-url',
  'invalid-http',
  'headers-too-large',
  'expectation-failed',
]);
/** One at a time by design; it says when to come back. */
const busy = new Set(['verification-busy']);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const refused: Readonly<Partial<Record<Fault, readonly number[]>>> = {
  credential: [401],
  method: [404, 405],
};

/** What an answer has that it should not have. */
export function wrongIn(document: ApiDocument, probe: Probe, answer: Answered): readonly string[] {
  const { status, headers, text, ms } = answer;
  const { operation, fault } = probe;
  const wrong: string[] = [];
  const media = String(headers['content-type'] ?? '').split(';')[0]!;
  const json = /json$/.test(media) && !/ndjson/.test(media) ? parsed(text) : undefined;
  const code = (json as { readonly code?: string } | undefined)?.code ?? '';
  if (ms > answerMsMax) wrong.push(`took ${Math.round(ms)} ms`);
  if (status >= 500 && !busy.has(code)) wrong.push(`answered ${status} ${text.slice(0, 200)}`);
  if (status >= 400 && probe.method !== 'HEAD') {
    if (media !== 'application/problem+json')
      wrong.push(`refused with ${media || 'no media type'} and ${status}`);
    else wrong.push(...faultsOf(json, { $ref: '#/components/schemas/Problem' }, document.resolve));
  }
  const expected = refused[fault];
  if (expected && !expected.includes(status)) wrong.push(`answered ${status} to a wrong ${fault}`);
  const declared = operation.responses[String(status)];
  if (!expected && !declared && !outside.has(code))
    wrong.push(`answered ${status} ${code}, which is not declared`);
  if (!expected && declared && !outside.has(code)) {
    const schema = declared.content?.[media]?.schema;
    if (!schema) wrong.push(`answered ${media}, which is not declared for ${status}`);
    else if (json !== undefined) wrong.push(...faultsOf(json, schema, document.resolve).slice(0, 5));
  }
  if (fault === 'none' && code === 'invalid-json') wrong.push('took good JSON for bad');
  if (
    fault === 'body' &&
    status < 300 &&
    operation.body &&
    operation.mediaType === 'application/json' &&
    probe.body?.trim()
  ) {
    const sent = parsed(probe.body);
    wrong.push(
      ...faultsOf(sent, operation.body, document.resolve)
        .slice(0, 3)
        .map((why) => `accepted what is not declared: ${why}`),
    );
  }
  return wrong;
}
