import { z } from 'zod';

/** What a person is to the company. Rights come from roles; whom they cover comes from the reporting lines. */
export const Role = z.enum(['OP', 'TM', 'RM', 'SV', 'SP', 'DL', 'AN', 'AU', 'IN', 'AD', 'HR', 'DEPT']).meta({
  id: 'Role',
  description:
    'OP operator or executive · TM top manager · RM regional manager · SV supervisor · SP salesperson · DL dealer · AN analyst · AU auditor · IN integration · AD administrator · HR human resources · DEPT other department.',
});
export type Role = z.output<typeof Role>;

/** Whom a right covers: oneself, one's reporting subtree, one's region, or everyone. */
export type Scope = 'self' | 'team' | 'region' | 'organisation';

type Grants = Readonly<Partial<Record<Role, Scope>>>;

const everyone: Grants = {
  TM: 'organisation',
  RM: 'organisation',
  SV: 'organisation',
  SP: 'organisation',
  AN: 'organisation',
  AU: 'organisation',
  IN: 'organisation',
  AD: 'organisation',
  HR: 'organisation',
  DEPT: 'organisation',
};
const fieldWork: Grants = { RM: 'self', SV: 'self', SP: 'self' };
const fieldReading: Grants = {
  TM: 'organisation',
  RM: 'region',
  SV: 'team',
  SP: 'self',
  AU: 'organisation',
  IN: 'organisation',
};

