import { formatBytes, InputError, messageOf } from '../../base/index.ts';

const CACHE_FIXES = {
  full:
    'Free some space, lower --cache-limit, or set GRAFTWORK_CACHE to a folder on another disk. ' +
    'What was computed so far is kept, and the same command goes on from there',
  forbidden: 'Set GRAFTWORK_CACHE to a folder that you may write to',
  other: 'Set GRAFTWORK_CACHE to a folder on a healthy disk',
};

/**
 * What a failed write or read of the cache means for the user.
 *
 * @param action what failed, as it stands before the path: `write codes to`
 * @param bytes how much room the write needed
 * @param fixes what to do, by kind of failure
 */
export function diskError(
  action: string,
  path: string,
  error: unknown,
  bytes?: number,
  fixes = CACHE_FIXES,
): InputError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const what = `Cannot ${action} ${path}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const need = bytes === undefined ? '' : ` (the next piece needs ${formatBytes(bytes)})`;
    return new InputError(`${what}: the disk is full${need}`, { fix: fixes.full, cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new InputError(`${what}: not allowed (${code})`, { fix: fixes.forbidden, cause: error });
  }
  return new InputError(`${what}: ${messageOf(error)}`, { fix: fixes.other, cause: error });
}
