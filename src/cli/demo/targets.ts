import { nodeIdOf } from '../../commands/target/node.ts';
import { addDays, weekday } from '../../engine/instant.ts';
import type { Dimensions } from '../../events/target.ts';
import { seasonality } from './fiscal.ts';
import { type Chain, eur, type Stage, type Step, stage, step, together } from './script.ts';
import type { Simulation } from './simulation.ts';
import { type Member, type Office, type Salesperson, supervisorOn, type World } from './world.ts';

/** How much a supervisor wants done in the fiscal month that a day lies in; what it is to bring is in the plan. */
export function monthTargets({ world }: Simulation, person: Salesperson, day: string, at: string): Chain {
  const month = world.fiscal.months.find(({ start, endExclusive }) => start <= day && day < endExclusive);
  if (!month) return [];
  const { periodId, start, endExclusive } = month;
  const draw = world.random('target', person.code, periodId);
  const values = { visits: draw.int(70, 95), orders: draw.int(24, 40) };
  const { actor } = supervisorOn(world, person.office, day);
  return Object.entries(values).map(([measure, value]) =>
    step(at, actor, 'AssignTarget', `${person.code}/${periodId}/${measure}`, {
      targetId: world.id(`target/${person.code}/${periodId}/${measure}`),
      responsible: person.personId,
      measure,
      period: { periodId, start, endExclusive },
      value,
    }),
  );
}

export const measures = ['net_sales', 'gross_profit', 'payment_recovered', 'new_outlets'] as const;
type Planned = (typeof measures)[number];

/** What a salesperson is to bring in a year on average: cents, or a number. */
const perSalesperson: Readonly<Record<Planned, number>> = {
  net_sales: 52_000_000,
  gross_profit: 20_000_000,
  payment_recovered: 58_000_000,
  new_outlets: 4,
};

export const value = (measure: Planned, amount: number) => (measure === 'new_outlets' ? amount : eur(amount));

/** The target plan of the company. */
export const targetPlanId = ({ id }: World): string => id('target-plan');

/** The id of a node for the whole planned year. */
export function node(world: World, measure: Planned, dimensions: Dimensions): string {
  return nodeIdOf(targetPlanId(world), { measure, period: world.fiscal.planned, dimensions });
}

export const total = ({ salespeople }: World, measure: Planned): number =>
  perSalesperson[measure] * salespeople.length;

interface Top {
  readonly name: string;
  readonly measure: Planned;
  readonly dimensions: Dimensions;
}

const byGroup = 'net_sales by product group';

/** Net sales stand at the top twice, because a target is broken down in one way: by people, and by product groups. */
const topsOf = ({ headquartersId }: World): readonly Top[] => [
  ...measures.map((measure) => ({ name: measure, measure, dimensions: {} })),
  { name: byGroup, measure: 'net_sales', dimensions: { org_unit: headquartersId } },
];

type Enter = (command: string, about: string, input: Readonly<Record<string, unknown>>) => Step;
const entering =
  ({ at, setupDay }: World, minutes: number) =>
  ({ actor }: Member): Enter =>
  (command, about, input) =>
    step(at(setupDay, minutes), actor, command, about, input);

/** The plan with what it rests on and the figures at its top. */
function proposal(world: World): Chain {
  const { analyst, director, topManager } = world.management;
  const by = entering(world, 14 * 60 + 30);
  const planId = targetPlanId(world);
  const { planned, historyStart } = world.fiscal;
  const { periodId, start, endExclusive } = planned;
  const period = { periodId, start, endExclusive };
  const assessmentId = world.id('market-assessment');
  const lead = by(topManager);
  return [
    by(analyst)('AssessMarket', periodId, {
      assessmentId,
      period: periodId,
      potential: eur(total(world, 'net_sales') * 8),
      ownShareBp: 1_100,
      method: 'Statistics of the trade and interviews with dealers',
      sources: ['Trade association', 'Dealers of the three regions'],
    }),
    lead('CreateTargetPlan', periodId, {
      planId,
      name: `Targets ${periodId}`,
      horizon: period,
      measures,
      rootOrgUnit: world.headquartersId,
      currency: 'EUR',
    }),
    lead('RecordTargetBasis', 'history', {
      planId,
      kind: 'history',
      refs: [`Orders since ${historyStart}`],
      note: 'What was sold and paid a year before, region by region.',
    }),
    lead('RecordTargetBasis', 'market assessment', {
      planId,
      kind: 'market_assessment',
      refs: [assessmentId],
      note: 'The market gives more than we take from it.',
    }),
    by(analyst)('AttachSeasonality', periodId, { planId, weights: seasonality }),
    together(
      topsOf(world).map(({ name, measure, dimensions }) =>
        by(director)('AssignPlanTarget', name, {
          planId,
          responsible: topManager.personId,
          measure,
          period,
          dimensions,
          value: value(measure, total(world, measure)),
        }),
      ),
    ),
  ];
}

