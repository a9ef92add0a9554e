/**
 * The operator set that graftwork works in: every model is brought to it once, when loaded. 21 is the first in which
 * all that graftwork needs exists (axes as inputs of every reduction since 18, Gelu and StringSplit since 20, the
 * corrected GroupNormalization since 21) and the last before a run of sets that only add element types, so that newer
 * models come down to it without loss. onnxruntime has run it since 1.18 (May 2024).
 */
export const TARGET_OPSET = 21;

/** Older sets broadcast in another way and have tensors of fewer types; no exporter has written them since 2018. */
export const OLDEST_OPSET = 7;

/** IR version by the first operator set released with it (ONNX: Versioning.md, the table of released versions). */
const IR_VERSIONS: readonly (readonly [opset: number, irVersion: number])[] = [
  [25, 13],
  [24, 12],
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
  [11, 6],
  [10, 5],
  [9, 4],
  [1, 3],
];

/** The IR version that goes with an operator set: the lowest, so that old runtimes accept the file. */
export function irVersionFor(opset: number): number {
  return IR_VERSIONS.find(([since]) => opset >= since)?.[1] ?? 3;
}
