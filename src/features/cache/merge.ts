import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HEADER_BYTES } from './chunk.ts';
import { readFully, scanSegment } from './segment.ts';
import { isLive, isSegmentName, newSegmentName } from './segment-name.ts';

/** A folder with more finished segments than this is tidied: each is a file to open in every run. */
const MOST_SEGMENTS = 32;
/** Larger ones stay as they are: copying them would cost more than it saves. */
const LARGEST_BYTES = 256 * 1024 * 1024;

/**
 * Copies the chunks of many small segments into one and removes them. Safe beside other processes: whoever has one of
 * them open keeps it, and whoever comes too late finds the same rows in the new one. Where anything fails, all stays.
 *
 * @returns how many segments became one
 */
export function mergeSegments(directory: string, channels: readonly number[]): number {
  const small: { path: string; mtime: Date }[] = [];
  for (const name of readdirSync(directory)) {
    if (!isSegmentName(name)) continue;
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && stat.size <= LARGEST_BYTES && !isLive(name, stat.mtimeMs))
      small.push({ path, mtime: stat.mtime });
  }
  if (small.length <= MOST_SEGMENTS) return 0;
  const part = join(directory, newSegmentName());
  try {
    copyChunks(
      small.map(({ path }) => path),
      part,
      channels,
    );
    const latest = small.reduce((time, { mtime }) => (mtime > time ? mtime : time), new Date(0));
    utimesSync(part, latest, latest);
    renameSync(part, part.replace(/\.part$/, '.seg'));
  } catch {
    rmSync(part, { force: true });
    return 0;
  }
  for (const { path } of small) rmSync(path, { force: true });
  return small.length;
}

function copyChunks(from: readonly string[], to: string, channels: readonly number[]): void {
  const target = openSync(to, 'wx');
  try {
    for (const path of from) {
      const source = openSync(path, 'r');
      try {
        scanSegment(source, channels, ({ start, indexBytes, codesBytes }) => {
          const bytes = Buffer.allocUnsafe(HEADER_BYTES + indexBytes + codesBytes);
          if (!readFully(source, bytes, start)) throw new Error(`${path} has become shorter`);
          for (let done = 0; done < bytes.length; ) done += writeSync(target, bytes, done);
        });
      } finally {
        closeSync(source);
      }
    }
  } finally {
    closeSync(target);
  }
}
