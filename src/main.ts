import { once } from 'node:events';
import closeWithGrace from 'close-with-grace';
import { readConfig } from './config.ts';
import { start } from './start.ts';

try {
  const running = await start(readConfig(), (text) => process.stdout.write(text));
  closeWithGrace({ delay: 15_000, logger: false }, async ({ err }) => {
    if (err) running.log.fatal({ err }, 'Stopping after an error that nobody caught.');
    await running.stop();
  });
} catch (error) {
  process.stderr.write(`Stave could not start. ${(error as Error).message}\n`);
  process.exitCode = 1;
  if (process.stderr.writableNeedDrain) await once(process.stderr, 'drain');
  process.exit();
}
