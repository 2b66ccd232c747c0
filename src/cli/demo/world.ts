import { uuidV5 } from '../../engine/canonical.ts';
import { addDays, daysBetween, weekday } from '../../engine/instant.ts';
import type { Role } from '../../events/permission.ts';
import { createFiscal, type Fiscal } from './fiscal.ts';
import * as names from './names.ts';
import { type Random, randomOf } from './random.ts';
import { createTimes, type DemoActor } from './script.ts';

export interface DemoParameters {
  readonly seed: number;
  /** 1 is an organisation of 51 people with 35 salespeople, and one who has left. */
  readonly scale: number;
  readonly weeks: number;
  /** The business day after the last one that is told. */
  readonly today: string;
}

export interface Member {
  readonly code: string;
  readonly role: Role;
  readonly personId: string;
  readonly positionId: string;
  readonly name: string;
  readonly email: string;
  readonly employeeNo: string;
  readonly employedFrom: string;
  readonly actor: DemoActor;
}

export interface Region {
  readonly regionId: string;
  readonly unitId: string;
  readonly code: string;
  readonly name: string;
  readonly manager: Member;
}

export interface Office {
  readonly unitId: string;
  readonly code: string;
  readonly town: string;
  readonly latE7: number;
  readonly lonE7: number;
  readonly region: Region;
  readonly supervisor: Member;
  readonly salespeople: readonly Salesperson[];
}

export interface Salesperson extends Member {
  readonly office: Office;
  /** First and last day of a leave that is known beforehand. */
  readonly leave: { readonly from: string; readonly to: string } | undefined;
  readonly sickDays: ReadonlySet<string>;
}

export interface Product {
  readonly productId: string;
  readonly groupId: string;
  readonly sku: string;
  readonly name: string;
  readonly priceMinor: number;
  readonly costMinor: number;
}

export interface Named {
  readonly id: string;
  readonly code: string;
  readonly name: string;
}

/** An office that goes to another supervisor, entered some days after it took effect. */
export interface Reorganisation {
  readonly office: Office;
  readonly to: Office;
  readonly from: string;
  readonly enteredOn: string;
}

/** A salesperson who left before the demo begins, and who has taken over since. */
export interface Leaver {
  readonly person: Salesperson;
  readonly lastDay: string;
  readonly successor: Salesperson;
}

/** A supervisor who is away and lets another one sign. */
export interface Delegation {
  readonly office: Office;
  readonly to: Office;
  readonly from: string;
  /** First day on which it no longer holds. */
  readonly until: string;
}

/** Everybody and everything that is there from the start, and what will happen to them as a matter of course. */
export interface World {
  readonly parameters: DemoParameters;
  readonly tenantId: string;
  readonly id: (name: string) => string;
  readonly random: (...name: readonly (string | number)[]) => Random;
  readonly at: (day: string, minutes: number) => string;
  readonly timeZone: string;
  readonly fiscal: Fiscal;
  /** The day on which everything is set up; nobody works on it. */
  readonly setupDay: string;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly management: {
    readonly operator: Member;
    /** Sets the top manager's targets. */
    readonly director: Member;
    readonly topManager: Member;
    readonly administrator: Member;
    readonly hr: Member;
    readonly auditor: Member;
    readonly analyst: Member;
  };
  readonly headquartersId: string;
  readonly regions: readonly Region[];
  readonly offices: readonly Office[];
  readonly salespeople: readonly Salesperson[];
  readonly leaver: Leaver;
  readonly channels: readonly Named[];
  readonly competitors: readonly Named[];
  readonly products: readonly Product[];
  /** Days on which nobody works, by day; in one region only where it names one. */
  readonly holidays: ReadonlyMap<string, { readonly name: string; readonly region: Region | undefined }>;
  readonly reorganisation: Reorganisation | undefined;
  readonly delegation: Delegation | undefined;
}

const namespace = 'b6f6c7c2-6a55-5c0e-9d53-0a3f9f1c2d71';
/** Since when there has been an organisation. */
export const historyDays = 1_100;
/** How long before the demo begins somebody has left. */
const leftBeforeDays = 120;
export const demoTimeZone = 'Europe/Berlin';

/** The tenant that the demo of a seed lives in. */
export const demoTenantId = (seed: number): string => uuidV5(namespace, `demo/${seed}`);

const latin = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss').toLowerCase();

interface Base {
  readonly id: World['id'];
  readonly random: World['random'];
  readonly setupDay: string;
  readonly firstDay: string;
  readonly lastDay: string;
}

/** Makes people with names of their own. */
function casting({ id, random, setupDay }: Base) {
  const draw = random('people');
  const taken = new Set<string>();
  let number = 0;
  const freshName = (): string => {
    const name = `${draw.pick(names.givenNames)} ${draw.pick(names.familyNames)}`;
    if (taken.size >= names.givenNames.length * names.familyNames.length) return `${name} ${taken.size}`;
    return taken.has(name) ? freshName() : name;
  };
  return (role: Role, code: string, employedFrom: string = addDays(setupDay, -historyDays)): Member => {
    const name = freshName();
    taken.add(name);
    number += 1;
    const personId = id(`person/${code}`);
    return {
      code,
      role,
      personId,
      positionId: id(`position/${code}`),
      name,
      email: `${latin(name).replaceAll(' ', '.')}@stave.example`,
      employeeNo: `E${String(number).padStart(4, '0')}`,
      employedFrom,
      actor: { kind: 'person', name, personId, credentialId: `demo/${personId}`, roles: [] },
    };
  };
}

