import type { DType } from '../base/index.ts';

/**
 * The frozen form of an ONNX model. Nothing here is ever changed in place: a change is a new value, made by a named pass
 * in `rewrite/`. Names are unique within a graph (single static assignment), nodes stand in topological order.
 */
export interface Model {
  readonly irVersion: number;
  /** Operator set version by domain; the standard domain is written `''`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: Graph;
  /** Parts of the file that graftwork does not interpret (model functions, training info …), kept for writing back. */
  readonly opaque?: Opaque;
}

export interface Graph {
  readonly name: string;
  /** Fed by the caller. Names of initializers are not repeated here. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly initializers: Readonly<Record<string, Initializer>>;
  /** Types of inner tensors, where the file states them. */
  readonly valueInfo: Readonly<Record<string, ValueInfo>>;
  readonly doc?: string;
  readonly opaque?: Opaque;
}

/** A dimension: known, named (`N`), or unknown. */
export type Dim = number | string | null;

export interface ValueInfo {
  readonly name: string;
  /** Undefined for what is not a tensor (sequence, optional, sparse): then `opaque` holds the type. */
  readonly dtype?: DType;
  /** Undefined when even the rank is unknown. */
  readonly shape?: readonly Dim[];
  readonly opaque?: Opaque;
}

export interface Node {
  /** Unique within its graph; made up when the file has none. */
  readonly name: string;
  readonly op: string;
  /** `''` for the standard domain. */
  readonly domain: string;
  /** Tensor names; `''` stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly doc?: string;
  readonly opaque?: Opaque;
}

export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Initializer }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  /** An attribute kind that graftwork does not interpret (or an integer beyond 2⁵³), kept as the file had it. */
  | { readonly kind: 'opaque'; readonly value: Opaque };

/** A constant tensor. Bytes are little-endian, row-major, and usually a view into the file: never written to. */
export interface Initializer {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: InitializerData;
}

export type InitializerData =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'strings'; readonly strings: readonly string[] }
  /** Stored beside the model (ONNX external data); read only when asked for. */
  | { readonly kind: 'external'; readonly file: string; readonly offset: number; readonly length: number };

/** Bytes of the original protobuf message (fields that graftwork does not know). */
export interface Opaque {
  readonly protobuf: Uint8Array;
}
