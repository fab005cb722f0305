/** The vocabulary of the embedded model: labels, findings, objects and quantities of its questions. */

/** The classes of a chest X-ray, as named in an answer. */
export const chestLabels = ["normal", "pneumonia"] as const;
export const chestKinds = ["normal", "bacterial pneumonia", "viral pneumonia"] as const;
export const ctLabels = ["normal", "benign", "malignant"] as const;
export const histologyLabels = ["adenocarcinoma", "squamous cell carcinoma", "normal"] as const;
/** Modality and body part in one label. */
export const kindLabels = ["chest X-ray", "lung CT", "lung histology", "brain MRI", "blood smear"] as const;
export const kindQuestion = "Which kind of image is this?";
export const lungObjects = ["right lung", "left lung", "lungs"] as const;
export const hippocampusParts = ["anterior hippocampus", "posterior hippocampus"] as const;
/** Number of slices shown for a measurement. */
export const measuredSlices = 12;
