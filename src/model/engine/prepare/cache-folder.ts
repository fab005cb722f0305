/**
 * The folder of prepared models: below the user's cache folder (XDG Base Directory Specification), or
 * `POLYCLINIC_CACHE`.
 */
import { homedir } from "node:os";
import { join } from "node:path";

/** The folder of prepared models: `POLYCLINIC_CACHE` if set, otherwise below the user's cache folder. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.POLYCLINIC_CACHE) return env.POLYCLINIC_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "polyclinic");
  if (process.platform === "win32" && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, "polyclinic", "cache");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "polyclinic");
  return join(homedir(), ".cache", "polyclinic");
}
