import { z } from 'zod';
import { InputError } from '../base/index.ts';
import { type ArtifactMetadata, artifactSchema, METADATA_KEY, SCHEMA_VERSION } from './schema.ts';

/** Labels, scores and what an update needs take kilobytes, hashes of a million training images 90 MB. */
const MAX_METADATA_CHARACTERS = 256 * 1024 * 1024;

const NOT_OURS = { fix: 'Give a model that graft fit has written' };

/**
 * Reads the metadata of a model.
 *
 * @param title what to call the file in errors
 * @throws {InputError} when the model was not made by graftwork, or by a version with another schema, or the metadata is damaged.
 */
export function readMetadata(entries: Readonly<Record<string, string>>, title: string): ArtifactMetadata {
  const text = Object.hasOwn(entries, METADATA_KEY) ? entries[METADATA_KEY] : undefined;
  if (text === undefined) {
    throw new InputError(
      `Cannot use ${title}: it is an ONNX model, but not one made by graftwork (no '${METADATA_KEY}' metadata)`,
      NOT_OURS,
    );
  }
  if (text.length > MAX_METADATA_CHARACTERS) {
    throw new InputError(
      `Cannot use ${title}: its metadata has ${text.length} characters, more than ${MAX_METADATA_CHARACTERS}`,
      NOT_OURS,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`Cannot use ${title}: its '${METADATA_KEY}' metadata is not JSON`, { ...NOT_OURS, cause });
  }
  const version = z.looseObject({ schema: z.int() }).safeParse(value);
  if (version.success && version.data.schema !== SCHEMA_VERSION) {
    throw new InputError(
      `Cannot use ${title}: its metadata has schema ${version.data.schema}, this graftwork reads ${SCHEMA_VERSION}`,
      {
        fix: 'Use the version of graftwork that made it, or a newer one',
      },
    );
  }
  return parseMetadata(value, title);
}

/** Checks metadata against the schema. Keys it does not know stay. */
export function parseMetadata(value: unknown, title = 'the model'): ArtifactMetadata {
  const result = artifactSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the whole' : issue.path.join('.');
  throw new InputError(
    `Cannot use ${title}: its '${METADATA_KEY}' metadata is damaged at ${where}: ${issue?.message ?? ''}`,
    NOT_OURS,
  );
}
