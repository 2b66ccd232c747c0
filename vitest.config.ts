import { defineConfig } from 'vitest/config';

const faults = process.env['STAVE_FAULTS'] === '1';

/** The tests that measure: `npm run faults` runs them and prints their figures. */
const measuring = [
  'test/faults/**/*.test.ts',
  'test/audit/{roles,tampering}.test.ts',
  'test/http/time-travel.test.ts',
];

export default defineConfig({
  test: {
    include: faults ? measuring : ['test/**/*.test.ts'],
    exclude: faults ? [] : measuring,
    globalSetup: ['test/support/services.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
  },
});
