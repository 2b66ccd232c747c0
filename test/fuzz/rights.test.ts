import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { customerEvents } from '../../src/events/customer.ts';
import { opportunityEvents } from '../../src/events/opportunity.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { targetEvents } from '../../src/events/target.ts';
import { targetPlanEvents } from '../../src/events/target-plan.ts';
import { registered } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { company, employed, holds, granted as roleGranted, unit } from '../support/organisation.ts';
import { drafted, opened, document as pipelineDocument, pipelineId, published } from '../support/pipeline.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed as seedStream } from '../support/stave.ts';
import { createClient } from './support/client.ts';
import { countOf, report, seed } from './support/figures.ts';

const cellsMax = countOf(800, 800, 4_000);
const today = '2026-03-02';
const now = `${today}T10:00:00.000Z`;

/** Who is above whom, and in which region; written out, so that nothing of it is computed by what is tested. */
const people = {
  top: { role: 'TM', unit: 'company', above: [], region: null },
  north: { role: 'RM', unit: 'northern', above: ['top'], region: 'northern' },
  south: { role: 'RM', unit: 'southern', above: ['top'], region: 'southern' },
  one: { role: 'SV', unit: 'office', above: ['north', 'top'], region: 'northern' },
  two: { role: 'SV', unit: 'northern', above: ['north', 'top'], region: 'northern' },
  three: { role: 'SV', unit: 'southern', above: ['south', 'top'], region: 'southern' },
  ann: { role: 'SP', unit: 'office', above: ['one', 'north', 'top'], region: 'northern' },
  bob: { role: 'SP', unit: 'northern', above: ['two', 'north', 'top'], region: 'northern' },
  cid: { role: 'SP', unit: 'southern', above: ['three', 'south', 'top'], region: 'southern' },
  guest: { role: 'SP', unit: 'office', above: ['top'], region: 'northern' },
  owner: { role: 'OP', unit: 'company', above: [], region: null },
  dealer: { role: 'DL', unit: 'company', above: [], region: null },
  analyst: { role: 'AN', unit: 'company', above: [], region: null },
  auditor: { role: 'AU', unit: 'company', above: [], region: null },
  admin: { role: 'AD', unit: 'company', above: [], region: null },
} as const;
type Name = keyof typeof people;
const names = Object.keys(people) as Name[];
const fieldPeople = names.filter((name) => ['RM', 'SV', 'SP'].includes(people[name].role));
const actors = [
  ...names.filter((name) => !['three', 'two', 'guest', 'south', 'cid'].includes(name)),
  'crm',
] as const;
type ActorName = (typeof actors)[number];
const roleOf = (actor: ActorName): string => (actor === 'crm' ? 'IN' : people[actor].role);

const above = (actor: ActorName, subject: Name): boolean =>
  (people[subject].above as readonly string[]).includes(actor);
const sameRegion = (actor: ActorName, subject: Name): boolean =>
  actor !== 'crm' && people[actor].region !== null && people[actor].region === people[subject].region;

/** Whom the letters of the domain's matrix cover; `line` is that of the segregation rule S-2. */
const reach: Readonly<Record<string, (actor: ActorName, subject: Name) => boolean>> = {
  o: () => true,
  r: (actor, subject) => actor === subject || above(actor, subject) || sameRegion(actor, subject),
  t: (actor, subject) => actor === subject || above(actor, subject),
  s: (actor, subject) => actor === subject,
  line: (actor, subject) => actor !== subject && above(actor, subject),
  other: (actor, subject) => actor !== subject,
  beside: (actor, subject) => actor !== subject && (above(actor, subject) || sameRegion(actor, subject)),
};

const owners = [...fieldPeople, 'dealer'] as const;
const opportunityOf = (subject: Name): string => `/v1/opportunities/${idOf(`opportunity of ${subject}`)}`;

interface Capability {
  readonly name: string;
  /** Role to letter, as the matrix has it; who is not named may not. */
  readonly who: Readonly<Record<string, keyof typeof reach>>;
  /** Where the product departs from the matrix, as docs/security.md explains. */
  readonly departs?: Readonly<Record<string, keyof typeof reach | 'no'>>;
  readonly subjects?: readonly Name[];
  readonly days?: readonly string[];
  readonly request: (subject: Name, day: string) => { readonly path: string; readonly body?: object };
}

