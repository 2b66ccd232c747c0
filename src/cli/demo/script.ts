import type { Actor } from '../../engine/decision.ts';
import { instantAt } from '../../engine/instant.ts';
import type { DocumentKind } from '../../events/organisation.ts';
import type { Role } from '../../events/permission.ts';

/** Somebody who acts, without the tenant. */
export type DemoActor = Omit<Actor, 'tenantId'>;

const integration = (name: string, role: Role): DemoActor => ({
  kind: 'integration',
  name,
  credentialId: `demo/${name}`,
  roles: [role],
});

/** What enters things that no person of the organisation does. */
export const setUp = integration('setup', 'AD');
export const crm = integration('crm', 'IN');
export const erp = integration('erp', 'IN');
export const system: DemoActor = { kind: 'system', name: 'demo', credentialId: 'system/demo', roles: [] };

/** One command of the demo, at its simulated instant. */
export interface Step {
  /** Idempotency key, so that a load that was broken off is simply run again. */
  readonly key: string;
  readonly at: string;
  readonly actor: DemoActor;
  readonly command: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The document whose present version the command is about. */
  readonly document?: DocumentOf;
}

export interface DocumentOf {
  readonly kind: DocumentKind;
  readonly personId: string;
  readonly date: string;
}

/** Steps of which each waits for the one before it, and between them chains that go on at the same time. */
export type Chain = readonly Link[];
export type Link = Step | { readonly together: readonly Chain[] };

/** Steps that need not wait for each other. */
export const together = (steps: readonly Step[]): Link => ({ together: steps.map((one) => [one]) });

/** All steps of a chain, in an order in which they may be taken. */
export const stepsOf = (chain: Chain): readonly Step[] =>
  chain.flatMap((link) => ('together' in link ? link.together.flatMap(stepsOf) : [link]));

/** Chains that have nothing to do with each other. A stage begins when the one before it is done. */
export interface Stage {
  readonly name: string;
  /** The simulated day that it belongs to. */
  readonly day: string;
  readonly chains: readonly Chain[];
  /** Whether its commands ask read models, which must have followed the log until then. */
  readonly asks: boolean;
}

export const stage = (day: string, name: string, chains: readonly Chain[], asks = false): Stage => ({
  name,
  day,
  chains: chains.filter(({ length }) => length > 0),
  asks,
});

export const step = (
  at: string,
  actor: DemoActor,
  command: string,
  about: string,
  input: Readonly<Record<string, unknown>>,
): Step => ({ key: `${command} ${about}`, at, actor, command, input });

/** A step of somebody who has read a document and names the version that was read. */
export const documentStep = (
  at: string,
  actor: DemoActor,
  command: string,
  about: string,
  document: DocumentOf,
  input: Readonly<Record<string, unknown>> = {},
): Step => ({ ...step(at, actor, command, about, input), document });

/** The slots of a day in their order. */
export type Slot = 'clock' | 'dawn' | 'morning' | 'signing' | 'office' | 'reports' | 'evening';

/** What is to happen on later days; what it is, is only worked out when the day has come. */
export interface Agenda {
  readonly put: (day: string, slot: Slot, make: () => Chain) => void;
  readonly take: (day: string, slot: Slot) => readonly Chain[];
}

export function createAgenda(): Agenda {
  const entries = new Map<string, (() => Chain)[]>();
  return {
    put: (day, slot, make) => {
      const key = `${day} ${slot}`;
      const list = entries.get(key);
      if (list) list.push(make);
      else entries.set(key, [make]);
    },
    take: (day, slot) => {
      const key = `${day} ${slot}`;
      const list = entries.get(key) ?? [];
      entries.delete(key);
      return list.map((make) => make());
    },
  };
}

/** Clocks change after this, and before noon. */
const earlyMinutes = 2 * 60;
const noonMinutes = 12 * 60;

/** Instants of a business day by the minutes since midnight, as a clock shows them also where clocks are changed. */
export function createTimes(timeZone: string): (day: string, minutes: number) => string {
  let last = { day: '', midnight: 0, noon: 0 };
  const epochOf = (day: string, time: string) => Date.parse(instantAt(day, time, timeZone));
  return (day, minutes) => {
    if (last.day !== day) last = { day, midnight: epochOf(day, '00:00'), noon: epochOf(day, '12:00') };
    const { midnight, noon } = last;
    const since =
      minutes < earlyMinutes ? midnight + minutes * 60_000 : noon + (minutes - noonMinutes) * 60_000;
    return new Date(since).toISOString();
  };
}

/** Minutes since midnight as HH:mm. */
export const clockTime = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

export const eur = (amountMinor: number): { readonly amountMinor: string; readonly currency: string } => ({
  amountMinor: String(amountMinor),
  currency: 'EUR',
});