const isWeekday = (day: string): boolean => weekday(day) <= 5;

/** The days away of one salesperson. The first one, whose key is handed out, stays. */
function awayDays(
  { random, firstDay, lastDay }: Base,
  code: string,
): Pick<Salesperson, 'leave' | 'sickDays'> {
  const draw = random('away', code);
  const days = daysBetween(firstDay, lastDay) + 1;
  if (code === 'SP1') return { leave: undefined, sickDays: new Set() };
  const from = addDays(firstDay, draw.int(1, Math.max(1, days - 6)));
  const leave = draw.chance(0.2) ? { from, to: addDays(from, draw.int(1, 6)) } : undefined;
  const sickDays = new Set<string>();
  for (let day = firstDay; day <= lastDay; day = addDays(day, 1)) {
    const onLeave = leave && leave.from <= day && day <= leave.to;
    if (draw.chance(0.012) && isWeekday(day) && !onLeave) sickDays.add(day);
  }
  return { leave, sickDays };
}

function holidaysOf({ random, setupDay, firstDay, lastDay }: Base, regions: readonly Region[]) {
  const draw = random('holidays');
  const holidays = new Map<string, { name: string; region: Region | undefined }>();
  if (isWeekday(setupDay)) holidays.set(setupDay, { name: 'Stocktaking', region: undefined });
  const weeks = Math.floor(daysBetween(firstDay, lastDay) / 7);
  for (let week = 1; week < weeks; week += 2) {
    const monday = addDays(firstDay, week * 7 + ((8 - weekday(firstDay)) % 7));
    const day = addDays(monday, draw.int(1, 4));
    const region = week % 4 === 1 ? regions[((week - 1) / 4) % regions.length] : undefined;
    if (day < addDays(lastDay, -2)) holidays.set(day, { name: draw.pick(names.holidayNames), region });
  }
  return holidays;
}

function productsOf({ id, random }: Base): readonly Product[] {
  return names.productGroups.flatMap(([group, products], groupIndex) =>
    products.map((name, index) => {
      const draw = random('product', name);
      const priceMinor = draw.int(40, 900) * 10;
      return {
        productId: id(`product/${name}`),
        groupId: id(`product-group/${group}`),
        sku: `${group.slice(0, 2).toUpperCase()}-${groupIndex + 1}${String(index + 1).padStart(2, '0')}`,
        name,
        priceMinor,
        costMinor: Math.round((priceMinor * draw.int(45, 72)) / 100),
      };
    }),
  );
}

const atLeast = (least: number, count: number): number => Math.max(least, Math.round(count));

const shifted = (day: string, last: string, isOpen: (day: string) => boolean): string => {
  for (let next = day; next < last; next = addDays(next, 1)) if (isOpen(next)) return next;
  return last;
};

/** Somebody of the first office; whoever has served there longest after its first salesperson takes over. */
function leaverOf({ setupDay }: Base, cast: ReturnType<typeof casting>, office: Office): Leaver {
  const [successor] = office.salespeople
    .slice(1)
    .toSorted((a, b) => (a.employedFrom < b.employedFrom ? -1 : 1));
  const early = addDays(setupDay, -leftBeforeDays);
  const known = addDays(successor!.employedFrom, 14);
  return {
    person: { ...cast('SP', 'SPX'), office, leave: undefined, sickDays: new Set() },
    lastDay: early > known ? early : known,
    successor: successor!,
  };
}

