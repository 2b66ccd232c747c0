import { competitorEvents } from '../../src/events/competitor.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import type { Role } from '../../src/events/permission.ts';
import { productEvents } from '../../src/events/product.ts';
import { idOf, keyOf } from './given.ts';

const { PersonEmployed, RoleGranted, PositionAssigned, RegionDefined, ChannelDefined } = organisationEvents;

/** The business day of the tests, and days around it. */
export const today = '2026-03-02';
export const yesterday = '2026-03-01';
export const tomorrow = '2026-03-03';
export const longAgo = '2026-01-02';

export const ann = idOf('ann');
export const bob = idOf('bob');
export const supervisor = idOf('supervisor');
export const stranger = idOf('stranger');
export const manager = idOf('manager');

const employed = (personId: string, role: Role, position: string, above: string | null) => [
  PersonEmployed({ personId, employeeNo: position, from: '2020-01-01', newcomerUntil: '2020-07-01' }),
  RoleGranted({ personId, role, from: '2020-01-01' }),
  PositionAssigned({
    personId,
    positionId: idOf(position),
    orgUnitId: idOf('unit'),
    reportsToPositionId: above && idOf(above),
    from: '2020-01-01',
    fteBp: 10_000,
    specialisation: 'field_sales',
  }),
];

export const regionId = idOf('region');
export const channelId = idOf('channel');

/** Ann and Bob sell under their supervisor, who is under the manager; a stranger supervises another team. */
export const staff = [
  RegionDefined({ regionId, code: 'N', name: 'North', parentId: null }),
  ChannelDefined({ channelId, code: 'D', name: 'Direct' }),
  ...employed(manager, 'TM', 'top', null),
  ...employed(supervisor, 'SV', 'office', 'top'),
  ...employed(stranger, 'SV', 'other office', 'top'),
  ...employed(ann, 'SP', 'seller', 'office'),
  ...employed(bob, 'SP', 'other seller', 'office'),
];

export const customerId = idOf('customer');
export const registered = customerEvents.CustomerRegistered({
  customerId,
  name: 'Blue Door Ltd.',
  city: 'Leeds',
  kind: 'end_customer',
  regionId,
  channelId,
  segment: 'retail',
  source: 'fair',
  registeredOn: longAgo,
  nameKey: keyOf('customer-name', 'Blue Door Ltd ', 'Leeds'),
  taxKey: null,
});
export const ownedByAnn = customerEvents.CustomerOwnerAssigned({
  customerId,
  personId: ann,
  shareBp: 10_000,
  coOwners: [],
  from: longAgo,
  reason: 'initial',
  replaces: null,
});

export const productId = idOf('product');
export const defined = productEvents.ProductDefined({
  productId,
  sku: 'X-1',
  skuKey: keyOf('sku', 'X-1'),
  name: 'Box',
  unitOfMeasure: 'piece',
});
export const eur = (amountMinor: string) => ({ amountMinor, currency: 'EUR' });
export const costSet = productEvents.StandardCostSet({
  productId,
  cost: eur('300'),
  from: longAgo,
  to: null,
  previousFrom: null,
});

export const orderId = idOf('order');
export const taken = orderEvents.OrderTaken({
  orderId,
  customerId,
  takenBy: ann,
  orderedOn: yesterday,
  netTotal: eur('1000'),
  lines: [{ lineNo: 1, productId, quantity: 2, netAmount: eur('1000'), unitCost: eur('300') }],
});

export const competitorId = idOf('competitor');
export const rival = competitorEvents.CompetitorRegistered({
  competitorId,
  name: 'Rival',
  nameKey: keyOf('competitor-name', 'Rival'),
});
