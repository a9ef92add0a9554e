import { InputError, messageOf, replaceFile } from '../base/index.ts';
import { type Model, writeModel } from '../onnx/index.ts';

/**
 * Writes a model. A reader sees the old file or the whole new one, never a part; a kill in between leaves the old one.
 *
 * @throws {InputError} when the path cannot be written.
 */
export async function saveArtifact(model: Model, path: string): Promise<void> {
  const bytes = writeModel(model);
  try {
    await replaceFile(path, bytes);
  } catch (cause) {
    throw new InputError(`Cannot write ${path}: ${messageOf(cause)}`, {
      fix: 'Pass --out with a path that can be written',
      cause,
    });
  }
}
