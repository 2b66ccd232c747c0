import { expect, test } from 'vitest';
import { company } from '../support/target-plan.ts';
import { idOf } from '../support/given.ts';
import { seed, startStave } from '../support/stave.ts';
import { targetEvents } from '../../src/events/target.ts';
import { nodeIdOf } from '../../src/commands/target/node.ts';
import { queriesByName } from '../../src/runtime.ts';
void targetEvents; void queriesByName;
const horizon = { periodId: 'FY2026', start: '2026-01-01', endExclusive: '2027-01-01' };
test('perf', async () => {
  const stave = await startStave({ clock: () => '2026-03-02T08:00:00.000Z' });
  await seed(stave, 'organisation', ...company(10, 4, 10));
  const planId = idOf('plan');
  const ok = async (name: string, input: object, more = {}) => {
    const t = performance.now();
    const outcome = await stave.run(name, input as never, more);
    if (!outcome.ok) console.log(name, JSON.stringify(outcome).slice(0, 600));
    expect(outcome.ok).toBe(true);
    console.log(name, Math.round(performance.now() - t), 'ms', 'events' in outcome ? outcome.events.length : '');
    return outcome;
  };
  await ok('CreateTargetPlan', { planId, name: 'P', horizon, measures: ['net_sales', 'visits', 'orders'], rootOrgUnit: idOf('company'), currency: 'EUR' });
  await ok('AttachSeasonality', { planId, weights: [700, 700, 800, 800, 850, 850, 700, 600, 900, 1000, 1050, 1050] });
  for (const [measure, value] of [['net_sales', { amountMinor: '123456789012', currency: 'EUR' }], ['visits', 400000], ['orders', 90001]] as const) {
    const what = { measure, period: horizon, dimensions: {} };
    await ok('AssignPlanTarget', { planId, ...what, responsible: idOf('RM 0'), value });
    const targetId = nodeIdOf(planId, what);
    const out = await ok('BreakDownTarget', { targetId, levels: [
      { dimension: 'org_unit', method: 'even' }, { dimension: 'org_unit', method: 'even' }, { dimension: 'salesperson', method: 'even' }, { dimension: 'period', method: 'seasonality' } ] });
    void out;
    await ok('BreakDownTarget', { targetId, levels: [
      { dimension: 'org_unit', method: 'even' }, { dimension: 'org_unit', method: 'even' }, { dimension: 'salesperson', method: 'even' }, { dimension: 'period', method: 'seasonality' } ] });
  }
  const t = performance.now();
  await stave.projector.project(stave.tenantId);
  console.log('projected', performance.now() - t);
  await ok('BreakDownTarget', { targetId: nodeIdOf(planId, { measure: 'visits', period: horizon, dimensions: {} }), levels: [{ dimension: 'salesperson', method: 'even' }, { dimension: 'period', method: 'even' }] });
  await stave.close();
}, 120000);
