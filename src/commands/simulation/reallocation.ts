import { canonicalJson } from '../../engine/canonical.ts';
import { reject, unknown } from '../../engine/decision.ts';
import { type Link, reallocation, simulationEvents } from '../../events/simulation.ts';
import { SimulationId } from '../../events/values.ts';
import { nobody, simulation, simulationNotDone, simulationUnknown } from './state.ts';

const { ReallocationAdopted } = simulationEvents;

const textOf = ({ lever, stage }: Link): string => `${lever} ${stage}`;
const pointing = (index: number, from: number, detail: string) => [
  { pointer: index < from ? `/fromLinks/${index}` : `/toLinks/${index - from}`, detail },
];

export const adoptReallocation = simulation.command({
  name: 'AdoptReallocation',
  summary:
    'Adopt where resources are taken from and where they go, by the sensitivity of a simulation: to four links at most.',
  permission: 'simulation:adopt',
  path: '/simulations/:simulationId/adopt-reallocation',
  input: { simulationId: SimulationId, ...reallocation },
  emits: ['ReallocationAdopted'],
  rejects: {
    simulationUnknown,
    simulationNotDone,
    linkUnknown: unknown('The sensitivity of the simulation has no such link.'),
    linkRepeated: unknown('Each link is there once.'),
  },
  subject: nobody,
  decide: ({ defined, result, adopted }, input) => {
    if (!defined) return reject('simulationUnknown');
    if (!result) return reject('simulationNotDone');
    const { fromLinks, toLinks } = input;
    const links = [...fromLinks, ...toLinks].map(textOf);
    const known = new Set(result.sensitivity.map(textOf));
    const strange = links.findIndex((link) => !known.has(link));
    if (strange >= 0) return reject('linkUnknown', pointing(strange, fromLinks.length, 'Name another one.'));
    const again = links.findIndex((link, index) => links.indexOf(link) < index);
    if (again >= 0) return reject('linkRepeated', pointing(again, fromLinks.length, 'It is there before.'));
    const adopting = ReallocationAdopted(input);
    return adopted && canonicalJson(adopted) === canonicalJson(adopting.data) ? [] : [adopting];
  },
});
