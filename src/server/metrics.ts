/**
 * `/metrics` in the Prometheus text format: counts and durations by route pattern, never by URL, person or study, so
 * that they contain nothing about a patient.
 */
import type { Context, Hono, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Engines } from "./engines/engines.ts";
import type { Store } from "./store/index.ts";

interface Seen {
  readonly method: string;
  readonly route: string;
  readonly status: number;
}

/** Upper bounds, seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Counts calls from startup; the Prometheus library is loaded at the first scrape. */
export class Metrics {
  private readonly waiting: (Seen & { readonly seconds: number })[] = [];
  private opened:
    | Promise<{ observe: (one: Seen & { seconds: number }) => void; text: () => Promise<string> }>
    | undefined;

  constructor(
    private readonly store: Store,
    private readonly engines: Engines,
  ) {}

  get count(): MiddlewareHandler {
    return async (context, next) => {
      const began = performance.now();
      await next();
      this.seen({
        method: context.req.method,
        route: patternOf(context),
        status: context.res.status,
        seconds: (performance.now() - began) / 1000,
      });
    };
  }

  private seen(one: Seen & { seconds: number }): void {
    if (this.opened !== undefined) void this.opened.then(({ observe }) => observe(one));
    else if (this.waiting.push(one) > 10_000) this.opened = this.open();
  }

  async text(): Promise<string> {
    this.opened ??= this.open();
    return (await this.opened).text();
  }

  private async open() {
    const { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } = await import("prom-client");
    const register = new Registry();
    const { user, system } = process.cpuUsage();
    collectDefaultMetrics({ register, prefix: "polyclinic_" });
    // The library counts from now on; the process has worked since its start.
    for (const [name, used] of Object.entries({ "": user + system, user_: user, system_: system })) {
      const counter = register.getSingleMetric(`polyclinic_process_cpu_${name}seconds_total`);
      if (counter instanceof Counter) counter.inc(used / 1e6);
    }
    const registers = [register];
    const requests = new Histogram({
      name: "polyclinic_http_request_seconds",
      help: "Time to the start of the response, by route pattern",
      labelNames: ["method", "route", "status"],
      buckets,
      registers,
    });
    const calls = new Gauge({
      name: "polyclinic_model_calls",
      help: "Running or waiting requests, by model",
      labelNames: ["model"],
      registers,
    });
    const ofServer = (name: string, help: string) =>
      new Gauge({ name: `polyclinic_engine_${name}`, help, labelNames: ["model", "server"], registers });
    const servers = {
      ready: ofServer("ready", "Whether a server of a pool of models can be used (1) or not (0)"),
      running: ofServer("running", "Calls running on a server of a pool"),
      answered: ofServer("answered", "Calls a server of a pool has answered since it was opened"),
      failed: ofServer("failed", "Calls that failed on a server of a pool and went to another"),
    };
    const byState = (table: "job" | "outbox", help: string) =>
      new Gauge({ name: `polyclinic_${table}_rows`, help, labelNames: ["state"], registers });
    const gauges = { job: byState("job", "Jobs by state"), outbox: byState("outbox", "Outbox entries by state") };
    const observe = ({ method, route, status, seconds }: Seen & { seconds: number }) =>
      requests.observe({ method, route, status: String(status) }, seconds);
    for (const one of this.waiting.splice(0)) observe(one);
    return {
      observe,
      text: async () => {
        for (const [model, load] of this.engines.loads) calls.set({ model: nameOf(model) }, load);
        for (const [model, pool] of await this.engines.pools())
          for (const { address, state, running, answered, failed } of pool) {
            const labels = { model: nameOf(model), server: new URL(address).host };
            servers.ready.set(labels, state === "ready" ? 1 : 0);
            servers.running.set(labels, running);
            servers.answered.set(labels, answered);
            servers.failed.set(labels, failed);
          }
        for (const [table, gauge] of Object.entries(gauges)) {
          gauge.reset();
          const { rows } = await this.store.database.query<{ state: string; count: number }>(
            `select state, count(*)::int as count from ${table} group by state`,
          );
          for (const { state, count } of rows) gauge.set({ state }, count);
        }
        return register.metrics();
      },
    };
  }
}

/** A model's name may be a local path: only its last component is shown. */
const nameOf = (model: string) => model.split(/[/\\]/).at(-1) ?? model;

function patternOf(context: Context): string {
  const found = matchedRoutes(context)
    .map(({ path }) => path)
    .findLast((path) => !path.endsWith("*"));
  return found ?? "other";
}

export function metricsRoute(app: Hono, metrics: Metrics): void {
  app.get("/metrics", async (context) => {
    context.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return context.body(await metrics.text());
  });
}
