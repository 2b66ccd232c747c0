/** Whom personal fields of an event are about: the customer that it names, else whatever has the stream. */
export const subjectOf = (stream: string, data: Readonly<Record<string, unknown>>): string =>
  data['customerId'] ? `customer/${data['customerId']}` : stream;

/** The events that ask to erase whatever has their stream. */
export const erasingTypes = ['PersonalDataErased', 'CustomerDataErased'] as const;
