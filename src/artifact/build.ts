import { float32, GraftError } from '../base/index.ts';
import type { View } from '../data/index.ts';
import type { Novelty } from '../evidence/index.ts';
import type { FittedHead } from '../methods/index.ts';
import { type Dim, GraphBuilder, inferShapes, type Model } from '../onnx/index.ts';
import {
  attachPreprocessing,
  foldBatchNorm,
  narrowFloat16Weights,
  poolCodes,
  subgraphHasher,
  type Tap,
} from '../rewrite/index.ts';
import type { Backbone } from '../zoo/index.ts';
import { parseMetadata } from './metadata.ts';
import { addNoNovelty, addNovelty } from './novelty-graph.ts';
import { type ArtifactMetadata, METADATA_KEY, SCHEMA_VERSION } from './schema.ts';

/** What an artefact is made of. */
export interface ArtifactParts {
  readonly backbone: Backbone;
  /** Where the codes are taken, in the order the head was fitted on. */
  readonly taps: readonly Tap[];
  readonly head: FittedHead;
  /** Id of the method that fitted the head. */
  readonly method: string;
  readonly labels: readonly string[];
  /** Logits are divided by it before the softmax. */
  readonly temperature: number;
  readonly view: View;
  /** Null where unknown images cannot be told. */
  readonly unknown: {
    readonly novelty: Novelty;
    readonly threshold: number;
    /** Share of known images above the threshold, out of fold. */
    readonly refused?: number;
  } | null;
  readonly training: ArtifactMetadata['training'];
  readonly seed: number;
  readonly versions: Readonly<Record<string, string>>;
  /** Metric → estimate on images that the model was not trained on. */
  readonly scores: Readonly<Record<string, { readonly mean: number; readonly low: number; readonly high: number }>>;
  /** Whatever `graft update` needs beside the training data, as JSON. */
  readonly update?: unknown;
  /**
   * `keep` (where left out) leaves batch normalisation as it is, so that weights which came as float16 are stored as float16, without loss: half
   * the file. `fold` folds it into the layers, whose weights then need float32: for runtimes that do not do that themselves.
   */
  readonly batchNorm?: 'keep' | 'fold';
}

/**
 * Makes the one file a user takes away: backbone up to the deepest tap, preprocessing, head, calibration and novelty as one graph of ai.onnx ops.
 *
 *     image uint8 [N, H, W, 3] ─ preprocessing ─ backbone ─ codes [N, D] ─┬─ head ─ ÷ temperature ─ softmax ─ probabilities [N, C]
 *                                                                         └─ novelty [N]
 *
 * @example
 * await saveArtifact(buildArtifact(parts), 'model.onnx');
 *
 * @throws {GraftError} when the parts do not fit each other.
 */
export function buildArtifact(parts: ArtifactParts): Model {
  const { backbone, taps, head, labels, temperature, unknown } = parts;
  const trunk = attachPreprocessing(poolCodes(backbone.model, taps), backbone.card.preprocessing);
  const folded = parts.batchNorm === 'fold' ? foldBatchNorm(trunk) : trunk;
  const width = taps.reduce((total, tap) => total + tap.channels, 0);
  if (unknown !== null && unknown.novelty.cols !== width) {
    throw new GraftError(
      `Cannot build the model: novelty was fitted on ${unknown.novelty.cols} channels, the codes have ${width}`,
    );
  }
  const builder = GraphBuilder.from(folded);
  const batch: Dim = folded.graph.inputs[0]?.shape?.[0] ?? 'N';
  const codes = 'codes';
  const logits = head.toGraph(builder, codes);
  const divisor = builder.constant(float32([1], [temperature]), 'temperature');
  const calibrated = builder.node('Div', [logits, divisor], {}, { name: 'calibrated' });
  builder.node('Softmax', [calibrated], { axis: 1 }, { name: 'probabilities', outputs: ['probabilities'] });
  if (unknown === null) addNoNovelty(builder, codes, 'novelty');
  else addNovelty(builder, codes, unknown.novelty, 'novelty');
  builder.clearOutputs();
  builder.output('probabilities', 'float32', [batch, labels.length]);
  builder.output(codes, 'float32', [batch, width]);
  builder.output('novelty', 'float32', [batch]);
  builder.metadata(METADATA_KEY, JSON.stringify(metadataOf(parts)));
  const built = builder.build();
  const classes = inferShapes(built).get('probabilities')?.shape?.[1];
  if (classes !== labels.length) {
    throw new GraftError(`Cannot build the model: the head has ${classes} outputs for ${labels.length} labels`);
  }
  return {
    ...narrowFloat16Weights(built),
    producerName: 'graftwork',
    producerVersion: parts.versions.graftwork ?? '',
  };
}

function metadataOf(parts: ArtifactParts): ArtifactMetadata {
  const { backbone, taps, unknown, view } = parts;
  const { id, licence, provenance } = backbone.card;
  const hash = subgraphHasher(backbone.model);
  return parseMetadata({
    schema: SCHEMA_VERSION,
    task: 'classification',
    labels: parts.labels,
    temperature: parts.temperature,
    view,
    unknown: unknown && {
      score: '1 − largest cosine to a prototype of a class',
      threshold: unknown.threshold,
      refused: unknown.refused,
    },
    backbone: { id, sha256: backbone.sha256, licence, provenance },
    taps: taps.map((tap) => ({ id: tap.id, tensor: tap.tensor, channels: tap.channels, hash: hash(tap.tensor) })),
    method: { id: parts.method, params: parts.head.params },
    training: parts.training,
    seed: parts.seed,
    versions: parts.versions,
    scores: parts.scores,
    update: parts.update,
  });
}
