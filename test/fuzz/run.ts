import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'stave-fuzz-'));
const results = join(folder, 'results.json');
const figuresFile = join(folder, 'figures.ndjson');
const child = spawn(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    'test/fuzz',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
  ],
  {
    stdio: ['ignore', values.json ? 'ignore' : 'inherit', 'inherit'],
    env: {
      ...process.env,
      STAVE_FUZZ: '1',
      STAVE_FULL: values.full ? '1' : '0',
      STAVE_SEED: values.seed,
      STAVE_FIGURES: figuresFile,
    },
  },
);
await once(child, 'exit');

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
const run = JSON.parse((await textOf(results)) || '{}') as {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
};
const lines = (await textOf(figuresFile)).split('\n').filter((line) => line !== '');
const figures = Object.assign({}, ...lines.map((line) => JSON.parse(line) as object));
await rm(folder, { recursive: true });

const passed = run.numPassedTests ?? 0;
const isWhole = child.exitCode === 0 && passed > 0;
const failed = Math.max(run.numFailedTests ?? 0, isWhole ? 0 : 1);
process.stdout.write(`${JSON.stringify({ passed, failed, figures })}\n`);
process.exitCode = failed === 0 ? 0 : 1;
