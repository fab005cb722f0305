/** All text of the page, in English; text shared with the workbench is in `workbench/words/`. */
export const words = {
  product: "Polyclinic",
  place: "In this tab",
  private: "Nothing leaves this machine",
  privateLong:
    "The model runs in this page. Files that you drop are read here, and the page's own policy lets it speak to no other address than the one it came from.",
  opening: {
    title: "Getting the model ready",
    stages: {
      "fetching the model": "Fetching the model",
      "preparing weights": "Preparing the weights",
    } as Readonly<Record<string, string>>,
    once: "Once: after this the browser keeps it.",
    failed: "The model cannot be opened",
    again: "Load the page again",
  },
  drop: {
    title: "Drop a chest X-ray, a slice, a volume or a document",
    lead: "DICOM, NIfTI, JPEG, PNG, PDF, or a zip of them. Files dropped together are one study.",
    choose: "Choose files",
    other: "Another study",
    reading: "Reading",
    here: "Let go to read it",
    sample: "No file at hand? A sample of the package:",
    failed: "This cannot be read",
  },
  study: {
    leftOut: "Left out",
    warnings: "What its files say",
  },
  answer: {
    json: "JSON",
    jsonLong: "Download the result as JSON",
    sr: "DICOM SR",
    srLong: "Download as a DICOM structured report",
    saw: "What it saw",
    sawLead: (count: number, recipe: string) => `${count === 1 ? "1 image" : `${count} images`}, laid out by ${recipe}`,
    took: (seconds: number) => `${seconds.toFixed(seconds < 10 ? 1 : 0)} s in this tab`,
    anyway: "Answer anyway",
    anywayLong: "Answers beyond what the model was trained on; every export says so.",
    stoppedResult: "Stopped. What was written so far is no answer.",
  },
  engine: (threads: number, device: string) =>
    device === "webgpu" ? "WebGPU" : threads === 1 ? "one thread" : `${threads} threads`,
} as const;