interface Unit {
  readonly unitId: string;
  readonly people: number;
}

/** A level of units: by what they brought a year before, or where that says nothing by their people. */
const units = (measure: Planned, members: readonly Unit[]) => ({
  dimension: 'org_unit',
  method: measure === 'new_outlets' ? 'weights' : 'history',
  members: members.map(({ unitId, people }) => ({ member: unitId, weight: people })),
});

const unitOf = ({ unitId, salespeople }: Office): Unit => ({ unitId, people: salespeople.length });
const bySeason = { dimension: 'period', method: 'seasonality' };

/** A level of product groups, each the care of a regional manager for the whole company. */
const groups = ({ products, regions }: World) => ({
  dimension: 'product_group',
  method: 'history',
  members: [...new Set(products.map(({ groupId }) => groupId))].map((member, index) => ({
    member,
    responsible: regions[index % regions.length]!.manager.personId,
  })),
});

/** The first day after another on which the whole company works. */
function companyDayAfter({ holidays }: World, day: string): string {
  let next = addDays(day, 1);
  while (weekday(next) > 5 || holidays.has(next)) next = addDays(next, 1);
  return next;
}

interface PlanDays {
  readonly answeredOn: string;
  /** Last day of the discussion. */
  readonly decidedOn: string;
  readonly publishedOn: string;
  readonly revisedOn: string;
}

export function planDays(world: World): PlanDays {
  const answeredOn = companyDayAfter(world, world.setupDay);
  const decidedOn = companyDayAfter(world, answeredOn);
  const publishedOn = companyDayAfter(world, decidedOn);
  const midway = addDays(world.firstDay, world.parameters.weeks * 3);
  const revisedOn = companyDayAfter(world, midway > publishedOn ? midway : publishedOn);
  return { answeredOn, decidedOn, publishedOn, revisedOn };
}

/** The plan as it is made on the day of the setup: from the company to people and months, each level by its head. */
export function* planTargets({ world }: Simulation): Generator<Stage> {
  const { setupDay, regions, offices, management } = world;
  const { analyst, topManager } = management;
  const officesOf = (unitId: string) => offices.filter(({ region }) => region.unitId === unitId);
  const breakDown = (enter: Enter, about: string, targetId: string, levels: readonly unknown[]): Chain => [
    enter('BreakDownTarget', about, { targetId, levels }),
  ];
  yield stage(setupDay, 'target plan', [proposal(world)]);

  const check = entering(world, 14 * 60 + 40)(analyst);
  const lead = entering(world, 14 * 60 + 45)(topManager);
  const regionUnits = regions.map(({ unitId }): Unit => {
    return {
      unitId,
      people: officesOf(unitId).reduce((sum, { salespeople }) => sum + salespeople.length, 0),
    };
  });
  yield stage(
    setupDay,
    'targets of regions',
    [
      ...topsOf(world).map(({ name, measure, dimensions }) => [
        check('CheckFeasibility', name, { targetId: node(world, measure, dimensions) }),
      ]),
      ...topsOf(world).map(({ name, measure, dimensions }) =>
        breakDown(
          lead,
          `HQ/${name}`,
          node(world, measure, dimensions),
          name === byGroup ? [groups(world)] : [units(measure, regionUnits)],
        ),
      ),
    ],
    true,
  );
  yield stage(
    setupDay,
    'targets of offices',
    regions.flatMap(({ code, unitId, manager }) =>
      measures.map((measure) =>
        breakDown(
          entering(world, 15 * 60)(manager),
          `${code}/${measure}`,
          node(world, measure, { org_unit: unitId }),
          [units(measure, officesOf(unitId).map(unitOf))],
        ),
      ),
    ),
    true,
  );
  yield stage(
    setupDay,
    'targets of people',
    offices.flatMap(({ code, unitId, supervisor, salespeople }) =>
      measures.map((measure) =>
        breakDown(
          entering(world, 15 * 60 + 30)(supervisor),
          `${code}/${measure}`,
          node(world, measure, { org_unit: unitId }),
          [
            {
              dimension: 'salesperson',
              method: 'even',
              members: salespeople.map(({ personId }) => ({ member: personId })),
            },
            bySeason,
          ],
        ),
      ),
    ),
  );
  const { decidedOn } = planDays(world);
  yield stage(setupDay, 'discussion', [
    [
      entering(world, 16 * 60)(topManager)('SubmitTargetPlan', world.fiscal.planned.periodId, {
        planId: targetPlanId(world),
        discussUntil: decidedOn,
      }),
    ],
  ]);
}
