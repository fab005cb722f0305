/**
 * Writes docs/conformance.md from the tables in test/conformance (`dicom.json`, `nifti.json`, `slide.json`): which files of the corpus match an
 * independent reference, and which give a specific error. `--check` only compares. Run: node tools/conformance-table.mjs
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const sections = [
  [
    "dicom",
    "DICOM",
    "pydicom with pylibjpeg, and the decoders named in each row; regenerate with tools/reference/imaging/dicom_checksums.py",
  ],
  ["nifti", "NIfTI", "nibabel, on canonical axes; regenerate with tools/reference/imaging/nifti_checksums.py"],
  [
    "slide",
    "Whole slides",
    "OpenSlide, pydicom or Pillow, as stated in each row; regenerate with tools/reference/imaging/slide_checksums.py",
  ],
];

const words = {
  equal: "equal",
  close: "close",
  photo: "equal, as an image",
  error: "named error",
  different: "DIFFERENT",
};

const parts = [
  `# Conformance, file by file

  Every file of the conformance corpus (the test data of pydicom, dcmjs, cornerstone3D, niivue, OpenSlide and PathML; about 350 files) is either
  read with the same pixels as an independent reader, or rejected with a specific error. "Equal" means bit-identical unless the row says otherwise; "close"
  means within the error that the row states. Some files are deliberately broken, and many DICOM files contain no image: for those an error is the expected result.

  \`node tools/conformance-table.mjs\` writes this page from the tables in \`test/conformance\`. Every test run compares the tables with the files that are in the
  repository, and with the whole corpus if \`POLYCLINIC_CORPUS\` names its folder.

  ## Deviations from the standards

  How files found in practice deviate from the standards, and how they are handled. The test named in each row covers it, together with several variants.

| kind | result | how | test |
|---|---|---|---|
${kinds().join("\n")}
`,
];
let blank = 0;
for (const [name, title, by] of sections) {
  const path = new URL(`test/conformance/${name}.json`, root);
  if (!existsSync(path)) {
    console.error(`test/conformance/${name}.json is missing; its section is omitted`);
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
  console.error("docs/conformance.md is out of date: run node tools/conformance-table.mjs");
  process.exit(1);
}

/** Rows of kinds.json. Fails if a row names a test title that no longer exists. */
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

/**
 * Slide rows keep the error code in a separate field. Where a colour profile was applied, only channel means can be
 * compared.
 */
function stated(row) {
  if (row.code !== undefined) return { ...row, detail: `${row.code}: ${row.detail}` };
  const byMeans = Object.values(row.images ?? {}).some((image) => image.sha256 === undefined);
  return byMeans ? { ...row, status: "close", detail: `channel means of ${row.detail}` } : row;
}

function cell(text) {
  return String(text ?? "").replaceAll("|", "\\|");
}