const grantTable = {
  'organisation:write': { AD: 'organisation', TM: 'organisation' },
  'organisation:read': { ...everyone, OP: 'organisation', DL: 'organisation' },
  'employment:write': { AD: 'organisation', HR: 'organisation', TM: 'organisation', RM: 'region' },
  'role:write': { AD: 'organisation' },
  'delegation:write': { SV: 'self', RM: 'self', TM: 'self' },
  'calendar:write': { AD: 'organisation', TM: 'organisation' },
  'holiday:write': { AD: 'organisation', TM: 'organisation', RM: 'region' },
  'calendar:read': { ...everyone, OP: 'organisation', DL: 'organisation' },
  'period:close': { TM: 'organisation' },
  'rate:write': { AD: 'organisation', IN: 'organisation' },
  'policy:write': { TM: 'organisation' },
  'policy:read': { ...everyone, OP: 'organisation', DL: 'organisation' },
  'policy:acknowledge': { RM: 'self', SV: 'self', SP: 'self', DL: 'self', TM: 'self' },
  'person:write': { AD: 'organisation', HR: 'organisation', RM: 'region' },
  'person:read': { ...fieldReading, AD: 'organisation', HR: 'organisation' },
  'personal-data:erase': { AD: 'organisation' },
  'absence:write': { HR: 'organisation', RM: 'region', SV: 'team', SP: 'self', TM: 'organisation' },
  'product:write': { IN: 'organisation', AD: 'organisation', TM: 'organisation' },
  'product:read': { ...everyone, DL: 'organisation' },
  'product-cost:read': {
    TM: 'organisation',
    RM: 'organisation',
    AN: 'organisation',
    AU: 'organisation',
    IN: 'organisation',
    AD: 'organisation',
  },
  'competitor:write': {
    IN: 'organisation',
    AD: 'organisation',
    TM: 'organisation',
    RM: 'organisation',
    SV: 'organisation',
  },
  'competitor:read': { ...everyone, DL: 'organisation' },
  'dealer:write': { IN: 'organisation', AD: 'organisation', TM: 'organisation', RM: 'organisation' },
  'dealer:read': { ...everyone, DL: 'organisation' },
  'customer:write': { SP: 'self', SV: 'team', RM: 'region', IN: 'organisation' },
  'customer:assign': { SV: 'team', RM: 'region', TM: 'organisation', IN: 'organisation' },
  'customer:advance': { SV: 'team', RM: 'region', IN: 'organisation' },
  'customer:assess': {
    SP: 'self',
    SV: 'team',
    RM: 'region',
    AN: 'organisation',
    IN: 'organisation',
  },
  'customer:read': fieldReading,
  'order:write': { SP: 'self', SV: 'team', IN: 'organisation' },
  'order:read': fieldReading,
  'order:credit': { SV: 'team', RM: 'region', TM: 'organisation', IN: 'organisation' },
  'receivable:write': { IN: 'organisation' },
  'receivable:follow-up': { SP: 'self', SV: 'team', RM: 'region', IN: 'organisation' },
  'receivable:write-off': { RM: 'region', TM: 'organisation', IN: 'organisation' },
  'receivable:read': fieldReading,
  'contract:write': { SP: 'self', SV: 'team', RM: 'region', IN: 'organisation' },
  'contract:read': fieldReading,
  'pipeline:write': { TM: 'organisation', AN: 'organisation' },
  'pipeline:read': { ...everyone, OP: 'organisation', DL: 'organisation' },
  'opportunity:write': { SP: 'self', DL: 'self', IN: 'organisation' },
  'opportunity:override': { SV: 'team' },
  'opportunity:assign': { SV: 'team', RM: 'region', TM: 'organisation', IN: 'organisation' },
  'opportunity:read': { ...fieldReading, AN: 'organisation', DL: 'self' },
  'visit-plan:write': fieldWork,
  'visit-plan:read': fieldReading,
  'visit:write': fieldWork,
  'visit:approve': { SV: 'team', RM: 'region' },
  'visit:read': fieldReading,
  'call:write': fieldWork,
  'call:read': fieldReading,
  'daily-report:write': fieldWork,
  'daily-report:read': fieldReading,
  'efficiency:review': { SV: 'team', RM: 'region' },
  'document:sign': { SV: 'team', RM: 'region', TM: 'organisation' },
  'document:void': { RM: 'region', TM: 'organisation' },
  'document:read': fieldReading,
  'complaint:log': {
    TM: 'organisation',
    RM: 'organisation',
    SV: 'organisation',
    SP: 'organisation',
    DL: 'organisation',
    IN: 'organisation',
    DEPT: 'organisation',
  },
  'complaint:handle': {
    TM: 'organisation',
    RM: 'organisation',
    SV: 'organisation',
    SP: 'organisation',
    DEPT: 'organisation',
    IN: 'organisation',
  },
  'complaint:read': { ...everyone, DL: 'organisation' },
  'coverage:write': { TM: 'organisation', RM: 'organisation' },
  'coverage:read': { ...everyone, OP: 'organisation' },
  'cycle:write': { TM: 'organisation' },
  'cycle:read': { ...everyone, OP: 'organisation' },
  'market:assess': { AN: 'organisation', RM: 'organisation', TM: 'organisation' },
  'market:read': { ...everyone, OP: 'organisation' },
  'measure:write': { AD: 'organisation', TM: 'organisation' },
  'measure:read': { ...everyone, OP: 'organisation', DL: 'organisation' },
  'promotion:write': { TM: 'organisation', RM: 'organisation' },
  'promotion:read': { ...everyone, OP: 'organisation' },
  'promotion-response:read': {
    OP: 'organisation',
    TM: 'organisation',
    RM: 'organisation',
    AN: 'organisation',
    AU: 'organisation',
    IN: 'organisation',
  },
  'simulation:write': { TM: 'organisation', RM: 'organisation', AN: 'organisation' },
  'simulation:read': {
    OP: 'organisation',
    TM: 'organisation',
    RM: 'organisation',
    AN: 'organisation',
    AU: 'organisation',
    IN: 'organisation',
  },
  'target:assign': { TM: 'organisation', RM: 'region', SV: 'team' },
  'target:read': { ...fieldReading, AN: 'organisation', OP: 'organisation', DEPT: 'self' },
  'target:answer': { RM: 'self', SV: 'self', SP: 'self', DL: 'self', DEPT: 'self' },
  'target:assess': { TM: 'organisation', RM: 'region', AN: 'organisation' },
  'target-plan:write': { TM: 'organisation', RM: 'region' },
  'target-plan:approve': { TM: 'organisation' },
  'target-plan:read': { ...everyone, OP: 'organisation' },
  'day-sheet:read': fieldReading,
  'figures:read': { ...fieldReading, AN: 'organisation', DEPT: 'self' },
  'results:read': {
    OP: 'organisation',
    TM: 'organisation',
    AN: 'organisation',
    AU: 'organisation',
    IN: 'organisation',
  },
  'kpi:define': { AN: 'organisation', TM: 'organisation' },
  'kpi:publish': { TM: 'organisation' },
  'scorecard:write': { TM: 'organisation' },
  'evaluation:compute': { TM: 'organisation', RM: 'region', SV: 'team' },
  'evaluation:review': { TM: 'organisation', RM: 'region', SV: 'team' },
  'evaluation:decide': { TM: 'organisation', RM: 'region' },
  'evaluation:answer': { ...fieldWork, DEPT: 'self' },
  'evaluation:read': {
    TM: 'organisation',
    RM: 'region',
    SV: 'team',
    SP: 'self',
    AU: 'organisation',
    HR: 'organisation',
    DEPT: 'self',
  },
  'kpi:read': { ...everyone, OP: 'organisation', DL: 'organisation' },
  'timeline:read': fieldReading,
  'log:read': { AU: 'organisation', IN: 'organisation' },
  'log:verify': { AU: 'organisation' },
  'access:read': { AU: 'organisation' },
  'system:act': {},
} as const satisfies Readonly<Record<string, Grants>>;

export type Permission = keyof typeof grantTable;

declare module '../engine/decision.ts' {
  interface Vocabulary {
    readonly permission: keyof typeof grantTable;
  }
}

/** Which role has which permission, and over whom. `system:act` is the clock's and the reactions' alone. */
export const grants: Readonly<Record<Permission, Grants>> = grantTable;
