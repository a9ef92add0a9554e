"""Probabilities that a model file gives in Python's onnxruntime, with nothing of graftwork.

    python bench/peers/parity.py MODEL.onnx INPUT.npy
"""
import json
import sys

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
images = np.load(sys.argv[2])
labels = json.loads(session.get_modelmeta().custom_metadata_map["graftwork"])["labels"]
rows = [session.run(["probabilities"], {"image": images[i : i + 16]})[0] for i in range(0, len(images), 16)]
print(json.dumps({"labels": labels, "probabilities": np.concatenate(rows).tolist()}))
