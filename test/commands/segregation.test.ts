import { describe, expect, test } from 'vitest';
import { gate } from '../../src/commands/gate.ts';
import { commands as commandList } from '../../src/commands/index.ts';
import { policy } from '../../src/commands/policy.ts';
import type { Act, Command } from '../../src/engine/decision.ts';
import { idOf, tenantId } from '../support/given.ts';
import { company, employed, granted, holds, organisationAfter } from '../support/organisation.ts';

const commands = commandList as readonly Command[];
const organisation = organisationAfter(
  company,
  ...['auditor', 'analyst', 'seller'].flatMap((name) => [employed(name), holds(name, null)]),
  granted('auditor', 'AU'),
  granted('analyst', 'AN'),
  granted('seller', 'SP'),
);
const now = '2026-03-02T08:00:00.000Z';
const refusalOf = (command: Command, name: string, subject: string) =>
  gate.admit(
    command,
    {
      actor: { tenantId, kind: 'person', name, personId: idOf(name), credentialId: name, roles: [] },
      now,
      occurredAt: now,
      today: '2026-03-02',
      timeZone: 'Europe/Berlin',
    } as unknown as Act,
    idOf(subject),
    [organisation, policy.initialState()],
  );
const open = (name: string, subject: string): readonly string[] =>
  commands.filter((command) => !refusalOf(command, name, subject)).map((command) => command.name);

describe('by the segregation of duties', () => {
  test('an auditor writes nothing, not even about the own person', () => {
    expect([...open('auditor', 'seller'), ...open('auditor', 'auditor')]).toEqual([]);
    for (const command of commands)
      expect(refusalOf(command, 'auditor', 'seller')).toMatchObject({ status: 403, code: 'forbidden' });
  });
  test('an analyst writes drafts of indicators, assessments and estimates, and no facts', () => {
    const analytical = [
      'AssessMarket',
      'AttachSeasonality',
      'BacktestPipeline',
      'BacktestSimulation',
      'CancelSimulation',
      'CheckFeasibility',
      'DefineKpi',
      'DefinePipeline',
      'DefineSimulation',
      'PublishPipelineVersion',
      'RecordPotential',
      'RecordStrengthsWeaknesses',
      'RegisterHypothesis',
      'RetireHypothesis',
      'RetirePipeline',
      'SimulatePipeline',
      'SupersedeAssessment',
      'TestHypothesis',
    ];
    expect(open('analyst', 'seller').toSorted()).toEqual(analytical);
    expect(open('analyst', 'analyst').toSorted()).toEqual(analytical);
  });
});
