import type { Pool } from 'pg';
import { type Actor, actorName } from './decision.ts';

/** That somebody read something. */
export interface Access {
  readonly actor: Actor;
  /** The request; none for the command line. */
  readonly request?: string;
  /** What was asked, by name. */
  readonly operation: string;
  /** Ids of whom and what it names. */
  readonly subjects: readonly string[];
}

export interface Accesses {
  /** Records an access; when this answers it is kept. Those that come while others are on their way go together. */
  readonly record: (access: Access) => Promise<void>;
}

interface Batch {
  readonly accesses: Access[];
  readonly written: Promise<void>;
}

const ignore = (): undefined => undefined;

/** Keeps who read what. */
export function createAccesses(pool: Pool): Accesses {
  const gathering = new Map<string, Batch>();
  const writing = new Map<string, Promise<void>>();

  async function write(tenantId: string, accesses: readonly Access[]): Promise<void> {
    const rows = accesses.map(({ actor, request, operation, subjects }) => ({
      actor: actorName(actor),
      credential: actor.credentialId,
      request,
      operation,
      subjects,
    }));
    await pool.query({
      name: 'accesses',
      text: 'select log.record_accesses($1, $2)',
      values: [tenantId, JSON.stringify(rows)],
    });
  }

  function begin(tenantId: string): Batch {
    const accesses: Access[] = [];
    const before = writing.get(tenantId) ?? Promise.resolve();
    const written = before.catch(ignore).then(() => {
      gathering.delete(tenantId);
      return write(tenantId, accesses);
    });
    const end = () => writing.get(tenantId) === written && writing.delete(tenantId);
    written.then(end, end);
    writing.set(tenantId, written);
    const batch = { accesses, written };
    gathering.set(tenantId, batch);
    return batch;
  }

  return {
    record: (access) => {
      const { tenantId } = access.actor;
      const { accesses, written } = gathering.get(tenantId) ?? begin(tenantId);
      accesses.push(access);
      return written;
    },
  };
}
