import type { Actor } from '../engine/decision.ts';

/** Whoever uses the command line: it has the database, and no key of a tenant. */
export const operator = (tenantId: string): Actor => ({
  tenantId,
  kind: 'system',
  name: 'cli',
  credentialId: 'system/cli',
  roles: [],
});
