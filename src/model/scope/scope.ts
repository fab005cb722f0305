/**
 * What a model was trained to answer, for which patients, and on which images: `scope.json` in the model's folder. Applies to any model; nothing here depends on
 * particular tasks or anatomy. `task/scope/` checks requests against it.
 */

/** A kind of image the model was trained on. */
export interface PictureKind {
  /** Id used by the detector. */
  readonly id: string;
  /** Name for use in a sentence: `a frontal chest X-ray of a child`. */
  readonly name: string;
  /** Kinds of study parts: `image`, `volume`, `slide`, `document`. */
  readonly parts: readonly string[];
  /** DICOM modalities, `*` for any; a file without a header has none and is judged by its pixels alone. */
  readonly modalities: readonly string[];
  /** Accepted DICOM body parts (BodyPartExamined); a file without one is not refused. Absent: any. */
  readonly bodyParts?: readonly string[];
  /** Accepted DICOM view positions; a file without one is not refused. Absent: any. */
  readonly views?: readonly string[];
  /** A text is of this kind only if it contains one of these, case-insensitively. Absent: any. */
  readonly mentions?: readonly string[];
  /** Age range of the patient in whole years, inclusive; a file without an age is not refused. Absent: any. */
  readonly age?: { readonly from?: number; readonly to?: number };
  /** Minimum shorter side of the source, pixels, for the image to carry the detail the model was trained on. */
  readonly minimumSide?: number;
  /** Maximum number of slices of a volume shown together. */
  readonly slices?: number;
}

/** Concepts by which a free-text question is recognised: all of `needs`, any of `may`, and nothing else. */
export interface Meaning {
  readonly needs: readonly string[];
  readonly may?: readonly string[];
}

/** Classes of which other answers are composed: `yes` to "Is there pneumonia?" is any kind of pneumonia. */
export interface LabelGroups {
  /** The labels of a `classify` request of the same scope; each belongs to exactly one group. */
  readonly labels: readonly string[];
  /** By answer (`yes`, `no`; or a coarser label): its labels. In multi-label mode the first group means that the label applies. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

/** One request the model was trained on, as a task with its options. */
export interface Ask {
  /** `*`: any. */
  readonly task: string;
  /** Options that determine the prompt, matched exactly; lists are compared without order, texts without case and punctuation. */
  readonly options?: Readonly<Record<string, string | boolean | readonly string[]>>;
  /** Options for which any value is in scope. `*`: all options. */
  readonly open?: readonly string[];
  /** Other wordings of the same request, verbatim. */
  readonly wordings?: readonly string[];
  /** Free-text questions with this meaning. */
  readonly means?: readonly Meaning[];
  /** For `ask` with choices and `classify`: the answer is composed of these classes instead of being asked with a prompt of its own. */
  readonly from?: LabelGroups;
  /** For generated texts: sentences that state a class. If the stated class is less likely than not, the answer gets a caution. */
  readonly states?: {
    /** The labels of a `classify` request of the same scope. */
    readonly labels: readonly string[];
    /** By sentence, verbatim: the label that it states. */
    readonly sentences: Readonly<Record<string, string>>;
  };
}

export interface Ability {
  readonly id: string;
  /** Completes `This model can answer ...`: `whether a child's chest X-ray shows pneumonia`. */
  readonly description: string;
  /** Ids of accepted image kinds. Empty: no image is needed. */
  readonly kinds: readonly string[];
  /** Number of images per request. Default 1. */
  readonly pictures?: { readonly from: number; readonly to: number };
  readonly requests: readonly Ask[];
  /** Limitations, shown before every such answer. */
  readonly limits?: readonly string[];
}

export interface Scope {
  readonly schema: "polyclinic.scope/2";
  /** Name of the model in messages. */
  readonly model: string;
  /** For scopes shipped with this package: the names of the models they apply to, as case-insensitive regular expressions. */
  readonly models?: readonly string[];
  /** Source of this information: a model card, a recipe, a user's training data. */
  readonly source: string;
  readonly kinds: readonly PictureKind[];
  readonly abilities: readonly Ability[];
  /** Medical terms of the questions -> words for them in any language. */
  readonly terms?: Readonly<Record<string, readonly string[]>>;
  /** File name of the detector, next to this file, which classifies images as one of the kinds or none. */
  readonly detector?: string;
  /** Limitations, shown before every answer. */
  readonly limits?: readonly string[];
}

/** The scope of a model without restrictions. */
export const anything: Scope = {
  schema: "polyclinic.scope/2",
  model: "this model",
  source: "declared by the caller",
  kinds: [],
  abilities: [{ id: "anything", description: "any question", kinds: [], requests: [{ task: "*", open: ["*"] }] }],
};

/** A detector's result for one image. */
export interface Recognition {
  /** Ids of the kinds the image may be; empty for none. */
  readonly within: readonly string[];
  /** By kind: distance over its threshold (above 1 is too far), and the head's probability. */
  readonly scores: readonly { readonly kind: string; readonly distance: number; readonly probability?: number }[];
}
