import { decider, type Evolve } from '../../engine/decision.ts';
import { type VisitOutcome, visitEvents } from '../../events/visit.ts';

export interface VisitState {
  readonly status: 'absent' | 'open' | 'left_open' | 'ended' | 'missed';
  readonly personId: string | undefined;
  readonly customerId: string | null;
  readonly date: string;
  readonly planned: boolean;
  readonly startedAt: string;
  readonly leftOpenAt: string;
  readonly minutes: number;
  readonly outcome: VisitOutcome | undefined;
  /** For each purpose with a result, whether it was achieved wholly or partly. */
  readonly achieved: Readonly<Record<string, boolean>>;
  readonly met: readonly string[];
  readonly decisionMakerMet: boolean;
  readonly orders: readonly string[];
  readonly complaints: readonly string[];
  readonly observations: readonly string[];
  readonly collected: boolean;
  readonly exceptions: readonly string[];
}

const initialState: VisitState = {
  status: 'absent',
  personId: undefined,
  customerId: null,
  date: '',
  planned: false,
  startedAt: '',
  leftOpenAt: '',
  minutes: 0,
  outcome: undefined,
  achieved: {},
  met: [],
  decisionMakerMet: false,
  orders: [],
  complaints: [],
  observations: [],
  collected: false,
  exceptions: [],
};

/** Who was met, to tell whether somebody is recorded twice. */
export const metKey = ({
  contactId,
  name,
}: {
  readonly contactId?: string | undefined;
  readonly name?: string | undefined;
}): string => contactId ?? `name ${name}`;

const evolve: Evolve<VisitState, typeof visitEvents> = {
  VisitStarted: (state, { personId, customerId, date, planned, startedAt, leftOpenAt }) => ({
    ...state,
    status: 'open',
    personId,
    customerId,
    date,
    planned,
    startedAt,
    leftOpenAt,
  }),
  VisitPersonMet: (state, data) => ({
    ...state,
    met: [...state.met, metKey(data)],
    decisionMakerMet: state.decisionMakerMet || data.role === 'decision_maker' || data.role === 'influencer',
  }),
  NegotiationResultRecorded: (state, { purpose, achieved }) => ({
    ...state,
    achieved: { ...state.achieved, [purpose]: achieved !== 'no' },
  }),
  OrderLinked: (state, { orderId }) => ({ ...state, orders: [...state.orders, orderId] }),
  CollectionRecorded: (state, { promisedBy }) => ({
    ...state,
    collected: state.collected || promisedBy === undefined,
  }),
  ComplaintLinked: (state, { complaintId }) => ({
    ...state,
    complaints: [...state.complaints, complaintId],
  }),
  CompetitorObservationRecorded: (state, { observationId }) => ({
    ...state,
    observations: [...state.observations, observationId],
  }),
  CustomerOpinionRecorded: (state) => state,
  CustomerDevelopmentRecorded: (state) => state,
  VisitCostRecorded: (state) => state,
  VisitEnded: (state, { minutes, outcome }) => ({ ...state, status: 'ended', minutes, outcome }),
  VisitMissed: (state, { personId, customerId, date }) => ({
    ...state,
    status: 'missed',
    personId,
    customerId,
    date,
    planned: true,
  }),
  VisitExceptionApproved: (state, { kind, outcome }) => ({
    ...state,
    exceptions: [...state.exceptions, kind],
    outcome: outcome ?? state.outcome,
  }),
  VisitCorrected: (state) => state,
  VisitLeftOpen: (state) => ({ ...state, status: 'left_open' }),
};

export const visit = decider({ stream: 'visit', id: ['visitId'], events: visitEvents, initialState, evolve });
