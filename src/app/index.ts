export { type LoadedModel, loadModel } from './load-model.ts';
export type { Follow } from './offload.ts';
export type * from './options.ts';
export type * from './results.ts';
export { embed, evaluate, fit, inspect, predict, update } from './use-cases.ts';
