"""A polygenic score as one writes it first: every line split at its tabs, every genotype at its separator. Arguments: VCF (gzip), score file."""

import gzip
import json
import sys
import time

vcf, score = sys.argv[1:3]
clock, cpu = time.perf_counter(), time.process_time()
weights, header = {}, None
with open(score) as handle:
    for line in handle:
        if line.startswith("#"):
            continue
        cells = line.rstrip("\n").split("\t")
        if header is None:
            header = cells
            continue
        row = dict(zip(header, cells))
        weights[(row["chr_name"], int(row["chr_position"]))] = (row["effect_allele"], row["other_allele"], float(row["effect_weight"]))
sums = []
with gzip.open(vcf, "rt") as handle:
    for line in handle:
        if line.startswith("##"):
            continue
        cells = line.rstrip("\n").split("\t")
        if line.startswith("#"):
            sums = [0.0] * (len(cells) - 9)
            continue
        found = weights.get((cells[0], int(cells[1])))
        if found is None:
            continue
        effect, other, weight = found
        alleles = [cells[3]] + cells[4].split(",")
        if effect not in alleles or other not in alleles:
            continue
        place = str(alleles.index(effect))
        for person, column in enumerate(cells[9:]):
            pair = column.split(":")[0].replace("|", "/").split("/")
            if "." not in pair:
                sums[person] += weight * pair.count(place)
print(json.dumps({"clock": time.perf_counter() - clock, "cpu": time.process_time() - cpu, "sums": sums}))
