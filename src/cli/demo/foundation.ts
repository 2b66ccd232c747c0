import { addDays } from '../../engine/instant.ts';
import { knownCustomers } from './customers.ts';
import { formerOrders, formerYears } from './history.ts';
import { coverageAssumptions } from './outlook.ts';
import { pipelinePolicy } from './pipeline.ts';
import {
  type Chain,
  type DemoActor,
  eur,
  type Stage,
  type Step,
  setUp,
  stage,
  step,
  system,
} from './script.ts';
import { pipelines } from './selling.ts';
import type { Simulation } from './simulation.ts';
import { monthTargets, planTargets } from './targets.ts';
import { historyDays, type Member, type World } from './world.ts';

type Input = Readonly<Record<string, unknown>>;

/** The day on which everything is set up, from an empty log to customers, targets and the orders of before. */
export function* foundation(simulation: Simulation): Generator<Stage> {
  const { world } = simulation;
  const { management, offices, regions, setupDay } = world;
  const { administrator, hr, topManager } = management;
  const since = addDays(setupDay, -historyDays);
  const managers = regions.map(({ manager }) => manager);
  const supervisors = offices.map(({ supervisor }) => supervisor);
  const staff = [...Object.values(management), ...managers, ...supervisors];
  const { person: leaver, lastDay: leftOn } = world.leaver;
  const everybody: readonly Member[] = [...staff, ...world.salespeople, leaver];
  const minutesOf = (minutes: number) => world.at(setupDay, 6 * 60 + minutes);
  const by = (actor: DemoActor, minutes: number) => (command: string, about: string, input: Input) =>
    step(minutesOf(minutes), actor, command, about, input);
  const alone = (steps: readonly Step[]): readonly Chain[] => steps.map((one) => [one]);
  const begin = by(setUp, 0);
  const holiday = world.holidays.get(setupDay);

  yield stage(setupDay, 'configuration', [
    [
      ...(holiday ? [begin('DeclareHoliday', setupDay, { date: setupDay, name: holiday.name })] : []),
      begin('ConfigureOrganisation', 'demo', {
        name: 'Tonnelier Supplies',
        timeZone: world.timeZone,
        reportingCurrency: 'EUR',
        weekStart: 1,
        dailyReportDue: '18:30',
        weeklyReportDue: { isoWeekday: 5, time: '17:00' },
        monthlyReviewDueWorkingDay: 5,
      }),
      by(system, 0)('OpenBusinessDay', setupDay, { date: setupDay }),
    ],
  ]);

  const catalogue = by(setUp, 1);
  yield stage(setupDay, 'regions and channels', [
    ...alone(
      regions.map(({ regionId, code, name }) => catalogue('DefineRegion', code, { regionId, code, name })),
    ),
    ...alone(
      world.channels.map(({ id, code, name }) =>
        catalogue('DefineChannel', code, { channelId: id, code, name }),
      ),
    ),
  ]);
  const unit = (
    unitId: string,
    code: string,
    name: string,
    kind: string,
    parentId: string | null,
    more?: Input,
  ) => catalogue('CreateOrgUnit', code, { unitId, code, name, kind, parentId, from: since, ...more });
  yield stage(setupDay, 'company', [
    [unit(world.headquartersId, 'HQ', 'Tonnelier Supplies', 'company', null)],
  ]);
  yield stage(
    setupDay,
    'region units',
    alone(
      regions.map(({ unitId, code, name, regionId }) =>
        unit(unitId, code, `Region ${name}`, 'region', world.headquartersId, { regionId }),
      ),
    ),
  );
  yield stage(
    setupDay,
    'offices',
    alone(
      offices.map(({ unitId, code, town, region }) =>
        unit(unitId, code, `Office ${town}`, 'office', region.unitId),
      ),
    ),
  );

  const hire =
    (actor: DemoActor, minutes: number) =>
    (member: Member): Chain => {
      const { code, personId, name, email, employeeNo, employedFrom, role } = member;
      const enter = by(actor, minutes);
      const grants = actor === setUp ? setUp : administrator.actor;
      return [
        enter('RegisterPerson', code, { personId, name, email }),
        enter('EmployPerson', code, { personId, employeeNo, from: employedFrom }),
        by(grants, minutes)('GrantRole', code, { personId, role, from: employedFrom }),
      ];
    };
  yield stage(setupDay, 'administration', [administrator, hr].map(hire(setUp, 2)));
  yield stage(
    setupDay,
    'people',
    everybody.filter((member) => member !== administrator && member !== hr).map(hire(hr.actor, 10)),
  );

  const assign = by(administrator.actor, 20);
  const place = (
    member: Member,
    orgUnitId: string,
    above: Member | undefined,
    specialisation = 'other',
  ): Step =>
    assign('AssignPosition', member.code, {
      personId: member.personId,
      positionId: member.positionId,
      orgUnitId,
      reportsToPositionId: above?.positionId ?? null,
      from: member.employedFrom,
      specialisation,
    });
  const { operator, director, auditor, analyst } = management;
  yield stage(setupDay, 'board', [
    [place(operator, world.headquartersId, undefined)],
    [place(director, world.headquartersId, undefined), place(topManager, world.headquartersId, director)],
  ]);
  yield stage(setupDay, 'managers', [
    ...alone(
      [administrator, hr, auditor, analyst].map((member) => place(member, world.headquartersId, topManager)),
    ),
    ...alone(regions.map(({ unitId, manager }) => place(manager, unitId, topManager, 'field_sales'))),
  ]);
  yield stage(
    setupDay,
    'supervisors',
    alone(
      offices.map(({ unitId, region, supervisor }) =>
        place(supervisor, unitId, region.manager, 'field_sales'),
      ),
    ),
  );
  yield stage(
    setupDay,
    'salespeople',
    alone(
      [...world.salespeople, leaver].map((person) =>
        place(person, person.office.unitId, person.office.supervisor, 'field_sales'),
      ),
    ),
  );
  const appoint = (unitId: string, code: string, { positionId }: Member): Step =>
    assign('AppointHead', code, { unitId, positionId, from: since });
  yield stage(
    setupDay,
    'heads',
    alone([
      appoint(world.headquartersId, 'HQ', topManager),
      ...regions.map(({ unitId, code, manager }) => appoint(unitId, code, manager)),
      ...offices.map(({ unitId, code, supervisor }) => appoint(unitId, code, supervisor)),
    ]),
  );
  yield stage(setupDay, 'former staff', [
    [
      by(hr.actor, 25)('EndEmployment', leaver.code, {
        personId: leaver.personId,
        on: leftOn,
        reason: 'resigned',
      }),
    ],
  ]);

  yield stage(setupDay, 'calendar and policies', [
    ...calendarSteps(world, by(administrator.actor, 30)),
    ...policySteps(world, by(topManager.actor, 40)),
  ]);
  const acknowledging = [...managers, ...supervisors, ...world.salespeople];
  yield stage(
    setupDay,
    'acknowledgements',
    acknowledging.map((member) =>
      Object.keys(policies)
        .filter((policyKey) => world.random('acknowledges', member.code, policyKey).chance(0.8))
        .map((policyKey) =>
          step(minutesOf(90), member.actor, 'AcknowledgePolicy', `${member.code}/${policyKey}`, {
            policyKey,
            policyVersion: 1,
            personId: member.personId,
          }),
        ),
    ),
  );
  yield stage(setupDay, 'products and competitors', [
    ...productChains(world, by(administrator.actor, 100), since),
    ...alone(
      world.competitors.map(({ id, name }) =>
        by(topManager.actor, 110)('RegisterCompetitor', name, { competitorId: id, name }),
      ),
    ),
  ]);
  for (const chains of knownCustomers(simulation)) yield stage(setupDay, 'customers', chains);
  yield stage(setupDay, 'former orders', [...formerOrders(simulation), ...formerYears(simulation)]);
  yield* pipelines(simulation);
  yield stage(
    setupDay,
    'targets',
    world.salespeople.map((person) =>
      monthTargets(simulation, person, setupDay, world.at(setupDay, 14 * 60)),
    ),
  );
  yield* planTargets(simulation);
  yield stage(setupDay, 'coverage', coverageAssumptions(simulation));
}