const planned = { prospectName: 'Somebody', window: { start: '09:00', end: '10:00' }, purposes: ['service'] };
const attendance = {
  attendance: { status: 'full_day' },
  visitResults: [],
  complaintsHandled: [],
  competitorInfo: [],
  customerOpinions: [],
  customerDevelopments: [],
  experience: 'x',
  tomorrowFocus: 'x',
};
const days = [today, '2026-03-03', '2026-03-04'];
const activity = { TM: 'o', RM: 'r', SV: 't', SP: 's', DL: 's', AU: 'o' };
const activityDeparts = { IN: 'o', DL: 'no' } as const;
const assigning = { TM: 'other', RM: 'line', SV: 'line' } as const;
const answering = { RM: 's', SV: 's', SP: 's', DL: 's' } as const;
const regionOf = (subject: Name): string => people[subject].region ?? 'company';
const money = { amountMinor: '1', currency: 'EUR' };
const year = { periodId: 'FY2026', start: '2026-01-01', endExclusive: '2027-01-01' };
const onTarget = (action: string, body: object) => (subject: Name) => ({
  path: `/v1/targets/${idOf(`target of ${subject}`)}/${action}`,
  body,
});
const onPlan = (action: string, body: object) => (subject: Name) => ({
  path: `/v1/target-plans/${idOf(`plan of ${regionOf(subject)}`)}/${action}`,
  body,
});
const onEvaluation = (action: string, body: object) => (subject: Name) => ({
  path: `/v1/evaluations/${idOf(subject)}/FY2026-M01/${action}`,
  body,
});
const document = (kind: string, action: string) => (subject: Name, day: string) => ({
  path: `/v1/documents/${kind}/${idOf(subject)}~${day}/${action}`,
  body: { docHash: '0'.repeat(64), comment: 'x' },
});

