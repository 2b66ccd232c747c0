import type { Server } from '../../support/server.ts';
import { type Resolve, resolverOf, type Schema } from './schema.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** As the document writes it: `/v1/people/{personId}/absences`. */
  readonly path: string;
  readonly permission: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly mediaType: string | undefined;
  readonly responses: Readonly<Record<string, Response>>;
}

export interface ApiDocument {
  readonly operations: readonly Operation[];
  readonly resolve: Resolve;
}

interface RawOperation {
  readonly operationId: string;
  readonly description?: string;
  readonly parameters?: readonly Schema[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Schema>>;
}

/** Every operation that the server says it has. */
export async function readDocument(server: Server): Promise<ApiDocument> {
  const { body } = await server.get('/openapi.json', '');
  const resolve = resolverOf(body);
  const whole = <T>(node: Schema): T => resolve(node) as unknown as T;
  const paths = Object.entries(body.paths as Record<string, Record<string, RawOperation>>);
  const operations = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const [mediaType, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
      return {
        id: operation.operationId,
        method: method.toUpperCase() as Operation['method'],
        path,
        permission: /Needs ([\w-]+:\w+)/.exec(operation.description ?? '')?.[1],
        parameters: (operation.parameters ?? []).map((parameter) => whole<Parameter>(parameter)),
        body: content?.schema,
        mediaType,
        responses: Object.fromEntries(
          Object.entries(operation.responses).map(([status, response]) => [
            status,
            whole<Response>(response),
          ]),
        ),
      };
    }),
  );
  return { operations, resolve };
}
