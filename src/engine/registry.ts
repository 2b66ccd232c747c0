type Kinded = { readonly kind: string };
type OfKind<M, K extends string> =
  M extends Readonly<Record<string, unknown>> ? Extract<M[keyof M], { readonly kind: K }> : never;

/**
 * Collects what modules export of one kind: to export a definition is to register it. The order is that of the modules and,
 * within each, of the names.
 */
export function collect<const K extends string, const M extends readonly Readonly<Record<string, unknown>>[]>(
  kind: K,
  ...modules: M
): readonly OfKind<M[number], K>[] {
  const exported = modules.flatMap((module) =>
    Object.keys(module)
      .sort()
      .map((name) => module[name]),
  );
  const found = exported.filter((value) => isKind(value, kind));
  return [...new Set(found)] as unknown as readonly OfKind<M[number], K>[];
}

const isKind = (value: unknown, kind: string): value is Kinded =>
  (typeof value === 'object' || typeof value === 'function') &&
  value !== null &&
  (value as Kinded).kind === kind;
