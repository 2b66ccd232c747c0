import type { Dimensions } from '../../events/target.ts';
import { type Chain, type Step, step } from './script.ts';
import type { Simulation } from './simulation.ts';
import { measures, node, planDays, targetPlanId, total, value } from './targets.ts';
import { type Member, type Salesperson, type World, works } from './world.ts';

/** What somebody proposes instead of the target for new outlets. */
const proposedOutlets = 3;

const ofPerson = ({ office, personId }: Salesperson): Dimensions => ({
  org_unit: office.unitId,
  salesperson: personId,
});

const guidance = 'Say for each key account what you want to reach there, and by when.';

/** How somebody means to reach the targets, said for one of them. */
function execution(
  world: World,
  { code, actor }: Member,
  targetId: string,
  at: string,
  visits: number,
): Step {
  const draw = world.random('execution plan', code);
  return step(at, actor, 'SubmitExecutionPlan', code, {
    targetId,
    approach: draw.pick([
      'Key accounts first, then outlets that have bought nothing for a quarter.',
      'More visits before noon, and an offer left behind on each.',
      'Two product groups each month, with samples.',
    ]),
    activities: [
      { measure: 'visits', planned: visits },
      { measure: 'orders', planned: Math.round((visits * draw.int(25, 35)) / 100) },
    ],
    tasks: ['List the key accounts', draw.pick(['Order samples', 'Renew the route plan', 'Call who owes'])],
    resourcesAsked: draw.chance(0.3) ? ['Samples'] : [],
  });
}

/** What somebody with targets says to them on a day: to all yes, but for one who proposes less of one. */
function answers(
  world: World,
  member: Member,
  dimensions: Dimensions,
  day: string,
  isOpposed = false,
): readonly Step[] {
  const at = world.at(day, 8 * 60);
  return measures.map((measure) => {
    const about = `${member.code}/${measure}`;
    const targetId = node(world, measure, dimensions);
    return isOpposed && measure === 'new_outlets'
      ? step(at, member.actor, 'CounterProposeTarget', about, {
          targetId,
          value: proposedOutlets,
          arguments: 'Two of my towns have no shop left that could become an outlet.',
        })
      : step(at, member.actor, 'AcknowledgeTarget', about, { targetId });
  });
}

/** The discussion of the plan until it is published, and the revision later on. */
export function discussTargets({ world, agenda }: Simulation): void {
  const { offices, regions, salespeople, management } = world;
  const { director, topManager } = management;
  const { answeredOn, decidedOn, publishedOn, revisedOn } = planDays(world);
  const planId = targetPlanId(world);
  const [first] = offices;
  const opponent = first!.salespeople.findLast((person) => works(world, person, answeredOn))!;
  const reviewed = (above: Member, { code }: Member, targetId: string, accepted: boolean): Chain => [
    step(world.at(answeredOn, 18 * 60), above.actor, 'ReviewExecutionPlan', code, {
      targetId,
      accepted,
      ...(!accepted && { guidance }),
    }),
  ];
  const put = (day: string, slot: 'dawn' | 'evening', chain: Chain) => agenda.put(day, slot, () => chain);

  for (const { unitId, manager } of regions) {
    const own = { org_unit: unitId };
    const targetId = node(world, 'net_sales', own);
    put(answeredOn, 'dawn', [
      ...answers(world, manager, own, answeredOn),
      execution(world, manager, targetId, world.at(answeredOn, 9 * 60), 120),
    ]);
    put(answeredOn, 'evening', reviewed(topManager, manager, targetId, true));
  }
  for (const { unitId, supervisor } of offices)
    put(answeredOn, 'dawn', answers(world, supervisor, { org_unit: unitId }, answeredOn));
  for (const person of salespeople) {
    const day = [answeredOn, decidedOn].find((open) => works(world, person, open));
    if (!day) continue;
    const own = ofPerson(person);
    const targetId = node(world, 'net_sales', own);
    const draw = world.random('answer', person.code);
    put(day, 'dawn', [
      ...answers(world, person, own, day, person === opponent),
      execution(world, person, targetId, world.at(day, 8 * 60 + 30), draw.int(800, 1_000)),
    ]);
    if (day === answeredOn)
      put(day, 'evening', reviewed(person.office.supervisor, person, targetId, draw.chance(0.85)));
  }

  put(decidedOn, 'dawn', [
    step(
      world.at(decidedOn, 9 * 60),
      first!.supervisor.actor,
      'DecideCounterProposal',
      `${opponent.code}/new_outlets`,
      {
        targetId: node(world, 'new_outlets', ofPerson(opponent)),
        accepted: true,
        reason: 'The two towns are as you say; the office looks for the others.',
      },
    ),
  ]);
  const isSilent = (person: Salesperson) =>
    !works(world, person, answeredOn) && !works(world, person, decidedOn);
  const waived = [
    { rule: 'residue', reason: 'The outlets that were given back stay with the office.' },
    ...(salespeople.some(isSilent)
      ? [{ rule: 'execution_plan', reason: 'Those who are away say it when they are back.' }]
      : []),
  ];
  put(publishedOn, 'dawn', [
    step(world.at(publishedOn, 9 * 60), director.actor, 'ApproveTargetPlan', 'the year', { planId }),
    step(world.at(publishedOn, 9 * 60 + 30), topManager.actor, 'PublishTargetPlan', 'the year', {
      planId,
      waived,
    }),
  ]);
  put(revisedOn, 'dawn', [
    step(world.at(revisedOn, 8 * 60 + 30), director.actor, 'ReviseTarget', 'gross_profit', {
      targetId: node(world, 'gross_profit', {}),
      value: value('gross_profit', (total(world, 'gross_profit') * 19) / 20),
      reason: 'economy',
      note: 'What we buy has become dearer, and prices cannot follow this year.',
    }),
  ]);
}
