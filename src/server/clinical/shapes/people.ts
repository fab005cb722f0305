/** Schemas of people and their tokens. */
import { z } from "zod";
import { scopes } from "../../access/scopes.ts";
import { time } from "../../operations/components.ts";

export const newPerson = z.strictObject({
  name: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(scopes)).min(1),
});

export const peopleShape = z.object({ people: z.array(z.object({ id: z.string(), name: z.string() })) });

export const madePerson = z.object({ id: z.string(), name: z.string(), login: z.string() });

export const loginLink = z.object({ login: z.string().describe("one-time login address, valid for ten minutes") });

export const newToken = z.strictObject({
  label: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(scopes)).min(1),
  days: z.number().int().min(1).max(365).default(90),
});

export const madeToken = z.object({ id: z.string(), token: z.string().describe("returned only once") });

export const tokensShape = z.object({
  tokens: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      scopes: z.array(z.enum(scopes)),
      createdAt: time,
      expiresAt: time,
    }),
  ),
});

export const sessionShape = z.object({
  person: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  csrf: z.string().optional(),
});