const capabilities: readonly Capability[] = [
  {
    name: 'adopt policy',
    who: { TM: 'o' },
    request: () => ({ path: '/v1/policies/back-dating/adopt', body: { effectiveFrom: today, document: {} } }),
  },
  {
    name: 'adopt calendar',
    who: { TM: 'o', AD: 'o' },
    request: () => ({
      path: '/v1/calendar/working-week',
      body: { isoWeekdays: [1, 2, 3, 4, 5], from: today },
    }),
  },
  {
    name: 'assign target',
    who: { TM: 'other', RM: 'line', SV: 'line' },
    subjects: names,
    request: (subject) => ({
      path: '/v1/targets',
      body: {
        responsible: idOf(subject),
        measure: 'visits',
        period: { periodId: 'FY2026-M04', start: '2026-04-01', endExclusive: '2026-05-01' },
        value: 5,
      },
    }),
  },
  {
    name: 'create a target plan',
    who: { TM: 'o', RM: 'r' },
    subjects: fieldPeople,
    request: (subject) => ({
      path: '/v1/target-plans',
      body: {
        ...{ name: 'x', horizon: year, measures: ['visits'], currency: 'EUR' },
        rootOrgUnit: idOf(regionOf(subject)),
      },
    }),
  },
  {
    name: 'say what a target plan rests on',
    who: { TM: 'o', RM: 'r' },
    subjects: fieldPeople,
    request: onPlan('basis', { kind: 'intuition', note: 'x' }),
  },
  {
    name: 'attach a seasonality',
    who: { TM: 'o', AN: 'o' },
    departs: { RM: 'r' },
    subjects: fieldPeople,
    request: onPlan('seasonality', { weights: [5_000, 5_000] }),
  },
  {
    name: 'submit a target plan',
    who: { TM: 'o', RM: 'r' },
    subjects: fieldPeople,
    request: onPlan('submit', {}),
  },
  { name: 'approve a target plan', who: { TM: 'o' }, request: () => onPlan('approve', {})('ann') },
  { name: 'publish a target plan', who: { TM: 'o' }, request: () => onPlan('publish', {})('ann') },
  { name: 'recall a target plan', who: { TM: 'o' }, request: () => onPlan('recall', { reason: 'x' })('ann') },
  { name: 'close a target plan', who: { TM: 'o' }, request: () => onPlan('close', {})('ann') },
  {
    name: 'assign a target of a plan',
    who: assigning,
    subjects: names,
    request: (subject) => {
      const body = { responsible: idOf(subject), measure: 'visits', period: year, value: 5 };
      return onPlan('targets', body)(subject);
    },
  },
  {
    name: 'break a target down',
    who: { TM: 'o', RM: 't', SV: 't' },
    subjects: names,
    request: onTarget('break-down', { levels: [{ dimension: 'period', method: 'even' }] }),
  },
  {
    name: 'revise a target',
    who: assigning,
    subjects: names,
    request: onTarget('revise', { value: 7, reason: 'economy', note: 'x' }),
  },
  {
    name: 'withdraw a target',
    who: assigning,
    subjects: names,
    request: onTarget('withdraw', { reason: 'x' }),
  },
  {
    name: 'decide a counter-proposal',
    who: assigning,
    subjects: names,
    request: onTarget('decide-counter-proposal', { accepted: true, reason: 'x' }),
  },
  {
    name: 'review an execution plan',
    who: assigning,
    subjects: names,
    request: onTarget('execution-plan/review', { accepted: true }),
  },
  {
    name: 'check whether a target is feasible',
    who: { TM: 'o', RM: 'r', AN: 'o' },
    subjects: names,
    request: onTarget('check-feasibility', {}),
  },
  { name: 'acknowledge a target', who: answering, subjects: names, request: onTarget('acknowledge', {}) },
  {
    name: 'counter-propose',
    who: answering,
    subjects: names,
    request: onTarget('counter-propose', { value: 6, arguments: 'x' }),
  },
  {
    name: 'plan how to reach a target',
    who: answering,
    subjects: names,
    request: onTarget('execution-plan', {
      ...{ approach: 'x', activities: [{ measure: 'visits', planned: 1 }], tasks: ['x'] },
    }),
  },
  {
    name: 'read the tree of a target plan',
    who: { TM: 'o', RM: 'o', SV: 'o', SP: 'o', AN: 'o', AU: 'o' },
    departs: { IN: 'o' },
    request: () => ({ path: `/v1/target-plans/${idOf('plan of northern')}/tree` }),
  },
  {
    name: 'read how far the targets of somebody are',
    who: { ...activity, AN: 'o' },
    departs: activityDeparts,
    subjects: names,
    request: (subject) => ({ path: `/v1/people/${idOf(subject)}/target-progress` }),
  },
  {
    name: 'read an indicator of somebody',
    who: { ...activity, AN: 'o' },
    departs: activityDeparts,
    subjects: names,
    request: (subject) => ({
      path: `/v1/kpis/values?subjectKind=person&subjectId=${idOf(subject)}&kpis=call_volume`,
    }),
  },
  {
    name: 'lead a planning cycle',
    who: { TM: 'o' },
    request: () => ({
      path: '/v1/planning-cycles',
      body: { unitId: idOf('company'), name: 'x', horizon: 'FY2026' },
    }),
  },
  {
    name: 'assess a market',
    who: { TM: 'o', RM: 'o', AN: 'o' },
    request: () => ({
      path: '/v1/market-assessments',
      body: {
        period: 'FY2026',
        potential: money,
        ownShareBp: 1,
        method: 'x',
        sources: ['x'],
      },
    }),
  },
  {
    name: 'plan a promotion',
    who: { TM: 'o', RM: 'o' },
    request: () => ({
      path: '/v1/promotions',
      body: {
        name: 'x',
        window: { start: today, endExclusive: '2026-03-03' },
        productIds: [idOf('product')],
        budget: money,
      },
    }),
  },
  {
    name: 'record what a promotion costs',
    who: { TM: 'o', RM: 'o' },
    request: () => ({
      path: `/v1/promotions/${idOf('promotion')}/spend`,
      body: { amount: money, note: 'x' },
    }),
  },
  {
    name: 'read the response to a promotion',
    who: { OP: 'o', TM: 'o', RM: 'o', AN: 'o', AU: 'o', IN: 'o' },
    request: () => ({ path: `/v1/promotions/${idOf('promotion')}/response` }),
  },
  {
    name: 'define a measure',
    who: { TM: 'o', AD: 'o' },
    request: () => ({
      path: '/v1/measures',
      body: {
        measureKey: 'activity',
        name: 'x',
        unit: 'count',
        additivity: 'additive',
        direction: 'up',
        terms: [{ measure: 'visits' }],
      },
    }),
  },
  {
    name: 'plan visit',
    who: { RM: 's', SV: 's', SP: 's' },
    subjects: fieldPeople,
    days,
    request: (subject, day) => ({ path: `/v1/visit-plans/${idOf(subject)}/${day}/visits`, body: planned }),
  },
  {
    name: 'submit plan',
    who: { RM: 's', SV: 's', SP: 's' },
    subjects: fieldPeople,
    days,
    request: (subject, day) => ({ path: `/v1/visit-plans/${idOf(subject)}/${day}/submit`, body: {} }),
  },
  {
    name: 'sign off plan',
    who: { RM: 'line', SV: 'line' },
    departs: { TM: 'line' },
    subjects: fieldPeople,
    days,
    request: document('visit-plan', 'sign-off'),
  },
  {
    name: 'sign off daily report',
    who: { RM: 'line', SV: 'line' },
    departs: { TM: 'line' },
    subjects: fieldPeople,
    days,
    request: document('daily-report', 'sign-off'),
  },
  {
    name: 'return daily report',
    who: { RM: 'line', SV: 'line' },
    departs: { TM: 'line' },
    subjects: fieldPeople,
    days,
    request: document('daily-report', 'return'),
  },
  {
    name: 'file daily report',
    who: { SV: 's', SP: 's' },
    departs: { RM: 's' },
    subjects: fieldPeople,
    request: (subject, day) => ({ path: `/v1/daily-reports/${idOf(subject)}/${day}/file`, body: attendance }),
  },
  {
    name: 'log complaint',
    who: { TM: 'o', RM: 'o', SV: 'o', SP: 'o', DL: 'o', IN: 'o' },
    request: () => ({
      path: '/v1/complaints',
      body: {
        customerId: idOf('customer of ann'),
        channel: 'phone',
        category: 'product',
        severity: 2,
        description: 'x',
      },
    }),
  },
  {
    name: 'transfer ownership',
    who: { TM: 'o', RM: 'r', SV: 't' },
    departs: { IN: 'o' },
    subjects: fieldPeople,
    request: (subject) => ({
      path: `/v1/customers/${idOf(`customer of ${subject}`)}/release-owner`,
      body: { reason: 'x' },
    }),
  },
  {
    name: 'read a day of somebody',
    who: activity,
    departs: activityDeparts,
    subjects: names,
    request: (subject) => ({ path: `/v1/day-sheets/${idOf(subject)}` }),
  },
  {
    name: 'read a day as it was known',
    who: activity,
    departs: activityDeparts,
    subjects: names,
    request: (subject) => ({ path: `/v1/day-sheets/${idOf(subject)}?knownAt=1` }),
  },
  {
    name: 'read the day of a team',
    who: activity,
    departs: activityDeparts,
    subjects: names,
    request: (subject, day) => ({ path: `/v1/people/${idOf(subject)}/days/${day}/team` }),
  },
  ...['weeks/2026-W09', 'months/FY2026-M02'].map(
    (time): Capability => ({
      name: `read ${time} of a unit, as far as one sees its parts`,
      who: { TM: 'o', RM: 'o', SV: 'o', SP: 'o', AN: 'o', AU: 'o' },
      departs: { IN: 'o' },
      request: () => ({ path: `/v1/org-units/${idOf('office')}/${time}` }),
    }),
  ),
  {
    name: 'read results',
    who: { OP: 'o', TM: 'o', AN: 'o', AU: 'o' },
    departs: { IN: 'o' },
    request: () => ({ path: '/v1/results?period=2026-03-02' }),
  },
  {
    name: 'verify the ledger',
    who: { AU: 'o' },
    request: () => ({ path: '/v1/audit/verification?limit=1' }),
  },
  {
    name: 'list who read',
    who: { AU: 'o' },
    request: () => ({ path: '/v1/audit/accesses?limit=1' }),
  },
  {
    name: 'grant a role',
    who: { AD: 'o' },
    subjects: names,
    request: (subject) => ({ path: `/v1/people/${idOf(subject)}/roles/SP/grant`, body: { from: today } }),
  },
  {
    name: 'draft an indicator',
    who: { AN: 'o', TM: 'o' },
    request: () => ({
      path: '/v1/kpis',
      body: { key: 'own_one', name: 'x', purpose: 'x', unit: 'count', direction: 'up' },
    }),
  },
  {
    name: 'retire an indicator',
    who: { TM: 'o' },
    request: () => ({ path: '/v1/kpis/own_one/retire', body: { reason: 'x' } }),
  },
  {
    name: 'publish an indicator',
    who: { TM: 'o' },
    request: () => ({
      path: '/v1/kpis/own_one/versions',
      body: {
        ...{ numerator: [{ measure: 'calls', times: 1 }], source: 'x', obtainability: 'x' },
        owner: idOf('top'),
      },
    }),
  },
  {
    name: 'design a scorecard',
    who: { TM: 'o' },
    request: () => ({
      path: '/v1/scorecards',
      body: {
        ...{ name: 'x', role: 'SP' },
        items: [
          ...[{ kpi: 'call_volume', weightBp: 10_000, target: { num: '1', den: '1' }, category: 'volume' }],
        ],
      },
    }),
  },
  {
    name: 'compute an evaluation',
    who: { TM: 'other', RM: 'beside', SV: 'line' },
    subjects: names,
    request: onEvaluation('compute', { scorecardId: idOf('card') }),
  },
  {
    name: 'review an evaluation',
    who: { TM: 'o', RM: 'r', SV: 't' },
    subjects: fieldPeople,
    request: onEvaluation('review', {}),
  },
  {
    name: 'acknowledge an evaluation',
    who: { RM: 's', SV: 's', SP: 's' },
    subjects: fieldPeople,
    request: onEvaluation('acknowledge', {}),
  },
  {
    name: 'dispute an evaluation',
    who: { RM: 's', SV: 's', SP: 's' },
    subjects: fieldPeople,
    request: onEvaluation('dispute', { kpi: 'call_volume', claim: 'x' }),
  },
  {
    name: 'resolve a dispute',
    who: { TM: 'o', RM: 'r' },
    subjects: fieldPeople,
    request: onEvaluation('resolve', { outcome: 'rejected', reason: 'x' }),
  },
  {
    name: 'make an evaluation final',
    who: { TM: 'o', RM: 'r' },
    subjects: fieldPeople,
    request: onEvaluation('finalise', {}),
  },
  {
    name: 'read an evaluation',
    who: { TM: 'o', RM: 'r', SV: 't', SP: 's', AU: 'o' },
    subjects: fieldPeople,
    request: (subject) => ({ path: `/v1/evaluations/${idOf(subject)}/FY2026-M01` }),
  },
  {
    name: 'list evaluations that are outdated',
    who: { TM: 'o', RM: 'o', SV: 'o', SP: 'o', AU: 'o' },
    request: () => ({ path: `/v1/evaluations/outdated?recordedOn=${today}` }),
  },
  {
    name: 'list restated figures',
    who: { TM: 'o', RM: 'o', SV: 'o', SP: 'o', AN: 'o', AU: 'o', IN: 'o' },
    request: () => ({ path: '/v1/calendar/periods/FY2026-M01/restatements' }),
  },
  {
    name: 'define a pipeline',
    who: { TM: 'o', AN: 'o' },
    request: () => ({ path: '/v1/pipelines', body: pipelineDocument }),
  },
  {
    name: 'open an opportunity',
    who: { SP: 's', DL: 's', IN: 'o' },
    subjects: owners,
    request: (subject) => ({
      path: '/v1/opportunities',
      body: {
        customerId: idOf('customer of ann'),
        ownerId: idOf(subject),
        pipelineId,
        title: 'x',
        source: 'x',
        value: { amountMinor: '1', currency: 'EUR' },
      },
    }),
  },
  {
    name: 'move a stage',
    who: { SP: 's', DL: 's', IN: 'o' },
    subjects: owners,
    request: (subject) => ({ path: `${opportunityOf(subject)}/move`, body: { stageId: 'proposal' } }),
  },
  {
    name: 'revise a value',
    who: { SP: 's', DL: 's', IN: 'o' },
    subjects: owners,
    request: (subject) => ({
      path: `${opportunityOf(subject)}/revise-value`,
      body: { total: { amountMinor: '1', currency: 'EUR' }, reason: 'x' },
    }),
  },
  {
    name: 'override a stage',
    who: { SV: 't' },
    subjects: owners,
    request: (subject) => ({
      path: `${opportunityOf(subject)}/override-stage`,
      body: { stageId: 'contract', reason: 'x' },
    }),
  },
  {
    name: 'transfer an opportunity',
    who: { TM: 'o', RM: 'r', SV: 't' },
    departs: { IN: 'o' },
    subjects: fieldPeople,
    request: (subject) => ({
      path: `${opportunityOf(subject)}/transfer`,
      body: { to: idOf(subject), reason: 'x' },
    }),
  },
  {
    name: 'import an opportunity',
    who: { TM: 'o', RM: 'r', IN: 'o' },
    subjects: fieldPeople,
    request: (subject) => ({
      path: `/v1/opportunities/${idOf(`import of ${subject}`)}/import`,
      body: {
        ...{ externalId: 'x', customerId: idOf('customer of ann'), ownerId: idOf(subject), pipelineId },
        ...{ title: 'x', source: 'x', value: money, openedAt: '2026-02-20T08:00:00Z' },
      },
    }),
  },
  {
    name: 'put a customer on another rung',
    who: { SV: 't', RM: 'r', IN: 'o' },
    subjects: fieldPeople,
    request: (subject) => ({
      path: `/v1/customers/${idOf(`customer of ${subject}`)}/advance-lifecycle`,
      body: { to: 'key', reason: 'x' },
    }),
  },
  {
    name: 'close a period',
    who: { TM: 'o' },
    request: () => ({
      path: '/v1/calendar/periods/FY2026-M01/close',
      body: { closingPosition: 1, figuresHash: '0'.repeat(64) },
    }),
  },
  {
    name: 'record an exchange rate',
    who: { AD: 'o', IN: 'o' },
    request: () => ({
      path: '/v1/calendar/exchange-rates',
      body: { base: 'EUR', quote: 'USD', rate: { num: '11', den: '10' }, date: today, source: 'x' },
    }),
  },
];

