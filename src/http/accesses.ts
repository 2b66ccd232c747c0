import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { isPersonal } from '../engine/event.ts';
import type { Asker, Query } from '../engine/query.ts';
import type { Permission } from '../events/permission.ts';
import type { Runtime } from '../runtime.ts';

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** What a request names by id, in its path and its parameters. */
function subjectsIn({ params, query }: FastifyRequest): readonly string[] {
  const { cursor: _, ...parameters } = query as Readonly<Record<string, unknown>>;
  const named = JSON.stringify([params, parameters]).toLowerCase().match(uuid) ?? [];
  return [...new Set(named)];
}

/** Records a read under the name of its operation; free texts that it gives are left out, for they may name people. */
export function recordAccess({ accesses }: Runtime, request: FastifyRequest): Promise<void> {
  const { operationId } = request.routeOptions.schema as { readonly operationId: string };
  const recorded = accesses.record({
    actor: request.actor!,
    request: request.id,
    operation: operationId,
    subjects: subjectsIn(request),
  });
  // Whoever answers awaits it; one that refuses does not.
  recorded.catch(() => undefined);
  return recorded;
}

const auditing: ReadonlySet<Permission> = new Set(['log:read', 'log:verify', 'access:read']);

/** Whether an answer is a page of people, customers or contacts as such. */
const isPersonalList = ({ input, reads }: Query): boolean =>
  'cursor' in input &&
  reads.length === 1 &&
  Object.values(reads[0]!.row.shape).some((field) => isPersonal(field as z.ZodType));

/** Whether a read leaves a trace: of the log, by an auditor, or of personal data by who sees everybody. */
export const isRecorded = (query: Query, { roles, visibility }: Asker): boolean =>
  auditing.has(query.permission) ||
  roles.includes('AU') ||
  (visibility.intervals === null && isPersonalList(query));
