/** A group of official tests that cannot pass as they stand, and why. `name` matches `TEST RELEASE`. */
export interface Exception {
  readonly name: RegExp;
  readonly reason: string;
}

/** Models that `normalise` refuses, each with the right error. */
export const REFUSED: readonly (Exception & { readonly error: RegExp })[] = [
  {
    name: /./,
    error: /operator set [1-6] is too old/,
    reason: 'sets before 7 broadcast otherwise and are not understood',
  },
  { name: /scan_sum 1\.5/, error: /operator set 9 changed its inputs/, reason: 'Scan of set 8 has other inputs' },
  {
    name: /attention|linear_attention|rotary|causal_conv|cumprod|bitcast|swiglu|tensorscatter|flexattention/i,
    error: /operator set 21 has no /,
    reason: 'operators introduced after the target set, without a short equivalent in it',
  },
  { name: /spacetodepth_crd/, error: /attribute 'mode' is newer/, reason: 'a mode introduced after the target set' },
];

/** Tests whose recorded result onnxruntime does not give for the original model either. */
export const RUNTIME_DIFFERS: readonly Exception[] = [
  {
    name: /downsample_scales_(cubic|linear)_align_corners/,
    reason: 'recorded with the unrounded output size; onnxruntime uses the rounded one',
  },
  {
    name: /sizes_nearest_(ceil_half_pixel|floor_align_corners|round_prefer_ceil_asymmetric) 1\.6/,
    reason: 'the 1.6 tests lack the attribute nearest_mode; later ones have it',
  },
  { name: /unique_not_sorted_without_axis 1\.6/, reason: 'recorded sorted by mistake; later releases are right' },
  { name: /cast(like)?_FLOAT_to_STRING/, reason: 'how floats print is left to the implementation' },
  { name: /BFLOAT16/, reason: 'onnxruntime-node has no bfloat16 tensors' },
  { name: /qlinearmatmul_.*_int8_float/, reason: 'onnxruntime saturates int8 products on processors without VNNI' },
  {
    name: /maxunpool_export_with_output_shape/,
    reason: 'onnxruntime places values by the flat index of the larger shape',
  },
  {
    name: /strnormalizer_.*(lower|upper|empty_output|twodim)/,
    reason: 'needs the locale en_US, which minimal systems lack',
  },
  { name: /(gru|lstm|rnn)_batchwise/, reason: "onnxruntime's CPU kernels have no layout 1" },
  { name: /test_mod_float/, reason: 'onnxruntime has no Mod of floats with fmod=0' },
  { name: /reduce_max_empty_set_bool/, reason: 'onnxruntime refuses it' },
  { name: /image_decoder/, reason: 'onnxruntime has no ImageDecoder' },
  {
    name: /bitshift_.*16|(max|min)_u?int16|pow_types_float32_uint|top_k_uint64/,
    reason: 'onnxruntime has no CPU kernel for the type',
  },
  {
    name: /bitshift_(left|right)_int|celu_float16|range_float16/,
    reason: 'types added by set 27 and 28, which neither the target set nor onnxruntime 1.30 has',
  },
];

/** Tests whose result is random. */
export const RANDOM: readonly Exception[] = [
  { name: /bernoulli/, reason: 'random draw' },
  { name: /training_dropout(_default)?(_mask)? /, reason: 'random mask' },
];

/** Operators whose output size depends on the data: the shape rule may leave it open. */
export const DATA_DEPENDENT: ReadonlySet<string> = new Set([
  'Compress',
  'NonZero',
  'StringNormalizer',
  'StringSplit',
  'Unique',
]);

/** The recorded output is uint16 where the model says bfloat16. */
export const MISRECORDED_TYPE = /cast_FLOAT_to_BFLOAT16/;
