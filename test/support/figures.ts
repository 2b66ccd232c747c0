import type { TaskMeta, TestContext } from 'vitest';

export type Figures = Readonly<Record<string, string | number | boolean>>;

declare module 'vitest' {
  interface TaskMeta {
    /** What the test measured, by the row of the table of figures that it fills. */
    figures?: Readonly<Record<string, Figures>>;
  }
}

/** Whether the long form of the tests was asked for. */
export const full = process.env['STAVE_FULL'] === '1';

/** Hands what a test measured to whoever runs it: noted before it is judged, so that a miss is shown too. */
export function note({ task }: Pick<TestContext, 'task'>, row: string, figures: Figures): void {
  const meta: TaskMeta = task.meta;
  meta.figures = { ...meta.figures, [row]: figures };
}
