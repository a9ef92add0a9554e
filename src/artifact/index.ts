export { type ArtifactParts, buildArtifact } from './build.ts';
export { type Artifact, type ArtifactFile, type LoadOptions, loadArtifact, readArtifact } from './load.ts';
export { type Outputs, type Prediction, type PredictionOptions, toPredictions } from './predictions.ts';
export { saveArtifact } from './save.ts';
export { type ArtifactMetadata, artifactJsonSchema, METADATA_KEY, SCHEMA_VERSION } from './schema.ts';
