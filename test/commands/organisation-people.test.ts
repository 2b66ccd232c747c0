import { describe, expect, test } from 'vitest';
import {
  announceEmploymentEnd,
  employPerson,
  endEmployment,
} from '../../src/commands/organisation/employment.ts';
import { assignPosition, endAssignment } from '../../src/commands/organisation/positions.ts';
import {
  delegateSignOff,
  grantRole,
  revokeDelegation,
  revokeRole,
} from '../../src/commands/organisation/rights.ts';
import { person } from '../../src/commands/person.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { personEvents } from '../../src/events/person.ts';
import { given, idOf } from '../support/given.ts';
import {
  as,
  company,
  employed,
  granted,
  holds,
  organisationAfter,
  system,
  unit,
} from '../support/organisation.ts';

const {
  AssignmentEnded,
  DelegationRevoked,
  EmploymentEndAnnounced,
  EmploymentEnded,
  OrgUnitDissolved,
  PersonEmployed,
  PositionAssigned,
  RoleGranted,
  RoleRevoked,
  SignOffDelegated,
} = organisationEvents;

const personId = idOf('ann');

describe('EmployPerson', () => {
  const input = { personId, employeeNo: '7', from: '2026-03-01' };
  const registered = personEvents.PersonRegistered({ personId, name: 'Ann' });
  const begun = PersonEmployed({ ...input, newcomerUntil: '2026-09-01' });
  const ended = EmploymentEnded({ personId, on: '2026-05-31', reason: 'resigned' });
  const known = (...events: readonly NewEvent[]) => given(...events).and(person.ref(personId), registered);
  test('employs somebody, who counts as a newcomer for six months', () => {
    known().when(employPerson, input).thenEmits(begun);
  });
  test('employs somebody again', () => {
    known(begun, ended)
      .when(employPerson, { ...input, from: '2027-01-01', newcomerUntil: '2027-01-01' })
      .thenEmits(PersonEmployed({ ...input, from: '2027-01-01', newcomerUntil: '2027-01-01' }));
  });
  test('says nothing twice', () => {
    known(begun).when(employPerson, input).thenNothing();
  });
  test('refuses somebody who is not registered', () => {
    given().when(employPerson, input).thenRejects('personNotRegistered');
  });
  test('refuses somebody who is employed', () => {
    known(begun)
      .when(employPerson, { ...input, from: '2026-04-01' })
      .thenRejects('alreadyEmployed');
  });
  test('refuses a day of an employment that has ended later', () => {
    known(begun, ended)
      .when(employPerson, { ...input, from: '2026-05-31' })
      .thenRejects('alreadyEmployed');
  });
  test('refuses the number of somebody else', () => {
    known(employed('bob'))
      .when(employPerson, { ...input, employeeNo: 'bob' })
      .thenRejects('employeeNoTaken');
  });
  test('refuses a time as a newcomer that ends before it begins', () => {
    known()
      .when(employPerson, { ...input, newcomerUntil: '2026-02-01' })
      .thenRejects('newcomerEndsBeforeStart');
  });
});

describe('AnnounceEmploymentEnd', () => {
  const input = { personId, lastDay: '2026-06-30', reason: 'Moves abroad' };
  const announced = EmploymentEndAnnounced(input);
  test('announces the last day', () => {
    given(employed('ann')).when(announceEmploymentEnd, input).thenEmits(announced);
  });
  test('says nothing twice', () => {
    given(employed('ann'), announced).when(announceEmploymentEnd, input).thenNothing();
  });
  test('refuses somebody who is not employed', () => {
    given().when(announceEmploymentEnd, input).thenRejects('notEmployed');
  });
  test('refuses an employment that has ended', () => {
    given(employed('ann'), EmploymentEnded({ personId, on: '2026-01-31', reason: 'retired' }))
      .when(announceEmploymentEnd, input)
      .thenRejects('employmentEnded');
  });
  test('refuses a last day before the first', () => {
    given(employed('ann'))
      .when(announceEmploymentEnd, { ...input, lastDay: '2023-12-31' })
      .thenRejects('endBeforeStart');
  });
});

