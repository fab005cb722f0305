import { readFileSync } from "node:fs";
import { openRecord, answerFromRecord, readLabDocument } from "/work/wt/records2/src/records/index.ts";
import { labRecord } from "/work/wt/records2/src/records/labs/index.ts";
import { readPdf } from "/work/wt/records2/src/imaging/page/index.ts";
const b=readFileSync("/work/wt/records2/samples/lab-report.pdf");
const { pages } = await readPdf(b);
const doc = await readLabDocument(pages.map(({image,text})=>({width:image.width,height:image.height,text,picture:image})));
const rec = labRecord(doc);
console.log(doc.rows.map(r=>[r.name,r.value,r.unit,r.range,r.flag].join(" ")).join("\n"));
const chart = await openRecord(readFileSync("/work/wt/records2/samples/chart.json"),{name:"chart.json"});
const qs=(["Is my ferritin ok?","Any abnormal values?","What's the haemoglobin?","Is the potassium normal?","is sodium high?","Is the haemoglobin low?","Is the haemoglobin not low?","Which results are abnormal?","What is abnormal?","anything out of range?","Is everything normal?","Are all values normal?","Are there any high values?","Which values are low?","Which tests are critical?","what was the feritin?","Whats the hemoglobn","What is the troponin?","Is the troponin elevated?","Ist mein Ferritin in Ordnung?","Wie hoch ist das Hämoglobin?","Welche Werte sind auffällig?","Welche Werte sind erhöht?","Ist das Kalium normal?","Was ist der Ferritinwert?","What was the ferritin and is it low?","What are the sodium and potassium?","sodium and potassium?","What is the haemoglobin and the MCV?","Is the patient anaemic?","Is the white cell count high?","Is the creatinine normal for a woman?","Is the CRP above 5?","Was the hemoglobin below 12?","Is the calcium low or high?","How many results are abnormal?","Are the liver values normal?","Are the electrolytes normal?","Is the cholesterol ok?","Is glucose too high?","How is my kidney function?","Is the iron normal?","ferritin","hemoglobin level?","is hb ok","Are my blood results fine?","Is anything wrong?","Is the ferritin higher than the iron?","When was the blood taken?","Was the haemoglobin ever normal?","Is the haemoglobin dangerously low?","Is haemoglobin a1c normal?"]);
const who=process.argv[2]==="chart"?chart:rec;
for(const q of qs){ let a; try{a=answerFromRecord(who,q);}catch(e){a={text:"THROW "+e}} console.log("Q",q,"\n   ",a?a.text.slice(0,330):"-- model"); if(a?.cautions?.length) console.log("    !",a.cautions.slice(0,2).join(" | ").slice(0,200)); }
