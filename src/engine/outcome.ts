/** One reason why an input was refused, at a JSON pointer into the request. */
export interface InputError {
  readonly pointer: string;
  readonly detail: string;
}

/** A refusal or failure, with the HTTP status that it has. Codes are stable, texts are not. */
export interface Problem {
  readonly ok: false;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly InputError[];
  /** Seconds after which a repeat may succeed. */
  readonly retryAfter?: number;
}

/** An event in the answer to the command that recorded it, with what it warns of. */
export interface Told {
  readonly type: string;
  readonly position: number;
  readonly warnings?: readonly string[];
}

/** Tells an event to whom it answers; one that has a field `warnings` warns of what stands there. */
export function told(
  { type, data }: { readonly type: string; readonly data: unknown },
  position: number,
): Told {
  const { warnings } = data as { readonly warnings?: readonly string[] };
  return warnings && warnings.length > 0 ? { type, position, warnings } : { type, position };
}

export interface Accepted {
  readonly ok: true;
  readonly stream: string;
  /** Version of the stream afterwards. */
  readonly version: number;
  /** Position of the command's last event, or of the head where there was nothing to record. */
  readonly position: number;
  readonly created: boolean;
  readonly replayed: boolean;
  readonly events: readonly Told[];
}

/** What a command would record, when it was only tried. */
export interface Tried {
  readonly ok: true;
  readonly dryRun: true;
  readonly stream: string;
  readonly version: number;
  readonly events: readonly { readonly stream: string; readonly type: string; readonly data: unknown }[];
}

export type Outcome = Accepted | Tried | Problem;

export const problem = (
  status: number,
  code: string,
  detail: string,
  more: Pick<Problem, 'errors' | 'retryAfter'> = {},
): Problem => ({ ok: false, status, code, detail, ...more });

/** Ends work with a problem that it met on the way; `faultOf` gives the problem back. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(refusal: Problem) {
    super(refusal.detail);
    this.problem = refusal;
  }
}
