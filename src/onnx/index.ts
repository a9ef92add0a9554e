export {
  type AttributeValue,
  float,
  floatAttribute,
  floatsAttribute,
  int,
  intAttribute,
  intsAttribute,
  stringAttribute,
  stringsAttribute,
  tensorAttribute,
} from './attributes.ts';
export { type BuilderOptions, GraphBuilder, type NodeOptions } from './builder.ts';
export { checkModel } from './check.ts';
export { dtypeCode, dtypeOfCode, elementBytes } from './dtypes.ts';
export { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './float16.ts';
export { constantValues, foldShapes } from './fold-shapes.ts';
export { type InputShapes, inferShapes, type TensorType } from './infer.ts';
export type * from './ir.ts';
export { countMacs, type MacCount } from './macs.ts';
export { normalise } from './normalise.ts';
export { type AttributeSignature, type Signature, signatureOf } from './ops/signature.ts';
export { TARGET_OPSET } from './opset.ts';
export { printModel } from './print.ts';
export { type ReadOptions, readModel, readModelFile } from './read.ts';
export { lookup, recordOf } from './records.ts';
export { bytesOf, initializerOf, numbersOf, sizeInBytes, tensorOf, tensorOfNumbers, viewOf } from './tensor.ts';
export { readNames, sortedNodes, subgraphs } from './topology.ts';
export { type WriteOptions, writeModel, writeModelFile } from './write.ts';