describe('EndEmployment', () => {
  const input = { personId, on: '2026-02-28', reason: 'resigned' } as const;
  const ended = EmploymentEnded(input);
  test('ends positions and roles after the last day, those to come too', () => {
    given(
      company,
      employed('ann'),
      granted('ann', 'SP'),
      holds('ann', null, { to: '2026-06-01' }),
      holds('ann', null, { position: 'next', from: '2026-06-01' }),
    )
      .when(endEmployment, input)
      .thenEmits(
        AssignmentEnded({
          personId,
          positionId: idOf('ann-position'),
          from: '2024-01-01',
          on: '2026-03-01',
        }),
        AssignmentEnded({ personId, positionId: idOf('next'), from: '2026-06-01', on: '2026-06-01' }),
        RoleRevoked({ personId, role: 'SP', from: '2024-01-01', on: '2026-03-01' }),
        ended,
      );
  });
  test('says nothing twice', () => {
    given(employed('ann'), ended).when(endEmployment, input).thenNothing();
  });
  test('refuses somebody who is not employed', () => {
    given().when(endEmployment, input).thenRejects('notEmployed');
  });
  test('refuses an employment that has ended on another day', () => {
    given(employed('ann'), ended)
      .when(endEmployment, { ...input, on: '2026-03-31' })
      .thenRejects('employmentEnded');
  });
  test('refuses a last day before the first', () => {
    given(employed('ann'))
      .when(endEmployment, { ...input, on: '2023-12-31' })
      .thenRejects('endBeforeStart');
  });
});

describe('AssignPosition', () => {
  const positionId = idOf('new-position');
  const input = {
    personId,
    positionId,
    orgUnitId: idOf('company'),
    reportsToPositionId: null,
    from: '2026-01-01',
    specialisation: 'field_sales',
  } as const;
  const assigned = { ...input, to: null, primary: true, fteBp: 10_000 };
  const endOld = AssignmentEnded({
    personId,
    positionId: idOf('ann-position'),
    from: '2024-01-01',
    on: '2026-01-01',
  });
  test('gives somebody a first position', () => {
    given(company, employed('ann')).when(assignPosition, input, system).thenEmits(PositionAssigned(assigned));
  });
  test('ends the main position held before', () => {
    given(company, employed('ann'), holds('ann', null))
      .when(assignPosition, input, system)
      .thenEmits(endOld, PositionAssigned(assigned));
  });
  test('leaves the main position beside another one', () => {
    given(company, employed('ann'), holds('ann', null))
      .when(assignPosition, { ...input, primary: false, fteBp: 2_000 }, system)
      .thenEmits(PositionAssigned({ ...assigned, primary: false, fteBp: 2_000 }));
  });
  test('reorganises back in time, until the position that came after', () => {
    given(
      company,
      employed('ann'),
      holds('ann', null, { to: '2026-02-01' }),
      holds('ann', null, { position: 'later', from: '2026-02-01' }),
    )
      .when(assignPosition, input, system)
      .thenEmits(endOld, PositionAssigned({ ...assigned, to: '2026-02-01' }));
  });
  test('puts the position held below another one', () => {
    const above = { reportsToPositionId: idOf('bob-position'), positionId: idOf('ann-position') };
    given(company, employed('ann'), employed('bob'), holds('bob', null), holds('ann', null))
      .when(assignPosition, { ...input, ...above }, system)
      .thenEmits(endOld, PositionAssigned({ ...assigned, ...above }));
  });
  test('says nothing when the position is held just so', () => {
    given(company, employed('ann'), holds('ann', null))
      .when(assignPosition, { ...input, positionId: idOf('ann-position') }, system)
      .thenNothing();
  });
  test('refuses somebody who is not employed then', () => {
    given(company, employed('ann', '2026-02-01'))
      .when(assignPosition, input, system)
      .thenRejects('notEmployed');
  });
  test('refuses a unit that there is not', () => {
    given(company, employed('ann'))
      .when(assignPosition, { ...input, orgUnitId: idOf('nowhere') }, system)
      .thenRejects('unitUnknown');
  });
  test('refuses a unit that will be dissolved meanwhile', () => {
    const dissolved = OrgUnitDissolved({
      unitId: idOf('north'),
      from: '2026-06-01',
      successorId: idOf('company'),
    });
    given(company, unit('north', 'region'), dissolved, employed('ann'))
      .when(assignPosition, { ...input, orgUnitId: idOf('north') }, system)
      .thenRejects('unitUnknown');
  });
  test('refuses a position above that nobody has held', () => {
    given(company, employed('ann'))
      .when(assignPosition, { ...input, reportsToPositionId: idOf('nobody') }, system)
      .thenRejects('superiorUnknown');
  });
  test('refuses a position that somebody else holds at some time of it', () => {
    given(company, employed('ann'), employed('bob'), holds('bob', null, { from: '2026-06-01' }))
      .when(assignPosition, { ...input, positionId: idOf('bob-position') }, system)
      .thenRejects('positionHeld');
  });
  test('refuses a reporting line that comes back to the position', () => {
    given(company, employed('ann'), employed('bob'), holds('ann', null), holds('bob', 'ann'))
      .when(
        assignPosition,
        { ...input, positionId: idOf('ann-position'), reportsToPositionId: idOf('bob-position') },
        system,
      )
      .thenRejects('reportingCycle');
  });
  test('refuses a line that would come back on a later day only', () => {
    given(
      company,
      employed('ann'),
      employed('bob'),
      holds('ann', null),
      holds('bob', null, { to: '2026-06-01' }),
      holds('bob', 'ann', { from: '2026-06-01' }),
    )
      .when(
        assignPosition,
        { ...input, positionId: idOf('ann-position'), reportsToPositionId: idOf('bob-position') },
        system,
      )
      .thenRejects('reportingCycle');
  });
  test('refuses a line that would come back while the position is vacant', () => {
    given(
      company,
      employed('ann'),
      employed('bob'),
      holds('ann', null, { from: '2026-02-01' }),
      holds('bob', null, { to: '2026-06-01' }),
      PositionAssigned({
        ...assigned,
        personId: idOf('bob'),
        positionId: idOf('bob-position'),
        reportsToPositionId: positionId,
        from: '2026-06-01',
      }),
    )
      .when(assignPosition, { ...input, reportsToPositionId: idOf('bob-position') }, system)
      .thenRejects('reportingCycle');
  });

  const regional = [
    company,
    unit('north', 'region'),
    employed('top'),
    holds('top', null),
    employed('rita'),
    granted('rita', 'RM'),
    holds('rita', 'top', { unit: 'north' }),
    employed('ann'),
  ];
  test('lets a regional manager place people below the own position', () => {
    const below = { reportsToPositionId: idOf('rita-position'), orgUnitId: idOf('north') };
    given(...regional)
      .when(assignPosition, { ...input, ...below }, as('rita'))
      .thenEmits(PositionAssigned({ ...assigned, ...below }));
  });
  test('refuses a regional manager who places people elsewhere', () => {
    given(...regional)
      .when(assignPosition, { ...input, reportsToPositionId: idOf('top-position') }, as('rita'))
      .thenRejects('positionOutOfReach');
    given(...regional)
      .when(assignPosition, input, as('rita'))
      .thenRejects('positionOutOfReach');
  });
  test('is about the person, or about who answers for the position when the person has none', () => {
    const state = organisationAfter(...regional);
    const newcomer = { ...input, reportsToPositionId: idOf('rita-position') };
    expect(assignPosition.subject(newcomer, state)).toBe(idOf('rita'));
    expect(assignPosition.subject({ ...newcomer, personId: idOf('top') }, state)).toBe(idOf('top'));
  });
});

