/** What this server can do beyond its models: fetched once. */
import { effect, signal } from "@preact/signals";
import { connection, get } from "./client.ts";

export interface Abilities {
  /** Strategies for questions, without their options. */
  readonly strategies: readonly string[];
  /** Whether it has an index of reports. */
  readonly similarReports: boolean;
}

export const abilities = signal<Abilities>({ strategies: [], similarReports: false });

let known = false;
effect(() => {
  if (connection.value !== "ready" || known) return;
  known = true;
  get<Abilities>("/api/models").then(
    ({ strategies, similarReports }) => {
      abilities.value = { strategies, similarReports };
    },
    () => {
      known = false;
    },
  );
});
