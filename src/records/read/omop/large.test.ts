import { expect, test } from "vitest";
import { chooseRecord } from "../../record.ts";
import { readOmop } from "./index.ts";
import { readLargeOmop } from "./large.ts";

const today = "2026-03-01";
const files = {
  "PERSON.csv": "\ufeffperson_id,gender_concept_id,year_of_birth\r\n1,8532,1960\r\n2.0,8507,1970\r\n",
  "concept.csv":
    "concept_id\tconcept_name\tvocabulary_id\tconcept_code\n3000963\tHämoglobin\tLOINC\t718-7\n8713\tgram per deciliter\tUCUM\tg/dL\n1\tunused\tLOINC\t1-1",
  "measurement.csv":
    'measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id,measurement_source_value\n7,1,3000963,2024-01-02,10.4,8713,"HGB, ""blood"""\n8,"2",3000963,2024-01-02,12,8713,HGB\n9,,3000963,2024-01-02,12,8713,HGB\n,2,3000963,2024-02-30,13,8713,HGB\n',
  "provider.csv": "provider_id,provider_name\n4,Dr. Okafor\n5,Dr. Other",
  "note.csv":
    'note_id,person_id,provider_id,note_date,note_title,note_text\n1,1,4,2024-01-02,Visit,"line one\n2,2,""two"""\n3,2,4,2024-01-03,Visit,"of the other, on\ntwo lines"',
  "cost.csv": "cost_id\n1",
};

const pieces = (text: string, size: number) =>
  async function* () {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };

test.each([1, 2, 7, 64, 100_000])("in pieces of %i bytes, one patient of the tables is the same", async (size) => {
  const open = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, pieces(text, size)]));
  for (const patient of ["1", "2"]) {
    const whole = chooseRecord(readOmop(files, { today }), patient);
    const { dropped, ...rest } = chooseRecord(await readLargeOmop(open, { today, patient }), patient);
    expect({ ...rest, dropped: whole.dropped }).toEqual(whole);
    expect(dropped).toEqual(whole.dropped.filter(({ reason }) => !reason.startsWith("not the patient chosen")));
  }
});

test("one person needs no choice; several do, and rows that do not end are an error", async () => {
  const one = await readLargeOmop({ person: pieces("person_id\n5\n", 3) }, { today });
  expect(one.records.map(({ patient }) => patient.id)).toEqual(["5"]);
  const two = readLargeOmop({ person: pieces("person_id\n5\n6\n", 3) }, { today, name: "omop" });
  await expect(two).rejects.toMatchObject({ code: "records/several-patients", found: "2 patients: 5, 6" });
  const open = readLargeOmop(
    { person: pieces("person_id\n5\n", 9), note: pieces('note_id,person_id,note_text\n1,5,"open\n', 9) },
    { today },
  );
  await expect(open).rejects.toThrow(/quotation mark opened on line 2 is not closed/);
});