describe('EndAssignment', () => {
  const input = { personId, positionId: idOf('ann-position'), on: '2026-02-01' };
  const ended = AssignmentEnded({ ...input, from: '2024-01-01' });
  test('makes the position vacant', () => {
    given(company, employed('ann'), holds('ann', null)).when(endAssignment, input).thenEmits(ended);
  });
  test('says nothing twice', () => {
    given(company, employed('ann'), holds('ann', null), ended).when(endAssignment, input).thenNothing();
  });
  test('refuses a position that the person does not hold', () => {
    given(company, employed('ann')).when(endAssignment, input).thenRejects('assignmentAbsent');
  });
});

describe('GrantRole', () => {
  const input = { personId, role: 'SV', from: '2026-01-01' } as const;
  test('gives somebody a role', () => {
    given(employed('ann')).when(grantRole, input).thenEmits(RoleGranted(input));
  });
  test('gives a role back in time until it was given before', () => {
    given(employed('ann'), granted('ann', 'SV', '2026-06-01'))
      .when(grantRole, input)
      .thenEmits(RoleGranted({ ...input, to: '2026-06-01' }));
  });
  test('says nothing twice', () => {
    given(employed('ann'), RoleGranted(input)).when(grantRole, input).thenNothing();
  });
  test('refuses somebody who is not employed then', () => {
    given(employed('ann', '2026-02-01')).when(grantRole, input).thenRejects('notEmployed');
  });
});

