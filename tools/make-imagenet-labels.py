"""Writes models/imagenet-labels.json: the 1,000 ImageNet classes in the order of the networks' logits.

    pip download --no-deps timm==1.0.31
    python tools/make-imagenet-labels.py timm-1.0.31-py3-none-any.whl

Needs torchvision. A class is {"synset": WordNet id, "names": [display name, synonyms …]}. Synsets, their order and their
WordNet synonyms come from timm (Apache-2.0; WordNet 3.0 licence), display names from torchvision (BSD-3-Clause), which tells
the two cranes and the two maillots apart.
"""

import json
import sys
import zipfile

from torchvision.models._meta import _IMAGENET_CATEGORIES

from zoo_graph import MODELS, check_source

WHEEL_SHA256 = "5bd50f7d0fe6d09bf9285ac2523234a1b7e6bf075c0be3e7aed09139fcb617c7"


def main(wheel):
    check_source(wheel, WHEEL_SHA256)
    with zipfile.ZipFile(wheel) as archive:
        synsets = archive.read("timm/data/_info/imagenet_synsets.txt").decode().split()
        lines = archive.read("timm/data/_info/imagenet_synset_to_lemma.txt").decode().splitlines()
    lemmas = dict(line.split("\t", 1) for line in lines)
    if len(synsets) != 1000 or len(_IMAGENET_CATEGORIES) != 1000:
        sys.exit("there must be 1,000 classes")
    rows = []
    for synset, display in zip(synsets, _IMAGENET_CATEGORIES, strict=True):
        synonyms = [name.strip() for name in lemmas[synset].split(",")]
        names = list(dict.fromkeys([display, *synonyms]))
        if display not in synonyms:
            print(f"display name apart from WordNet's: {display} | {', '.join(synonyms)}")
        rows.append(json.dumps({"synset": synset, "names": names}, ensure_ascii=False))
    path = MODELS / "imagenet-labels.json"
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
