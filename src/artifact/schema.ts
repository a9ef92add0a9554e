import { z } from 'zod';

/** The version of the metadata this code writes. Readers take any file of their own version, with keys they do not know. */
export const SCHEMA_VERSION = 1;

/** The one metadata key of an artefact. */
export const METADATA_KEY = 'graftwork';

const json: z.ZodType<unknown> = z.json();
const params = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const finite = z.number();

const score = z.looseObject({
  mean: finite,
  low: finite.optional().describe('Lower end of the interval'),
  high: finite.optional().describe('Upper end of the interval'),
});

const view = z.looseObject({
  id: z.enum(['squash', 'center-crop', 'pad']).describe('How an image is brought to the size of the input'),
  width: z.int().positive().max(16384),
  height: z.int().positive().max(16384),
  kernel: z.enum(['cubic', 'linear', 'lanczos3']).describe('Interpolation of the resize'),
});

const licence = z.looseObject({ spdx: z.string(), notice: z.string() });

const backbone = z.looseObject({
  id: z.string().min(1),
  sha256: sha256.describe('Of the ONNX file the backbone was taken from'),
  licence: licence.describe('Licence of the backbone; its notice has to travel with the file'),
  provenance: z.string().optional(),
});

const tap = z.looseObject({
  id: z.string().min(1).describe('stageS.blockB/op'),
  tensor: z.string().min(1).describe('Name of the tensor in the backbone'),
  channels: z.int().positive(),
  hash: sha256.describe('Of the prefix subgraph, part of the key of the feature cache'),
});

const unknown = z.looseObject({
  score: z.string().min(1).describe("What the output 'novelty' holds; larger is stranger"),
  threshold: finite.describe("An image whose 'novelty' is above this is unknown"),
  refused: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Share of known images that the threshold refuses, as measured out of fold'),
});

const training = z.looseObject({
  examples: z.int().nonnegative(),
  perClass: z.array(z.int().nonnegative()).describe('Examples of each class, in the order of labels'),
  hash: sha256.describe('Of the training images and their labels'),
});

/** The JSON under the metadata key `graftwork`. Unknown keys are kept and ignored: they come from later versions. */
export const artifactSchema = z
  .looseObject({
    schema: z.literal(SCHEMA_VERSION),
    task: z.literal('classification'),
    labels: z.array(z.string()).min(1).max(100_000).describe("In the order of the columns of 'probabilities'"),
    temperature: z.number().positive().describe('Already applied inside the graph'),
    view: view.describe("The resize policy: done outside, before the input 'image'"),
    unknown: unknown.nullable().describe('Null where the model cannot tell unknown images'),
    backbone,
    taps: z.array(tap).min(1).describe("Where the codes were taken, in the order they stand in 'codes'"),
    method: z.looseObject({ id: z.string().min(1), params }),
    training,
    seed: z.int(),
    versions: z.record(z.string(), z.string()).describe('Of graftwork and what it ran on'),
    scores: z.record(z.string(), score).describe('Metric → estimate on images the model was not trained on'),
    update: json.optional().describe('What `graft update` needs beside the training data'),
  })
  .describe('Metadata of a model made by graftwork');

export type ArtifactMetadata = z.infer<typeof artifactSchema>;

/** The published JSON Schema (draft 2020-12) of the metadata. */
export function artifactJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: 'graftwork artefact metadata', ...z.toJSONSchema(artifactSchema, { target: 'draft-2020-12' }) };
}
