import { appendFileSync } from 'node:fs';

/** How many requests a test makes: few with the other tests, more on request. */
export const countOf = (usual: number, ci: number, full: number): number =>
  process.env['STAVE_FULL'] === '1' ? full : process.env['STAVE_FUZZ'] === '1' ? ci : usual;

export const seed = Number(process.env['STAVE_SEED'] ?? 1);

/** Shows figures of a run, and keeps them for whoever started it. */
export function report(figures: Readonly<Record<string, number>>): void {
  process.stdout.write(
    `${Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')} (seed ${seed})\n`,
  );
  const file = process.env['STAVE_FIGURES'];
  if (file) appendFileSync(file, `${JSON.stringify(figures)}\n`);
}
