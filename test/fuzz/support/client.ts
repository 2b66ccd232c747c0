import { Agent, request } from 'node:http';
import type { Answered, Probe } from './probe.ts';

/** Sends requests as they are over real sockets, some at a time. */
export function createClient(url: string, sockets: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });
  const { port, hostname } = new URL(url);

  const send = ({
    method,
    url: path,
    headers,
    body,
    token,
  }: Omit<Probe, 'operation' | 'fault'>): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const asked = request({
        agent,
        port,
        hostname,
        method,
        path,
        headers: {
          ...headers,
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
      });
      asked.on('error', reject);
      asked.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            text,
            ms: performance.now() - began,
          }),
        );
      });
      asked.end(body);
    });

  return {
    send,
    /** Works through a list, as many at a time as there are sockets. */
    each: async <T>(list: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> => {
      const items = list[Symbol.iterator]();
      await Promise.all(
        Array.from({ length: sockets }, async () => {
          for (let next = items.next(); !next.done; next = items.next()) await work(next.value);
        }),
      );
    },
    close: () => agent.destroy(),
  };
}
