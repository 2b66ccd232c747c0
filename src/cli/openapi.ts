import { writeFile } from 'node:fs/promises';
import { openApiYaml } from './openapi-document.ts';

await writeFile(new URL('../../openapi.yaml', import.meta.url), await openApiYaml());
