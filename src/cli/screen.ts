import { accessFile, type DemoAccess } from './demo/access.ts';

const rule = '─'.repeat(72);

const framed = (lines: readonly string[]): string => `\n${[rule, ...lines, rule].join('\n')}\n\n`;

const head = (url: string) => ['Stave is running.', '', `  API    ${url}/v1`, `  Docs   ${url}/docs`];

/** What is shown once the demo can be used. */
export function demoScreen({ url, planId, pipelineId, tokens, people }: DemoAccess, dataDir: string): string {
  const { SP: token } = tokens;
  const { personId, name } = people['SP']!;
  return framed([
    ...head(url),
    `  Keys   ${accessFile(dataDir)}, one for each role`,
    '',
    `What ${name} did yesterday, is doing today and will do tomorrow:`,
    '',
    `  curl -s -H 'Authorization: Bearer ${token}' ${url}/v1/day-sheets/${personId}`,
    '',
    'How far the targets of the year are reached, month by month:',
    '',
    `  curl -s -H 'Authorization: Bearer ${token}' ${url}/v1/target-plans/${planId}/tree`,
    '',
    'What is in the pipeline, stage by stage:',
    '',
    `  curl -s -H 'Authorization: Bearer ${token}' ${url}/v1/pipelines/${pipelineId}/board`,
  ]);
}

/** What is shown where there is no demo. */
export const plainScreen = (url: string): string =>
  framed([
    ...head(url),
    '',
    'Create a tenant, and a key for its administrator:',
    '',
    "  npm run stave -- tenant create --name 'My company'",
    '  npm run stave -- token create --tenant <id> --name setup --roles AD',
  ]);