interface Cell {
  readonly capability: Capability;
  readonly actor: ActorName;
  readonly subject: Name;
  readonly day: string;
}

const cells: readonly Cell[] = capabilities.flatMap((capability) =>
  actors.flatMap((actor) =>
    (capability.subjects ?? ['ann']).flatMap((subject) =>
      (capability.days ?? [today]).map((day) => ({ capability, actor, subject, day })),
    ),
  ),
);

/** What the domain says, with the departures that are written down. */
function mayBe({ capability, actor, subject }: Cell): boolean {
  const letter = { ...capability.who, ...capability.departs }[roleOf(actor)];
  return letter !== undefined && letter !== 'no' && reach[letter]!(actor, subject);
}

/** Refusals for who asks; any other answer, also a refusal, is for what is asked. */
const forWho = new Set([
  ...['forbidden', 'outsideLine', 'outsideRegion', 'selfSignOff', 'ownTarget', 'ownEvaluation'],
  'ownerOutsideScope',
]);

let server: Server;
const tokens = new Map<ActorName, string>();

beforeAll(async () => {
  server = await startServer({ clock: () => now, limits: { requestsPerMinute: 10_000_000 } });
  const stave = { ...server.runtime, tenantId: server.tenantId } as never;
  await seedStream(
    stave,
    'organisation',
    company,
    unit('northern', 'region'),
    unit('southern', 'region'),
    unit('office', 'office', 'northern'),
    organisationEvents.RegionDefined({ regionId: idOf('region'), code: 'N', name: 'North', parentId: null }),
    ...names.flatMap((name) => [
      employed(name),
      roleGranted(name, people[name].role),
      holds(name, people[name].above[0] ?? null, { unit: people[name].unit }),
    ]),
  );
  for (const name of fieldPeople) {
    const customerId = idOf(`customer of ${name}`);
    await seedStream(
      stave,
      `customer/${customerId}`,
      { ...registered, data: { ...(registered.data as object), customerId } } as never,
      customerEvents.CustomerOwnerAssigned({
        customerId,
        personId: idOf(name),
        shareBp: 10_000,
        coOwners: [],
        from: '2025-01-01',
        reason: 'initial',
        replaces: null,
      }),
    );
  }
  for (const region of ['company', 'northern', 'southern'])
    await seedStream(
      stave,
      `target-plan/${idOf(`plan of ${region}`)}`,
      targetPlanEvents.TargetPlanCreated({
        ...{ planId: idOf(`plan of ${region}`), name: 'Plan', horizon: year, calendarVersion: 0 },
        ...{ measures: ['visits'], rootOrgUnit: idOf(region), currency: 'EUR' },
      }),
    );
  for (const name of names)
    await seedStream(
      stave,
      `target/${idOf(`target of ${name}`)}`,
      targetEvents.TargetAssigned({
        ...{ targetId: idOf(`target of ${name}`), planId: idOf(`plan of ${regionOf(name)}`) },
        ...{ responsible: idOf(name), measure: 'visits', period: year, dimensions: {}, value: 5 },
      }),
    );
  await seedStream(stave, `pipeline-def/${pipelineId}`, drafted, published);
  for (const name of owners) {
    const own = { opportunityId: idOf(`opportunity of ${name}`), ownerId: idOf(name) };
    await seedStream(
      stave,
      `opportunity/${own.opportunityId}`,
      opportunityEvents.OpportunityOpened({
        ...opened.data,
        ...own,
        customerId: idOf('customer of ann'),
        after: { ...opened.data.after, ownerId: own.ownerId },
      }),
    );
  }
  for (const actor of actors)
    tokens.set(
      actor,
      await server.token(
        actor === 'crm' ? { name: actor, roles: ['IN'] } : { name: actor, personId: idOf(actor) },
      ),
    );
  await server.runtime.dispatcher.states(server.tenantId, [], 0);
});
afterAll(() => server.stop());

