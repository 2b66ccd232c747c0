import type { Pool } from 'pg';
import type { Act, Actor, Command, FactsDb, StreamRef } from '../decision.ts';
import type { EventType } from '../event.ts';
import type { EventReader } from '../log.ts';
import type { Outcome, Problem } from '../outcome.ts';
import type { Vault } from '../vault.ts';

/** A command as it comes in, before anything is known about its input. */
export interface Request {
  readonly actor: Actor;
  readonly command: Command;
  readonly input: Readonly<Record<string, unknown>>;
  readonly source: string;
  /** Idempotency key: a repeat under the same key answers what the first one did. */
  readonly key?: string;
  /** Digest of what was asked, to tell a repeat from another request under the same key. */
  readonly fingerprint?: string;
  /** The stream version that the caller has seen. */
  readonly ifMatch?: number;
  readonly dryRun?: boolean;
  readonly correlationId?: string;
  /** The event that it answers: what read models are asked for it knows that event. */
  readonly causationPosition?: number;
}

/** What the product checks before every command, on reference streams that are guarded with it. */
export interface Gate {
  readonly reads: readonly StreamRef[];
  readonly timeZone: (states: readonly unknown[]) => string;
  readonly admit: (
    command: Command,
    act: Act,
    subject: string | undefined,
    states: readonly unknown[],
  ) => Problem | undefined;
}

export interface Dispatcher {
  readonly execute: (request: Request) => Promise<Outcome>;
  /** The folded states of streams: about a second behind other processes at most, or of a position `atLeast`. */
  readonly states: (
    tenantId: string,
    refs: readonly StreamRef[],
    atLeast?: number,
  ) => Promise<readonly unknown[]>;
  /** Lets go of the folded streams of a tenant. */
  readonly purge: (tenantId: string) => void;
  readonly close: () => Promise<void>;
}

/** How personal fields are sealed: under a key of whomever the product says they are about. */
export interface Sealing {
  readonly vault: Vault;
  readonly subjectOf: (stream: string, data: Readonly<Record<string, unknown>>) => string;
}

export interface DispatcherOptions {
  readonly pool: Pool;
  readonly read: EventReader;
  readonly gate: Gate;
  readonly types: Readonly<Record<string, EventType>>;
  readonly sealing: Sealing;
  /** With `atLeast` it answers from read models that know the log up to there, or not at all. */
  readonly facts: (actor: Actor, atLeast?: number) => FactsDb & { readonly position: () => number };
  /** Called after each append that moved a tenant's head. */
  readonly appended: (tenantId: string, position: number) => void;
  readonly now: () => string;
  readonly observe?: (batch: {
    readonly commands: number;
    readonly events: number;
    readonly seconds: number;
  }) => void;
}
