import { stringify } from 'yaml';
import { createApp } from '../http/app.ts';
import { version } from '../version.ts';

/** The OpenAPI document of all routes, as the YAML text that is committed. */
export async function openApiYaml(): Promise<string> {
  const app = await createApp({
    runtime: {} as never,
    verify: async () => undefined,
    secret: '',
    version,
    ready: async () => undefined,
    metrics: async () => '',
  });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return stringify(document, { lineWidth: 120, aliasDuplicateObjects: false });
}
