/** What a server calls its models towards clients. */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { serverAddresses } from "../../model/remote/pool/addresses.ts";

/**
 * Names for clients, to the names that the server was given. A folder has its last name, and a model on other servers
 * that of the model there: paths and addresses of a hospital's machines are not for clients. Where two would be called
 * alike, the second has a number.
 */
export function publicNames(given: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const one of given) {
    const name = publicName(one);
    let free = name;
    for (let n = 2; names.has(free); n++) free = `${name}-${n}`;
    names.set(free, one);
  }
  return names;
}

function publicName(given: string): string {
  const [address] = serverAddresses(given);
  if (address !== undefined) return address.includes("#") ? address.slice(address.indexOf("#") + 1) : "remote";
  // `google/medgemma-1.5-4b-it` is the name of a downloaded model, unless there is such a folder.
  const isPath = /^(?:[.~]{0,2}[/\\]|[a-z]:[/\\])/i.test(given) || (/[/\\]/.test(given) && existsSync(given));
  return isPath ? basename(resolve(given)) : given;
}
