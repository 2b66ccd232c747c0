import type { ClientBase, Pool } from 'pg';

/** What the log needs of a connection. */
export type Connection = Pick<ClientBase | Pool, 'query'>;
