/** `/api/tokens`: a user's API keys. A key is shown only once, and cannot be used to create further keys. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import { issueToken } from "../access/people.ts";
import { scopes } from "../access/scopes.ts";
import { HttpError } from "../http-error.ts";
import type { Store } from "../store/index.ts";
import { bodyOf } from "./body.ts";

const day = 24 * 3600 * 1000;
const newToken = z.strictObject({
  label: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(scopes)).min(1),
  days: z.number().int().min(1).max(365).default(90),
});

/** Under `/api`. */
export function tokenRoutes({ store, audit }: { store: Store; audit: Audit }): Hono {
  const app = new Hono();
  const { database } = store;
  const read = requireScope(audit, "read");
  const personOf = (context: Context) => {
    const { person, by } = context.get("caller");
    if (by === "session") return person;
    throw new HttpError(403, "server/forbidden", "tokens can only be created and revoked in a logged-in session", {
      where: "Authorization",
      found: "a token",
    });
  };
  app.get("/tokens", read, async (context) => {
    const { rows } = await database.query(
      `select id, label, scopes, created_at as "createdAt", expires_at as "expiresAt" from api_token
        where person = $1 and revoked_at is null and expires_at > now() order by created_at`,
      [context.get("caller").person],
    );
    return context.json({ tokens: rows });
  });
  app.post("/tokens", read, async (context) => {
    const person = personOf(context);
    const { days, ...wanted } = await bodyOf(context, newToken);
    const { id, token } = await issueToken(database, { ...wanted, person, life: days * day });
    await audit.record({ who: person, action: "token.create", object: `token/${id}`, outcome: "ok" });
    return context.json({ id, token }, 201);
  });
  app.delete("/tokens/:token", read, async (context) => {
    const person = personOf(context);
    const id = context.req.param("token");
    const { rows } = await database.query(
      "update api_token set revoked_at = now() where id = $1 and person = $2 and revoked_at is null returning id",
      [id, person],
    );
    if (rows.length === 0)
      throw new HttpError(404, "server/not-found", "there is no such token", { where: `token/${id}` });
    await audit.record({ who: person, action: "token.revoke", object: `token/${id}`, outcome: "ok" });
    return context.body(null, 204);
  });
  return app;
}
