import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coveragePlanEvents } from '../../src/events/coverage-plan.ts';
import { coverageGap } from '../../src/projections/coverage-gap.ts';
import { answerOf } from '../support/answers.ts';
import { eur, staff } from '../support/commerce.ts';
import { folded } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import { company } from '../support/organisation.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const { CoverageGapDetected, CoverageGapResponseDecided, CoverageGapClosed } = coveragePlanEvents;

const keys = { unitId: idOf('company'), periodId: 'FY2026' };
const level = 'potential_customer';
const gapId = idOf('gap');
const detected = CoverageGapDetected({
  ...{ ...keys, level, gapId, open: 26, required: 36, gap: 10, recoverable: 0, notRecoverable: 10 },
  yearEnd: '2027-01-01',
});
const compensation = [{ via: 'price_mix' as const, amount: eur('5000000') }];
const decided = CoverageGapResponseDecided({ ...keys, level, gapId, pipelineActions: [], compensation });
const closed = CoverageGapClosed({ ...keys, level, gapId, open: 35, required: 36 });

describe('coverage_gap', () => {
  test('asks for a response until there is one, and anew when the figures change', () => {
    expect(folded(coverageGap, detected)).toMatchObject([
      { state: 'response_due', detectedOn: '2026-03-02' },
    ]);
    expect(folded(coverageGap, detected, decided)).toMatchObject([{ state: 'answered', compensation }]);
    const worse = CoverageGapDetected({ ...detected.data, open: 20, gap: 16 }, { effectiveOn: '2026-04-01' });
    expect(folded(coverageGap, detected, decided, worse)).toMatchObject([
      {
        state: 'response_due',
        detectedOn: '2026-03-02',
        recordedOn: '2026-04-01',
        gap: 16,
        compensation: [],
      },
    ]);
    expect(folded(coverageGap, detected, decided, closed)).toMatchObject([
      { state: 'closed', open: 35, compensation, closedOn: '2026-03-02' },
    ]);
  });
});

describe('the coverage of a unit', () => {
  let stave: Stave;
  beforeAll(async () => {
    stave = await startStave({ clock: () => '2026-11-01T08:00:00.000Z' });
    await seed(stave, 'organisation', company, ...staff);
  });
  afterAll(() => stave.close());

  const does = async (command: string, input: object) =>
    expect(await stave.run(command, { ...keys, ...input })).toMatchObject({ ok: true });
  interface Coverage {
    readonly levels: readonly Readonly<Record<string, unknown>>[];
  }
  const coverage = (more: object = {}) => answerOf<Coverage>(stave, 'GetCoverage', { ...keys, ...more });
  const ratio = (num: number, den = 1) => ({ num: String(num), den: String(den) });

  test('goes from the assumptions to a gap, its response and its end', async () => {
    await does('SetCoverageAssumptions', {
      targetPerMonth: ratio(3),
      levels: [
        {
          level,
          winProbability: ratio(1, 3),
          cycleMonths: ratio(4),
          stages: [
            { name: 'Offer', winProbability: ratio(1, 3), meanMonths: ratio(1) },
            { name: 'Contract', winProbability: ratio(2, 3), meanMonths: ratio(3) },
          ],
        },
        { level: 'lead', winProbability: ratio(1, 2) },
      ],
    });
    expect((await coverage()).levels).toMatchObject([
      { level, required: 36n, requiredStaged: 23n, open: null, gap: null, state: 'unknown_open' },
      { level: 'lead', targetPerMonth: { num: 9n, den: 1n }, required: 72n, throughMonths: { num: 8n } },
    ]);
    expect(await coverage({ open: '26,70' })).toMatchObject({
      yearEnd: '2027-01-01',
      gapMaxBp: 1_000,
      levels: [
        {
          open: 26n,
          coverage: { num: 13n, den: 18n },
          gap: 10n,
          recoverable: 0n,
          notRecoverable: 10n,
          state: 'beyond_limit',
        },
        { gap: 2n, state: 'within_limit' },
      ],
    });
    expect((await coverage({ open: '40', asOf: '2026-03-02' })).levels[0]).toMatchObject({
      gap: -4n,
      recoverable: 0n,
      notRecoverable: 0n,
      state: 'covered',
    });
    expect((await coverage({ open: '26', asOf: '2026-03-02' })).levels[0]).toMatchObject({
      recoverable: 10n,
      notRecoverable: 0n,
    });

    await does('RecordCoverageGap', { level, open: 26 });
    expect((await coverage()).levels[0]).toMatchObject({ open: 26n, gap: 10n, state: 'beyond_limit' });
    expect(await answerOf(stave, 'ListCoverageGaps', { state: 'response_due' })).toMatchObject({
      data: [{ level, gap: 10, notRecoverable: 10 }],
    });
    expect(
      await stave.run('DecideCoverageGapResponse', { ...keys, level, pipelineActions: ['More calls.'] }),
    ).toMatchObject({ ok: false, code: 'compensationMissing' });
    await does('DecideCoverageGapResponse', { level, compensation });
    await does('CloseCoverageGap', { level, open: 35 });
    expect((await coverage()).levels[0]).toMatchObject({ open: 35n, gap: 1n, state: 'within_limit' });
    expect(await answerOf(stave, 'ListCoverageGaps')).toMatchObject({ data: [{ state: 'closed' }] });
    expect(await answerOf(stave, 'ListCoveragePlans')).toMatchObject({
      data: [{ ...keys, setOn: '2026-11-01' }],
    });
  });

  test('has no number that is enough at a probability of zero', async () => {
    await does('SetCoverageAssumptions', {
      targetPerMonth: ratio(3),
      levels: [{ level, winProbability: ratio(0), cycleMonths: ratio(4) }],
    });
    expect((await coverage({ open: '5' })).levels).toMatchObject([
      { required: null, gap: null, coverage: null, notRecoverable: null, state: 'undefined_requirement' },
    ]);
  });
});
