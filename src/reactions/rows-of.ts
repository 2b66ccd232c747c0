import type { Ask } from '../engine/reaction.ts';

interface Page<R> {
  readonly data: readonly R[];
  readonly nextCursor: string | null;
}

/** Everything that a list answers, page by page. */
export async function rowsOf<R>(
  ask: Ask,
  list: string,
  filter: Readonly<Record<string, string>>,
): Promise<R[]> {
  const rows: R[] = [];
  for (let more: { readonly cursor?: string } | undefined = {}; more; ) {
    const { data, nextCursor } = (await ask(list, { ...filter, ...more, limit: '200' })) as Page<R>;
    rows.push(...data);
    more = nextCursor === null ? undefined : { cursor: nextCursor };
  }
  return rows;
}
