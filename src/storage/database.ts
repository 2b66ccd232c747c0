import pg from 'pg';

const { builtins } = pg.types;

const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, BigInt],
  [builtins.DATE, (text) => text],
  [builtins.TIMESTAMPTZ, (text) => (text.endsWith('infinity') ? text : new Date(text).toISOString())],
]);

/** How values come back: int8 as bigint, dates as YYYY-MM-DD, instants as RFC 3339 in UTC. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers.get(oid)) || pg.types.getTypeParser(oid, format as 'text'),
};

export interface PoolOptions {
  readonly databaseUrl: string;
  readonly connections: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
}

/**
 * A pool whose sessions run as the application's role: they can append to the log and never change it. A connection that
 * breaks fails its statement; it does not end the process.
 */
export function createPool({ databaseUrl, connections, name }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    application_name: name,
    connectionTimeoutMillis: 4_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    pipeline: true,
    options:
      '-c role=stave_app -c timezone=UTC -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000',
    types: types as never,
  });
  const ignore = () => undefined;
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
}
