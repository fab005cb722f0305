/** All text of the page, in English; text shared with the workbench is in `workbench/words/`. */
export const words = {
  product: "Polyclinic",
  place: "In this tab",
  private: "No data leaves this computer",
  privateLong:
    "The model runs in this page, and files are read in this page. The page's Content-Security-Policy allows connections only to the server that delivered the page.",
  opening: {
    title: "Preparing the model",
    stages: {
      "fetching the model": "Downloading the model",
      "preparing weights": "Preparing the weights",
    } as Readonly<Record<string, string>>,
    once: "Only the first time: the browser then keeps the model in its cache.",
    failed: "The model could not be opened",
    again: "Reload the page",
  },
  drop: {
    title: "Drop a chest X-ray, a slice, a volume or a document",
    lead: "DICOM, NIfTI, JPEG, PNG, PDF, or a zip archive of these. Files dropped together are opened as one study.",
    choose: "Choose files",
    other: "Open another study",
    reading: "Reading",
    here: "Drop to open",
    sample: "Or try a sample study:",
    failed: "The files could not be read",
  },
  study: {
    leftOut: "Left out",
    warnings: "Warnings of the file readers",
  },
  answer: {
    json: "JSON",
    jsonLong: "Download the result as JSON",
    sr: "DICOM SR",
    srLong: "Download as a DICOM structured report",
    saw: "Model input",
    sawLead: (count: number, recipe: string) =>
      `${count === 1 ? "1 image" : `${count} images`}, prepared by the recipe ${recipe}`,
    took: (seconds: number) => `${seconds.toFixed(seconds < 10 ? 1 : 0)} s in this tab`,
    anyway: "Answer anyway",
    anywayLong: "The model also answers requests outside its training; every export states this.",
    stoppedResult: "Stopped. A partial text is not an answer.",
  },
  engine: (threads: number, device: string) =>
    device === "webgpu" ? "WebGPU" : threads === 1 ? "one thread" : `${threads} threads`,
} as const;
