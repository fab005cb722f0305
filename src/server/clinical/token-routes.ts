/** `/api/tokens`: a person's own API tokens. A token is shown once; a program cannot issue another with it. */
import type { Context } from "hono";
import type { Audit } from "../access/audit.ts";
import { forgetCallers } from "../access/known-callers.ts";
import { issueToken } from "../access/people.ts";
import { HttpError } from "../http-error.ts";
import type { Operations } from "../operations/operations.ts";
import type { Store } from "../store/index.ts";
import { madeToken, newToken, tokensShape } from "./shapes/people.ts";

const day = 24 * 3600 * 1000;

/** Routes under `/api`. */
export function tokenRoutes(operations: Operations, { store, audit }: { store: Store; audit: Audit }): void {
  const { database } = store;
  const personOf = (context: Context) => {
    const { person, by } = context.get("caller");
    if (by === "session") return person;
    throw new HttpError(403, "server/forbidden", "tokens can only be created and revoked in a logged-in session", {
      where: "Authorization",
      found: "a token",
    });
  };
  operations.add(
    { method: "get", path: "/tokens", summary: "The caller's API keys", scope: "read", response: tokensShape },
    async (context) => {
      const { rows } = await database.query(
        `select id, label, scopes, created_at as "createdAt", expires_at as "expiresAt" from api_token
        where person = $1 and revoked_at is null and expires_at > now() order by created_at`,
        [context.get("caller").person],
      );
      return context.json({ tokens: rows });
    },
  );
  operations.add(
    {
      method: "post",
      path: "/tokens",
      summary: "Create an API key (only in a session)",
      scope: "read",
      body: newToken,
      status: 201,
      response: madeToken,
      creates: "secret",
    },
    async (context, { body: { days, ...request } }) => {
      const person = personOf(context);
      const { id, token } = await issueToken(database, { ...request, person, lifetimeMs: days * day });
      await audit.record({ who: person, action: "token.create", object: `token/${id}`, outcome: "ok" });
      return context.json({ id, token }, 201);
    },
  );
  operations.add(
    { method: "delete", path: "/tokens/:token", summary: "Revoke an API key (only in a session)", scope: "read" },
    async (context) => {
      const person = personOf(context);
      const id = context.req.param("token")!;
      const { rows } = await database.query(
        "update api_token set revoked_at = now() where id = $1 and person = $2 and revoked_at is null returning id",
        [id, person],
      );
      forgetCallers(database);
      if (rows.length === 0)
        throw new HttpError(404, "server/not-found", "there is no such token", { where: `token/${id}` });
      await audit.record({ who: person, action: "token.revoke", object: `token/${id}`, outcome: "ok" });
      return context.body(null, 204);
    },
  );
}
