export * from './errors.ts';
export * from './format.ts';
export * from './matrix.ts';
export * from './progress.ts';
export * from './random.ts';
export { replaceFile } from './replace-file.ts';
export * from './tensor.ts';
export { version } from './version.ts';
export * from './worker-url.ts';
