export { type Cache, openCache } from './cache/cache.ts';
export type { CodeSource, TapColumn } from './code-source.ts';
export { type ExtractOptions, extract } from './extract.ts';
export { joinSources } from './join-sources.ts';
export { writeCodes, writeNpy } from './npy.ts';
export type { ExtractionPlan } from './plan.ts';
export { recall } from './recall.ts';
