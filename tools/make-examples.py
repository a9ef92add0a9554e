"""Fills examples/clothes and examples/pictures.

    apt-get install dataset-fashion-mnist
    python tools/make-examples.py

Needs numpy, Pillow and scikit-image 0.26. Clothes are Fashion-MNIST (MIT) from Debian's package dataset-fashion-mnist
0.0~git20200523.55506a9: the first 60 training images and the first 20 test images of each class, as they are. Pictures are
photographs that scikit-image ships, in the public domain or CC0, at most 512 pixels on the longer side.
"""

import gzip
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
FASHION = Path("/usr/share/datasets/fashion-mnist")
CLASSES = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"]
SPLITS = [("train", "train", 60), ("test", "t10k", 20)]
PICTURES = {
    "astronaut.jpg": "astronaut",
    "brick.jpg": "brick",
    "cat.jpg": "chelsea",
    "coffee.jpg": "coffee",
    "grass.jpg": "grass",
    "gravel.jpg": "gravel",
    "photographer.jpg": "camera",
    "rocket.jpg": "rocket",
}


def read_idx(path, offset):
    """The bytes of a gzipped IDX file after its header."""
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=offset)


def clothes():
    for split, prefix, count in SPLITS:
        images = read_idx(FASHION / f"{prefix}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
        labels = read_idx(FASHION / f"{prefix}-labels-idx1-ubyte.gz", 8)
        for label, name in enumerate(CLASSES):
            folder = EXAMPLES / "clothes" / split / name
            folder.mkdir(parents=True, exist_ok=True)
            for index in np.flatnonzero(labels == label)[:count]:
                Image.fromarray(images[index]).save(folder / f"{index:05d}.png", optimize=True)


def pictures():
    folder = EXAMPLES / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in PICTURES.items():
        image = Image.fromarray(getattr(skimage.data, source)())
        image.thumbnail((512, 512), Image.Resampling.LANCZOS)
        image.save(folder / name, quality=88, optimize=True)


if __name__ == "__main__":
    clothes()
    pictures()
