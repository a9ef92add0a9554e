"""Packs the official ONNX backend node tests into test/fixtures/onnx-node-tests.bin.gz.

    for v in 1.5.0 1.6.0 1.8.1 1.10.2 1.12.0 1.14.1 1.15.0 1.16.2 1.17.0; do
        pip download --no-deps --only-binary=:all: --python-version 3.8 --platform manylinux2014_x86_64 -d wheels onnx==$v
        unzip -q -o wheels/onnx-$v-*.whl 'onnx/backend/test/data/node/*' -d unpacked/$v
    done                       # (1.5.0 … 1.8.1 need --python-version 3.7 and --platform manylinux1_x86_64 or manylinux2010_x86_64)
    pip install onnx==1.23.2 && python tools/record-onnx-node-tests.py unpacked

Older releases test operators in the operator sets of their time; the newest release generates its own. A test is taken
from the first release that has it at that operator set. License of the tests: Apache-2.0.

The pack, gzipped: uint32 length of the index (little-endian), the index as JSON, then the blobs one after the other.
Index: { "releases", "left_out": { reason: count }, "blobs": [length], "cases": [{ "name", "release", "model", "inputs", "outputs" }] },
the last three as numbers of blobs (ModelProto, TensorProto). A blob that several cases share is stored once.
"""
import gzip
import json
import pathlib
import struct
import sys
import warnings

import onnx
from onnx import numpy_helper

MAX_BLOB = 60_000
FIXTURE = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "onnx-node-tests.bin.gz"

blobs: list[bytes] = []
numbers: dict[bytes, int] = {}
cases: list[dict] = []
left_out: dict[str, int] = {}
seen: set[tuple[str, int]] = set()


def blob(data: bytes) -> int:
    if data not in numbers:
        numbers[data] = len(blobs)
        blobs.append(data)
    return numbers[data]


def leave_out(reason: str) -> None:
    left_out[reason] = left_out.get(reason, 0) + 1


def record(release: str, name: str, model: onnx.ModelProto, model_bytes: bytes, inputs, outputs) -> None:
    """inputs() and outputs() give lists of serialised TensorProto."""
    if "_expanded" in name:
        return leave_out("expands an operator into its function body")
    if any(o.domain not in ("", "ai.onnx") for o in model.opset_import):
        return leave_out("another domain than ai.onnx")
    if not all(v.type.HasField("tensor_type") for v in [*model.graph.input, *model.graph.output]):
        return leave_out("inputs or outputs that are not tensors")
    key = (name, model.opset_import[0].version)
    if key in seen:
        return
    data = [model_bytes, *inputs(), *outputs()]
    if max(map(len, data)) > MAX_BLOB:
        return leave_out("larger than 60 kB")
    seen.add(key)
    count = len(inputs())
    ids = [blob(d) for d in data]
    cases.append({"name": name, "release": release, "model": ids[0], "inputs": ids[1:1 + count], "outputs": ids[1 + count:]})


def record_folder(release: str, folder: pathlib.Path) -> None:
    for test in sorted(folder.iterdir()):
        file = test / "model.onnx"
        if not file.exists():
            continue
        data_set = test / "test_data_set_0"

        def read(stem: str) -> list[bytes]:
            files = sorted(data_set.glob(f"{stem}_*.pb"), key=lambda f: int(f.stem.split("_")[-1]))
            return [f.read_bytes() for f in files]

        record(release, test.name, onnx.load(file, load_external_data=False), file.read_bytes(),
               lambda: read("input"), lambda: read("output"))


def record_newest() -> None:
    warnings.filterwarnings("ignore")
    from onnx.backend.test.case.node import collect_testcases

    for test in collect_testcases(None):
        if test.model is None or not test.data_sets:
            continue

        def tensors(values, infos) -> list[bytes]:
            result = []
            for value, info in zip(values, infos, strict=False):
                proto = value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(value, info.name)
                result.append(proto.SerializeToString())
            return result

        inputs, outputs = test.data_sets[0]
        record(onnx.__version__, test.name, test.model, test.model.SerializeToString(),
               lambda: tensors(inputs, test.model.graph.input), lambda: tensors(outputs, test.model.graph.output))


unpacked = pathlib.Path(sys.argv[1])
releases = sorted((p.name for p in unpacked.iterdir()), key=lambda v: [int(part) for part in v.split(".")])
for release in releases:
    record_folder(release, unpacked / release / "onnx/backend/test/data/node")
record_newest()
index = json.dumps({"releases": [*releases, onnx.__version__], "left_out": left_out, "blobs": [len(b) for b in blobs], "cases": cases},
                   separators=(",", ":")).encode()
FIXTURE.parent.mkdir(parents=True, exist_ok=True)
FIXTURE.write_bytes(gzip.compress(struct.pack("<I", len(index)) + index + b"".join(blobs), 9, mtime=0))
print(len(cases), "cases,", len(blobs), "blobs,", FIXTURE.stat().st_size, "bytes;", left_out)
