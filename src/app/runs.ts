import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../base/index.ts';
import type { Cache } from '../features/index.ts';
import { type Images, sha256At } from './images.ts';

/** One image that a model was made from: what its file holds, and what it was called. */
export interface TrainedOn {
  readonly sha256: string;
  readonly label: string;
  readonly file: string;
  readonly group?: string;
}

const schema = z.array(
  z.object({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    label: z.string(),
    file: z.string(),
    group: z.string().optional(),
  }),
);

/** SHA-256 of the images and their labels, whatever their order and names. */
export function trainingHash(images: readonly TrainedOn[]): string {
  const lines = images.map(({ sha256, label }) => `${sha256} ${label}\n`).sort();
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line);
  return hash.digest('hex');
}

/** The images of some rows, for the record. */
export function trainedOn(images: Images, rows: Int32Array): readonly TrainedOn[] {
  return Array.from(rows, (row) => {
    const { file, group } = images.examples[row]!;
    return {
      sha256: sha256At(images, row),
      label: images.classes[images.labels[row]!]!,
      file,
      ...(group !== undefined && { group }),
    };
  });
}

/** Keeps the list beside the codes, so that `graft update` can go on from it without the images. */
export async function saveRun(cache: Cache, images: readonly TrainedOn[]): Promise<void> {
  const path = runPath(cache, trainingHash(images));
  await mkdir(join(path, '..'), { recursive: true });
  await replaceFile(path, JSON.stringify(images));
}

/** The list behind a model; undefined where it is no longer there, or not what it should be. */
export async function loadRun(cache: Cache, hash: string): Promise<readonly TrainedOn[] | undefined> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(runPath(cache, hash), 'utf8')));
    if (!parsed.success) return undefined;
    const images = parsed.data.map(({ group, ...rest }) => ({ ...rest, ...(group !== undefined && { group }) }));
    return trainingHash(images) === hash ? images : undefined;
  } catch {
    return undefined;
  }
}

function runPath(cache: Cache, hash: string): string {
  return join(cache.directory, 'runs', `${hash}.json`);
}
