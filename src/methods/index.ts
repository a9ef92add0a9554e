import { knn } from './knn.ts';
import type { CodesMethod } from './method.ts';
import { ridge } from './ridge.ts';
import { softmax } from './softmax.ts';
import { svm } from './svm.ts';

export { asIs } from './as-is.ts';
export { knn } from './knn.ts';
export { leaveOneOut } from './leave-one-out.ts';
export { matchLabels, type NamedClass } from './match-labels.ts';
export type { CodesMethod, CodeTable, CrossFit, FittedHead, Folds, Params, TableMeta } from './method.ts';
export { ridge } from './ridge.ts';
export { softmax } from './softmax.ts';
export { svm } from './svm.ts';

/** Every method on codes, the simplest first. */
export const codesMethods: readonly CodesMethod[] = [knn, ridge, softmax, svm];
