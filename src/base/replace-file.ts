import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file so that a reader sees the old one or the whole new one, never a part, and a kill in between leaves the old one.
 *
 * @throws the system's error (ENOSPC, EACCES …); nothing is left behind then
 * @example
 * await replaceFile('model.onnx', bytes);
 */
export async function replaceFile(path: string, data: Uint8Array | string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, data, { flush: true });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
