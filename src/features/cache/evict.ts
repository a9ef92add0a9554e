import { readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Cache, codesFolder } from './cache.ts';
import { isLive, isSegmentName } from './segment-name.ts';

interface StoredSegment {
  readonly path: string;
  readonly bytes: number;
  readonly used: number;
  readonly live: boolean;
}

/**
 * Removes segments, those used longest ago first, until the cache is within its limit. What is in use stays: the paths
 * given, and segments that a living process is writing. A process that still reads a removed segment keeps its open file.
 *
 * @returns bytes freed
 */
export function enforceLimit(cache: Cache, inUse: ReadonlySet<string>): number {
  const segments = listSegments(codesFolder(cache));
  let total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  let freed = 0;
  for (const { path, bytes, live } of segments.sort((a, b) => a.used - b.used)) {
    if (total <= cache.limit) break;
    if (live || inUse.has(path)) continue;
    try {
      unlinkSync(path);
      total -= bytes;
      freed += bytes;
    } catch {
      // Open elsewhere (Windows) or gone already.
    }
  }
  return freed;
}

function listSegments(folder: string): StoredSegment[] {
  const segments: StoredSegment[] = [];
  for (const group of namesIn(folder)) {
    const names = namesIn(join(folder, group));
    for (const name of names) {
      if (!isSegmentName(name)) continue;
      const path = join(folder, group, name);
      try {
        const { size, mtimeMs } = statSync(path);
        segments.push({ path, bytes: size, used: mtimeMs, live: isLive(name, mtimeMs) });
      } catch {
        // Gone in the meantime.
      }
    }
    if (names.length === 0) removeEmpty(join(folder, group));
  }
  return segments;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another process has put something there.
  }
}
