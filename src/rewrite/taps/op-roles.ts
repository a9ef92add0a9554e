import type { Node } from '../../onnx/index.ts';

const LAYERS: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'DeformConv',
  'Gemm',
  'MatMul',
  'Einsum',
  'LSTM',
  'GRU',
  'RNN',
  'Attention',
  'ConvInteger',
  'QLinearConv',
  'MatMulInteger',
  'QLinearMatMul',
]);

const NON_LINEARITIES: ReadonlySet<string> = new Set([
  'Relu',
  'Clip',
  'LeakyRelu',
  'PRelu',
  'Elu',
  'Selu',
  'Celu',
  'ThresholdedRelu',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'Swish',
  'Mish',
  'Gelu',
  'Tanh',
  'Softplus',
  'Softsign',
  'Erf',
  'Softmax',
  'LogSoftmax',
  'Hardmax',
  'Shrink',
  'Abs',
  'Exp',
  'Sqrt',
  'Log',
  'Pow',
  'Sign',
  'Max',
  'Min',
  'LSTM',
  'GRU',
  'RNN',
]);

const SPATIAL: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'DeformConv',
  'ConvInteger',
  'QLinearConv',
  'MaxPool',
  'AveragePool',
  'LpPool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'GlobalLpPool',
  'BatchNormalization',
  'InstanceNormalization',
  'LRN',
  'Resize',
  'Upsample',
  'DepthToSpace',
  'SpaceToDepth',
]);

const SAME_VALUES: ReadonlySet<string> = new Set(['Identity', 'Dropout']);
const VIEWS: ReadonlySet<string> = new Set([...SAME_VALUES, 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Cast']);
const CLASS_SCORES: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Sigmoid', 'Hardmax']);

const standard = (ops: ReadonlySet<string>) => (node: Node) => node.domain === '' && ops.has(node.op);

/** A layer with weights or a product of tensors; an op of a foreign domain is taken for one, since it may be anything. */
export const isLayer = (node: Node): boolean => node.domain !== '' || LAYERS.has(node.op);
/** An activation function, or a part of one that was exported in pieces. */
export const isNonLinearity = standard(NON_LINEARITIES);
/** An op that takes [N, C, spatial …]. */
export const isSpatial = standard(SPATIAL);
/** Hands its input on as it is. */
export const isSameValues = standard(SAME_VALUES);
/** Keeps the elements and their order; may change shape or type. */
export const isView = standard(VIEWS);
/** May turn a map into tokens. */
export const isRearranging = standard(new Set(['Transpose', 'Reshape']));
/** Turns logits into probabilities. */
export const isClassScore = standard(CLASS_SCORES);
