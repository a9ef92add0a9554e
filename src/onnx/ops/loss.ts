import { stringAttribute } from '../attributes.ts';
import { type Call, type Fact, input, type Operators } from './op.ts';

/** logits [N, C, …], labels [N, …] → a number, or one for each label; then the log-probabilities. */
function infer(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const perLabel = stringAttribute(call.node, 'reduction', 'mean') === 'none';
  return [
    { dtype, shape: perLabel ? input(call, 1).shape : [] },
    { dtype, shape },
  ];
}

/** Losses that the standard defines. */
export const losses: Operators = {
  SoftmaxCrossEntropyLoss: { infer },
  NegativeLogLikelihoodLoss: { infer },
};
