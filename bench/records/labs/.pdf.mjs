import { writeFileSync } from "node:fs";
import { makeDocument } from "./pages.mjs";

for (const l of ["discharge", "befund", "portal"])
  writeFileSync(`/tmp/r2.${l}.pdf`, makeDocument(l, Number(process.argv[2] ?? 5000)).bytes);
