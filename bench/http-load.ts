import { connect } from 'node:net';
import { visitInput } from './visits.ts';

export interface LoadJob {
  readonly port: number;
  /** The key of each person, by id. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Index of the first visit to plan. */
  readonly first: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
  /** Where each visit was acknowledged, from `first` on; null where it was refused. */
  readonly positions: readonly (number | null)[];
}

const endOfHead = '\r\n\r\n';

function requestOf(index: number, tokens: LoadJob['tokens']): string {
  const { personId, date, ...body } = visitInput(index);
  const text = JSON.stringify(body);
  return (
    `POST /v1/visit-plans/${personId}/${date}/visits HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${tokens[personId]}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}${endOfHead}${text}`
  );
}

/** The status and body of an answer that is complete, which is ASCII and has a Content-Length. */
function answerIn(received: string): { readonly status: number; readonly body: string } | undefined {
  const head = received.indexOf(endOfHead);
  if (head < 0) return undefined;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1]);
  const body = received.slice(head + endOfHead.length);
  return body.length < length ? undefined : { status: Number(received.slice(9, 12)), body };
}

/** Keeps each connection busy with one request after another, over plain sockets: the load must cost less than the server. */
async function load({ port, tokens, connections, seconds, first }: LoadJob): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const positions: (number | null)[] = [];
  const started = performance.now();
  const end = started + seconds * 1_000;
  let next = first;
  const busy = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay(true);
      let [received, index, begun] = ['', 0, 0];
      const send = () => {
        begun = performance.now();
        if (begun >= end) {
          socket.destroy();
          resolve();
          return;
        }
        received = '';
        index = next++;
        socket.write(requestOf(index, tokens));
      };
      socket.on('connect', send).on('error', reject);
      socket.on('data', (chunk) => {
        received += chunk;
        const answer = answerIn(received);
        if (!answer) return;
        latenciesMs.push(performance.now() - begun);
        if (answer.status >= 300 && index === first) process.stderr.write(`${answer.body}\n`);
        positions[index - first] = answer.status < 300 ? Number(JSON.parse(answer.body).position) : null;
        send();
      });
    });
  await Promise.all(Array.from({ length: connections }, busy));
  return { perSecond: latenciesMs.length / ((performance.now() - started) / 1_000), latenciesMs, positions };
}

process.on('message', async (job: LoadJob) => process.send!(await load(job)));
process.send!('ready');
