import type { FastifyRequest } from 'fastify';
import type { Actor } from '../engine/decision.ts';
import { type Problem, problem } from '../engine/outcome.ts';
import type { Credential } from '../storage/tenants.ts';

export type Verify = (token: string) => Promise<Credential | undefined>;

const unauthenticated = problem(401, 'unauthenticated', 'Send a valid key: Authorization: Bearer stv_…');

/** Who sends a request, by its API key alone. */
export async function authenticate(request: FastifyRequest, verify: Verify): Promise<Actor | Problem> {
  const token = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
  const credential = token ? await verify(token) : undefined;
  if (!credential) return unauthenticated;
  const { tenantId, credentialId, name, personId, roles, scopes } = credential;
  return {
    tenantId,
    credentialId,
    name,
    roles,
    kind: personId ? 'person' : 'integration',
    ...(personId && { personId }),
    ...(scopes && { scopes }),
  };
}

export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && (value as { ok?: unknown }).ok === false;
