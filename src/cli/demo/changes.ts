import { addDays } from '../../engine/instant.ts';
import { discussTargets } from './discussion.ts';
import { lookAhead } from './outlook.ts';
import { type Chain, eur, type Step, step } from './script.ts';
import { hasOpenDeal, loseDeals, transferDeals } from './selling.ts';
import type { Simulation } from './simulation.ts';
import { monthTargets } from './targets.ts';
import { nextOpenDay, supervisorOn } from './world.ts';

/** An office goes to another region and supervisor; that is entered some days after it took effect. */
function reorganise({ world, agenda }: Simulation): void {
  if (!world.reorganisation) return;
  const { office, to, from, enteredOn } = world.reorganisation;
  const { actor } = world.management.administrator;
  const enter = (command: string, about: string, input: Readonly<Record<string, unknown>>): Step =>
    step(world.at(enteredOn, 7 * 60 + 30), actor, command, `${about}/reorganisation`, { ...input, from });
  const { supervisor } = office;
  agenda.put(
    enteredOn,
    'clock',
    (): Chain => [
      enter('MoveOrgUnit', office.code, { unitId: office.unitId, newParentId: to.region.unitId }),
      ...office.salespeople.map(({ code, personId, positionId }) =>
        enter('AssignPosition', code, {
          personId,
          positionId,
          orgUnitId: office.unitId,
          reportsToPositionId: to.supervisor.positionId,
          specialisation: 'field_sales',
        }),
      ),
      enter('AppointHead', office.code, { unitId: office.unitId, positionId: to.supervisor.positionId }),
      enter('AssignPosition', supervisor.code, {
        personId: supervisor.personId,
        positionId: world.id(`position/${supervisor.code}/project`),
        orgUnitId: office.region.unitId,
        reportsToPositionId: office.region.manager.positionId,
        specialisation: 'key_account',
      }),
    ],
  );
}

/** A supervisor goes on leave and lets another one sign. */
function delegate({ world, agenda }: Simulation): void {
  if (!world.delegation) return;
  const { office, to, from, until } = world.delegation;
  const { actor, code, personId, positionId } = office.supervisor;
  const on = addDays(from, -1);
  agenda.put(on, 'dawn', () => [
    step(world.at(on, 8 * 60), actor, 'DelegateSignOff', code, {
      delegationId: world.id(`delegation/${code}`),
      fromPositionId: positionId,
      toPositionId: to.supervisor.positionId,
      documentKinds: ['visit-plan', 'daily-report'],
      from,
      to: until,
      reason: 'On leave.',
    }),
    step(world.at(on, 8 * 60 + 5), actor, 'RecordAbsence', code, {
      personId,
      absenceId: world.id(`absence/${code}`),
      from,
      to: addDays(until, -1),
      kind: 'leave',
    }),
  ]);
}

function takeLeave({ world, agenda }: Simulation): void {
  for (const { code, actor, personId, leave } of world.salespeople) {
    if (!leave) continue;
    const asked = addDays(leave.from, -10);
    const on = asked > world.firstDay ? asked : world.firstDay;
    const absenceId = world.id(`absence/${code}/leave`);
    agenda.put(on, 'clock', () => [
      step(world.at(on, 30), actor, 'RecordAbsence', `${code}/leave`, {
        personId,
        absenceId,
        ...leave,
        kind: 'leave',
      }),
    ]);
  }
}

/** Here and there a customer goes to a colleague of the same office, or to a competitor. */
function moveCustomers(simulation: Simulation): void {
  const { world, agenda, customers } = simulation;
  for (const office of world.offices) {
    const draw = world.random('handover', office.code);
    const [giver, taker] = office.salespeople.slice(-2);
    if (!giver || !taker || giver.code === 'SP1') continue;
    const on = nextOpenDay(
      world,
      office,
      addDays(world.firstDay, draw.int(2, Math.max(3, world.parameters.weeks * 5))),
    );
    if (on > world.lastDay) continue;
    agenda.put(on, 'dawn', () => {
      const owned = customers.get(giver)!;
      const busy = owned.findIndex((customer) => hasOpenDeal(simulation, customer, on));
      const [moved] = owned.splice(busy < 0 ? draw.int(0, owned.length - 1) : busy, 1);
      const [lost] = owned.splice(draw.int(0, owned.length - 1), 1);
      if (!moved || !lost) return [];
      customers.get(taker)!.push(moved);
      const competitorId = draw.pick(world.competitors).id;
      return [
        step(world.at(on, 8 * 60), supervisorOn(world, office, on).actor, 'AssignOwner', moved.code, {
          customerId: moved.customerId,
          personId: taker.personId,
          reason: 'handover',
        }),
        ...transferDeals(simulation, moved, taker, on),
        ...loseDeals(simulation, lost, competitorId, on),
        step(world.at(on, 8 * 60 + 10), giver.actor, 'MarkLost', lost.code, {
          customerId: lost.customerId,
          reason: 'Decided for the cheaper offer.',
          competitorId,
        }),
      ];
    });
  }
}

/** A cost that becomes known late: what was sold since is worth less. */
function correctCost({ world, agenda }: Simulation): void {
  const on = addDays(world.firstDay, Math.floor(world.parameters.weeks * 3.5) + 2);
  const { productId, sku, costMinor } = world.products[0]!;
  agenda.put(on, 'dawn', () => [
    step(world.at(on, 9 * 60), world.management.administrator.actor, 'SetStandardCost', `${sku}/late`, {
      productId,
      cost: eur(Math.round(costMinor * 1.08)),
      from: addDays(on, -5),
    }),
  ]);
}

function setTargets(simulation: Simulation): void {
  const { world, agenda } = simulation;
  for (let day = world.firstDay; day <= world.lastDay; day = addDays(day, 1)) {
    if (!day.endsWith('-01')) continue;
    for (const person of world.salespeople) {
      agenda.put(day, 'dawn', () => monthTargets(simulation, person, day, world.at(day, 7 * 60)));
    }
  }
}

/** Puts on the agenda what happens besides the daily work. */
export function scheduleChanges(simulation: Simulation): void {
  reorganise(simulation);
  delegate(simulation);
  takeLeave(simulation);
  moveCustomers(simulation);
  correctCost(simulation);
  setTargets(simulation);
  discussTargets(simulation);
  lookAhead(simulation);
}
