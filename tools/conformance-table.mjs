/**
 * Writes docs/conformance.md from the tables in test/conformance (`dicom.json`, `nifti.json`, `slide.json`): which file of the corpus is read
 * equal to an independent reference, and which is a named error. `--check` only compares. Run: node tools/conformance-table.mjs
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const sections = [
  [
    "dicom",
    "DICOM",
    "pydicom with pylibjpeg, and the decoders named in each row; remade by tools/reference/imaging/dicom_checksums.py",
  ],
  ["nifti", "NIfTI", "nibabel, on canonical axes; remade by tools/reference/imaging/nifti_checksums.py"],
  [
    "slide",
    "Whole slides",
    "OpenSlide, pydicom or Pillow, as each row says; remade by tools/reference/imaging/slide_checksums.py",
  ],
];

const words = {
  equal: "equal",
  close: "close",
  photo: "equal, as a picture",
  error: "named error",
  different: "DIFFERENT",
};

const parts = [
  `# What is read, file by file

Every file of the conformance corpus (the test data of pydicom, dcmjs, cornerstone3D, niivue, OpenSlide and PathML; about 350 files) is either
read with the pixels an independent reader gives, or is a named error. "Equal" means equal to the last bit unless the row says otherwise; "close"
means within the error the row states. Some files are broken on purpose, and many DICOM files hold no picture: for those the right answer is the error.

This page is written by \`node tools/conformance-table.mjs\` from the tables in \`test/conformance\`. The tests compare them with the files of the
repository in every run, and with the whole corpus when \`POLYCLINIC_CORPUS\` names the folder that holds it.

## Kinds of departure

What real files do that the standards do not say, and what becomes of it. Each row is held by the test that it names, with several neighbours of
each kind.

| kind | result | how | test |
|---|---|---|---|
${kinds().join("\n")}
`,
];
let blank = 0;
for (const [name, title, by] of sections) {
  const path = new URL(`test/conformance/${name}.json`, root);
  if (!existsSync(path)) {
    console.error(`test/conformance/${name}.json is missing: its section is left out`);
    continue;
  }
  const table = JSON.parse(readFileSync(path, "utf8"));
  const rows = (Array.isArray(table) ? table : table.rows).map(stated);
  const counts = Object.entries(words)
    .map(([status, word]) => [rows.filter((row) => row.status === status).length, word])
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`);
  blank += rows.filter((row) => !row.file || !words[row.status] || !row.detail).length;
  parts.push(`## ${title}

${rows.length} files: ${counts.join(", ")}. Reference: ${by}.

| file | result | how |
|---|---|---|
${rows.map((row) => `| ${cell(row.file)} | ${words[row.status] ?? ""} | ${cell(row.detail)} |`).join("\n")}
`);
}
if (blank > 0) {
  console.error(`${blank} rows have no result`);
  process.exit(1);
}
const page = parts.join("\n");
const target = new URL("docs/conformance.md", root);
if (!process.argv.includes("--check")) writeFileSync(target, page);
else if (!existsSync(target) || readFileSync(target, "utf8") !== page) {
  console.error("docs/conformance.md is not what the tables say: run node tools/conformance-table.mjs");
  process.exit(1);
}

/** Rows of kinds.json; a row whose test no longer has the title it names is an error. */
function kinds() {
  const rows = JSON.parse(readFileSync(new URL("test/conformance/kinds.json", root), "utf8"));
  return rows.map(({ kind, result, how, test, title }) => {
    if (!readFileSync(new URL(test, root), "utf8").includes(title)) {
      console.error(`${test} has no test called "${title}"`);
      process.exit(1);
    }
    return `| ${cell(kind)} | ${cell(result)} | ${cell(how)} | ${cell(test)}: ${cell(title)} |`;
  });
}

/** Slides state their error's code apart, and by which rows only means can be compared (a colour profile was applied). */
function stated(row) {
  if (row.code !== undefined) return { ...row, detail: `${row.code}: ${row.detail}` };
  const byMeans = Object.values(row.images ?? {}).some((image) => image.sha256 === undefined);
  return byMeans ? { ...row, status: "close", detail: `channel means of ${row.detail}` } : row;
}

function cell(text) {
  return String(text ?? "").replaceAll("|", "\\|");
}
