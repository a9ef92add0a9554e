import { asIs, codesMethods } from '../../src/methods/index.ts';
import { methodContract } from './method.ts';

for (const method of codesMethods) methodContract(method.id, () => method);
methodContract('as-is', (classes, cols) => asIs(Array.from({ length: classes }, (_, c) => [c % cols])), false);
