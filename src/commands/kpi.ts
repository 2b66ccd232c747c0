import { canonicalJson, sha256 } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import {
  canNarrow,
  canWindow,
  KpiKey,
  type KpiUnit,
  kpiEvents,
  kpiIdentity,
  kpiVersion,
  type Term,
  unitOf,
} from '../events/kpi.ts';
import { isBuiltIn } from '../events/kpi-catalogue.ts';
import { Comment } from '../events/values.ts';
import { employmentOn } from './organisation/authority.ts';
import { organisation } from './organisation/state.ts';

const { KpiDefined, KpiVersionPublished, KpiRetired } = kpiEvents;

interface KpiState {
  readonly defined: DataOf<typeof KpiDefined> | undefined;
  readonly version: number;
  readonly definitionHash: string | undefined;
  readonly retired: boolean;
}

const initialState: KpiState = { defined: undefined, version: 0, definitionHash: undefined, retired: false };

const evolve: Evolve<KpiState, typeof kpiEvents> = {
  KpiDefined: (state, defined) => ({ ...state, defined }),
  KpiVersionPublished: (state, { version, definitionHash }) => ({ ...state, version, definitionHash }),
  KpiRetired: (state) => ({ ...state, retired: true }),
};

export const kpi = decider({ stream: 'kpi', id: ['key'], events: kpiEvents, initialState, evolve });

const absence = { kpiUnknown: absent('There is no such indicator of your own.') } as const;

export const defineKpi = kpi.command({
  name: 'DefineKpi',
  summary: 'Draft a key performance indicator of your own; a published version says what it is.',
  permission: 'kpi:define',
  path: '/kpis',
  input: { key: KpiKey, ...kpiIdentity },
  emits: ['KpiDefined'],
  rejects: { keyTaken: 'There is an indicator with this key.' },
  decide: ({ defined }, input) => {
    if (defined && canonicalJson(defined) === canonicalJson(input)) return [];
    if (defined || isBuiltIn(input.key)) return reject('keyTaken');
    return [KpiDefined(input)];
  },
});

/** The one unit of what is summed; undefined where units are mixed. */
function unitOfTerms(terms: readonly Term[]): ReturnType<typeof unitOf> | undefined {
  const units = new Set(terms.map(({ measure }) => unitOf(measure)));
  return units.size === 1 ? [...units][0] : undefined;
}

/** Whether a definition comes to what its unit says. */
function fits(unit: KpiUnit, numerator: readonly Term[], denominator: readonly Term[]): boolean {
  const summed = unitOfTerms(numerator);
  const overMoney = denominator.length > 0 && unitOfTerms(denominator) === 'money';
  if (unit === 'ratio') return denominator.length > 0;
  if (unit === 'days') return summed === 'money_days' && overMoney;
  if (unit === 'money' || unit === 'minutes') return summed === unit && !overMoney;
  return denominator.length === 0 && summed !== 'money' && summed !== 'money_days' && summed !== 'minutes';
}

export const publishKpiVersion = kpi.command({
  name: 'PublishKpiVersion',
  summary:
    'Publish a version of an indicator of your own. It holds for the past too; earlier versions can still be asked for.',
  permission: 'kpi:publish',
  path: '/kpis/:key/versions',
  input: {
    key: KpiKey,
    ...kpiVersion,
    denominator: kpiVersion.denominator.default([]),
    grain: kpiVersion.grain.default('day'),
    minSample: kpiVersion.minSample.default(0),
  },
  emits: ['KpiVersionPublished'],
  rejects: {
    ...absence,
    kpiRetired: 'The indicator is retired.',
    ownerUnknown: unknown('Nobody of this id is employed today.'),
    unitsMixed: unknown('The terms of one side have different units.'),
    unitDiffers: unknown('The terms do not come to the unit of the indicator.'),
    filterUnknown: unknown('A measure does not know what its term is narrowed to.'),
    windowUnknown: unknown('A measure has no other time than the period.'),
    sampleUncounted: unknown('The denominator counts nothing, so there is no smallest sample.'),
  },
  reads: () => ({ organisation: organisation.ref() }),
  decide: ({ defined, version, definitionHash, retired }, { key, ...definition }, { reads, today }) => {
    if (!defined) return reject('kpiUnknown');
    if (retired) return reject('kpiRetired');
    const hash = sha256(canonicalJson(definition));
    if (hash === definitionHash) return [];
    const { numerator, denominator, minSample, owner } = definition;
    if (!employmentOn(reads.organisation, owner, today)) return reject('ownerUnknown');
    const sides = { numerator, denominator };
    const blind = Object.entries(sides).flatMap(([side, terms]) =>
      terms.flatMap(({ measure, filters = {} }, index) =>
        canNarrow(measure, filters)
          ? []
          : { pointer: `/${side}/${index}/filters`, detail: `${measure} does not know this.` },
      ),
    );
    if (blind.length > 0) return reject('filterUnknown', blind);
    const bound = Object.entries(sides).flatMap(([side, terms]) =>
      terms.flatMap(({ measure, window }, index) =>
        window === undefined || canWindow(measure)
          ? []
          : { pointer: `/${side}/${index}/window`, detail: `${measure} has no other time than the period.` },
      ),
    );
    if (bound.length > 0) return reject('windowUnknown', bound);
    const mixed = Object.entries(sides).filter(([, terms]) => terms.length > 0 && !unitOfTerms(terms));
    if (mixed.length > 0)
      return reject(
        'unitsMixed',
        mixed.map(([side]) => ({ pointer: `/${side}`, detail: 'Sum what has one unit.' })),
      );
    if (!fits(defined.unit, numerator, denominator)) return reject('unitDiffers');
    const counts = denominator.some(({ times }) => times > 0) && unitOfTerms(denominator) === 'count';
    if (minSample > 0 && !counts) return reject('sampleUncounted');
    return [KpiVersionPublished({ key, version: version + 1, ...definition, definitionHash: hash })];
  },
});

export const retireKpi = kpi.command({
  name: 'RetireKpi',
  summary: 'Retire an indicator of your own: it is shown only where it is asked for by its key.',
  permission: 'kpi:publish',
  path: '/kpis/:key/retire',
  input: { key: KpiKey, reason: Comment },
  emits: ['KpiRetired'],
  rejects: absence,
  decide: ({ defined, retired }, input) => {
    if (!defined) return reject('kpiUnknown');
    return retired ? [] : [KpiRetired(input)];
  },
});
