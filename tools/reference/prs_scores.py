"""Golden scores of samples/cohort.vcf.gz with samples/score.txt.gz: a plain reading of both files in Python's standard library, written
independently of the TypeScript. Run from the repository root: python tools/reference/prs_scores.py > src/genomes/goldens/cohort-scores.json"""

import csv
import gzip
import json
from fractions import Fraction

COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A"}


def other_strand(allele):
    return "".join(COMPLEMENT[base] for base in reversed(allele))


def main():
    with gzip.open("samples/score.txt.gz", "rt") as handle:
        rows = list(csv.DictReader((line for line in handle if not line.startswith("#")), delimiter="\t"))
    records = {}
    with gzip.open("samples/cohort.vcf.gz", "rt") as handle:
        for line in handle:
            cells = line.rstrip("\n").split("\t")
            if line.startswith("#CHROM"):
                people = cells[9:]
            elif not line.startswith("#"):
                records[(cells[0], int(cells[1]))] = cells
    # Exact sums: what floating point makes of them is the tolerance of the test.
    sums = [Fraction(0)] * len(people)
    called = [0] * len(people)
    counts = {"matched": 0, "flipped": 0, "palindromic": 0, "absent": 0}
    matches = []
    for row in rows:
        cells = records.get((row["hm_chr"], int(row["hm_pos"])))
        if cells is None:
            counts["absent"] += 1
            continue
        alleles = [cells[3], *cells[4].split(",")]
        effect, other = row["effect_allele"], row["other_allele"]
        palindromic = other_strand(effect) == other
        flipped = not (effect in alleles and other in alleles)
        if flipped:
            if palindromic:
                continue
            effect, other = other_strand(effect), other_strand(other)
            if not (effect in alleles and other in alleles):
                continue
        matches.append((row, cells, alleles.index(effect), flipped, palindromic))
    # A strand flip elsewhere makes palindromic variants unsafe: they are left out.
    keep_palindromic = sum(not m[4] for m in matches) >= 20 and not any(m[3] for m in matches)
    for row, cells, place, flipped, palindromic in matches:
        if palindromic and not keep_palindromic:
            counts["palindromic"] += 1
            continue
        counts["matched"] += 1
        counts["flipped"] += flipped
        keys = cells[8].split(":")
        weight = Fraction(row["effect_weight"])
        for person, column in enumerate(cells[9:]):
            fields = dict(zip(keys, column.split(":")))
            if "DS" in fields:
                if fields["DS"] == ".":
                    continue
                dosages = [Fraction(value) for value in fields["DS"].split(",")]
                copies = 2 - sum(dosages) if place == 0 else dosages[place - 1]
            else:
                pair = fields["GT"].replace("|", "/").split("/")
                if "." in pair:
                    continue
                copies = pair.count(str(place))
            if row["is_dominant"] == "True":
                copies = min(copies, 1)
            elif row["is_recessive"] == "True":
                copies = max(copies - 1, 0)
            sums[person] += weight * copies
            called[person] += 1
    print(json.dumps({"counts": counts, "sums": [float(s) for s in sums], "called": called}))


main()
