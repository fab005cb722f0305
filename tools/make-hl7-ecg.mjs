/** Writes src/signals/fixtures/hl7.xml: two seconds of a simulated 12-lead ECG as an HL7 annotated ECG. Of no real person. `node tools/make-hl7-ecg.mjs` after a build. */
import { writeFileSync } from "node:fs";
import { simulateEcg } from "../dist/signals/index.js";

const ecg = simulateEcg({ rhythm: "sinus", seconds: 2, rate: 125, seed: 11 });
const microvoltPerStep = 5;
const mdc = 'codeSystem="2.16.840.1.113883.6.24"';
const act = 'codeSystem="2.16.840.1.113883.5.4"';
const sequence = (code, value) => `          <component>
            <sequence>
              ${code}
              ${value}
            </sequence>
          </component>`;
const leads = ecg.channels.map(({ name, samples }) =>
  sequence(
    `<code code="MDC_ECG_LEAD_${name.toUpperCase()}" ${mdc}/>`,
    `<value xsi:type="SLIST_PQ"><origin value="0" unit="uV"/><scale value="${microvoltPerStep}" unit="uV"/><digits>${Array.from(samples, (value) => Math.round((value * 1000) / microvoltPerStep)).join(" ")}</digits></value>`,
  ),
);
const filter = (kind, hertz) => `      <controlVariable>
        <controlVariable>
          <code code="MDC_ECG_CTL_VBL_ATTR_FILTER_${kind}" ${mdc}/>
          <component><controlVariable>
            <code code="MDC_ECG_CTL_VBL_ATTR_FILTER_CUTOFF_FREQ" ${mdc}/>
            <value xsi:type="PQ" value="${hertz}" unit="Hz"/>
          </controlVariable></component>
        </controlVariable>
      </controlVariable>`;
writeFileSync(
  "src/signals/fixtures/hl7.xml",
  `<?xml version="1.0" encoding="UTF-8"?>
<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" type="Observation">
  <id root="2.25.19202611280000000000000000000000021"/>
  <code code="93000" codeSystem="2.16.840.1.113883.6.12"/>
  <effectiveTime><low value="20260101120000.000"/><high value="20260101120002.000"/></effectiveTime>
  <component>
    <series>
      <id root="2.25.19202611280000000000000000000000022"/>
      <code code="RHYTHM" ${act}/>
      <effectiveTime><low value="20260101120000.000"/><high value="20260101120002.000"/></effectiveTime>
${filter("LOW_PASS", 40)}
${filter("HIGH_PASS", 0.05)}
      <component>
        <sequenceSet>
${sequence(
  `<code code="TIME_ABSOLUTE" ${act}/>`,
  `<value xsi:type="GLIST_TS"><head value="20260101120000.000" unit="s"/><increment value="${1 / ecg.rate}" unit="s"/></value>`,
)}
${leads.join("\n")}
        </sequenceSet>
      </component>
      <derivation>
        <derivedSeries>
          <code code="REPRESENTATIVE_BEAT" ${act}/>
          <component>
            <sequenceSet>
${sequence(`<code code="MDC_ECG_LEAD_I" ${mdc}/>`, '<value xsi:type="SLIST_PQ"><origin value="0" unit="uV"/><scale value="5" unit="uV"/><digits>9 9 9</digits></value>')}
            </sequenceSet>
          </component>
        </derivedSeries>
      </derivation>
    </series>
  </component>
</AnnotatedECG>
`,
);