test('every role may do what the domain says, to whom it says', { timeout: 120_000 }, async () => {
  const client = createClient(server.url, 8);
  const granted = capabilities.map((capability) =>
    cells.find((cell) => cell.capability === capability && mayBe(cell)),
  );
  const isAlways = (cell: Cell) => !cell.capability.subjects || granted.includes(cell);
  const always = cells.filter(isAlways);
  const others = cells.filter((cell) => !isAlways(cell));
  const length = Math.min(cellsMax - always.length, others.length);
  const [some] = fc.sample(fc.shuffledSubarray(others, { minLength: length, maxLength: length }), {
    numRuns: 1,
    seed,
  });
  const chosen = [...always, ...some!];
  const wrong: string[] = [];
  const allowed = new Set<Capability>();
  await client.each(chosen, async (cell) => {
    const { capability, actor, subject, day } = cell;
    const { path, body } = capability.request(subject, day);
    const answer = await client.send({
      method: body ? 'POST' : 'GET',
      url: body ? `${path}?dryRun=true` : path,
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body && JSON.stringify(body),
      token: tokens.get(actor)!,
    });
    const { code, errors } = JSON.parse(answer.text) as { readonly code?: string; readonly errors?: unknown };
    const may = !forWho.has(code ?? '');
    if (may) allowed.add(capability);
    if (may !== mayBe(cell) || answer.status === 400)
      wrong.push(
        `${capability.name}: ${actor} (${roleOf(actor)}) about ${subject} on ${day}: ${answer.status} ${code ?? ''} ${JSON.stringify(errors ?? '')}, ${mayBe(cell) ? 'may' : 'may not'}`,
      );
  });
  client.close();
  report({ rightsCells: chosen.length, rightsWrong: wrong.length });
  expect(
    wrong
      .sort()
      .filter((line, index, all) => line.split(' about ')[0] !== all[index - 1]?.split(' about ')[0]),
  ).toEqual([]);
  expect(allowed.size).toBe(capabilities.length);
});
