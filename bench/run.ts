import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

export interface BenchResult {
  readonly figures: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, number>>;
  readonly checks: { readonly lost: number; readonly doubled: number; readonly reordered: number };
}

export interface BenchOptions {
  readonly full: boolean;
  readonly say: (line: string) => void;
}

const benches: Readonly<
  Record<string, () => Promise<{ run: (options: BenchOptions) => Promise<BenchResult> }>>
> = {
  append: () => import('./append.ts'),
  grow: () => import('./grow.ts'),
  http: () => import('./http.ts'),
  kpis: () => import('./kpis.ts'),
  lag: () => import('./lag.ts'),
  memory: () => import('./memory.ts'),
  pipeline: () => import('./pipeline.ts'),
  project: () => import('./project.ts'),
  reads: () => import('./reads.ts'),
  simulate: () => import('./simulate.ts'),
  targets: () => import('./targets.ts'),
  travel: () => import('./travel.ts'),
  verify: () => import('./verify.ts'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, full: { type: 'boolean', default: false } },
});
const name = positionals[0] ?? '';
const load = benches[name];
if (!load) {
  process.stderr.write(`Name one of: ${Object.keys(benches).join(', ')}.\n`);
  process.exit(2);
}
const { run } = await load();
const say = (line: string) => {
  if (!values.json) process.stdout.write(`${line}\n`);
};
const result = await run({ full: values.full, say });
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
process.stdout.write(`${JSON.stringify({ bench: name, machine, ...result })}\n`);
const { lost, doubled, reordered } = result.checks;
process.exit(lost + doubled + reordered === 0 ? 0 : 1);
