import type { Pool } from 'pg';
import { z } from 'zod';
import { decider } from '../src/engine/decision.ts';
import { createDispatcher, type Dispatcher } from '../src/engine/dispatcher.ts';
import { eventReader } from '../src/engine/log.ts';
import { createVault } from '../src/engine/vault.ts';
import { eventTypes } from '../src/events/index.ts';
import { subjectOf } from '../src/events/subject.ts';
import { visitPlanEvents } from '../src/events/visit-plan.ts';
import { now, visitInput } from './visits.ts';

const { VisitPlanned } = visitPlanEvents;

type Visit = Parameters<typeof VisitPlanned>[0];

const plan = decider({
  stream: 'visit-plan',
  id: ['personId', 'date'],
  events: { VisitPlanned },
  initialState: 0,
  evolve: { VisitPlanned: (visits: number) => visits + 1 },
});

/** Appends a visit that was decided elsewhere to its plan's stream, as other event stores append: nothing is judged. */
export const appendVisit = {
  command: plan.command({
    name: 'AppendVisit',
    summary: 'Append a visit.',
    permission: 'visit-plan:write',
    path: '/appends/:personId/:date',
    input: { personId: z.string(), date: z.string(), visit: z.custom<Visit>() },
    emits: ['VisitPlanned'],
    rejects: {},
    decide: (_, { visit }) => [VisitPlanned(visit)],
  }),
  inputOf: (index: number) => {
    const visit = visitInput(index);
    return { personId: visit.personId, date: visit.date, visit: { sequence: 1, ...visit } };
  },
};

/** The engine without the product's gate: coalescing, receipts, versions, hash chain and durable append. */
export const createAppender = (pool: Pool): Dispatcher =>
  createDispatcher({
    pool,
    read: eventReader(eventTypes),
    gate: { reads: [], timeZone: () => 'UTC', admit: () => undefined },
    types: eventTypes,
    sealing: { vault: createVault('bench'), subjectOf },
    facts: () => {
      throw new Error('Nothing is asked');
    },
    appended: () => undefined,
    now: () => now,
  });
