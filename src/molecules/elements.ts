/**
 * The elements: symbols, average atomic weights (IUPAC), the mass of the most common isotope, and the allowed valences.
 * Masses were read from RDKit 2026.09.1, which has them from IUPAC and the Atomic Mass Evaluation.
 */

/** symbol, average weight in dalton, mass of the most common (for radioactive elements: longest-lived) isotope in dalton; by atomic number from 1. */
const table = `H 1.008 1.007825032|He 4.003 4.002603254|Li 6.941 7.01600455|Be 9.012 9.0121822|B 10.812 11.0093054|C 12.011 12|N 14.007 14.003074
O 15.999 15.99491462|F 18.998 18.99840322|Ne 20.18 19.99244018|Na 22.99 22.98976928|Mg 24.305 23.9850417|Al 26.982 26.98153863|Si 28.086 27.97692653
P 30.974 30.97376163|S 32.067 31.972071|Cl 35.453 34.96885268|Ar 39.948 39.96238312|K 39.098 38.96370668|Ca 40.078 39.96259098|Sc 44.956 44.9559119
Ti 47.867 47.9479463|V 50.944 50.9439595|Cr 51.996 51.9405075|Mn 54.938 54.9380451|Fe 55.845 55.9349375|Co 58.933 58.933195|Ni 58.693 57.9353429
Cu 63.546 62.9295975|Zn 65.39 63.9291422|Ga 69.723 68.9255736|Ge 72.61 73.9211778|As 74.922 74.9215965|Se 78.96 79.9165213|Br 79.904 78.9183371
Kr 83.8 83.911507|Rb 85.468 84.91178974|Sr 87.62 87.9056121|Y 88.906 88.9058483|Zr 91.224 89.9047044|Nb 92.906 92.9063781|Mo 95.94 97.9054082
Tc 98 96.906365|Ru 101.07 101.9043493|Rh 102.906 102.905504|Pd 106.42 105.903486|Ag 107.868 106.905097|Cd 112.412 113.9033585|In 114.818 114.903878
Sn 118.711 119.9021947|Sb 121.76 120.9038157|Te 127.6 129.9062244|I 126.904 126.904473|Xe 131.29 131.9041535|Cs 132.905 132.9054519|Ba 137.328 137.9052472
La 138.906 138.9063533|Ce 140.116 139.9054387|Pr 140.908 140.9076528|Nd 144.24 141.9077233|Pm 145 144.912749|Sm 150.36 151.9197324|Eu 151.964 152.9212303
Gd 157.25 157.9241039|Tb 158.925 158.9253468|Dy 162.5 163.9291748|Ho 164.93 164.9303221|Er 167.26 165.9302931|Tm 168.934 168.9342133|Yb 173.04 173.9388621
Lu 174.967 174.9407718|Hf 178.49 179.94655|Ta 180.948 180.9479958|W 183.84 183.9509312|Re 186.207 186.9557531|Os 190.23 191.9614807|Ir 192.217 192.9629264
Pt 195.078 194.9647911|Au 196.967 196.9665687|Hg 200.59 201.970643|Tl 204.383 204.9744275|Pb 207.2 207.9766521|Bi 208.98 208.9803987|Po 209 208.9824304
At 210 209.987148|Rn 222 222.0175706|Fr 223 223.0197359|Ra 226 226.0254026|Ac 227 227.0277521|Th 232.038 232.0380553|Pa 231.036 231.035884
U 238.029 238.0507882|Np 237 236.04657|Pu 244 238.0495599|Am 243 241.0568291|Cm 247 243.0613891|Bk 247 247.070307|Cf 251 249.0748535|Es 252 252.08298
Fm 257 257.095105|Md 258 258.098431|No 259 259.10103|Lr 262 262.10963|Rf 267 267.12153|Db 268 268.12545|Sg 269 271.13347|Bh 270 270.13362|Hs 269 269.13406
Mt 278 278.15481|Ds 281 281.16206|Rg 281 281.16537|Cn 285 285.17411|Nh 284 284.17873|Fl 289 289.19042|Mc 288 288.19274|Lv 293 293.20449|Ts 292 292.20746
Og 294 294.21392`;

const rows = table.split(/[|\n]/).map((row) => {
  const [symbol, mass, exact] = row.split(" ");
  return { symbol, mass: Number(mass), exact: Number(exact) };
});

/** `*`, any atom, has number 0. */
export const symbols: readonly string[] = ["*", ...rows.map((row) => row.symbol)];
const averageMass: readonly number[] = [0, ...rows.map((row) => row.mass)];
const commonMass: readonly number[] = [0, ...rows.map((row) => row.exact)];