/** The cast of a demo: a pure function of its parameters. */
export function createWorld(parameters: DemoParameters): World {
  const { seed, scale, weeks, today } = parameters;
  const tenantId = demoTenantId(seed);
  const id = (name: string) => uuidV5(tenantId, name);
  const random = (...name: readonly (string | number)[]) => randomOf(seed, ...name);
  const firstDay = addDays(today, -7 * weeks);
  const lastDay = addDays(today, -1);
  const base = { id, random, setupDay: addDays(firstDay, -1), firstDay, lastDay };
  const cast = casting(base);
  const management = {
    operator: cast('OP', 'OP1'),
    director: cast('TM', 'TM2'),
    topManager: cast('TM', 'TM1'),
    administrator: cast('AD', 'AD1'),
    hr: cast('HR', 'HR1'),
    auditor: cast('AU', 'AU1'),
    analyst: cast('AN', 'AN1'),
  };
  const regions = Array.from({ length: atLeast(2, 3 * scale) }, (_, index): Region => {
    const code = `R${index + 1}`;
    const round = Math.floor(index / names.regionNames.length);
    return {
      regionId: id(`region/${code}`),
      unitId: id(`unit/${code}`),
      code,
      name: `${names.regionNames[index % names.regionNames.length]}${round > 0 ? ` ${round + 1}` : ''}`,
      manager: cast('RM', `RM${index + 1}`),
    };
  });
  const officeCount = Math.max(regions.length, atLeast(2, 6 * scale));
  const salespeopleCount = Math.max(officeCount, atLeast(4, 35 * scale));
  const offices: Office[] = [];
  for (let index = 0; index < officeCount; index++) {
    const salespeople: Salesperson[] = [];
    const draw = random('office', index);
    const office: Office = {
      unitId: id(`unit/O${index + 1}`),
      code: `O${index + 1}`,
      town: names.towns[index % names.towns.length]!,
      latE7: draw.int(485_000_000, 535_000_000),
      lonE7: draw.int(75_000_000, 135_000_000),
      region: regions[Math.floor((index * regions.length) / officeCount)]!,
      supervisor: cast('SV', `SV${index + 1}`),
      salespeople,
    };
    const first = Math.floor((index * salespeopleCount) / officeCount);
    const beyond = Math.floor(((index + 1) * salespeopleCount) / officeCount);
    for (let number = first + 1; number <= beyond; number++) {
      const code = `SP${number}`;
      const served = random('service', code);
      const isFirst = number === first + 1;
      const isNew = !isFirst && served.chance(0.06);
      const days = isNew ? served.int(20, 80) : served.int(isFirst ? 800 : 150, historyDays - 50);
      const member = cast('SP', code, addDays(base.setupDay, -days));
      salespeople.push({ ...member, office, ...awayDays(base, code) });
    }
    offices.push(office);
  }
  const holidays = holidaysOf(base, regions);
  const isOpen = (day: string) => isWeekday(day) && !holidays.has(day);
  const days = weeks * 7;
  const enteredOn = shifted(addDays(firstDay, Math.floor(days / 2)), lastDay, isOpen);
  const moved = offices.at(-1)!;
  const movedTo = offices.findLast(({ region }) => region !== moved.region);
  const leaveFrom = shifted(addDays(firstDay, 3), lastDay, isOpen);
  const named = (kind: string, code: string, name: string) => ({ id: id(`${kind}/${code}`), code, name });
  return {
    ...base,
    parameters,
    tenantId,
    at: createTimes(demoTimeZone),
    timeZone: demoTimeZone,
    fiscal: createFiscal(base.setupDay, today),
    management,
    headquartersId: id('unit/HQ'),
    regions,
    offices,
    salespeople: offices.flatMap(({ salespeople }) => salespeople),
    leaver: leaverOf(base, cast, offices[0]!),
    channels: names.channels.map(([code, name]) => named('channel', code, name)),
    competitors: names.competitors.map((name) => named('competitor', name, name)),
    products: productsOf(base),
    holidays,
    reorganisation: movedTo && {
      office: moved,
      to: movedTo,
      from: addDays(enteredOn, -Math.min(4, Math.floor(days / 2))),
      enteredOn,
    },
    delegation:
      offices.length > 2 && weeks > 1
        ? { office: offices[1]!, to: offices[0]!, from: leaveFrom, until: addDays(leaveFrom, 4) }
        : undefined,
  };
}

/** Whether people of a region work on a day. */
export function isOpenDay({ holidays }: World, region: Region, day: string): boolean {
  const holiday = holidays.get(day);
  return isWeekday(day) && !(holiday && (holiday.region === undefined || holiday.region === region));
}

/** The region in whose calendar an office stands on a day. */
export const regionOn = ({ reorganisation }: World, office: Office, day: string): Region =>
  reorganisation?.office === office && day >= reorganisation.from ? reorganisation.to.region : office.region;

/** Whether somebody is at work on a day, as far as that is known the evening before. */
export function isRostered(world: World, { office, leave }: Salesperson, day: string): boolean {
  const onLeave = leave !== undefined && leave.from <= day && day <= leave.to;
  return !onLeave && isOpenDay(world, regionOn(world, office, day), day);
}

export const works = (world: World, person: Salesperson, day: string): boolean =>
  isRostered(world, person, day) && !person.sickDays.has(day);

/** The next day on which an office works, after the given one. */
export function nextOpenDay(world: World, office: Office, day: string, count = 1): string {
  let next = day;
  for (let left = count; left > 0; ) {
    next = addDays(next, 1);
    if (isOpenDay(world, regionOn(world, office, next), next)) left -= 1;
  }
  return next;
}

/** The office whose supervisor an office has, as those who act on a day know it. */
const leadOn = ({ reorganisation }: World, office: Office, day: string): Office =>
  reorganisation?.office === office && day >= reorganisation.enteredOn ? reorganisation.to : office;

export const supervisorOn = (world: World, office: Office, day: string): Member =>
  leadOn(world, office, day).supervisor;

export const managerOn = (world: World, office: Office, day: string): Member =>
  leadOn(world, office, day).region.manager;

/** Who signs what an office's salespeople hand in on a day. */
export function signerOn(world: World, office: Office, day: string): Member {
  const { delegation } = world;
  const away = delegation?.office === office && delegation.from <= day && day < delegation.until;
  return away ? delegation.to.supervisor : supervisorOn(world, office, day);
}
