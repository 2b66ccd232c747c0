import type { FastifyInstance } from 'fastify';

const bytesMax = 32 * 1024 * 1024;
const ageMaxMs = 5 * 60_000;

const sizeOf = (key: string, text: string): number => 2 * (key.length + text.length);

interface Held {
  readonly tenantId: string;
  readonly text: string;
  readonly madeAt: number;
}

/** Where the answer to a question is held. */
export interface Slot {
  readonly text: string | undefined;
  readonly hold: (text: string) => void;
}

/** The answers about the past that were asked for last: what was known at a position does not change. */
export interface PastAnswers {
  /** The slot of a question. Another epoch says that the tenant's past was made anew, and drops what was held of it. */
  readonly slotOf: (tenantId: string, epoch: number, question: string) => Slot;
  /** Lets go of a tenant's. */
  readonly forget: (tenantId: string) => void;
  /** Lets go of what is older than some minutes. */
  readonly expire: () => void;
}

export function createPastAnswers(
  limit = bytesMax,
  now: () => number = () => performance.now(),
): PastAnswers {
  const held = new Map<string, Held>();
  const epochs = new Map<string, number>();
  let bytes = 0;

  function drop(key: string, { text }: Held): void {
    held.delete(key);
    bytes -= sizeOf(key, text);
  }

  function enter(tenantId: string, epoch: number): void {
    if (epochs.get(tenantId) === epoch) return;
    epochs.set(tenantId, epoch);
    forget(tenantId);
  }

  function forget(tenantId: string): void {
    for (const [key, entry] of held) if (entry.tenantId === tenantId) drop(key, entry);
  }

  const expire = (): void => {
    for (const [key, entry] of held) if (now() - entry.madeAt > ageMaxMs) drop(key, entry);
  };

  function hold(tenantId: string, key: string, text: string): void {
    if (sizeOf(key, text) > limit / 4) return;
    const before = held.get(key);
    if (before) drop(key, before);
    held.set(key, { tenantId, text, madeAt: now() });
    bytes += sizeOf(key, text);
    for (const [oldest, entry] of held) {
      if (bytes <= limit) break;
      drop(oldest, entry);
    }
  }

  return {
    slotOf: (tenantId, epoch, question) => {
      enter(tenantId, epoch);
      const key = `${tenantId} ${question}`;
      const entry = held.get(key);
      const fresh = entry && now() - entry.madeAt <= ageMaxMs ? entry : undefined;
      if (fresh) {
        held.delete(key);
        held.set(key, fresh);
      }
      return {
        text: fresh?.text,
        hold: (text) => {
          if (epochs.get(tenantId) === epoch) hold(tenantId, key, text);
        },
      };
    },
    forget,
    expire,
  };
}

/** The answers of one server, let go of in time also when nobody asks. */
export function pastAnswersOf(app: FastifyInstance): PastAnswers {
  const answers = createPastAnswers();
  const timer = setInterval(answers.expire, ageMaxMs / 5).unref();
  app.addHook('onClose', async () => clearInterval(timer));
  return answers;
}
