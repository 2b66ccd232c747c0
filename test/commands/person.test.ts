import { describe, test } from 'vitest';
import {
  erasePersonalData,
  recordAbsence,
  registerPerson,
  updatePersonalDetails,
  withdrawAbsence,
} from '../../src/commands/person.ts';
import { personEvents } from '../../src/events/person.ts';
import { given, idOf } from '../support/given.ts';

const { AbsenceRecorded, AbsenceWithdrawn, PersonalDataErased, PersonalDetailsUpdated, PersonRegistered } =
  personEvents;

const personId = idOf('ann');
const details = { personId, name: 'Ann', email: 'ann@example.com' };
const registered = PersonRegistered(details);

describe('RegisterPerson', () => {
  test('registers a person', () => {
    given().when(registerPerson, details).thenEmits(registered);
  });
  test('says nothing twice', () => {
    given(registered).when(registerPerson, details).thenNothing();
  });
  test('refuses another person under the same id', () => {
    given(registered)
      .when(registerPerson, { ...details, name: 'Bob' })
      .thenRejects('personRegistered');
  });
});

describe('UpdatePersonalDetails', () => {
  test('corrects what is given', () => {
    given(registered)
      .when(updatePersonalDetails, { personId, phone: '+49 30 1234' })
      .thenEmits(PersonalDetailsUpdated({ personId, phone: '+49 30 1234' }));
  });
  test('says nothing when nothing changes', () => {
    given(registered).when(updatePersonalDetails, { personId, name: 'Ann' }).thenNothing();
  });
  test('refuses somebody who is not registered', () => {
    given().when(updatePersonalDetails, { personId, name: 'Ann' }).thenRejects('personNotRegistered');
  });
});

describe('ErasePersonalData', () => {
  const erasedNow = PersonalDataErased({ personId });
  test('erases what is known', () => {
    given(registered).when(erasePersonalData, { personId }).thenEmits(erasedNow);
  });
  test('erases what was recorded since', () => {
    given(registered, erasedNow, PersonalDetailsUpdated({ personId, name: 'Anna' }))
      .when(erasePersonalData, { personId })
      .thenEmits(erasedNow);
  });
  test('says nothing when nothing is known', () => {
    given(registered, erasedNow).when(erasePersonalData, { personId }).thenNothing();
  });
  test('refuses somebody who is not registered', () => {
    given().when(erasePersonalData, { personId }).thenRejects('personNotRegistered');
  });
});

describe('RecordAbsence', () => {
  const input = {
    personId,
    absenceId: idOf('absence'),
    from: '2026-03-09',
    to: '2026-03-13',
    kind: 'leave',
  } as const;
  const recorded = AbsenceRecorded({ ...input, halfDay: false });
  test('records the days of an absence', () => {
    given(registered).when(recordAbsence, input).thenEmits(recorded);
  });
  test('says nothing twice', () => {
    given(registered, recorded).when(recordAbsence, input).thenNothing();
  });
  test('refuses somebody who is not registered', () => {
    given().when(recordAbsence, input).thenRejects('personNotRegistered');
  });
  test('refuses an absence that ends before it begins', () => {
    given(registered)
      .when(recordAbsence, { ...input, to: '2026-03-08' })
      .thenRejects('absenceEndsBeforeStart');
  });
  test('refuses a day that is in another absence', () => {
    given(registered, recorded)
      .when(recordAbsence, { ...input, absenceId: idOf('other'), from: '2026-03-13', to: '2026-03-20' })
      .thenRejects('absencesOverlap');
  });
  test('refuses to bring a withdrawn absence back', () => {
    given(registered, recorded, AbsenceWithdrawn({ absenceId: idOf('absence'), personId }))
      .when(recordAbsence, input)
      .thenRejects('absenceWithdrawn');
  });
});

describe('WithdrawAbsence', () => {
  const absenceId = idOf('absence');
  const recorded = AbsenceRecorded({
    personId,
    absenceId,
    from: '2026-03-09',
    to: '2026-03-13',
    kind: 'sick',
    halfDay: false,
  });
  const withdrawn = AbsenceWithdrawn({ absenceId, personId });
  test('withdraws an absence', () => {
    given(registered, recorded).when(withdrawAbsence, { personId, absenceId }).thenEmits(withdrawn);
  });
  test('says nothing twice', () => {
    given(registered, recorded, withdrawn).when(withdrawAbsence, { personId, absenceId }).thenNothing();
  });
  test('refuses an absence that there is not', () => {
    given(registered).when(withdrawAbsence, { personId, absenceId }).thenRejects('absenceUnknown');
  });
});
