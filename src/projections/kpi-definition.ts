import { z } from 'zod';
import { type Db, nothing, page, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { KpiKey, KpiVersionNumber, kpiEvents, kpiIdentity, kpiVersion } from '../events/kpi.ts';
import { builtInKpis, Kpi } from '../events/kpi-catalogue.ts';
import { Instant } from '../events/values.ts';

const Published = z.object({
  version: KpiVersionNumber,
  ...kpiVersion,
  definitionHash: z.string().describe('SHA-256 of the definition as canonical JSON.'),
  publishedAt: Instant.describe('When the version was published.'),
});

const key = ({ data }: { readonly data: { readonly key: string } }) => ({ key: data.key });

/** The key performance indicators of the tenant's own. */
export const kpiDefinition = readModel({
  name: 'kpi_definition',
  version: 1,
  summary: 'The key performance indicators of the tenant’s own, with all their versions.',
  key: ['key'],
  row: {
    key: KpiKey,
    name: kpiIdentity.name,
    purpose: kpiIdentity.purpose,
    unit: kpiIdentity.unit,
    direction: kpiIdentity.direction,
    versions: z.array(Published).describe('What was published, the earliest first; empty for a draft.'),
    retirementReason: z.string().nullable().describe('Why it was retired; null where it is not.'),
  },
  of: kpiEvents,
  on: {
    KpiDefined: { key, row: (_, { data }) => ({ ...data, versions: [], retirementReason: null }) },
    KpiVersionPublished: {
      key,
      change: (row, { data: { key: _, ...version }, occurredAt }) => ({
        ...row,
        versions: [...row.versions, { ...version, publishedAt: occurredAt }],
      }),
    },
    KpiRetired: { key, change: (row, { data }) => ({ ...row, retirementReason: data.reason }) },
  },
});

/** An indicator and its versions, the latest last; without any it is a draft. */
interface Defined {
  readonly key: string;
  readonly state: 'draft' | 'published' | 'retired';
  readonly versions: readonly Kpi[];
  readonly draft: Omit<Kpi, 'version'>;
}

const builtIn: readonly Defined[] = builtInKpis.map((kpi) => ({
  key: kpi.key,
  state: 'published',
  versions: [kpi],
  draft: kpi,
}));

const blank = {
  origin: 'own',
  numerator: [],
  denominator: [],
  grain: 'day',
  formula: 'ratio',
  minSample: 0,
  source: '',
  obtainability: '',
  owner: null,
  definitionHash: null,
  publishedAt: null,
} as const;

function stateOf({ versions, retirementReason }: z.output<typeof kpiDefinition.row>): Defined['state'] {
  if (retirementReason !== null) return 'retired';
  return versions.length > 0 ? 'published' : 'draft';
}

/** Everything that is defined, the built-in ones first. */
export async function definitionsOf(db: Db<readonly [typeof kpiDefinition]>): Promise<readonly Defined[]> {
  const rows = await db.selectFrom('kpi_definition').selectAll().orderBy('key').execute();
  const own = rows.map((row): Defined => {
    const { versions, retirementReason: _, ...identity } = row;
    const draft = { ...blank, numerator: [], denominator: [], ...identity };
    return {
      key: row.key,
      state: stateOf(row),
      versions: versions.map((version) => ({ ...draft, ...version })),
      draft,
    };
  });
  return [...builtIn, ...own];
}

/** The definitions asked for by key and version, all that are in use without keys; undefined where one is missing. */
export function chosen(
  definitions: readonly Defined[],
  keys: readonly string[] | undefined,
  versions: readonly number[] | undefined,
): readonly Kpi[] | undefined {
  if (!keys) {
    if (versions) return undefined;
    return definitions.flatMap((each) => (each.state === 'published' ? each.versions.slice(-1) : []));
  }
  if (versions && keys.length !== 1) return undefined;
  const found = keys.flatMap((key) => {
    const known = definitions.find((each) => each.key === key)?.versions ?? [];
    if (!versions) return known.slice(-1);
    return versions.flatMap((number) => known.find(({ version }) => version === number) ?? []);
  });
  return found.length === (versions ?? keys).length ? found : undefined;
}

const Definition = Kpi.extend({
  version: z.int().describe('Number of the version; 0 for a draft, which says nothing yet.'),
  numerator: z.array(kpiVersion.numerator.element).describe('Summed into the numerator.'),
  source: z.string().describe('Where the figures come from and how edge cases count.'),
  obtainability: z.string().describe('What has to be recorded so that it says something.'),
  state: z
    .enum(['draft', 'published', 'retired'])
    .describe('Whether it is in use; what is retired is shown only where it is asked for by its key.'),
}).meta({ id: 'KpiDefinition', description: 'A key performance indicator, by a version of its definition.' });

const shown = ({ state, versions, draft }: Defined, kpi = versions.at(-1)) => ({
  ...(kpi ?? { ...draft, version: 0 }),
  state,
});

export const listKpis = query({
  name: 'ListKpis',
  summary: 'List the key performance indicators, built-in ones and your own, by their latest versions.',
  permission: 'kpi:read',
  path: '/kpis',
  input: {},
  output: page(Definition),
  reads: [kpiDefinition],
  answer: async (db) => ({
    data: (await definitionsOf(db)).map((definition) => shown(definition)),
    nextCursor: null,
  }),
});

export const getKpi = query({
  name: 'GetKpi',
  summary: 'Get the definition of a key performance indicator, by its latest version or another one.',
  permission: 'kpi:read',
  path: '/kpis/:kpi',
  input: { kpi: KpiKey, version: KpiVersionNumber.optional() },
  output: Definition.extend({
    versions: z
      .array(z.object({ version: KpiVersionNumber, publishedAt: Kpi.shape.publishedAt }))
      .describe('All versions, the latest last.'),
  }).meta({ id: 'KpiWithVersions', description: 'A key performance indicator and all its versions.' }),
  reads: [kpiDefinition],
  answer: async (db, { kpi, version }) => {
    const defined = (await definitionsOf(db)).find(({ key }) => key === kpi);
    const asked = defined?.versions.find((each) => each.version === version);
    if (!defined || (version !== undefined && !asked)) return nothing;
    return {
      ...shown(defined, asked),
      versions: defined.versions.map(({ version: number, publishedAt }) => ({
        version: number,
        publishedAt,
      })),
    };
  },
});
