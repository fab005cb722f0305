/** Chromium as this machine has it, and a served Polyclinic that can be killed and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

/** From `CHROMIUM`, or where Debian, Fedora and macOS put it; undefined where there is none. */
export const chromiumPath = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path !== undefined && existsSync(path));

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Served {
  readonly url: string;
  readonly loginUrl: string;
  /** At once, as a machine that loses power. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** @param port 0 takes any; the port of an earlier one gives the same address again. */
export async function serveIn(folder: string, port = 0): Promise<Served> {
  const child: ChildProcess = spawn(process.execPath, [main, "serve", "--port", String(port), "--data", folder], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let said = "";
  const loginUrl = await new Promise<string>((resolve, reject) => {
    const read = (text: Buffer) => {
      said += text.toString();
      const [found] = /http:\S+\/login\/\S+/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    child.once("exit", (code) => reject(new Error(`the server exited with ${code}: ${said}`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { url: new URL(loginUrl).origin, loginUrl, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}

/**
 * Drops files and folders onto the middle of a page as a person does, from the file manager.
 * @param over called while they are held over the page.
 */
export async function dropFiles(page: Page, files: readonly string[], over?: () => Promise<void>): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize()!;
  const event = (type: "dragEnter" | "dragOver" | "drop") =>
    session.send("Input.dispatchDragEvent", {
      type,
      x: width / 2,
      y: height / 2,
      data: { items: [], files: [...files], dragOperationsMask: 1 },
    });
  await event("dragEnter");
  await event("dragOver");
  await over?.();
  await event("drop");
  await session.detach();
}
