/** A report as files: DICOM SR, presentation states, segmentations, FHIR, PDF, text. Each contains the research notice, the signatures, and which parts came from the model. */
import { buffer } from "node:stream/consumers";
import type { Bundle } from "@medplum/fhirtypes";
import yazl from "yazl";
import { memorySource } from "../../bytes/index.ts";
import {
  type DicomFile,
  type Reviewed,
  type SourceHeaders,
  toDicomSr,
  toFhir,
  toPresentationStates,
  toSegmentations,
} from "../../export/index.ts";
import { openInstance } from "../../imaging/dicom/index.ts";
import type { Study } from "../../study/index.ts";
import { notForClinicalUse, type Statements, type TaskResult } from "../../task/index.ts";
import { readInstance } from "../dicomweb/register.ts";
import { HttpError } from "../http-error.ts";
import type { OpenedStudies } from "../pixels/opened.ts";
import type { Store } from "../store/index.ts";
import type { Answers } from "./answers.ts";
import { reportPdf } from "./report-pdf.ts";
import { linesOf } from "./report-text.ts";
import type { StoredReport } from "./reports.ts";

export const reportForms = ["sr", "gsps", "seg", "fhir", "pdf", "txt"] as const;
export type ReportForm = (typeof reportForms)[number];
export const isReportForm = (form: string): form is ReportForm => reportForms.includes(form as ReportForm);

export interface ReportFile {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly name: string;
}

export class ReportExports {
  constructor(
    private readonly answers: Answers,
    private readonly studies: OpenedStudies,
    private readonly store: Store,
  ) {}

  /**
   * The files sent to a PACS: the captures that the structured report refers to, the report, its boxes and measurements
   * drawn over their images, and its outlines as segmentations.
   */
  async dicomOf(report: StoredReport): Promise<Uint8Array[]> {
    const files = await this.exported(report, async (result, study, options) => {
      const { report: sr, captures } = await toDicomSr(result, study, options);
      const headers = await this.headersOf(captures);
      const drawn = { ...options, headers };
      const states = await toPresentationStates(result, study, drawn);
      return [...captures, sr, ...states, ...(await toSegmentations(result, study, drawn))];
    });
    return files.map(({ bytes }) => bytes);
  }

  /** Data sets of stored instances, and of captures made for a report. */
  private async headersOf(captures: readonly DicomFile[]): Promise<SourceHeaders> {
    const captured = new Map(captures.map(({ sopInstanceUID, bytes }) => [sopInstanceUID, bytes]));
    return async (uid) => {
      const bytes = captured.get(uid);
      if (bytes !== undefined) return (await openInstance(memorySource("capture.dcm", bytes))).file.dataset;
      const { rows } = await this.store.database.query<{ sha256: string }>(
        "select sha256 from instance where uid = $1",
        [uid],
      );
      return rows[0] && (await readInstance(this.store.files.path(rows[0].sha256))).file.dataset;
    };
  }

  /** The resources sent to a FHIR server. */
  bundleOf(report: StoredReport): Promise<Bundle> {
    return this.exported(report, toFhir);
  }

  async of(report: StoredReport, form: ReportForm): Promise<ReportFile> {
    const name = `report-${report.id.slice(0, 8)}${report.state === "signed" ? "" : "-unsigned"}`;
    switch (form) {
      case "txt":
        return {
          bytes: new TextEncoder().encode(
            `${linesOf(report, await this.resultOf(report))
              .map(({ text }) => text)
              .join("\n")}\n`,
          ),
          type: "text/plain; charset=utf-8",
          name: `${name}.txt`,
        };
      case "pdf":
        return {
          bytes: reportPdf(linesOf(report, await this.resultOf(report))),
          type: "application/pdf",
          name: `${name}.pdf`,
        };
      case "fhir": {
        const bundle = await this.bundleOf(report);
        return {
          bytes: new TextEncoder().encode(`${JSON.stringify(bundle, undefined, 2)}\n`),
          type: "application/fhir+json",
          name: `${name}.json`,
        };
      }
      case "gsps": {
        const headers = await this.headersOf([]);
        const states = await this.exported(report, (result, study, options) =>
          toPresentationStates(result, study, { ...options, headers }),
        );
        const [only] = states;
        if (only === undefined)
          throw new HttpError(409, "server/no-boxes", "nothing of this report can be drawn by a presentation state", {
            where: `report/${report.id}`,
            expected: "a box or measurement on a grey DICOM image of the study",
            hint: "Boxes on colour images, slides and files that are not DICOM are in the structured report.",
          });
        if (states.length === 1) return { bytes: only.bytes, type: "application/dicom", name: `${name}-boxes.dcm` };
        const files = states.map(({ bytes }, i) => ({ name: `boxes-${i + 1}.dcm`, bytes }));
        return { bytes: await zipOf(files), type: "application/zip", name: `${name}-boxes.zip` };
      }
      case "seg": {
        const files = await this.exported(report, async (result, study, options) => {
          const { captures } = await toDicomSr(result, study, options);
          const headers = await this.headersOf(captures);
          const outlines = await toSegmentations(result, study, { ...options, headers });
          // What is not stored anywhere yet comes with the outlines on it.
          return outlines.length === 0 ? [] : [...outlines, ...captures];
        });
        const [only] = files;
        if (only === undefined)
          throw new HttpError(409, "server/no-outlines", "this report has no outline that a segmentation can hold", {
            where: `report/${report.id}`,
            expected: "a region or an ellipse drawn on an image of the study",
            hint: "Draw one in the viewer. Outlines on slides and videos stay in the report.",
          });
        if (files.length === 1) return { bytes: only.bytes, type: "application/dicom", name: `${name}-outlines.dcm` };
        const named = files.map(({ bytes }, i) => ({ name: `outlines-${i + 1}.dcm`, bytes }));
        return { bytes: await zipOf(named), type: "application/zip", name: `${name}-outlines.zip` };
      }
      case "sr": {
        const { report: sr } = await this.exported(report, toDicomSr);
        return { bytes: sr.bytes, type: "application/dicom", name: `${name}.dcm` };
      }
    }
  }

