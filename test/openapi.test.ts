import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { openApiYaml } from '../src/cli/openapi-document.ts';
import { commands } from '../src/commands/index.ts';
import { queries } from '../src/projections/index.ts';

const document = await openApiYaml();

describe('openapi.yaml', () => {
  test('is what the definitions say: npm run openapi writes it', async () => {
    expect(await readFile('openapi.yaml', 'utf8')).toBe(document);
  });

  test('has one operation for each command and query, named after it', () => {
    const { paths } = parse(document) as { paths: Record<string, Record<string, { operationId?: string }>> };
    const operations = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(operations).size).toBe(operations.length);
    const names = [...commands, ...queries].map(({ name }) => name.charAt(0).toLowerCase() + name.slice(1));
    expect(operations).toEqual(expect.arrayContaining(names));
  });

  test('refers only to schemas that it holds', () => {
    const { components } = parse(document) as { components: { schemas: Record<string, unknown> } };
    const refs = new Set(
      [...document.matchAll(/#\/components\/schemas\/([\w-]+)/g)].map(([, name]) => name!),
    );
    expect([...refs].filter((name) => !(name in components.schemas))).toEqual([]);
    expect(document).not.toContain('$defs');
  });
});
