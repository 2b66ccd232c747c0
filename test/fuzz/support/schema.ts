export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

export type Resolve = (schema: Schema) => Schema;

/** Follows references into a document. */
export const resolverOf =
  (document: unknown): Resolve =>
  (schema) => {
    let found = schema;
    while (found.$ref !== undefined)
      found = found.$ref
        .slice(2)
        .split('/')
        .reduce((node, part) => (node as Record<string, unknown>)[part], document) as Schema;
    return found;
  };

const formats: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  date: /^\d{4}-\d{2}-\d{2}$/,
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/,
};

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

const isOfType = (value: unknown, type: string): boolean =>
  type === 'integer' ? Number.isInteger(value) : typeOf(value) === type;

function textFaults(text: string, schema: Schema): readonly string[] {
  const { pattern, format, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  const length = [...text].length;
  return [
    ...(pattern !== undefined && !new RegExp(pattern, 'u').test(text) ? ['pattern'] : []),
    ...(format !== undefined && formats[format]?.test(text) === false ? ['format'] : []),
    ...(length < minLength || length > maxLength ? ['length'] : []),
  ];
}

/** Where a value differs from what a schema declares: a pointer and the keyword; nothing where it is as declared. */
export function faultsOf(value: unknown, declared: Schema, resolve: Resolve, at = ''): readonly string[] {
  const schema = resolve(declared);
  const here = (keyword: string) => `${at || '/'} ${keyword}`;
  const into = (member: unknown, inner: Schema, key: string | number) =>
    faultsOf(member, inner, resolve, `${at}/${key}`);
  const isOne = (inner: Schema) => faultsOf(value, inner, resolve, at).length === 0;
  const faults: string[] = [];
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (types && !types.some((type) => isOfType(value, type))) return [here('type')];
  if (schema.enum && !schema.enum.includes(value)) faults.push(here('enum'));
  if ('const' in schema && schema.const !== value) faults.push(here('const'));
  for (const options of [schema.anyOf, schema.oneOf])
    if (options && !options.some(isOne)) faults.push(here('anyOf'));
  for (const inner of schema.allOf ?? []) faults.push(...faultsOf(value, inner, resolve, at));
  if (typeof value === 'string') faults.push(...textFaults(value, schema).map(here));
  if (typeof value === 'number') {
    if (value < (schema.minimum ?? Number.NEGATIVE_INFINITY)) faults.push(here('minimum'));
    if (value > (schema.maximum ?? Number.POSITIVE_INFINITY)) faults.push(here('maximum'));
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) faults.push(here('minItems'));
    if (value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY)) faults.push(here('maxItems'));
    const { items } = schema;
    if (items) faults.push(...value.flatMap((member, index) => into(member, items, index)));
  } else if (typeof value === 'object' && value !== null) {
    for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) faults.push(here(name));
    for (const [name, member] of Object.entries(value)) {
      const known = schema.properties && Object.hasOwn(schema.properties, name);
      const inner = known ? schema.properties![name] : schema.additionalProperties;
      if (inner === false) faults.push(here(`has ${name}`));
      else if (typeof inner === 'object') faults.push(...into(member, inner, name));
    }
  }
  return faults;
}
