import { canonicalJson } from '../../engine/canonical.ts';
import { reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { periodOf, spanOf } from '../../events/period.ts';
import { simulationEvents } from '../../events/simulation.ts';
import { inputFault, simulationInput } from '../../events/simulation-model.ts';
import { SimulationId } from '../../events/values.ts';
import { type Calendar, calendar } from '../calendar/state.ts';
import { nobody, simulation } from './state.ts';

const { SimulationDefined } = simulationEvents;

const { yearEnd: _, asOf, ...process } = simulationInput;
export const { name } = SimulationDefined.schema.shape;
export const definitionRejects = {
  simulationKnown: 'Another simulation of this id was defined already.',
  yearUnknown: unknown('The fiscal calendar does not reach the day.'),
  notSimulable: unknown('This cannot be simulated.'),
};

/** The fiscal year that a day lies in; undefined where the calendar does not reach. */
export const yearOf = (day: string, { periods }: Calendar) =>
  spanOf(periodOf(day, 'year', periods) ?? '', periods);

export const defineSimulation = simulation.command({
  name: 'DefineSimulation',
  summary:
    'Define a simulation of a sales process that is given, and of scenarios in which some things are changed. It is run in the background.',
  permission: 'simulation:write',
  path: '/simulations',
  input: {
    simulationId: generated(SimulationId),
    name,
    ...process,
    asOf: asOf.optional().describe('The day on which the simulation begins; today when left out.'),
  },
  emits: ['SimulationDefined'],
  rejects: definitionRejects,
  subject: nobody,
  reads: () => ({ calendar: calendar.ref() }),
  decide: ({ defined: before }, input, { reads, today }) => {
    const start = input.asOf ?? before?.asOf ?? today;
    const year = yearOf(start, reads.calendar);
    if (!year) return reject('yearUnknown');
    const defined = SimulationDefined({ ...input, asOf: start, yearEnd: year.endExclusive });
    if (before) return canonicalJson(before) === canonicalJson(defined.data) ? [] : reject('simulationKnown');
    const fault = inputFault(defined.data);
    return fault ? reject('notSimulable', [fault]) : [defined];
  },
});
