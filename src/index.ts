export * from './app/index.ts';
export { type Artifact, loadArtifact, type Outputs, toPredictions } from './artifact/index.ts';
export { AbortedError, BudgetError, GraftError, InputError, type Progress, UsageError } from './base/index.ts';
export { cards } from './zoo/index.ts';
