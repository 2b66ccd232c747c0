import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/engine/event.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { dailyReportEvents } from '../../src/events/daily-report.ts';
import { documentEvents } from '../../src/events/document.ts';
import { asking } from '../support/asking.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds } from '../support/organisation.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const periodId = 'FY2026-M03';
const scorecardId = idOf('card');
const hash = '0'.repeat(64);

let stave: Stave;
let ask: ReturnType<typeof asking>['ask'];
let body: ReturnType<typeof asking>['body'];

const calls = (person: string, date: string, times: number): readonly [string, NewEvent[]] => [
  `call-log/${idOf(person)}/${date}`,
  Array.from({ length: times }, (_, index) =>
    callLogEvents.CallLogged({
      personId: idOf(person),
      date,
      callId: idOf(`${person} ${date} ${index}`),
      calledAt: `${date}T09:00:00.000Z`,
      customerId: idOf('customer'),
      direction: 'outgoing',
      channel: 'phone',
      seconds: 60,
      resultCode: 'reached',
    }),
  ),
];

/** A report that was due, and signed where it has a score, after it was returned or at once. */
const report = (
  person: string,
  date: string,
  totalBp?: number,
  isReturned = false,
): readonly [string, NewEvent[]] => {
  const keys = { personId: idOf(person), date };
  const dueAt = `${date}T18:00:00.000Z`;
  return [
    `daily-report/${idOf(person)}/${date}`,
    [
      dailyReportEvents.DailyReportExpected({ ...keys, dueAt, missedAt: dueAt }),
      ...(isReturned
        ? [
            documentEvents.DocumentReturned({
              authorId: idOf(person),
              date,
              docVersion: 1,
              docHash: hash,
              signerId: idOf('sue'),
              comment: 'Too short.',
              issues: [],
            }),
          ]
        : []),
      ...(totalBp === undefined
        ? []
        : [
            documentEvents.DocumentSignedOff({
              authorId: idOf(person),
              date,
              docVersion: 1,
              docHash: hash,
              signerId: idOf('sue'),
              quality: { rubricVersion: 1, scores: {}, totalBp } as never,
              previous: null,
              chainHash: hash,
            }),
          ]),
    ],
  ];
};

const by = (name: string) => ({
  actor: { kind: 'person', name, personId: idOf(name) } as const,
});
const item = (kpi: string, weightBp: number, num: string, den: string) => ({
  ...{ kpi, version: null, weightBp, target: { num, den }, floorBp: 0, capBp: 20_000 },
  category: 'operational',
});

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-04-02T08:00:00.000Z' });
  ({ ask, body } = asking(stave));
  await seed(
    stave,
    'organisation',
    company,
    ...['boss', 'sue', 'ann', 'bob', 'cat'].map((name) => employed(name)),
    granted('boss', 'TM'),
    granted('sue', 'SV'),
    ...['ann', 'bob', 'cat'].map((name) => granted(name, 'SP')),
    holds('boss', null),
    holds('sue', 'boss'),
    ...['ann', 'bob', 'cat'].map((name) => holds(name, 'sue')),
  );
  const streams = [
    calls('ann', '2026-03-03', 8),
    calls('bob', '2026-03-03', 9),
    calls('cat', '2026-03-03', 30),
    report('ann', '2026-03-03', 8_000),
    report('bob', '2026-03-03', 6_000, true),
    report('cat', '2026-03-03', 9_000),
    report('cat', '2026-03-04'),
  ];
  for (const [stream, events] of streams) await seed(stave, stream, ...events);
});
afterAll(() => stave.close());

/** Executes a command once the read models know everything before it. */
async function run(...command: Parameters<Stave['run']>) {
  await stave.projector.advance(stave.tenantId);
  return stave.run(...command);
}

test('reports are signed at the first pass where they were never returned', async () => {
  const { data } = await body<{ data: readonly { numerator: bigint; denominator: bigint }[] }>(
    'GetKpiValues',
    { subjectKind: 'organisation', period: periodId, kpis: ['first_pass_signoff', 'signed_report_rate'] },
  );
  expect(data.map(({ numerator, denominator }) => [numerator, denominator])).toEqual([
    [2n, 3n],
    [3n, 4n],
  ]);
});

