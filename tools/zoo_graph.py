"""What the convert-*.py scripts share: an ONNX graph written node by node, weights stored as float16.

Each node's first output bears the node's name, so that a tensor is found by the name of the layer that made it. A weight
`NAME.weight` is stored as the float16 initializer `NAME.weight.float16` and widened by the node `NAME/weight` (Cast): valid
ai.onnx, folded to a constant by every runtime. Biases and BatchNormalization tensors stay float32: they are small, and
the statistics of a BatchNormalization lose more by rounding than a weight does.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
MODELS = Path(__file__).resolve().parent.parent / "models"


def sha256(path):
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def check_source(path, expected):
    """Ends the script unless the file is the very one that the committed network came from."""
    found = sha256(path)
    if found != expected:
        sys.exit(f"{path}: SHA-256 is {found}, not {expected}")


def half(array):
    """Rounds to float16; refuses weights that float16 cannot hold."""
    rounded = np.asarray(array, dtype=np.float32).astype(np.float16)
    if not np.isfinite(rounded).all():
        raise ValueError("a weight is beyond the range of float16")
    return rounded


class GraphWriter:
    """Appends layers; `tensor` names flow from one call to the next."""

    def __init__(self):
        self.nodes = []
        self.initializers = []

    def constant(self, name, array):
        if all(held.name != name for held in self.initializers):
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weight(self, layer, array):
        """A float16 initializer and the Cast that widens it."""
        stored = self.constant(f"{layer}.weight.float16", half(array))
        self.nodes.append(
            helper.make_node("Cast", [stored], [f"{layer}.weight"], name=f"{layer}/weight", to=TensorProto.FLOAT)
        )
        return f"{layer}.weight"

    def node(self, op, inputs, name, output=None, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output or name], name=name, **attributes))
        return output or name

    def conv(self, tensor, layer, weight, bias=None, stride=1, pads=(0, 0, 0, 0), group=1):
        """`weight` is [out, in / group, height, width]; `pads` top, left, bottom, right."""
        inputs = [tensor, self.weight(layer, weight)]
        if bias is not None:
            inputs.append(self.constant(f"{layer}.bias", np.asarray(bias, dtype=np.float32)))
        height, width = weight.shape[2:]
        return self.node(
            "Conv",
            inputs,
            layer,
            kernel_shape=[height, width],
            strides=[stride, stride],
            pads=list(pads),
            group=group,
        )

    def batch_norm(self, tensor, layer, scale, shift, mean, variance, epsilon):
        tensors = {"scale": scale, "bias": shift, "mean": mean, "variance": variance}
        names = [self.constant(f"{layer}.{k}", np.asarray(v, dtype=np.float32)) for k, v in tensors.items()]
        return self.node("BatchNormalization", [tensor, *names], layer, epsilon=epsilon)

    def relu6(self, tensor, name):
        low = self.constant("relu6.min", np.float32(0))
        high = self.constant("relu6.max", np.float32(6))
        return self.node("Clip", [tensor, low, high], name)

    def save(self, name, path, doc):
        """Checks and writes the model `input` float32 [N, 3, 224, 224] → `logits` float32 [N, 1000]; same bytes each time."""
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, 224, 224])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 1000])],
            self.initializers,
            doc_string=doc,
        )
        model = helper.make_model(
            graph,
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
            producer_name="graftwork",
        )
        onnx.checker.check_model(model, full_check=True)
        Path(path).write_bytes(model.SerializeToString(deterministic=True))
        print(f"{path}: {Path(path).stat().st_size} bytes, sha256 {sha256(path)}")
        print(f"parameters {parameters(model)}, multiply-accumulates {multiply_accumulates(model)}")


def parameters(model):
    """Trainable parameters: weights, biases, scale and shift of BatchNormalization; running statistics are not counted."""
    skipped = ("relu6.", )
    total = 0
    for held in model.graph.initializer:
        if not held.name.startswith(skipped) and not held.name.endswith((".mean", ".variance")):
            total += int(np.prod(held.dims))
    return total


def multiply_accumulates(model):
    """Of Conv and Gemm, for one image; biases, norms and activations are not counted."""
    shapes = {}
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    for info in list(inferred.graph.value_info) + list(inferred.graph.output):
        shapes[info.name] = [dim.dim_value for dim in info.type.tensor_type.shape.dim]
    sizes = {held.name.removesuffix(".float16"): list(held.dims) for held in model.graph.initializer}
    total = 0
    for node in model.graph.node:
        if node.op_type == "Conv":
            _, inner, height, width = sizes[node.input[1]]
            total += int(np.prod(shapes[node.output[0]][1:])) * inner * height * width
        elif node.op_type == "Gemm":
            total += int(np.prod(sizes[node.input[1]]))
    return total