  /** The model's result from which a report was drafted; undefined for a report written by a person. */
  private async resultOf({ answer }: StoredReport): Promise<TaskResult | undefined> {
    return answer === null ? undefined : (await this.answers.of(answer)).result;
  }

  private async exported<T>(
    report: StoredReport,
    make: (result: TaskResult, study: Study, options: { at: Date; reviewed: Reviewed }) => T | Promise<T>,
  ): Promise<T> {
    const result = await this.resultOf(report);
    await using study = await this.studies.whole(report.study);
    const reviewed = reviewedOf(report, result !== undefined);
    return await make(result ?? byHand(study), study, { at: new Date(report.savedAt), reviewed });
  }
}

export function reviewedOf({ content, state, signatures }: StoredReport, drafted: boolean): Reviewed {
  const sentences = content.sentences.filter((sentence) => sentence.state !== "rejected");
  const textOf = (section: string) => sentences.filter((sentence) => sentence.section === section);
  const impression = textOf("impression")
    .map(({ text }) => text)
    .join(" ");
  const statements: Statements = {
    findings: textOf("findings").map(({ text }) => ({ text })),
    ...(impression !== "" && { impression }),
    otherSections: [
      ...textOf("other").map(({ heading, text }) => ({ heading: heading ?? "Other", text })),
      ...(content.addenda ?? []).map(({ text, person, at }) => ({ heading: `Addendum by ${person}, ${at}`, text })),
    ],
    labels: [],
    measurements: [],
    regions: content.boxes
      .filter(({ id }) => !id.startsWith("lab:"))
      .map(({ label, part, index, x0, y0, x1, y1, sentence }) => ({
        label: label || content.sentences.find(({ id }) => id === sentence)?.text || "Marked region",
        box: { x0, y0, x1, y1 },
        image: 0,
        part,
        ...(index !== undefined && { index }),
      })),
    summary: impression || sentences[0]?.text || "The report is empty.",
  };
  const [signature, ...addenda] = signatures;
  return {
    statements,
    drafted,
    ...(content.measures.length > 0 && { marks: content.measures }),
    ...(state === "signed" &&
      signature && { signed: { name: signature.name, at: new Date(signature.at), sha256: signature.sha256 } }),
    ...(addenda.length > 0 && { appended: true }),
    remarks: remarksOf(content, drafted),
  };
}

export function remarksOf({ sentences, quality }: StoredReport["content"], drafted: boolean): string[] {
  const count = (state: string) => sentences.filter((one) => one.origin === "model" && one.state === state).length;
  const added = sentences.filter(({ origin }) => origin === "person").length;
  return [
    ...(drafted
      ? [
          `Drafted by a model and reviewed sentence by sentence: ${count("accepted")} accepted, ${count("edited")} edited, ${count("rejected")} rejected, ${count("unreviewed")} unreviewed, ${added} added.`,
        ]
      : ["Written by a person without a model."]),
    ...(quality ? [`Image quality: ${quality}.`] : []),
  ];
}

/** A report without a draft, in the form expected by the exports; no part of it comes from a model. */
function byHand({ parts }: Study): TaskResult {
  return {
    schema: "polyclinic.result/1",
    task: "report",
    promptVersion: "none",
    prompt: "",
    answer: { findings: [], impression: "", otherSections: {} },
    parse: { status: "parsed", problems: [] },
    text: "",
    model: { name: "no model", hash: undefined, precision: "none", engine: "person" },
    saw: {
      recipe: "none",
      images: parts.flatMap((part, i) => {
        const size = part.kind === "image" ? part.image : undefined;
        if (part.kind !== "image" && part.kind !== "volume") return [];
        return [
          {
            part: i,
            partLabel: part.label,
            modality: part.modality,
            ...(part.kind === "volume" && { index: Math.floor(part.volume.shape[0] / 2) }),
            width: size?.width ?? 0,
            height: size?.height ?? 0,
            sha256: part.origin.sha256,
          },
        ];
      }),
      leftOut: [],
      sources: parts.map(({ origin }) => origin.sha256),
    },
    sampling: { maxTokens: 0 },
    finishReason: "computed",
    usage: { promptTokens: 0, completionTokens: 0, cachedTokens: 0 },
    notice: notForClinicalUse,
  };
}

/** Without compression, and with one date, so that the same files give the same bytes. */
async function zipOf(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<Uint8Array> {
  const zip = new yazl.ZipFile();
  for (const { name, bytes } of files)
    zip.addBuffer(Buffer.from(bytes), name, { mtime: new Date(1980, 0, 1), compress: false });
  zip.end();
  return buffer(zip.outputStream as NodeJS.ReadableStream);
}
