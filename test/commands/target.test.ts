import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import { claim } from '../../src/commands/claim.ts';
import { dealer as dealers } from '../../src/commands/dealer.ts';
import { measure } from '../../src/commands/measure.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { assignTarget } from '../../src/commands/target/assignment.ts';
import { withdrawTarget } from '../../src/commands/target/revision.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { claimEvents } from '../../src/events/claim.ts';
import { dealerEvents } from '../../src/events/dealer.ts';
import { targetEvents } from '../../src/events/target.ts';
import { ann, bob, eur, manager, regionId, staff, stranger, supervisor } from '../support/commerce.ts';
import { given, idOf, keyOf } from '../support/given.ts';
import { activity, defined, retired, strikeRate } from '../support/measures.ts';

const { TargetAssigned, TargetWithdrawn } = targetEvents;

const targetId = idOf('target');
const period = { periodId: 'FY2026-M03', start: '2026-03-01', endExclusive: '2026-04-01' };
const what = { targetId, responsible: ann, measure: 'net_sales', period, dimensions: {} } as const;
const uniqueKey = keyOf('target', ann, 'net_sales', 'FY2026-M03', '{}');
const heldBy = (holder: string) => claimEvents.Claimed({ kind: 'target', key: uniqueKey, holder });
const assigned = TargetAssigned({ ...what, value: eur('500000'), assignedBy: supervisor, uniqueKey });
const withdrawn = TargetWithdrawn({ ...what, reason: 'Too high.' });
const by = (personId: string) => ({ actor: { personId } });
const closed = calendarEvents.PeriodClosed({ periodId: 'FY2026-M03', closingPosition: 1, figuresHash: '' });

