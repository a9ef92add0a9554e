import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { InputError, messageOf } from '../base/index.ts';

/** A stretch of a file beside the model. `file` is absolute once the model's directory is known. */
export interface ExternalData {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Where an external tensor lies. The location comes from the model, which may be hostile: it has to be a relative path
 * that stays, with every link followed, within the model's directory.
 */
export function locateExternal(location: string, directory: string | undefined, tensor: string): string {
  const parts = location.split(/[\\/]/);
  if (location === '' || location.includes('\0') || /^[\\/]|^[a-z]:/i.test(location) || parts.includes('..')) {
    throw new InputError(
      `Cannot read tensor '${tensor}': its external data '${printable(location)}' lies outside the model's folder`,
      {
        fix: "Keep external data beside the model, under a relative path without '..'",
      },
    );
  }
  if (directory === undefined) return location;
  let root: string;
  let file: string;
  try {
    root = realpathSync(directory);
    file = realpathSync(path.join(root, location));
  } catch (cause) {
    throw new InputError(`Cannot read tensor '${tensor}': its external data '${printable(location)}' is not there`, {
      fix: 'Put the data file beside the model',
      cause,
    });
  }
  const relative = path.relative(root, file);
  if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative)) {
    throw new InputError(
      `Cannot read tensor '${tensor}': its external data '${printable(location)}' links to a place outside the model's folder`,
      {
        fix: 'Replace the link by the file itself',
      },
    );
  }
  return file;
}

/** Fails unless the file has the stretch; opens it without following a link put there since. */
export function checkExternal(data: ExternalData, tensor: string): void {
  const file = openRegular(data.file, tensor);
  try {
    const { size } = fstatSync(file);
    if (data.offset + data.length > size) {
      throw new InputError(
        `Cannot read tensor '${tensor}': it asks for bytes ${data.offset} to ${data.offset + data.length} of '${path.basename(data.file)}', which has ${size}`,
        { fix: 'Fetch the data file again: it is incomplete or belongs to another model' },
      );
    }
  } finally {
    closeSync(file);
  }
}

/** Reads the stretch into memory of its own. Errors: the model's directory was never given; the file changed or went away. */
export function readExternal(data: ExternalData): Uint8Array {
  if (!path.isAbsolute(data.file)) {
    throw new InputError(`Cannot read external data '${printable(data.file)}': the model's folder is not known`, {
      fix: 'Read the model with readModelFile, or give readModel its directory',
    });
  }
  const file = openRegular(data.file, path.basename(data.file));
  try {
    if (data.offset + data.length > fstatSync(file).size) {
      throw new InputError(`Cannot read external data '${data.file}': the file has become shorter`);
    }
    const bytes = new Uint8Array(data.length);
    let done = 0;
    while (done < data.length) {
      // One read call moves at most 2 GiB.
      const count = readSync(file, bytes, done, Math.min(data.length - done, 2 ** 30), data.offset + done);
      if (count === 0) throw new InputError(`Cannot read external data '${data.file}': the file has become shorter`);
      done += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function openRegular(file: string, tensor: string): number {
  try {
    const descriptor = openSync(file, 'r');
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch (cause) {
    throw new InputError(`Cannot read tensor '${tensor}': ${messageOf(cause)}`, { cause });
  }
  throw new InputError(`Cannot read tensor '${tensor}': its external data is not a regular file`);
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 200)).slice(1, -1);
}
