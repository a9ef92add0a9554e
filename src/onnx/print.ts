import { inferShapes, type TensorType } from './infer.ts';
import type { Attribute, Graph, Initializer, Model, Node } from './ir.ts';
import { sizeInBytes } from './tensor.ts';

/** Lists are cut after so many items, so that a line stays a line. */
const MAX_ITEMS = 8;

/**
 * A model as text for people: one line for each input, node and output, with types where they can be told.
 *
 * @example
 * printModel(model);
 * // model squeezenet (opset 21, ir 10)
 * //   input  image: float32[N, 3, 224, 224]
 * //   conv1: Conv(image, conv1.weight) → conv1_out: float32[N, 64, 111, 111] { strides = [2, 2] }
 */
export function printModel(model: Model): string {
  const opsets = Object.entries(model.opsets).map(([domain, version]) => `${domain || 'opset'} ${version}`);
  const metadata = Object.keys(model.metadata).map((key) => `  metadata ${key}`);
  const head = `model ${model.graph.name} (${opsets.join(', ')}, ir ${model.irVersion})`;
  return [head, ...metadata, ...linesOf(model.graph, inferShapes(model), '  ')].join('\n');
}

/** A node as one line: `conv1: Conv(image, weight) → y { strides = [2, 2] }`. */
export function printNode(node: Node, types: ReadonlyMap<string, TensorType> = new Map()): string {
  const op = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  const outputs = node.outputs.map((name) => printTensor(name, types.get(name)));
  const attributes = Object.entries(node.attributes).map(([name, value]) => `${name} = ${printAttribute(value)}`);
  const inputs = node.inputs.map((name) => name || '—').join(', ');
  return `${node.name}: ${op}(${inputs}) → ${outputs.join(', ')}${attributes.length > 0 ? ` { ${attributes.join(', ')} }` : ''}`;
}

function linesOf(graph: Graph, types: ReadonlyMap<string, TensorType>, indent: string): string[] {
  const lines = graph.inputs.map(
    (info) => `${indent}input  ${printTensor(info.name, { dtype: info.dtype, shape: info.shape })}`,
  );
  for (const [name, initializer] of Object.entries(graph.initializers)) {
    lines.push(`${indent}stored ${name}: ${printInitializer(initializer)}`);
  }
  for (const node of graph.nodes) {
    lines.push(indent + printNode(node, types));
    for (const [name, attribute] of Object.entries(node.attributes)) {
      const graphs =
        attribute.kind === 'graph' ? [attribute.value] : attribute.kind === 'graphs' ? attribute.value : [];
      for (const inner of graphs) {
        lines.push(`${indent}  ${name} = graph ${inner.name}`, ...linesOf(inner, new Map(), `${indent}    `));
      }
    }
  }
  for (const { name, dtype, shape } of graph.outputs) {
    const found = types.get(name);
    lines.push(`${indent}output ${printTensor(name, { dtype: dtype ?? found?.dtype, shape: shape ?? found?.shape })}`);
  }
  return lines;
}

function printTensor(name: string, type: TensorType | undefined): string {
  if (name === '') return '—';
  if (type?.dtype === undefined && type?.shape === undefined) return name;
  const shape = type.shape === undefined ? '' : `[${type.shape.map((dim) => dim ?? '?').join(', ')}]`;
  return `${name}: ${type.dtype ?? '?'}${shape}`;
}

function printInitializer(initializer: Initializer): string {
  const { dtype, dims, data } = initializer;
  const where = data.kind === 'external' ? `, external ${data.file}` : '';
  return `${dtype}[${dims.join(', ')}]${dtype === 'string' ? '' : ` (${sizeInBytes(initializer)} bytes${where})`}`;
}

function printAttribute(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'float':
    case 'int':
      return String(attribute.value);
    case 'string':
      return JSON.stringify(attribute.value);
    case 'floats':
    case 'ints':
      return printList(attribute.value.map(String));
    case 'strings':
      return printList(attribute.value.map((text) => JSON.stringify(text)));
    case 'tensor':
      return printInitializer(attribute.value);
    case 'graph':
      return attribute.value.name;
    case 'graphs':
      return printList(attribute.value.map(({ name }) => name));
    case 'opaque':
      return '(kept as it is)';
  }
}

function printList(items: readonly string[]): string {
  const rest = items.length - MAX_ITEMS;
  return `[${items.slice(0, MAX_ITEMS).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}]`;
}
