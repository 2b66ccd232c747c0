import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { events, isPersonal, personal, versioned } from '../../src/engine/event.ts';
import { eventReader } from '../../src/engine/log.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { personEvents } from '../../src/events/person.ts';

const stored = {
  position: 7,
  stream: 'deal/1',
  version: 1,
  type: 'DealOpened',
  schema_version: 1,
  data: { price: 12 },
  actor: 'person/1',
  credential: null,
  command_id: 'c',
  correlation_id: null,
  causation_position: null,
  source: 'http',
  occurred_at: '2026-03-02T08:00:00+00:00',
  effective_on: '2026-03-02',
};

const dealEvents = events({
  DealOpened: versioned(2, { priceMinor: z.string() }, (data) => ({ priceMinor: `${data['price']}00` })),
});

describe('events', () => {
  test('of a former shape are read in the present one', () => {
    const read = eventReader(dealEvents);
    expect(read('t', stored)).toMatchObject({
      schemaVersion: 1,
      data: { priceMinor: '1200' },
      occurredAt: '2026-03-02T08:00:00.000Z',
    });
  });
  test('of the present shape are read as they are', () => {
    const read = eventReader(dealEvents);
    expect(read('t', { ...stored, schema_version: 2, data: { priceMinor: '5' } }).data).toEqual({
      priceMinor: '5',
    });
  });
  test('newer than the program stop it', () => {
    const read = eventReader(dealEvents);
    expect(() => read('t', { ...stored, schema_version: 3 })).toThrow('newer than this program');
    expect(() => read('t', { ...stored, type: 'DealMoved' })).toThrow('newer than this program');
  });
  test('hold the fields of their shape in order, and defaults where nothing was given', () => {
    const { DealOpened } = events({
      DealOpened: {
        won: z.boolean().default(true),
        price: z.int(),
        lost: z.null().default(null),
        note: z.string().optional(),
      },
    });
    const { data } = DealOpened({ price: 5, secret: 'x', note: undefined } as never);
    expect(JSON.stringify(data)).toBe('{"lost":null,"price":5,"won":true}');
  });
});

describe('fields about human beings', () => {
  test('are marked', () => {
    expect(isPersonal(personal(z.string()))).toBe(true);
    expect(isPersonal(z.string())).toBe(false);
    expect(isPersonal(personEvents.PersonRegistered.schema.shape.name)).toBe(true);
    expect(isPersonal(customerEvents.ContactRecorded.schema.shape.name)).toBe(true);
  });
});
