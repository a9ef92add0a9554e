/** Protobuf encodes no message of 2 GiB or more; larger weights go to external data. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Graphs within graphs (If, Loop, Scan). Exporters nest a handful; the limit keeps recursion off the end of the stack. */
export const MAX_GRAPH_DEPTH = 16;

/** Messages within messages. A subgraph costs four levels (graph, node, attribute, graph). */
export const MAX_MESSAGE_DEPTH = 100;

/** onnxruntime and numpy stop far below this. */
export const MAX_RANK = 64;

/**
 * Messages (nodes, attributes, types, dimensions, tensors) in one file. A hostile file asks for one with two bytes, and
 * it takes up to a kilobyte of memory; the graph of a large language model has about a hundred thousand.
 */
export const MAX_MESSAGES = 1_000_000;

/** Below this, external data is not worth a second file: shapes and biases stay in the model. */
export const MIN_EXTERNAL_BYTES = 1024;

/** Offsets in external data files are multiples of this, so that they can be memory-mapped (ONNX: IR.md, External Tensor Data). */
export const EXTERNAL_ALIGNMENT = 4096;
