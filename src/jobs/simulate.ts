import { Worker } from 'node:worker_threads';
import type { SimulationInput, SimulationResult } from '../events/simulation-model.ts';
import type { Progress } from '../simulation/simulation.ts';

export interface SimulateOptions {
  /** Ends the simulation; what was asked for is then refused with the reason. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

type Message = { readonly progress: Progress } | { readonly result: SimulationResult };

const script = new URL('./simulation-thread.ts', import.meta.url);

/** Simulates in a thread of its own, so that this one goes on with its work. */
export async function simulateInThread(
  input: SimulationInput,
  { signal, onProgress }: SimulateOptions,
): Promise<SimulationResult> {
  signal.throwIfAborted();
  const thread = new Worker(script, { workerData: input, execArgv: [] });
  const ended = Promise.withResolvers<SimulationResult>();
  const abort = () => ended.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  thread.on('message', (message: Message) => {
    if ('result' in message) ended.resolve(message.result);
    else if (!signal.aborted) onProgress?.(message.progress);
  });
  thread.on('error', ended.reject);
  thread.on('exit', () => ended.reject(new Error('The thread ended without a result.')));
  try {
    return await ended.promise;
  } finally {
    signal.removeEventListener('abort', abort);
    await thread.terminate();
  }
}
