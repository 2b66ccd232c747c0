import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import { cancelSimulation, defineSimulation, recordSimulationRun } from '../../src/commands/simulation.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { simulationEvents } from '../../src/events/simulation.ts';
import { simulate } from '../../src/simulation/simulation.ts';
import { given, idOf } from '../support/given.ts';
import { inputOf, ratio } from '../support/simulation.ts';

const { SimulationDefined, SimulationRun, SimulationCancelled } = simulationEvents;

const simulationId = idOf('simulation');
const simulated = inputOf({ asOf: '2026-03-02', runs: 100 });
const { yearEnd: _, ...process } = simulated;
const input = { simulationId, name: 'As it is', ...process };
const defined = SimulationDefined({ ...input, yearEnd: '2027-01-01' });
const result = simulate(simulated);
const run = SimulationRun({ simulationId, result });
const cancelled = SimulationCancelled({ simulationId, reason: 'Not needed.' });

describe('DefineSimulation', () => {
  const { asOf: __, ...undated } = input;
  test('defines one, from today until after the fiscal year', () => {
    given().when(defineSimulation, undated).thenEmits(defined);
  });
  test('says nothing twice, on another day either', () => {
    given(defined).when(defineSimulation, undated, { now: '2026-05-01T08:00:00.000Z' }).thenNothing();
  });
  test('refuses another one under a known id', () => {
    given(defined)
      .when(defineSimulation, { ...input, seed: 'another' })
      .thenRejects('simulationKnown');
  });
  test('refuses a day that the calendar does not reach', () => {
    const published = calendarEvents.FiscalCalendarPublished({
      calendarVersion: 1,
      kind: 'calendar_month',
      fiscalYearStartMonth: 1,
      periods: [...fiscalPeriods('calendar_month', 1, 2024, 1)],
    });
    given().and(calendar.ref(), published).when(defineSimulation, input).thenRejects('yearUnknown');
  });
  test('refuses what cannot be simulated, and says what of it', () => {
    const levers = [{ kind: 'conversion', stage: 7, factor: ratio(2) }];
    const verdict = given().when(defineSimulation, { ...input, scenarios: [{ name: 'x', levers }] });
    verdict.thenRejects('notSimulable');
    expect(verdict.decision).toMatchObject({ errors: [{ pointer: '/scenarios/0/levers/0' }] });
  });
});

describe('CancelSimulation', () => {
  const ending = { simulationId, reason: 'Not needed.' };
  test('cancels one that waits or runs', () => {
    given(defined).when(cancelSimulation, ending).thenEmits(cancelled);
  });
  test('says nothing twice', () => {
    given(defined, cancelled).when(cancelSimulation, ending).thenNothing();
  });
  test('refuses one that there is not, or that is done', () => {
    given().when(cancelSimulation, ending).thenRejects('simulationUnknown');
    given(defined, run).when(cancelSimulation, ending).thenRejects('simulationDone');
  });
});

describe('RecordSimulationRun', () => {
  test('records what came of it', () => {
    given(defined).when(recordSimulationRun, { simulationId, result }).thenEmits(run);
  });
  test('says nothing twice, and nothing of one that was cancelled meanwhile', () => {
    given(defined, run).when(recordSimulationRun, { simulationId, result }).thenNothing();
    given(defined, cancelled).when(recordSimulationRun, { simulationId, result }).thenNothing();
  });
  test('refuses one that there is not', () => {
    given().when(recordSimulationRun, { simulationId, result }).thenRejects('simulationUnknown');
  });
});
