import { intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import { lookup } from '../records.ts';
import { broadcast, type Call, type Fact, input, type Operators } from './op.ts';

/** x [C] or [N, C] → one column for each n-gram: the highest of `ngram_indexes`, and one more. */
function tfIdf(call: Call): readonly Fact[] {
  const { shape } = input(call, 0);
  const columns = Math.max(-1, ...(intsAttribute(call.node, 'ngram_indexes') ?? [])) + 1;
  return [{ dtype: 'float32', shape: shape && [...shape.slice(0, -1), columns] }];
}

/** How many pieces there are is known when it runs; the second output counts them. */
function stringSplit(call: Call): readonly Fact[] {
  const { shape } = input(call, 0);
  return [
    { dtype: 'string', shape: shape && [...shape, null] },
    { dtype: 'int64', shape },
  ];
}

/** Stop words go, so the last dimension is known only without any. */
function stringNormalizer(call: Call): readonly Fact[] {
  const { shape } = input(call, 0);
  const removes =
    lookup(call.node.attributes, 'stopwords') !== undefined && stringAttribute(call.node, 'stopwords') !== '';
  return [{ dtype: 'string', shape: removes ? shape?.with(-1, null) : shape }];
}

function fullMatch(call: Call): readonly Fact[] {
  return [{ dtype: 'bool', shape: input(call, 0).shape }];
}

function multinomial(call: Call): readonly Fact[] {
  const { shape } = input(call, 0);
  const dtype = intAttribute(call.node, 'dtype', 6) === 7 ? 'int64' : 'int32';
  return [{ dtype, shape: [shape?.[0] ?? null, intAttribute(call.node, 'sample_size', 1)] }];
}

/** Text and sampling. */
export const text: Operators = {
  TfIdfVectorizer: { infer: tfIdf },
  StringSplit: { infer: stringSplit },
  StringNormalizer: { infer: stringNormalizer },
  StringConcat: {
    infer: (call) => [{ dtype: 'string', shape: broadcast(input(call, 0).shape, input(call, 1).shape) }],
  },
  RegexFullMatch: { infer: fullMatch },
  Multinomial: { infer: multinomial },
};
