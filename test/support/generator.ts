import { v7 } from '../../src/engine/clock.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { addDays } from '../../src/engine/instant.ts';
import { append } from '../../src/engine/log.ts';
import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { ann, customerId, eur } from './commerce.ts';
import { idOf } from './given.ts';
import { pipelineId } from './pipeline.ts';
import { randomFrom } from './questions.ts';
import type { Stave } from './stave.ts';

const { OpportunityOpened, StageEntered, OpportunityWon, OpportunityLost } = opportunityEvents;

/** A sales process whose parameters are known. */
export interface Truth {
  readonly stageIds: readonly string[];
  /** For each stage how many of a hundred go on and back; the others are lost. */
  readonly leaving: readonly (readonly [on: number, back: number])[];
  /** For each stage the days that one may stay in it, each as likely. */
  readonly days: readonly (readonly number[])[];
  readonly perDay: number;
  readonly amounts: readonly number[];
}

/** One thing that happened to a deal: it came to a stage, or was won or lost. */
export interface Turn {
  readonly day: string;
  readonly to: number | 'won' | 'lost';
}
export interface Deal {
  readonly opportunityId: string;
  readonly amount: number;
  readonly turns: readonly Turn[];
}

/** The deals that a process brings from a day until before another; what comes after has not happened yet. */
export function dealsOf(truth: Truth, from: string, until: string, seed: number): readonly Deal[] {
  const below = randomFrom(seed);
  const pick = <T>(all: readonly T[]): T => all[below(all.length)]!;
  const deals: Deal[] = [];
  for (let day = from; day < until; day = addDays(day, 1)) {
    for (let trial = 0; trial < 2 * truth.perDay; trial++) {
      if (below(2) === 0) continue;
      const turns: Turn[] = [];
      let at = day;
      for (let to: Turn['to'] = 0; at < until; ) {
        turns.push({ day: at, to });
        if (typeof to !== 'number') break;
        at = addDays(at, pick(truth.days[to]!));
        const [on, back]: readonly [number, number] = truth.leaving[to]!;
        const chance = below(100);
        const next: Turn['to'] = to + 1 === truth.stageIds.length ? 'won' : to + 1;
        to = chance < on ? next : chance < on + back ? to - 1 : 'lost';
      }
      deals.push({ opportunityId: idOf(`deal ${deals.length}`), amount: pick(truth.amounts), turns });
    }
  }
  return deals;
}

/** How many a process brings on each day from a day on, by its formula: as many as come, times their chances of it. */
export function expectedWins(truth: Truth, days: number): readonly number[] {
  const stages = truth.stageIds.length;
  const entering = truth.stageIds.map((_, stage) =>
    Array.from({ length: days }, () => (stage === 0 ? truth.perDay : 0)),
  );
  const won = Array.from({ length: days }, () => 0);
  for (let day = 0; day < days; day++)
    for (let stage = stages - 1; stage >= 0; stage--) {
      const [on, back] = truth.leaving[stage]!;
      const all = truth.days[stage]!;
      for (const takes of all) {
        const at = day + takes;
        if (at >= days) continue;
        const leaving = entering[stage]![day]! / all.length;
        const next = stage + 1 === stages ? won : entering[stage + 1]!;
        next[at]! += (leaving * on) / 100;
        if (stage > 0) entering[stage - 1]![at]! += (leaving * back) / 100;
      }
    }
  return won;
}

const head = { customerId, pipelineId, pipelineVersion: 1, ownerId: ann };

/** What the log says of a deal. */
export function eventsOf({ stageIds }: Truth, { opportunityId, amount, turns }: Deal): readonly NewEvent[] {
  const own = { opportunityId, ...head };
  const standing = (to: Turn['to'], stay: number): Standing => ({
    status: typeof to === 'number' ? 'open' : to,
    stageId: typeof to === 'number' ? stageIds[to]! : to,
    stay,
    ownerId: ann,
    value: eur(String(amount)),
    expectedClose: null,
    probability: { num: '1', den: '2' },
    probabilitySource: 'stage',
  });
  return turns.map(({ day, to }, index) => {
    const after = standing(to, index + 1);
    const when = { occurredAt: `${day}T10:00:00.000Z`, effectiveOn: day };
    if (index === 0) return { ...OpportunityOpened({ ...own, title: 'Deal', source: 'fair', after }), when };
    const former = turns[index - 1]!.to as number;
    const change = { ...own, before: standing(former, index), after };
    if (to === 'won') return { ...OpportunityWon(change), when };
    if (to === 'lost') return { ...OpportunityLost({ ...change, reasonCode: 'other' }), when };
    return { ...StageEntered({ ...change, direction: to > former ? 'forward' : 'back' }), when };
  });
}

const streamsMax = 100;

/** Appends the events of many fresh streams. */
export async function seedAll(
  { pool, tenantId }: Pick<Stave, 'pool' | 'tenantId'>,
  streams: readonly (readonly [stream: string, events: readonly NewEvent[]])[],
): Promise<void> {
  const client = await pool.connect();
  try {
    for (let from = 0; from < streams.length; from += streamsMax) {
      const some = streams.slice(from, from + streamsMax);
      const commands = some.map(([stream, events]) => {
        const commandId = v7();
        return {
          ...{ key: commandId, fingerprint: null, commandId, stream, version: events.length, record: true },
          events: events.map(({ type, data, when }, index) => ({
            ...{ tenantId, stream, version: index + 1, type, schemaVersion: 1, data, commandId },
            ...{ actor: 'system/test', credential: null, correlationId: null, causationPosition: null },
            source: 'test',
            occurredAt: when!.occurredAt!,
            effectiveOn: when!.effectiveOn!,
          })),
          dependsOn: new Set<number>(),
        };
      });
      const guards = some.map(([stream], index) => ({ stream, version: 0, token: null, ords: [index] }));
      const { leftOut } = await append(client, tenantId, commands, guards);
      if (leftOut.size > 0) throw new Error('A seed was refused');
    }
  } finally {
    client.release();
  }
}
