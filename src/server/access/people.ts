/** Users, their API tokens and their browser sessions. */
import { randomUUID } from "node:crypto";
import { PolyclinicError } from "../../base/errors.ts";
import type { Sql } from "../store/index.ts";
import { type Caller, isScope, type Scope } from "./scopes.ts";
import { hashOfSecret, newSecret } from "./secrets.ts";

const day = 86_400_000;
/** Session lifetime: one working day. */
const sessionLife = 12 * 3_600_000;
export const maxTokenLifetime = 365 * day;

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export async function addPerson(
  sql: Sql,
  {
    id = randomUUID(),
    name,
    scopes,
    issuer,
    subject,
  }: { id?: string; name: string; scopes: readonly Scope[]; issuer?: string; subject?: string },
): Promise<Person> {
  await sql.query(
    "insert into person (id, name, issuer, subject, scopes) values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
    [id, name, issuer ?? null, subject ?? null, scopes],
  );
  return { id, name, scopes };
}

/** The person with an OIDC identity (issuer and subject). */
export async function personOfSubject(sql: Sql, issuer: string, subject: string): Promise<Person | undefined> {
  const { rows } = await sql.query<Person>(
    "select id, name, scopes from person where issuer = $1 and subject = $2 and disabled_at is null",
    [issuer, subject],
  );
  return rows[0];
}

/**
 * @param lifetimeMs lifetime in ms, at most a year.
 * @returns the token, which is shown only once.
 * @throws PolyclinicError `server/token` for unknown scopes or a lifetime that is too long.
 */
export async function issueToken(
  sql: Sql,
  {
    person,
    label,
    scopes,
    lifetimeMs = 90 * day,
  }: { person: string; label: string; scopes: readonly string[]; lifetimeMs?: number },
): Promise<{ id: string; token: string }> {
  const unknown = scopes.filter((scope) => !isScope(scope));
  if (unknown.length > 0 || scopes.length === 0)
    throw new PolyclinicError("server/token", "contains an unknown scope", {
      where: "scopes",
      expected: "some of read, answer, review, sign, admin",
      found: unknown.join(", ") || "none",
    });
  if (!(lifetimeMs > 0 && lifetimeMs <= maxTokenLifetime))
    throw new PolyclinicError("server/token", "is not a valid token lifetime", {
      where: "lifetimeMs",
      expected: "at most one year",
      found: `${lifetimeMs} ms`,
    });
  const [id, token] = [randomUUID(), newSecret("pct")];
  await sql.query(
    "insert into api_token (id, person, label, sha256, scopes, expires_at) values ($1, $2, $3, $4, $5, $6)",
    [id, person, label, hashOfSecret(token), scopes, new Date(Date.now() + lifetimeMs).toISOString()],
  );
  return { id, token };
}

/** The caller of a bearer token; a token never grants more than its person's current scopes. */
export async function callerOfToken(sql: Sql, token: string): Promise<Caller | undefined> {
  const { rows } = await sql.query<{ id: string; name: string; granted: Scope[]; scopes: Scope[] }>(
    `select person.id, person.name, person.scopes as granted, api_token.scopes from api_token join person on person.id = api_token.person
      where sha256 = $1 and expires_at > now() and revoked_at is null and disabled_at is null`,
    [hashOfSecret(token)],
  );
  const [found] = rows;
  if (found === undefined) return undefined;
  const scopes = new Set(found.scopes.filter((scope) => found.granted.includes(scope)));
  return { person: found.id, name: found.name, scopes, by: "token" };
}

export async function beginSession(
  sql: Sql,
  person: string,
): Promise<{ secret: string; csrf: string; seconds: number }> {
  const [secret, csrf] = [newSecret("pcs"), newSecret("pcs")];
  await sql.query("insert into session (id, person, sha256, csrf, expires_at) values ($1, $2, $3, $4, $5)", [
    randomUUID(),
    person,
    hashOfSecret(secret),
    csrf,
    new Date(Date.now() + sessionLife).toISOString(),
  ]);
  await sql.query("delete from session where expires_at < now()");
  return { secret, csrf, seconds: sessionLife / 1000 };
}

export async function callerOfSession(sql: Sql, secret: string): Promise<Caller | undefined> {
  const { rows } = await sql.query<{ id: string; name: string; scopes: Scope[]; csrf: string }>(
    `select person.id, person.name, person.scopes, session.csrf from session join person on person.id = session.person
      where sha256 = $1 and expires_at > now() and disabled_at is null`,
    [hashOfSecret(secret)],
  );
  const [found] = rows;
  if (found === undefined) return undefined;
  return { person: found.id, name: found.name, scopes: new Set(found.scopes), by: "session", csrf: found.csrf };
}

export async function endSession(sql: Sql, secret: string): Promise<void> {
  await sql.query("delete from session where sha256 = $1", [hashOfSecret(secret)]);
}
