/** Permissions of a caller, granted independently; `admin` manages people and tokens, but does not include signing. */
export const scopes = ["read", "answer", "review", "sign", "admin"] as const;
export type Scope = (typeof scopes)[number];

/** The authenticated caller of a request. */
export interface Caller {
  /** The person's identifier, which the audit records; never a name. */
  readonly person: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** `session` callers come from a browser and must send the CSRF token with every change. */
  readonly by: "token" | "session" | "loopback";
  readonly csrf?: string;
}

export function isScope(value: unknown): value is Scope {
  return scopes.includes(value as Scope);
}
