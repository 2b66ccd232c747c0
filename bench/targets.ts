import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';
import { measureBreakdown } from './target-breakdown.ts';
import { measureTree } from './target-tree.ts';

/** What plans of targets cost: breaking a company's year down, and asking how far its tree is reached. */
export const run = ({ say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const breakdown = await measureBreakdown(databaseUrl, say);
    const tree = await measureTree(databaseUrl, say);
    return {
      figures: { ...breakdown.figures, ...tree.figures },
      ratios: {},
      checks: {
        lost: breakdown.checks.lost + tree.checks.lost,
        doubled: breakdown.checks.doubled + tree.checks.doubled,
        reordered: 0,
      },
    };
  });
