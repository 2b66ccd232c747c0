// biome-ignore lint/suspicious/noExplicitAny: what a server answers is known only to the test
type Json = any;

export interface Message {
  readonly id: number;
  readonly data: Json;
}

export interface StreamOptions {
  readonly lastEventId?: number;
  readonly signal?: AbortSignal;
}

export const openStream = (
  url: string,
  token: string,
  { lastEventId, signal }: StreamOptions = {},
): Promise<Response> =>
  fetch(url, {
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      ...(lastEventId !== undefined && { 'last-event-id': String(lastEventId) }),
    },
    ...(signal && { signal }),
  });

/** The messages of a stream of server-sent events as they come, until it ends; what has no data is passed over. */
export async function* messages(response: Response): AsyncGenerator<Message> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined) yield { id: Number(field('id')), data: JSON.parse(data) };
    }
  }
}

/** The next `count` messages. */
export async function take(stream: AsyncGenerator<Message>, count: number): Promise<readonly Message[]> {
  const taken: Message[] = [];
  while (taken.length < count) {
    const { value, done } = await stream.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
