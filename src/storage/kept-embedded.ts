import { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from './embedded.ts';

const lookEveryMs = 500;

/** An embedded server that is started again, at the same port, when it ends without being asked to. */
export async function keepEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { log } = options;
  const first = await startEmbedded(options);
  let server = first;
  let closing = false;
  let timer: NodeJS.Timeout;
  let looking = Promise.resolve();

  async function look(): Promise<void> {
    if (await server.isRunning()) return;
    log.warn('The PostgreSQL server has ended; starting it again');
    server = await startEmbedded({ ...options, port: first.port });
  }
  function lookLater(): void {
    timer = setTimeout(() => {
      looking = look()
        .catch(({ message }: Error) => log.warn(message))
        .then(() => {
          if (!closing) lookLater();
        });
    }, lookEveryMs);
  }

  lookLater();
  return {
    ...first,
    isRunning: () => server.isRunning(),
    stop: async () => {
      closing = true;
      clearTimeout(timer);
      await looking;
      await server.stop();
    },
  };
}
