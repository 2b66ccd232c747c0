import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import {
  HypothesisResult,
  HypothesisVersion,
  hypothesisEvents,
  hypothesis as stated,
  TestNumber,
  Verdict,
} from '../events/hypothesis.ts';
import { Currency, HypothesisId, LocalDate } from '../events/values.ts';

const key = ({ data }: { readonly data: { readonly hypothesisId: string } }) => ({
  hypothesisId: data.hypothesisId,
});

const tested = {
  testedOn: LocalDate.nullable().describe('The day of the latest test of what it says; null before one.'),
  verdict: Verdict.nullable().describe('What that test says; null before one.'),
  result: HypothesisResult.nullable().describe('What that test comes to; null before one.'),
};
const untested = { testedOn: null, verdict: null, result: null };

/** The rules of thumb, and what history says of them. */
export const hypothesis = readModel({
  name: 'hypothesis',
  version: 1,
  summary: 'The rules of thumb, and what history says of them.',
  key: ['hypothesisId'],
  row: {
    hypothesisId: HypothesisId,
    version: HypothesisVersion,
    ...stated,
    currency: Currency.nullable().describe('Only opportunities in this currency; null where any is.'),
    openedFrom: LocalDate.nullable().describe('Only opportunities that were opened on this day or later.'),
    state: z.enum(['in_use', 'retired']).describe('Whether it is tested any more.'),
    tests: z.int().describe('How many times it was tested, all versions together.'),
    ...tested,
    retirementReason: z.string().nullable().describe('Why it was retired; null where it is not.'),
  },
  of: hypothesisEvents,
  on: {
    HypothesisRegistered: {
      key,
      row: (row, { data }) => ({
        ...data,
        currency: data.currency ?? null,
        openedFrom: data.openedFrom ?? null,
        state: 'in_use',
        tests: row?.tests ?? 0,
        ...untested,
        retirementReason: null,
      }),
    },
    HypothesisTested: {
      key,
      change: (row, { data: { test, testedOn, result } }) => ({
        ...row,
        ...{ tests: test, testedOn, result },
        verdict: result.verdict,
      }),
    },
    HypothesisRetired: {
      key,
      change: (row, { data: { reason } }) => ({ ...row, state: 'retired', retirementReason: reason }),
    },
  },
});

/** Every test of every rule of thumb. */
export const hypothesisTest = readModel({
  name: 'hypothesis_test',
  version: 1,
  summary: 'Every test of every rule of thumb.',
  key: ['hypothesisId', 'test'],
  row: {
    hypothesisId: HypothesisId,
    test: TestNumber,
    version: HypothesisVersion,
    testedOn: LocalDate.describe('The day of the test.'),
    factsKnownAt: z.bigint().describe('History is as the log had it at this position.'),
    verdict: Verdict,
    result: HypothesisResult.describe('What it comes to.'),
  },
  of: hypothesisEvents,
  on: {
    HypothesisTested: {
      key: ({ data: { hypothesisId, test } }) => ({ hypothesisId, test }),
      row: (_, { data: { factsKnownAt, ...data } }) => ({
        ...data,
        factsKnownAt: BigInt(factsKnownAt),
        verdict: data.result.verdict,
      }),
    },
  },
});

export const listHypotheses = list({
  name: 'ListHypotheses',
  summary: 'List rules of thumb with what history says of them.',
  permission: 'hypothesis:read',
  path: '/hypotheses',
  of: hypothesis,
  scope: 'everyone',
  filters: ['hypothesisId', 'pipelineId', 'state', 'outcome', 'claim', 'verdict', 'testedOn'],
  search: ['name'],
  sorts: ['name', 'testedOn'],
  groups: ['pipelineId', 'state', 'outcome', 'verdict'],
});

export const listHypothesisTests = list({
  name: 'ListHypothesisTests',
  summary: 'List the tests of rules of thumb, newest first.',
  permission: 'hypothesis:read',
  path: '/hypothesis-tests',
  of: hypothesisTest,
  scope: 'everyone',
  filters: ['hypothesisId', 'version', 'test', 'testedOn', 'verdict'],
  sorts: ['testedOn', 'test'],
  descending: true,
  groups: ['hypothesisId', 'verdict'],
});

export const getHypothesis = query({
  name: 'GetHypothesis',
  summary: 'Get a rule of thumb with all its tests.',
  permission: 'hypothesis:read',
  path: '/hypotheses/:hypothesisId',
  input: { hypothesisId: HypothesisId },
  output: hypothesis.row.extend({
    history: z.array(hypothesisTest.row).describe('Its tests, the earliest first.'),
  }),
  reads: [hypothesis, hypothesisTest],
  answer: async (db, { hypothesisId }) => {
    const row = await db
      .selectFrom('hypothesis')
      .selectAll()
      .where('hypothesisId', '=', hypothesisId)
      .executeTakeFirst();
    if (!row) return nothing;
    const history = await db
      .selectFrom('hypothesis_test')
      .selectAll()
      .where('hypothesisId', '=', hypothesisId)
      .orderBy('test')
      .execute();
    return { ...row, history };
  },
});
