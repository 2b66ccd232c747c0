/** Keeps what was made of something for as long as that stands as it stood. */
export type Held = <T>(
  key: string,
  /** How that stands, whatever the value is made of. */
  version: string,
  make: () => Promise<T>,
  /** How much there is of the value, in rows. */
  sizeOf: (value: T) => number,
) => Promise<T>;

interface Entry {
  readonly version: string;
  readonly value: unknown;
  readonly size: number;
}

const rowsMax = 100_000;

/** Keeps values up to so many rows together; those that were used last stay. */
export function createHeld(limit = rowsMax): Held {
  const entries = new Map<string, Entry>();
  let total = 0;

  function drop(key: string): void {
    total -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  }

  return async <T>(
    key: string,
    version: string,
    make: () => Promise<T>,
    sizeOf: (value: T) => number,
  ): Promise<T> => {
    const found = entries.get(key);
    const value = found?.version === version ? (found.value as T) : await make();
    const size = sizeOf(value);
    drop(key);
    if (size > limit) return value;
    entries.set(key, { version, value, size });
    total += size;
    for (const oldest of entries.keys()) {
      if (total <= limit) break;
      drop(oldest);
    }
    return value;
  };
}
