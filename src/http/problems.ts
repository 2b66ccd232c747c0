import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { faultOf } from '../engine/dispatcher/faults.ts';
import { type InputError, type Problem, problem } from '../engine/outcome.ts';

/** RFC 9457 problem document. `code` is stable, texts are not; `instance` is the request's id. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly InputError[];
}

export const problemMediaType = 'application/problem+json; charset=utf-8';

const kebabCase = (code: string): string => code.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const problemDocument = (refused: Problem, requestId: string): ProblemDocument => ({
  type: `urn:stave:problem:${kebabCase(refused.code)}`,
  title: STATUS_CODES[refused.status] ?? 'Error',
  status: refused.status,
  code: refused.code,
  detail: refused.detail,
  instance: `urn:stave:request:${requestId}`,
  ...(refused.errors && { errors: refused.errors }),
});

/** Answers a problem; faults of ours are logged once, here. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, refused: Problem): FastifyReply {
  const { cause } = refused as Problem & { readonly cause?: unknown };
  if (refused.status >= 500) request.log.error({ err: cause, code: refused.code }, refused.detail);
  if (refused.retryAfter !== undefined) reply.header('retry-after', String(refused.retryAfter));
  if (refused.status === 401) reply.header('www-authenticate', 'Bearer realm="stave"');
  return reply
    .code(refused.status)
    .header('content-type', problemMediaType)
    .send(JSON.stringify(problemDocument(refused, request.id)));
}

const frameworkProblems: Readonly<Record<string, readonly [code: string, detail: string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send application/json.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid-json', 'The body is empty.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-json', 'The body is not JSON.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'The body is too large.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'invalid-content-length',
    'Content-Length is not the length of the body.',
  ],
  FST_ERR_BAD_URL: ['invalid-url', 'The URL is not validly encoded.'],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid-url', 'A part of the path is too long.'],
};

/** The problem that an error of the framework or of a parser is. */
export function problemOf(error: Error & { readonly code?: string; readonly statusCode?: number }): Problem {
  const known = error.code ? frameworkProblems[error.code] : undefined;
  if (known) return problem(error.statusCode ?? 400, known[0], known[1]);
  if (error instanceof SyntaxError) return problem(400, 'invalid-json', 'The body is not JSON.');
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return problem(status, 'bad-request', 'The request is not understood.');
  return faultOf(error);
}
