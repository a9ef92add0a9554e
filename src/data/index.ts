export { type ClassBalance, classBalance } from './audit/balance.ts';
export { exactDuplicates } from './audit/exact.ts';
export { duplicatesAcrossClasses, type LabelConflict, type Leak, leaks } from './audit/groups.ts';
export { type NearDuplicates, nearDuplicates } from './audit/near.ts';
export { type OddOne, type OddOnes, oddOnesOut } from './audit/odd.ts';
export { type Suspect, suspects } from './audit/suspects.ts';
export * from './dataset.ts';
export {
  DECODER_VERSION,
  type DecodedImage,
  type DecodeOptions,
  decodeImage,
  PIXEL_LIMIT,
  prepareDecoder,
  type Unreadable,
} from './decode/decode.ts';
export { closeSources, readSource } from './decode/source.ts';
export { type Summary, THUMBNAIL_SIDE } from './decode/summary.ts';
export { compareNatural } from './natural.ts';
export { readDataset } from './read.ts';
export { readFolder } from './readers/folder.ts';
export { readList } from './readers/list.ts';
export type { ReadOptions } from './readers/options.ts';
export { readZip } from './readers/zip.ts';
export { type FoldPlan, type Holdout, makeFolds, makeHoldout, type SplitWarning, uniteGroups } from './split.ts';
