/**
 * What a model was trained to answer, on whom, and on what images: `scope.json` in the model's folder. Data for any model; nothing here depends on
 * which tasks there are or what a chest is. `task/scope/` holds answers to it.
 */

/** A kind of image the model was trained on. */
export interface PictureKind {
  /** The name the detector uses. */
  readonly id: string;
  /** In a sentence: `a frontal chest X-ray of a child`. */
  readonly name: string;
  /** Parts of a study that hold it: `image`, `volume`, `slide`, `document`. */
  readonly parts: readonly string[];
  /** DICOM modalities, `*` for any; a file without a header has none and is judged by its pixels alone. */
  readonly modalities: readonly string[];
  /** DICOM body parts (BodyPartExamined) that are this; a file that names none is not refused for it. Absent: any. */
  readonly bodyParts?: readonly string[];
  /** DICOM view positions; as body parts. Absent: any. */
  readonly views?: readonly string[];
  /** A text is of this kind only if it holds one of these, without regard to case. Absent: any. */
  readonly mentions?: readonly string[];
  /** Whole years of the patient, first and last; as body parts. Absent: any. */
  readonly age?: { readonly from?: number; readonly to?: number };
  /** Minimum shorter side of the source, pixels, for the image to carry the detail the model was trained on. */
  readonly minimumSide?: number;
  /** Most slices of a volume that are shown together. */
  readonly slices?: number;
}

/** A set of concepts that free wording may express: all of `needs`, any of `may`, and nothing else. */
export interface Meaning {
  readonly needs: readonly string[];
  readonly may?: readonly string[];
}

/** One request the model was trained on, as a task with its options. */
export interface Ask {
  /** `*`: any. */
  readonly task: string;
  /** Options that shape the prompt, exactly; lists are compared without order, texts without case and punctuation. */
  readonly options?: Readonly<Record<string, string | boolean | readonly string[]>>;
  /** Any value of these options is in scope. `*`: of all. */
  readonly open?: readonly string[];
  /** Other wordings of the same, word for word. */
  readonly wordings?: readonly string[];
  /** Free wording that means this. */
  readonly means?: readonly Meaning[];
}

export interface Ability {
  readonly id: string;
  /** Completes `This model can answer ...`: `whether a child's chest X-ray shows pneumonia`. */
  readonly says: string;
  /** Ids of image kinds. Empty: no image is needed. */
  readonly kinds: readonly string[];
  /** How many images at once. Default 1. */
  readonly pictures?: { readonly from: number; readonly to: number };
  readonly asks: readonly Ask[];
  /** Said first with every such answer. */
  readonly limits?: readonly string[];
}

export interface Scope {
  readonly schema: "polyclinic.scope/1";
  /** As messages call it. */
  readonly model: string;
  /** Of a scope that this package ships: the names of the models it is for, as regular expressions without case. */
  readonly models?: readonly string[];
  /** Where this is from: a model card, a recipe, a user's training data. */
  readonly source: string;
  readonly kinds: readonly PictureKind[];
  readonly abilities: readonly Ability[];
  /** Medical terms of the questions -> words for them in any language. */
  readonly terms?: Readonly<Record<string, readonly string[]>>;
  /** A file beside this one that tells which kind an image is, or that it is none. */
  readonly detector?: string;
  /** Said first with every answer. */
  readonly limits?: readonly string[];
}

/** Of a model that may be asked anything about anything. */
export const anything: Scope = {
  schema: "polyclinic.scope/1",
  model: "this model",
  source: "stated by whoever opened it",
  kinds: [],
  abilities: [{ id: "anything", says: "any question", kinds: [], asks: [{ task: "*", open: ["*"] }] }],
};

/** A detector's result for one image. */
export interface Recognition {
  /** Ids of the kinds the image may be; empty for none. */
  readonly within: readonly string[];
  /** By kind: distance over its threshold (above 1 is too far), and the head's probability. */
  readonly scores: readonly { readonly kind: string; readonly distance: number; readonly probability?: number }[];
}
