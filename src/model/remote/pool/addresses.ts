/** Several servers of one model under one name: their addresses, separated by commas. */
import { PolyclinicError } from "../../../base/errors.ts";
import { plainAddress } from "../../../base/secrets.ts";

/**
 * The addresses of `http://gpu1:8000/v1#model,http://gpu2:8000/v1#model`; one for a single server, none for a model that is not on a server.
 *
 * @throws PolyclinicError `remote/pool` for an address that is given twice.
 */
export function serverAddresses(name: string): string[] {
  if (!/^https?:\/\//i.test(name)) return [];
  // A comma inside an address stays in it: only one before the next address separates.
  const addresses = name.split(/\s*,\s*(?=https?:\/\/)/i).map((address) => address.trim());
  const twice = addresses.find((address, i) => addresses.indexOf(address) !== i);
  if (twice !== undefined)
    throw new PolyclinicError("remote/pool", "the address is given twice", {
      where: plainAddress(twice),
      hint: "Name each server of the pool once; --concurrency sets the requests to each of them.",
    });
  return addresses;
}
