import type { Actor } from '../../src/engine/decision.ts';
import { strict } from '../../src/engine/input.ts';
import { queriesByName } from '../../src/runtime.ts';
import type { Stave } from './stave.ts';

/** What a query answers to the system over everything that is in the log; checked against its declared output. */
export async function answerOf<T>(
  stave: Stave,
  name: string,
  input: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  await stave.projector.advance(stave.tenantId);
  const query = queriesByName.get(name)!;
  const actor: Actor = {
    tenantId: stave.tenantId,
    kind: 'system',
    name: 'test',
    credentialId: 'test',
    roles: [],
  };
  const asker = await stave.asker(actor, query, undefined);
  if ('ok' in asker) throw new Error('The system may ask everything');
  const answer = await stave.reader.answer(query, stave.tenantId, strict(query.input).parse(input), asker);
  if (!answer.ok) throw new Error(`${name} answers ${answer.code}`);
  query.output.parse(answer.body);
  return answer.body as T;
}
