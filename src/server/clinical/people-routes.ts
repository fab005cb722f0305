/** `/api/people`: the users of this server. A new user gets a one-time login link. */
import { Hono } from "hono";
import { z } from "zod";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import type { LoginLinks } from "../access/login-links.ts";
import { addPerson } from "../access/people.ts";
import { scopes } from "../access/scopes.ts";
import { HttpError } from "../http-error.ts";
import type { Store } from "../store/index.ts";
import { bodyOf } from "./body.ts";

const newPerson = z.strictObject({ name: z.string().trim().min(1).max(200), scopes: z.array(z.enum(scopes)).min(1) });

/** Under `/api`. */
export function peopleRoutes({ store, audit, links }: { store: Store; audit: Audit; links: LoginLinks }): Hono {
  const app = new Hono();
  app.get("/people", requireScope(audit, "read"), async (context) => {
    const { rows } = await store.database.query(
      "select id, name from person where disabled_at is null order by created_at",
    );
    return context.json({ people: rows });
  });
  app.post("/people", requireScope(audit, "admin"), async (context) => {
    const person = await addPerson(store.database, await bodyOf(context, newPerson));
    await audit.record({
      who: context.get("caller").person,
      action: "person.create",
      object: `person/${person.id}`,
      outcome: "ok",
    });
    return context.json({ id: person.id, name: person.name, login: `/login/${links.issue(person.id)}` }, 201);
  });
  app.post("/people/:person/login", requireScope(audit, "admin"), async (context) => {
    const id = context.req.param("person");
    const { rows } = await store.database.query("select 1 from person where id = $1 and disabled_at is null", [id]);
    if (rows.length === 0)
      throw new HttpError(404, "server/not-found", "there is no such person", { where: `person/${id}` });
    await audit.record({
      who: context.get("caller").person,
      action: "person.login",
      object: `person/${id}`,
      outcome: "ok",
    });
    return context.json({ login: `/login/${links.issue(id)}` }, 201);
  });
  return app;
}
