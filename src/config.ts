import { join } from 'node:path';
import { z } from 'zod';

const flag = z.enum(['0', '1', 'true', 'false']).transform((text) => text === '1' || text === 'true');

const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  STAVE_DATA_DIR: z.string().min(1).default('.stave'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  STAVE_ROLE: z.enum(['api', 'worker', 'all']).default('all'),
  STAVE_DEMO: flag.optional(),
  STAVE_MASTER_KEY: z.string().min(32, 'at least 32 characters').optional(),
  STAVE_DIGEST_DIR: z.string().min(1).optional(),
  STAVE_DIGEST_KEY_FILE: z.string().min(1).optional(),
  STAVE_DIGEST_SECONDS: z.coerce.number().int().min(0).max(86_400).default(60),
  STAVE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  STAVE_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).default(60_000),
});

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly role: 'api' | 'worker' | 'all';
  /** Whether the first start loads the demo; by default only where the database is our own. */
  readonly demo: boolean;
  readonly masterKey: string | undefined;
  readonly digests: {
    readonly folder: string;
    readonly keyFile: string;
    /** How often new blocks are signed; 0 for never. */
    readonly everySeconds: number;
  };
  readonly logLevel: string;
  readonly requestsPerMinute: number;
}

/** The configuration, or an error that names each variable that is wrong. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`The configuration is wrong. ${lines.join('; ')}`);
  }
  const { data } = parsed;
  if (data.DATABASE_URL && !data.STAVE_MASTER_KEY) {
    throw new Error(
      'STAVE_MASTER_KEY is missing: with DATABASE_URL, give 32 or more random characters and keep them.',
    );
  }
  return {
    port: data.PORT,
    host: data.HOST,
    dataDir: data.STAVE_DATA_DIR,
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL,
    role: data.STAVE_ROLE,
    demo: data.STAVE_DEMO ?? data.DATABASE_URL === undefined,
    masterKey: data.STAVE_MASTER_KEY,
    digests: {
      folder: data.STAVE_DIGEST_DIR ?? join(data.STAVE_DATA_DIR, 'digests'),
      keyFile: data.STAVE_DIGEST_KEY_FILE ?? join(data.STAVE_DATA_DIR, 'digest-key.pem'),
      everySeconds: data.STAVE_DIGEST_SECONDS,
    },
    logLevel: data.STAVE_LOG_LEVEL,
    requestsPerMinute: data.STAVE_REQUESTS_PER_MINUTE,
  };
}
