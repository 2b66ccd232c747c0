import type { z } from 'zod';
import type { ContactRole, CustomerKind } from '../../events/customer.ts';
import type { Nature, OpenStage } from './pipeline.ts';
import { type Agenda, createAgenda } from './script.ts';
import type { Salesperson, World } from './world.ts';

export interface Contact {
  readonly contactId: string;
  readonly role: z.output<typeof ContactRole>;
}

/** A receivable as the story has it. */
export interface Invoice {
  readonly invoiceId: string;
  readonly customer: Customer;
  readonly dueOn: string;
  openMinor: number;
}

export interface Customer {
  readonly code: string;
  readonly customerId: string;
  readonly name: string;
  readonly kind: z.output<typeof CustomerKind>;
  readonly city: string;
  /** The day since which it is known. */
  readonly since: string;
  readonly regionId: string;
  readonly channelId: string;
  readonly latE7: number;
  readonly lonE7: number;
  readonly contacts: readonly Contact[];
  readonly invoices: Invoice[];
  /** Its orders from before the demo begins. */
  readonly formerOrders: { readonly orderId: string; readonly orderedOn: string }[];
  /** Who owned it before leaving. */
  readonly handedOverBy: Salesperson | undefined;
  openComplaintId: string | undefined;
}

export interface PlannedVisit {
  /** Number of the visit in its day. */
  readonly label: string;
  readonly visitId: string;
  /** Undefined for a prospect. */
  readonly customer: Customer | undefined;
  readonly prospectName: string | undefined;
  readonly startMinutes: number;
  readonly endMinutes: number;
  readonly purpose: string;
}

/** An opportunity in a stage, by the days on which it came and left. */
export interface Stay {
  readonly stageId: OpenStage | 'paused';
  readonly from: string;
  readonly until: string;
  readonly exit: 'forward' | 'back' | 'on_hold' | 'reopened' | 'won' | 'lost';
}

/** An opportunity and all that becomes of it, also after the demo ends. */
export interface Deal {
  readonly label: string;
  readonly opportunityId: string;
  readonly customer: Customer;
  readonly nature: Nature;
  readonly stays: readonly Stay[];
  /** The order that it is won by; a contract where there is none. */
  readonly orderId: string | undefined;
  readonly opener: Salesperson;
  owner: Salesperson;
  /** What it may come to, since the day. */
  readonly values: { readonly since: string; readonly minor: number }[];
  /** Whether it went with its customer. */
  isGone: boolean;
}

/** What a day left behind that its report tells. */
export interface Told {
  readonly visits: { readonly visitId: string; readonly summary: string }[];
  readonly complaints: { readonly complaintId: string; readonly note: string }[];
  readonly competitors: { readonly competitorId: string; readonly note: string }[];
  readonly opinions: { readonly customerId: string; readonly note: string }[];
  readonly developments: { readonly customerId: string; readonly note: string }[];
  ended: number;
  firstAt: string | undefined;
  lastAt: string | undefined;
}

/** Where the story stands. It moves on as its stages are asked for. */
export interface Simulation {
  readonly world: World;
  readonly agenda: Agenda;
  /** Whom each salesperson visits. */
  readonly customers: Map<Salesperson, Customer[]>;
  readonly dealers: Customer[];
  readonly deals: Map<Customer, Deal[]>;
  /** Plans that were made and whose day has not been told, by person and day. */
  readonly plans: Map<string, readonly PlannedVisit[]>;
  readonly told: Map<string, Told>;
  readonly names: Set<string>;
}

export const createSimulation = (world: World): Simulation => ({
  world,
  agenda: createAgenda(),
  customers: new Map(world.salespeople.map((person) => [person, []])),
  dealers: [],
  deals: new Map(),
  plans: new Map(),
  told: new Map(),
  names: new Set(),
});

export const dayLabel = ({ code }: Salesperson, day: string): string => `${code}/${day}`;

/** Invoices that are overdue or nearly so. */
export const dueInvoice = ({ invoices }: Customer, day: string): Invoice | undefined =>
  invoices.find(({ openMinor, dueOn }) => openMinor > 0 && dueOn <= day);
