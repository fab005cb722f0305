/** What is broken: a small whole file, or a text that one reader gets. */
import { fileURLToPath } from "node:url";

/** The repository, from here and from the bundle that the child process runs. */
export const root = process.env.POLYCLINIC_ROOT ?? fileURLToPath(new URL("../../", import.meta.url));

export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the file is called on disk, for readers that go by it. */
  readonly file?: string;
  /** Whole files in the same folder, by name. */
  readonly beside?: Readonly<Record<string, Uint8Array>>;
  /** Reads the file at this path; default: as a study, with its view. */
  readonly open?: (path: string) => unknown;
  /** Reads the text itself; no file is written. */
  readonly parse?: (text: string) => unknown;
}

export const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
