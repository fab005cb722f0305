/**
 * Forms for raters: a static page per rater that works from disk and saves its ratings as JSON, and a CSV. Neither
 * names a source.
 */
import { join } from "node:path";
import { writeWhole } from "../../base/files.ts";
import { csvText } from "../export/csv.ts";
import { style } from "../report/html.ts";
import { escaped } from "../report/plots/index.ts";
import { type Assignment, assignmentsOf, blindName } from "./assign.ts";
import { axesFor, optionsOfAxis, type Rubric } from "./rubric.ts";
import type { Study, Unit } from "./study.ts";

/** Writes `forms/RATER.html` and `forms/RATER.csv`. @returns their paths. */
export async function writeForms(study: Study): Promise<string[]> {
  const assignments = await assignmentsOf(study);
  const paths: string[] = [];
  for (const rater of new Set(assignments.map((assignment) => assignment.rater))) {
    const own = ownOf(assignments, rater);
    for (const [name, text] of [
      [`${rater}.html`, formPage(study, own)],
      [`${rater}.csv`, formCsv(study, own)],
    ]) {
      const path = join(study.folder, "forms", name);
      await writeWhole(path, text, { overwrite: true });
      paths.push(path);
    }
  }
  return paths;
}

export const ownOf = (assignments: readonly Assignment[], rater: string): Assignment[] =>
  assignments.filter((assignment) => assignment.rater === rater).sort((a, b) => a.position - b.position);

const sidesOf = ({ texts }: Unit, first: number) => (texts.length === 2 && first === 1 ? [texts[1], texts[0]] : texts);

function formCsv(study: Study, own: readonly Assignment[]): string {
  const { rubric } = study.study;
  const units = new Map(study.units.map((unit) => [unit.id, unit]));
  const axes = axesFor(rubric, own[0].group);
  const rows: unknown[][] = [
    ["rater", "unit", "axis", "value", "comment", "question", "text_a", "text_b", "ask", "allowed"],
  ];
  for (const { rater, unit: id, first } of own) {
    const unit = units.get(id)!;
    const [a, b] = sidesOf(unit, first);
    for (const axis of axes)
      rows.push([
        rater,
        blindName(study, id),
        axis.id,
        "",
        "",
        unit.question || a.question,
        a.text,
        b?.text,
        axis.ask,
        optionsOfAxis(rubric, axis).join(" | "),
      ]);
  }
  return csvText(rows);
}

/** @param send URL to which a served form sends each rating; a form opened from disk saves a file instead. */
export function formPage(study: Study, own: readonly Assignment[], send?: string): string {
  const { rubric } = study.study;
  const units = new Map(study.units.map((unit) => [unit.id, unit]));
  const { rater, group } = own[0];
  const sections = own.map(({ unit: id, first, position }) => {
    const unit = units.get(id)!;
    const name = blindName(study, id);
    const texts = sidesOf(unit, first);
    const shown = texts.map(
      ({ text, question }, i) =>
        `<div class="t">${texts.length > 1 ? `<h3>${"AB"[i]}</h3>` : ""}${question === undefined ? "" : `<p class="q">${escaped(question)}</p>`}<pre>${escaped(text)}</pre></div>`,
    );
    const question = unit.question === "" ? "" : `<pre class="q">${escaped(unit.question)}</pre>`;
    return `<section><h2>${position + 1} of ${own.length}</h2>${question}<div class="ts">${shown.join("")}</div>${axesFor(
      rubric,
      group,
    )
      .map((axis) => fieldset(rubric, axis, name))
      .join("")}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(rubric.title)}</title><style>${style}
pre{white-space:pre-wrap;font:inherit;background:#f6f6f6;padding:.8em;margin:.3em 0}.ts{display:flex;gap:1em}.t{flex:1}fieldset{border:1px solid #bbb;margin:.7em 0}label{margin-right:1.2em;display:inline-block}section{border-top:3px solid #111;margin-top:2em}
fieldset.open{border-left:5px solid #D55E00}textarea{width:100%}#bar{position:sticky;top:0;background:#fff;padding:.5em 0;border-bottom:1px solid #bbb}@media(max-width:700px){.ts{display:block}}</style></head><body>
<h1>${escaped(rubric.title)}</h1><p>Rater ${escaped(rater)}. Research only, not for clinical use. The source of each text is hidden; please do not try to identify it.</p>
<div id="bar" role="status"></div><form id="f">${sections.join("\n")}</form>
<script>
const rater=${JSON.stringify(rater)},send=${JSON.stringify(send ?? null)},form=document.getElementById("f"),store="polyclinic-study-"+${JSON.stringify(blindName(study, rater))};
const read=()=>[...form.querySelectorAll("fieldset")].map(s=>{const v=s.querySelector("input:checked"),c=s.querySelector("textarea");return{rater,unit:s.dataset.unit,axis:s.dataset.axis,value:v?v.value:"",comment:c?c.value:""}});
const show=()=>{const all=read(),done=all.filter(r=>r.value).length;for(const s of form.querySelectorAll("fieldset"))s.classList.toggle("open",!s.querySelector("input:checked"));document.getElementById("bar").innerHTML=done+" of "+all.length+" answered"+(send?" (saved automatically)":' <button type="button" id="save">Save ratings file</button>');const b=document.getElementById("save");if(b)b.onclick=save};
const save=()=>{const a=document.createElement("a");a.href=URL.createObjectURL(new Blob([JSON.stringify(read().filter(r=>r.value))],{type:"application/json"}));a.download="ratings-"+rater+".json";a.click()};
try{for(const r of JSON.parse(localStorage.getItem(store)||"[]"))for(const s of form.querySelectorAll("fieldset"))if(s.dataset.unit===r.unit&&s.dataset.axis===r.axis){for(const i of s.querySelectorAll("input"))i.checked=i.value===r.value;const c=s.querySelector("textarea");if(c)c.value=r.comment}}catch{}
form.addEventListener("change",async e=>{try{localStorage.setItem(store,JSON.stringify(read()))}catch{}show();if(send){const s=e.target.closest("fieldset"),r=read().find(x=>x.unit===s.dataset.unit&&x.axis===s.dataset.axis);if(r.value){const a=await fetch(send,{method:"POST",headers:{"content-type":"application/json"},body:JSON.stringify([r])}).catch(()=>null);if(!a||!a.ok)document.getElementById("bar").textContent="The last answer could not be saved. Check that the server is running."}}});
show();
</script></body></html>
`;
}

function fieldset(rubric: Rubric, axis: Rubric["axes"][number], unit: string): string {
  const name = `${unit}-${axis.id}`;
  const inputs = optionsOfAxis(rubric, axis).map(
    (option) =>
      `<label><input type="radio" name="${escaped(name)}" value="${escaped(option)}"> ${escaped(option)}</label>`,
  );
  const comment = axis.explain ? `<textarea rows="2" aria-label="Why"></textarea>` : "";
  return `<fieldset data-unit="${escaped(unit)}" data-axis="${escaped(axis.id)}"><legend>${escaped(axis.ask)}</legend>${inputs.join("")}${comment}</fieldset>`;
}
