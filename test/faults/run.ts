import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    results: { type: 'string' },
  },
});
process.env['STAVE_FAULTS'] = '1';
if (values.full) process.env['STAVE_FULL'] = '1';
const results = values.results ? [['json', { outputFile: values.results }] as const] : [];
const vitest = await startVitest('test', positionals, {
  run: true,
  watch: false,
  reporters: [...(values.json ? [] : ['default']), ...results] as never,
});
const modules = vitest.state.getTestModules();
const tests = modules.flatMap(({ children }) => [...children.allTests()]);
const passed = tests.filter((test) => test.result().state === 'passed').length;
const broken = modules.filter((module) => !module.ok()).length;
const failed = Math.max(tests.filter((test) => test.result().state === 'failed').length, broken);
const figures = Object.assign({}, ...tests.map((test) => test.meta().figures));
await vitest.close();
for (const [row, figure] of Object.entries(figures)) {
  const text = Object.entries(figure as object).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${row}: ${text.join(', ')}\n`);
}
process.stdout.write(`${JSON.stringify({ passed, failed, figures })}\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