describe('AssignTarget', () => {
  const input = { targetId, responsible: ann, measure: 'net_sales', period, value: eur('500000') };
  const world = () => given().and(organisation.ref(), ...staff);
  test('assigns a target to somebody below', () => {
    world().when(assignTarget, input, by(supervisor)).thenEmits(assigned, heldBy(targetId));
  });
  test('assigns a count', () => {
    const key = keyOf('target', ann, 'visits', 'FY2026-M03', '{}');
    world()
      .when(assignTarget, { ...input, measure: 'visits', value: 80 }, by(manager))
      .thenEmits(
        TargetAssigned({ ...what, measure: 'visits', value: 80, assignedBy: manager, uniqueKey: key }),
        claimEvents.Claimed({ kind: 'target', key, holder: targetId }),
      );
  });
  test('says nothing twice', () => {
    given(assigned).when(assignTarget, input, by(supervisor)).thenNothing();
  });
  test('refuses another target under a known id', () => {
    given(assigned)
      .when(assignTarget, { ...input, value: eur('1') }, by(supervisor))
      .thenRejects('targetKnown');
  });
  test('refuses a second target for the same', () => {
    world()
      .and(claim.ref('target', uniqueKey), heldBy(idOf('other target')))
      .when(assignTarget, input, by(supervisor))
      .thenRejects('targetKnown');
  });
  test('refuses somebody who is not employed', () => {
    given().when(assignTarget, input, by(supervisor)).thenRejects('personUnknown');
  });
  test('refuses to let anybody set their own target', () => {
    world()
      .when(assignTarget, { ...input, responsible: manager }, by(manager))
      .thenRejects('ownTarget');
  });
  test('refuses somebody outside the reporting line', () => {
    world().when(assignTarget, input, by(stranger)).thenRejects('outsideLine');
  });
  test('refuses money for a count and a count for money', () => {
    world()
      .when(assignTarget, { ...input, value: 5 }, by(supervisor))
      .thenRejects('unitDiffers');
    world()
      .when(assignTarget, { ...input, measure: 'orders' }, by(supervisor))
      .thenRejects('unitDiffers');
  });
  const ofOwn = (definition: typeof activity, ...more: readonly ReturnType<typeof retired>[]) =>
    world().and(measure.ref(definition.measureKey), defined(definition), ...more);
  test('assigns a target of a measure that the tenant defined', () => {
    const own = { ...input, measure: 'activity', value: 40 };
    expect(ofOwn(activity).when(assignTarget, own, by(supervisor)).events[0]).toMatchObject({
      data: { measure: 'activity', value: 40 },
    });
    const rate = { ...input, measure: 'strike_rate', value: { basisPoints: 6_500 } };
    expect(ofOwn(strikeRate).when(assignTarget, rate, by(supervisor)).events[0]).toMatchObject({
      data: { measure: 'strike_rate', value: { basisPoints: 6_500 } },
    });
  });
  test('refuses another unit than that of the measure', () => {
    for (const value of [40, eur('1')])
      ofOwn(strikeRate)
        .when(assignTarget, { ...input, measure: 'strike_rate', value }, by(supervisor))
        .thenRejects('unitDiffers');
    ofOwn(activity)
      .when(assignTarget, { ...input, measure: 'activity', value: { basisPoints: 1 } }, by(supervisor))
      .thenRejects('unitDiffers');
  });
  test('refuses a measure that nobody defined, and one that is retired', () => {
    const own = { ...input, measure: 'activity', value: 40 };
    world().when(assignTarget, own, by(supervisor)).thenRejects('measureUnknown');
    ofOwn(activity, retired(activity)).when(assignTarget, own, by(supervisor)).thenRejects('measureRetired');
  });
  test('refuses to narrow it to what is not there', () => {
    for (const dimensions of [
      ...[{ org_unit: 'x' }, { salesperson: idOf('nobody') }, { manager: 'x' }, { region: idOf('nowhere') }],
      ...[{ channel: 'x' }, { product: idOf('nothing') }, { customer: 'x' }, { dealer: idOf('nobody') }],
    ])
      world()
        .when(assignTarget, { ...input, dimensions }, by(manager))
        .thenRejects('dimensionUnknown');
    const dealer = dealerEvents.DealerAppointed({
      ...{ dealerId: idOf('dealer'), customerId: idOf('trader'), regionIds: [], channelIds: [] },
      from: '2026-01-01',
    });
    const found = world()
      .and(dealers.ref(idOf('dealer')), dealer)
      .when(
        assignTarget,
        { ...input, dimensions: { dealer: idOf('dealer'), region: regionId } },
        by(manager),
      );
    expect(found.events).toHaveLength(2);
  });
  test('refuses to count people whom its author does not lead', () => {
    const assign = (dimensions: object, who = supervisor) =>
      world().when(assignTarget, { ...input, dimensions }, by(who));
    expect(assign({ salesperson: bob }).events).toHaveLength(2);
    expect(assign({ manager: supervisor }).events).toHaveLength(2);
    assign({ salesperson: stranger }).thenRejects('outsideLine');
    assign({ manager }).thenRejects('outsideLine');
    expect(assign({ salesperson: stranger }, manager).events).toHaveLength(2);
  });
  test('takes no value below zero', () => {
    expect(() => world().when(assignTarget, { ...input, value: eur('-1') })).toThrow('negative');
    expect(() => world().when(assignTarget, { ...input, measure: 'visits', value: -1 })).toThrow();
  });
  test('refuses other days than the fiscal calendar has', () => {
    const published = calendarEvents.FiscalCalendarPublished({
      calendarVersion: 1,
      kind: 'calendar_month',
      fiscalYearStartMonth: 1,
      periods: [{ ...period, level: 'month', parentId: null, endExclusive: '2026-03-29' }],
    });
    world()
      .and(calendar.ref(), published)
      .when(assignTarget, input, by(supervisor))
      .thenRejects('periodDiffers');
  });
  test('refuses a period that is closed', () => {
    world().and(calendar.ref(), closed).when(assignTarget, input, by(supervisor)).thenRejects('periodClosed');
    const published = calendarEvents.FiscalCalendarPublished({
      calendarVersion: 1,
      kind: 'calendar_month',
      fiscalYearStartMonth: 1,
      periods: [{ ...period, level: 'month', parentId: null }],
    });
    const onDay = (day: string, endExclusive: string) =>
      world()
        .and(calendar.ref(), published, closed)
        .when(
          assignTarget,
          { ...input, period: { periodId: day, start: day, endExclusive } },
          by(supervisor),
        );
    onDay('2026-03-31', '2026-04-01').thenRejects('periodClosed');
    expect(onDay('2026-04-01', '2026-04-02').events).toHaveLength(2);
  });
});

describe('WithdrawTarget', () => {
  const input = { targetId, reason: 'Too high.' };
  const world = () => given(assigned).and(organisation.ref(), ...staff);
  test('makes room for another target', () => {
    world()
      .when(withdrawTarget, input, by(supervisor))
      .thenEmits(withdrawn, claimEvents.Released({ kind: 'target', key: uniqueKey, holder: targetId }));
  });
  test('says nothing twice', () => {
    given(assigned, withdrawn).when(withdrawTarget, input, by(supervisor)).thenNothing();
  });
  test('refuses a target that was never assigned', () => {
    given().when(withdrawTarget, input, by(supervisor)).thenRejects('targetUnknown');
  });
  test('refuses to let anybody withdraw their own target', () => {
    world().when(withdrawTarget, input, by(ann)).thenRejects('ownTarget');
  });
  test('refuses somebody outside the reporting line', () => {
    world().when(withdrawTarget, input, by(stranger)).thenRejects('outsideLine');
  });
  test('refuses a period that is closed', () => {
    world()
      .and(calendar.ref(), closed)
      .when(withdrawTarget, input, by(supervisor))
      .thenRejects('periodClosed');
  });
});