describe('RevokeRole', () => {
  const input = { personId, role: 'SP', on: '2026-02-01' } as const;
  const revoked = RoleRevoked({ ...input, from: '2024-01-01' });
  test('takes a role', () => {
    given(employed('ann'), granted('ann', 'SP')).when(revokeRole, input).thenEmits(revoked);
  });
  test('says nothing twice', () => {
    given(employed('ann'), granted('ann', 'SP'), revoked).when(revokeRole, input).thenNothing();
  });
  test('refuses a role that the person does not have', () => {
    given(employed('ann')).when(revokeRole, input).thenRejects('roleAbsent');
  });
});

const delegationId = idOf('delegation');
const delegation = {
  delegationId,
  fromPositionId: idOf('sue-position'),
  toPositionId: idOf('pat-position'),
  documentKinds: ['daily-report'],
  from: '2026-03-10',
  to: '2026-04-10',
  reason: 'Leave',
} as const;
const delegated = SignOffDelegated({ ...delegation, documentKinds: ['daily-report'] });
const team = [
  company,
  employed('top'),
  holds('top', null),
  employed('sue'),
  holds('sue', 'top'),
  employed('pat'),
  holds('pat', 'top'),
  employed('ann'),
  holds('ann', 'sue'),
];

describe('DelegateSignOff', () => {
  test('lets somebody beside sign for at most 31 days', () => {
    given(...team)
      .when(delegateSignOff, delegation, as('sue'))
      .thenEmits(delegated);
  });
  test('says nothing twice', () => {
    given(...team, delegated)
      .when(delegateSignOff, delegation, as('sue'))
      .thenNothing();
  });
  test('refuses another delegation under the same id', () => {
    given(...team, delegated)
      .when(delegateSignOff, { ...delegation, to: '2026-04-01' }, as('sue'))
      .thenRejects('delegationExists');
  });
  test('refuses to begin before today', () => {
    given(...team)
      .when(delegateSignOff, { ...delegation, from: '2026-03-01', to: '2026-03-05' }, as('sue'))
      .thenRejects('delegationInPast');
  });
  test('refuses to end before it begins', () => {
    given(...team)
      .when(delegateSignOff, { ...delegation, to: '2026-03-10' }, as('sue'))
      .thenRejects('delegationEndsBeforeStart');
  });
  test('refuses 32 days', () => {
    given(...team)
      .when(delegateSignOff, { ...delegation, to: '2026-04-11' }, as('sue'))
      .thenRejects('delegationTooLong');
  });
  test('refuses who does not hold the position, who signs by delegation too', () => {
    given(...team, delegated)
      .when(
        delegateSignOff,
        { ...delegation, delegationId: idOf('again'), toPositionId: idOf('top-position') },
        as('pat'),
      )
      .thenRejects('positionNotYours');
  });
  test('refuses a position that is vacant', () => {
    given(...team)
      .when(delegateSignOff, { ...delegation, toPositionId: idOf('nobody') }, as('sue'))
      .thenRejects('delegateUnknown');
  });
  test('refuses oneself', () => {
    given(...team)
      .when(delegateSignOff, { ...delegation, toPositionId: idOf('sue-position') }, as('sue'))
      .thenRejects('delegateIsSelf');
  });
  test('refuses somebody below', () => {
    given(...team)
      .when(delegateSignOff, { ...delegation, toPositionId: idOf('ann-position') }, as('sue'))
      .thenRejects('delegateBelow');
  });
});

describe('RevokeDelegation', () => {
  test('ends a delegation tomorrow', () => {
    given(...team, delegated)
      .when(revokeDelegation, { delegationId }, as('sue'))
      .thenEmits(DelegationRevoked({ delegationId, on: '2026-03-03' }));
  });
  test('says nothing when it has ended', () => {
    given(...team, delegated, DelegationRevoked({ delegationId, on: '2026-03-03' }))
      .when(revokeDelegation, { delegationId }, as('sue'))
      .thenNothing();
  });
  test('refuses a delegation that there is not', () => {
    given().when(revokeDelegation, { delegationId }, as('sue')).thenRejects('delegationAbsent');
  });
  test('refuses to end what was signed already', () => {
    given(...team, delegated)
      .when(revokeDelegation, { delegationId, on: '2026-03-01' }, as('sue'))
      .thenRejects('revocationInPast');
  });
});
