import { expect } from 'vitest';
import type { Actor } from '../../src/engine/decision.ts';
import { strict } from '../../src/engine/input.ts';
import { queriesByName } from '../../src/runtime.ts';
import { idOf } from './given.ts';
import type { Stave } from './stave.ts';

type Input = Readonly<Record<string, unknown>>;

async function head({ pool, tenantId }: Stave): Promise<number> {
  const { rows } = await pool.query('select position::integer from log.head where tenant_id = $1', [
    tenantId,
  ]);
  return rows[0].position;
}

/** Asks queries as the system, or as somebody of the organisation, by name. */
export function asking(stave: Stave) {
  async function ask(name: string, input: Input, who?: string, knownAt?: number) {
    await stave.projector.advance(stave.tenantId);
    const query = queriesByName.get(name)!;
    const actor: Actor = {
      tenantId: stave.tenantId,
      kind: who ? 'person' : 'system',
      name: 'test',
      credentialId: 'test',
      roles: [],
      ...(who && { personId: idOf(who) }),
    };
    const parsed = strict(query.input).parse(input);
    const asker = await stave.asker(actor, query, query.subject?.(parsed));
    if ('ok' in asker) return asker;
    const answer = await stave.reader.answer(
      query,
      stave.tenantId,
      parsed,
      asker,
      0,
      undefined,
      knownAt ?? (query.versions && (await head(stave))),
    );
    if (answer.ok) query.output.parse(answer.body);
    return answer;
  }
  async function body<T>(name: string, input: Input, who?: string): Promise<T> {
    const answer = await ask(name, input, who);
    expect(answer).toMatchObject({ ok: true });
    return (answer as { readonly body: T }).body;
  }
  return { ask, body };
}
