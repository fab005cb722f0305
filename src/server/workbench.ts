/** Hands out the built workbench: static files, the same for everybody; what they show comes from `/api`, behind the gate. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";

/** Beside the compiled server; seen from the sources, in `dist`. */
const folders = ["../workbench", "../../dist/workbench"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  json: "application/json",
  wasm: "application/wasm",
};

/** No script, style or image from elsewhere, and no other page around it. */
const policy =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export function workbenchRoutes(): Hono {
  const app = new Hono();
  app.get("/", () => file("index.html"));
  app.get("/assets/:name", ({ req }) => file(`assets/${req.param("name")}`));
  return app;
}

async function file(path: string): Promise<Response> {
  // Names of the build's own making only: no path leaves the folder.
  if (/^(?:assets\/)?[\w.-]+$/.test(path) && !path.includes("..")) {
    for (const folder of folders) {
      const bytes = await readFile(join(folder, path)).catch(() => undefined);
      if (bytes === undefined || (path === "index.html" && !bytes.includes("assets/"))) continue;
      return new Response(new Uint8Array(bytes), {
        headers: {
          "Content-Type": types[path.split(".").at(-1)!] ?? "application/octet-stream",
          "Content-Security-Policy": policy,
          "X-Frame-Options": "DENY",
        },
      });
    }
  }
  return new Response("The workbench is not built: run npm run build.\n", {
    status: 404,
    headers: { "Content-Type": "text/plain" },
  });
}