type Enter = (command: string, about: string, input: Input) => Step;

function calendarSteps(world: World, enter: Enter): readonly Chain[] {
  const { setupDay, holidays, fiscal } = world;
  const declared = [...holidays].filter(([date]) => date !== setupDay);
  return [
    [
      enter('PublishFiscalCalendar', 'demo', fiscal.calendar),
      enter('SetWorkingWeek', 'demo', { isoWeekdays: [1, 2, 3, 4, 5], from: setupDay }),
      ...declared.map(([date, { name, region }]) =>
        enter('DeclareHoliday', date, { date, name, ...(region && { regionId: region.regionId }) }),
      ),
      enter('RecordExchangeRate', setupDay, {
        base: 'USD',
        quote: 'EUR',
        rate: { num: '9214', den: '10000' },
        date: setupDay,
        source: 'House bank',
      }),
    ],
  ];
}

const policies: Readonly<Record<string, Input>> = {
  'back-dating': { daysMax: 7 },
  'visit-planning': { dueTime: '09:00', signOffHours: 24 },
  'visit-effectiveness': { minimumMinutes: 10 },
  'daily-activity': { visitsPerDay: 4, callsPerDay: 2 },
  'daily-report': { missedAfterHours: 24, signOffHours: 24, mileageRateMinor: 30 },
  'quality-rubric': { rubricVersion: 1 },
  pipeline: pipelinePolicy,
};

const policySteps = ({ setupDay }: World, enter: Enter): readonly Chain[] =>
  Object.entries(policies).map(([policyKey, document]) => [
    enter('AdoptPolicy', policyKey, { policyKey, effectiveFrom: setupDay, document }),
  ]);

const productChains = ({ products }: World, enter: Enter, since: string): readonly Chain[] =>
  products.map(({ productId, groupId, sku, name, priceMinor, costMinor }) => [
    enter('DefineProduct', sku, { productId, groupId, sku, name }),
    enter('SetListPrice', sku, { productId, price: eur(priceMinor), from: since }),
    enter('SetStandardCost', sku, { productId, cost: eur(costMinor), from: since }),
  ]);
