/**
 * `/api/session` and `/api/people`: the current caller, and the users of this server. A new person gets a one-time
 * login link.
 */
import { deleteCookie, getCookie } from "hono/cookie";
import type { Audit } from "../access/audit.ts";
import { sessionCookie } from "../access/guard.ts";
import { forgetCallers } from "../access/known-callers.ts";
import type { LoginLinks } from "../access/login-links.ts";
import { addPerson, endSession } from "../access/people.ts";
import { HttpError } from "../http-error.ts";
import type { Operations } from "../operations/operations.ts";
import type { Store } from "../store/index.ts";
import { loginLink, madePerson, newPerson, peopleShape, sessionShape } from "./shapes/people.ts";

/** Routes under `/api`. */
export function peopleRoutes(
  operations: Operations,
  { store, audit, links }: { store: Store; audit: Audit; links: LoginLinks },
): void {
  operations.add(
    { method: "get", path: "/session", summary: "The caller and the caller's permissions", response: sessionShape },
    (context) => {
      const { person, name, scopes, csrf } = context.get("caller");
      return context.json({ person, name, scopes: [...scopes], csrf });
    },
  );
  operations.add({ method: "delete", path: "/session", summary: "Log out" }, async (context) => {
    await endSession(store.database, getCookie(context, sessionCookie) ?? "");
    forgetCallers(store.database);
    deleteCookie(context, sessionCookie);
    return context.body(null, 204);
  });
  operations.add(
    {
      method: "get",
      path: "/people",
      summary: "People of this server",
      scope: "read",
      response: peopleShape,
    },
    async (context) => {
      const { rows } = await store.database.query(
        "select id, name from person where disabled_at is null order by created_at",
      );
      return context.json({ people: rows });
    },
  );
  operations.add(
    {
      method: "post",
      path: "/people",
      summary: "Add a person",
      scope: "admin",
      body: newPerson,
      status: 201,
      response: madePerson,
      creates: "secret",
    },
    async (context, { body, id }) => {
      const person = await addPerson(store.database, { ...body, id });
      await audit.record({
        who: context.get("caller").person,
        action: "person.create",
        object: `person/${person.id}`,
        outcome: "ok",
      });
      return context.json({ id: person.id, name: person.name, login: `/login/${links.issue(person.id)}` }, 201);
    },
  );
  operations.add(
    {
      method: "post",
      path: "/people/:person/login",
      summary: "A one-time login link for a person",
      scope: "admin",
      status: 201,
      response: loginLink,
      creates: "secret",
    },
    async (context) => {
      const id = context.req.param("person")!;
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
    },
  );
}