describe('an assessment', () => {
  test('is designed, computed from the facts, reviewed, disputed, resolved and made final', async () => {
    const ok = { ok: true };
    const items = [
      item('call_volume', 5_000, '10', '1'),
      item('report_quality', 3_000, '1', '1'),
      item('transaction_rate', 2_000, '1', '4'),
    ];
    const design = { scorecardId, name: 'Sellers', role: 'SP', items };
    expect(await run('DesignScorecard', design, by('boss'))).toMatchObject(ok);
    expect(await body('GetScorecard', { scorecardId }, 'ann')).toMatchObject({
      version: 1,
      role: 'SP',
      warnings: ['no_market_info', 'no_report_timeliness', 'triad_uncovered'],
      state: 'in_use',
    });
    const ofAnn = { personId: idOf('ann'), periodId };
    for (const name of ['ann', 'bob', 'cat']) {
      const input = { ...ofAnn, personId: idOf(name), scorecardId };
      expect(await run('ComputeEvaluation', input, by('sue'))).toMatchObject(ok);
      expect(await run('ComputeEvaluation', input, by('sue'))).toMatchObject({ ...ok, events: [] });
    }
    /** (5 000 × 8 000 + 3 000 × 8 000) / 8 000: no visit was made. */
    expect(await body('GetEvaluation', ofAnn, 'ann')).toMatchObject({
      state: 'computed',
      countedBp: 8_000,
      totalBp: 8_000,
      reportsSigned: 1,
      reportsDue: 1,
      items: [
        { kpi: 'call_volume', version: 1, numerator: '8', denominator: null, scoreBp: 8_000 },
        { kpi: 'report_quality', value: { num: '4', den: '5' }, scoreBp: 8_000 },
        { kpi: 'transaction_rate', value: null, state: 'undefined_zero_denominator', scoreBp: null },
      ],
    });
    const adjustments = [{ kpi: 'report_quality', deltaBp: -400, reason: 'Copied.' }];
    expect(await run('ReviewEvaluation', { ...ofAnn, adjustments }, by('sue'))).toMatchObject(ok);
    const claim = { kpi: 'call_volume', claim: 'One call is missing.' };
    expect(await run('DisputeEvaluation', { ...ofAnn, ...claim }, by('ann'))).toMatchObject(ok);
    const decision = { ...ofAnn, outcome: 'partial', deltaBp: 800, reason: 'It was half a call.' };
    expect(await run('ResolveDispute', decision, by('sue'))).toMatchObject({ status: 403 });
    expect(await run('ResolveDispute', decision, by('boss'))).toMatchObject(ok);
    expect(await run('FinaliseEvaluation', ofAnn, by('boss'))).toMatchObject(ok);
    /** (5 000 × 8 800 + 3 000 × 7 600) / 8 000 */
    expect(await body('GetEvaluation', ofAnn, 'sue')).toMatchObject({
      state: 'final',
      totalBp: 8_350,
      reviewerId: idOf('sue'),
      changes: [{ deltaBp: -400 }, { deltaBp: 800, reason: 'It was half a call.' }],
      disputes: [{ kpi: 'call_volume', outcome: 'partial', resolverId: idOf('boss') }],
      scores: [{ scoreBp: 8_800 }, { scoreBp: 7_600 }, { scoreBp: null }],
      restatements: [],
    });
  });

  test('is restated by late facts, with what it was before', async () => {
    const [stream, late] = calls('ann', '2026-03-05', 1);
    await seed(stave, stream, ...late);
    const ofAnn = { personId: idOf('ann'), periodId };
    const restate = () => run('RestateEvaluation', { ...ofAnn, reason: 'A late call.' }, by('sue'));
    expect(await restate()).toMatchObject({ events: [{ type: 'EvaluationRestated' }] });
    expect(await restate()).toMatchObject({ events: [] });
    /** (5 000 × 9 800 + 3 000 × 7 600) / 8 000 */
    expect(await body('GetEvaluation', ofAnn)).toMatchObject({
      state: 'final',
      totalBp: 8_975,
      restatements: [{ before: 8_350, after: 8_975, reason: 'A late call.' }],
    });
  });

  test('ranks those whose reports can be relied on, and shows whom the reader sees', async () => {
    const board = { scorecardId, periodId };
    const { data } = await body<{ data: readonly { personId: string; rank: number | null }[] }>(
      'GetLeaderboard',
      board,
      'sue',
    );
    expect(data).toMatchObject([
      { personId: idOf('ann'), rank: 1, reliable: true, totalBp: 8_975 },
      { personId: idOf('bob'), rank: 2, reliable: true, totalBp: 7_875 },
      { personId: idOf('cat'), rank: null, reliable: false, reportsSigned: 1, reportsDue: 2 },
    ]);
    expect(await body('GetLeaderboard', board, 'bob')).toMatchObject({ data: [{ personId: idOf('bob') }] });
    expect(await ask('GetLeaderboard', { ...board, periodId: 'FY2026-M02' })).toMatchObject({ status: 404 });
    expect(await ask('GetEvaluation', { personId: idOf('ann'), periodId }, 'bob')).toMatchObject({
      status: 403,
    });
    const listed = await body<{ data: readonly unknown[] }>('ListEvaluations', {}, 'ann');
    expect(listed.data).toMatchObject([{ personId: idOf('ann'), state: 'final' }]);
  });

  test('is refused for what there is not, without a fault', async () => {
    const input = { personId: idOf('ann'), periodId, scorecardId };
    const compute = (more: object) => run('ComputeEvaluation', { ...input, ...more }, by('sue'));
    expect(await compute({ scorecardId: idOf('nothing') })).toMatchObject({ code: 'scorecardUnknown' });
    expect(await compute({ periodId: 'FY2026-M99' })).toMatchObject({ code: 'periodUnknown' });
    expect(await compute({ periodId: 'FY2026-M05' })).toMatchObject({ code: 'periodNotOver' });
    const ofSystem = { ...input, personId: idOf('nobody') };
    expect(await run('ComputeEvaluation', ofSystem)).toMatchObject({ code: 'roleDiffers' });
    const restated = { personId: idOf('bob'), periodId: 'FY2026-M01', reason: 'Late.' };
    expect(await run('RestateEvaluation', restated)).toMatchObject({ code: 'evaluationUnknown' });
  });
});
