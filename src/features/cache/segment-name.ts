import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** A new segment's name: who writes it stands in it, so that others can tell a live file from a leftover. */
export function newSegmentName(): string {
  return `${Date.now().toString(36)}-${host}-${process.pid}-${randomBytes(4).toString('hex')}.part`;
}

/** Whether a file of this name may belong to the cache's segments. */
export function isSegmentName(name: string): boolean {
  return /^[0-9a-z]+-[0-9a-f]{8}-\d+-[0-9a-f]{8}\.(part|seg)$/.test(name);
}

/** Whether a process may still be writing this segment. Another machine's unfinished file counts for a day. */
export function isLive(name: string, mtimeMs: number): boolean {
  if (!name.endsWith('.part')) return false;
  const [, writer, pid] = name.split('-');
  if (writer !== host) return Date.now() - mtimeMs < 86_400_000;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
