import { type Entry, getFileNameLowLevel, openPromise, validateFileName, type ZipFile } from 'yauzl';
import { InputError, messageOf } from '../../base/index.ts';
import type { Dataset, Skipped } from '../dataset.ts';
import { emptyFolders } from './folder.ts';
import { type Found, placeByFolders } from './layout.ts';
import { isJunk, reasonByName } from './names.ts';
import { groupPattern, type ReadOptions, throwIfAborted, toDataset } from './options.ts';

/** Most entries of an archive: ten times our largest supported data set as one zip; each costs about 200 bytes of memory. */
const ENTRY_LIMIT = 10_000_000;

/** Largest single file in an archive: an uncompressed 16-bit RGB image of 85 megapixels. */
const ENTRY_SIZE_LIMIT = 512 * 1024 * 1024;

/** Largest ratio of unpacked to packed bytes. Images are compressed already (about 1); DEFLATE can reach 1032, as bombs do. */
const ENTRY_RATIO_LIMIT = 200;

/** Small entries may have any ratio: a flat icon shrinks a lot and does no harm. */
const RATIO_MATTERS_FROM = 1024 * 1024;

/** Where an entry's bytes are in its archive. */
export interface ZipEntry {
  readonly name: string;
  /** Offset of the local header. */
  readonly offset: number;
  readonly packed: number;
  readonly size: number;
  /** 0 stored, 8 DEFLATE. */
  readonly method: number;
  readonly crc32: number;
}

/**
 * Lists the images of a zip archive by the same folder conventions as a folder; one folder around all of them does not
 * count. Nothing is extracted to disk and no entry is opened: `readSource` reads each one where it lies when it is wanted.
 * Entries that are encrypted, too large, too tightly packed or named outside of the archive are listed with the reason.
 *
 * @throws InputError where the archive itself is damaged or hostile as a whole.
 */
export async function readZip(archive: string, options: ReadOptions = {}): Promise<Dataset> {
  const pattern = groupPattern(options.group, 'an archive');
  const found: Found[] = [];
  const folders = new Set<string>();
  const skipped: Skipped[] = [];
  for await (const item of zipEntries(archive)) {
    if (found.length % 1024 === 0) throwIfAborted(options.signal);
    const name = 'entry' in item ? item.entry.name : item.name;
    if (name.split('/').some((part) => isJunk(part))) continue;
    if ('folder' in item) {
      folders.add(name.replace(/\/$/, ''));
      continue;
    }
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1))
      folders.add(name.slice(0, end));
    const reason = reasonByName(name.slice(name.lastIndexOf('/') + 1)) ?? ('entry' in item ? undefined : item.reason);
    if (reason !== undefined || !('entry' in item)) {
      skipped.push({ file: name, reason: reason ?? 'cannot be read' });
      continue;
    }
    const { size, crc32 } = item.entry;
    found.push({ file: name, source: { kind: 'zip', archive, entry: name, size, crc32 } });
    if (found.length % 1024 === 0) options.report?.({ step: 'Listing files', done: found.length, unit: 'files' });
  }
  const { placed, skipped: misplaced } = placeByFolders(unwrap(found), options.unplaced);
  return toDataset(archive, placed, [...skipped, ...emptyFolders([...folders], found), ...misplaced], pattern);
}

/** Archives often hold one folder around everything: it is not a class where it holds only further folders. */
function unwrap(found: readonly Found[]): readonly Found[] {
  const first = found[0]?.file.split('/', 1)[0];
  if (first === undefined || !found.every(({ file }) => file.startsWith(`${first}/`) && file.split('/').length > 2))
    return found;
  return found.map(({ file, source }) => ({ file: file.slice(first.length + 1), source }));
}

/** What an archive's directory says of one name. */
type ZipItem =
  | { readonly entry: ZipEntry }
  | { readonly name: string; readonly folder: true }
  | { readonly name: string; readonly reason: string };

/** Walks the central directory, with every limit checked; later entries of the same name are reported, not returned. */
export async function* zipEntries(archive: string): AsyncGenerator<ZipItem> {
  const zip = await openArchive(archive);
  const seen = new Set<string>();
  let packed = 0;
  try {
    if (zip.entryCount > ENTRY_LIMIT) {
      throw new InputError(`Cannot read ${archive}: it has ${zip.entryCount} entries, the limit is ${ENTRY_LIMIT}`);
    }
    for await (const entry of zip.eachEntry()) {
      packed += entry.compressedSize;
      // Entries that share bytes are how a small archive unpacks to petabytes (Fifield 2019); no zip tool writes them.
      if (packed > zip.fileSize) {
        throw new InputError(`Cannot read ${archive}: its entries overlap, which only hostile archives do`);
      }
      yield judge(entry, seen);
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`Cannot read ${archive}: ${messageOf(error)}`, {
      cause: error,
      fix: 'Make the archive again',
    });
  } finally {
    zip.close();
  }
}

async function openArchive(archive: string): Promise<ZipFile> {
  try {
    // Names stay bytes here, since one bad name would otherwise end the whole listing.
    return await openPromise(archive, { lazyEntries: true, autoClose: false, decodeStrings: false });
  } catch (error) {
    throw new InputError(`Cannot read ${archive}: ${messageOf(error)}`, {
      cause: error,
      fix: 'Check that it is a whole zip archive',
    });
  }
}

function judge(entry: Entry, seen: Set<string>): ZipItem {
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  const badName = validateFileName(name);
  if (badName !== null) return { name, reason: `its name leads outside of the archive (${badName})` };
  if (name.endsWith('/')) return { name, folder: true };
  if (seen.has(name)) return { name, reason: 'the archive has it twice: only the first is used' };
  seen.add(name);
  if (entry.isEncrypted()) return { name, reason: 'encrypted: make the archive again without a password' };
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    return { name, reason: `packed by method ${entry.compressionMethod}, which is not supported: use DEFLATE` };
  }
  const { compressedSize, uncompressedSize } = entry;
  if (uncompressedSize > ENTRY_SIZE_LIMIT) {
    return { name, reason: `too large: ${uncompressedSize} bytes unpacked, the limit is ${ENTRY_SIZE_LIMIT}` };
  }
  if (uncompressedSize > RATIO_MATTERS_FROM && uncompressedSize > compressedSize * ENTRY_RATIO_LIMIT) {
    return { name, reason: `unpacks to more than ${ENTRY_RATIO_LIMIT} times its size, as zip bombs do` };
  }
  return {
    entry: {
      name,
      offset: entry.relativeOffsetOfLocalHeader,
      packed: compressedSize,
      size: uncompressedSize,
      method: entry.compressionMethod,
      crc32: entry.crc32,
    },
  };
}
