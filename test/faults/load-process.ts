import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadJob {
  /** The apis, which take turns. */
  readonly urls: readonly string[];
  readonly token: string;
  /** Where every acknowledgement goes, flushed before it counts. */
  readonly file: string;
  /** Tells the commands of one load from those of others. */
  readonly prefix: string;
  readonly writers: number;
  /** How many send each command at the same time, with the same key. */
  readonly copies?: number;
  /** How many commands to send; without end by default. */
  readonly count?: number;
  /** The share of first attempts whose socket is cut within `cutWithinMs`. */
  readonly cutShare?: number;
}

export interface Acknowledgement {
  readonly name: string;
  readonly stream: string;
  readonly version: number;
  readonly position: number;
}

export interface LoadReport {
  readonly acknowledged: number;
  /** How many answers repeated what a former attempt had done. */
  readonly replayed: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of 400 and above that are no problem document. */
  readonly notProblems: number;
  readonly slowestMs: number;
  readonly cut: number;
  /** Commands that nobody acknowledged although they were sent again and again. */
  readonly stuck: readonly string[];
  /** Commands that were refused. */
  readonly refused: readonly string[];
}

const patienceMs = 30_000;
const answerTimeoutMs = 20_000;
const cutWithinMs = 15;
const pauseMs = 25;
const readPauseMs = 50;

async function load(job: LoadJob, stopped: AbortSignal): Promise<LoadReport> {
  const { urls, token, prefix, copies = 1, count = Number.POSITIVE_INFINITY, cutShare = 0 } = job;
  const file = await open(job.file, 'a');
  const statuses: Record<string, number> = {};
  const stuck: string[] = [];
  const refused: string[] = [];
  const counts = { acknowledged: 0, replayed: 0, notProblems: 0, slowestMs: 0, cut: 0 };
  const hot: string[] = [];
  let turn = 0;
  let next = 0;
  let giveUpAt = Number.POSITIVE_INFINITY;
  stopped.addEventListener('abort', () => {
    giveUpAt = performance.now() + patienceMs;
  });

  /** Sends a command, or without a name a query, once; undefined when no answer came. */
  async function attempt(path: string, name: string | undefined, signal: AbortSignal) {
    const started = performance.now();
    try {
      const response = await fetch(`${urls[turn++ % urls.length]}/v1/competitors${path}`, {
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(name && { 'idempotency-key': name.replaceAll(' ', '-') }),
        },
        ...(name && { method: 'POST', body: JSON.stringify({ name }) }),
        signal,
      });
      const text = await response.text();
      const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
      if (response.status >= 400 && !isProblem) counts.notProblems += 1;
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      counts.slowestMs = Math.max(counts.slowestMs, performance.now() - started);
      return { status: response.status, headers: response.headers, body: JSON.parse(text) };
    } catch {
      if (!signal.aborted) return undefined;
      if (performance.now() - started < answerTimeoutMs) counts.cut += 1;
      else counts.slowestMs = answerTimeoutMs;
      return undefined;
    }
  }

  /** Sends a command until it is acknowledged. */
  async function perform(path: string, name: string): Promise<string | undefined> {
    for (let attempts = 0; performance.now() < giveUpAt; attempts++) {
      const cut = attempts === 0 && Math.random() < cutShare;
      const answer = await attempt(
        path,
        name,
        AbortSignal.timeout(cut ? Math.ceil(Math.random() * cutWithinMs) : answerTimeoutMs),
      );
      if (answer && answer.status < 300) {
        const { stream, version, position } = answer.body;
        await file.write(`${JSON.stringify({ name, stream, version, position })}\n`);
        await file.datasync();
        counts.acknowledged += 1;
        if (answer.headers.get('idempotent-replayed') === 'true') counts.replayed += 1;
        return stream;
      }
      const again = !answer || answer.status >= 500 || answer.body.code === 'conflict';
      if (!again) {
        refused.push(`${name}: ${JSON.stringify(answer.body)}`);
        return undefined;
      }
      await sleep(pauseMs);
    }
    stuck.push(name);
    return undefined;
  }

  /** Every second command goes to one of few streams, so that a lost receipt could not hide behind a fresh one. */
  async function write(): Promise<void> {
    while (!stopped.aborted && next < count) {
      const number = next++;
      const path = number % 2 && hot.length > 0 ? `/${hot[number % hot.length]}/rename` : '';
      await Promise.all(Array.from({ length: copies }, () => perform(path, `${prefix} ${number}`)));
    }
  }

  /** Asks all the time, as somebody who looks at a list. */
  async function read(finished: AbortSignal): Promise<void> {
    while (!finished.aborted) {
      await attempt('?limit=1', undefined, AbortSignal.timeout(answerTimeoutMs));
      await sleep(readPauseMs);
    }
  }

  for (const name of ['first', 'second', 'third']) {
    const stream = await perform('', `${prefix} ${name}`);
    if (stream) hot.push(stream.split('/')[1]!);
  }
  const telling = setInterval(() => process.send?.(counts.acknowledged), 20);
  const written = new AbortController();
  const reading = read(written.signal);
  await Promise.all(Array.from({ length: job.writers }, write));
  written.abort();
  await reading;
  clearInterval(telling);
  await file.close();
  return { ...counts, slowestMs: Math.round(counts.slowestMs), statuses, stuck, refused };
}

const stop = new AbortController();
process.on('message', async (message: LoadJob | 'stop') => {
  if (message === 'stop') stop.abort();
  else {
    const report = await load(message, stop.signal);
    process.send!(report, () => process.disconnect?.());
  }
});
