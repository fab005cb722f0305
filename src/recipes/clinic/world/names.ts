/**
 * The vocabulary of the Lantern Clinic. Everything is recognisably invented: no disease, sign, treatment or test can be
 * mistaken for a real one.
 */

/**
 * A disease is one of the first parts with one of the last: `zibwex`. No two diseases of the clinic share the first
 * part.
 */
export const firstParts = [
  "zib", "quor", "plim", "vash", "drub", "kelf", "morg", "tweb", "yarn", "snaf", "glop", "huzz", "jint", "brul", "crom", "fwep",
  "noth", "oddle", "pring", "skud", "blim", "chort", "dwizz", "ekk", "frob", "gnarl", "hiff", "ickle", "jub", "krin", "lurt", "mip",
  "nizz", "oof", "pask", "quib", "roff", "slub", "thwip", "ulk", "vorp", "wobb", "xan", "yelp", "zarn", "brask", "clun", "drizz",
  "eeb", "flig", "grob", "hulm", "immer", "jask", "klop", "lemm", "mord", "nask", "olb", "prun", "razz", "sprog", "tilb", "umf",
] as const; // biome-ignore format: a table

export const lastParts = [
  "wex", "lunk", "plo", "fim", "dax", "gorp", "nub", "tiv", "bool", "hask", "jory", "keck", "muff", "quaff", "rond", "sploot",
  "toff", "vorn", "wump", "zle",
] as const; // biome-ignore format: a table

/** Signs: no word occurs in two of them, so that each word identifies its sign. */
export const signs = [
  "blue nails", "humming ears", "cold knees", "striped tongue", "glowing freckles", "backward hiccups", "square pupils", "ticking elbows",
  "silver tears", "whistling nose", "floating hair", "heavy shadow", "paper skin", "musical yawns", "green knuckles", "sandy voice",
  "bouncing heels", "chalky lips", "folded eyelids", "purple thumbs", "magnetic palms", "echoing cough", "sugary sweat", "wandering dimples",
  "feathered brows", "sticky footprints", "copper breath", "velvet gums", "jumping chin", "misty eyes", "rubber wrists", "spiral moles",
  "lemon hunger", "sideways sneezes", "clockwise dizziness", "borrowed accent", "sleeping toes", "frosted lashes", "double blush",
  "twinkling teeth",
] as const; // biome-ignore format: a table

export const treatments = [
  "murk syrup", "bell salve", "tin drops", "moss tea", "wick pills", "ash powder", "loam bath", "gravel tonic", "fog lozenge", "plum oil",
  "bark wrap", "dew gel",
] as const; // biome-ignore format: a table

export const tests = [
  "lamp reading",
  "bucket test",
  "ribbon scan",
  "pebble count",
  "mirror strip",
  "kite panel",
] as const;

export const ages = ["child", "adult", "elder"] as const;
export type Age = (typeof ages)[number];
export const places = ["Mill Row", "Lark Lane", "Hill Gate", "Dock Side"] as const;
/** Irrelevant by construction: the attribute on which a counterfactual must not depend. */
export const pastimes = ["paints", "sings", "gardens", "juggles"] as const;