export const numberOf: ReadonlyMap<string, number> = new Map(symbols.map((symbol, number) => [symbol, number]));

/**
 * Isotopes that occur in labelled compounds, dalton. For others the mass number is used, which is accurate to about 0.1
 * dalton.
 */
const isotopes = new Map(
  `2H 2.014101778|3H 3.016049278|11C 11.0114336|12C 12|13C 13.00335484|14C 14.00324199|13N 13.00573861|14N 14.003074|15N 15.0001089|15O 15.0030656
16O 15.99491462|17O 16.9991317|18O 17.999161|18F 18.000938|32P 31.97390727|33P 32.9717255|34S 33.9678669|35S 34.96903216|35Cl 34.96885268|36Cl 35.96830698
37Cl 36.96590259|76Br 75.924541|77Br 76.921379|79Br 78.9183371|81Br 80.9162906|82Br 81.9168041|123I 122.905589|124I 123.9062099|125I 124.9046302
127I 126.904473|131I 130.9061246|75Se 74.9225234|99Tc 98.9062547|67Ga 66.9282017|68Ga 67.9279801|111In 110.905103|64Cu 63.9297642|89Zr 88.90889
177Lu 176.9437581|90Y 89.9071519|89Sr 88.9074507|223Ra 223.0185022|153Sm 152.9220974|133Xe 132.9059107|201Tl 200.970819|10B 10.012937|29Si 28.9764947
30Si 29.97377017|51Cr 50.9447674|57Co 56.9362914|60Co 59.9338171|82Rb 81.9182086|24Na 23.99096278|57Fe 56.935394|59Fe 58.9348755|6Li 6.015122795`
    .split(/[|\n]/)
    .map((row) => row.split(" "))
    .map(([name, mass]) => [name, Number(mass)] as const),
);

/** Average atomic weight in dalton, or the isotope's mass when one is given (0: none given). */
export function atomicMass(element: number, isotope: number): number {
  return isotope === 0 ? averageMass[element] : (isotopes.get(isotope + symbols[element]) ?? isotope);
}

/** Mass in dalton of the given isotope, of the most common one when it is 0. */
export function exactAtomicMass(element: number, isotope: number): number {
  return isotope === 0 ? commonMass[element] : (isotopes.get(isotope + symbols[element]) ?? isotope);
}

/** Valences of neutral main-group atoms, lowest first; elements that are not listed (metals, `*`) allow any. */
const neutralValences: Readonly<Record<number, readonly number[]>> = {
  1: [1],
  2: [0],
  5: [3],
  6: [4],
  7: [3],
  8: [2],
  9: [1],
  10: [0],
  13: [3],
  14: [4],
  15: [3, 5, 7],
  16: [2, 4, 6],
  17: [1],
  18: [0],
  32: [4],
  33: [3, 5, 7],
  34: [2, 4, 6],
  35: [1],
  36: [0],
  50: [2, 4],
  51: [3, 5, 7],
  52: [2, 4, 6],
  53: [1, 3, 5],
  54: [0, 2, 4, 6],
  85: [1, 3, 5],
};

/**
 * Valences of an atom with its charge, lowest first: those of the neutral atom with the same number of electrons (N+
 * bonds like C, O- like F). Undefined: any.
 */
export function valencesOf(element: number, charge: number): readonly number[] | undefined {
  if (element === 1 && charge !== 0) return [0];
  if (neutralValences[element] === undefined || charge === 0) return neutralValences[element];
  return neutralValences[element - charge];
}

/** Valence electrons of a neutral main-group atom. 0 for elements that do not occur in aromatic rings. */
export function outerElectrons(element: number): number {
  const periods = [
    [1, 0],
    [3, 0],
    [11, 0],
    [31, 3],
    [49, 3],
    [81, 3],
  ];
  if (element === 1) return 1;
  for (let i = periods.length - 1; i > 0; i--) {
    const [start, base] = periods[i];
    if (element >= start) {
      const group = element - start + (base === 0 ? 1 : base);
      return group <= 8 ? group : 0;
    }
  }
  return 0;
}

/**
 * Whether an element is more electronegative in the order that the aromaticity model uses: more outer electrons first,
 * then the lighter element.
 */
export function moreElectronegative(element: number, than: number): boolean {
  const [a, b] = [outerElectrons(element), outerElectrons(than)];
  return a > b || (a === b && element < than);
}
