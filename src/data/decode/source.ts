import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { InputError, messageOf } from '../../base/index.ts';
import type { Source } from '../dataset.ts';
import { type ZipEntry, zipEntries } from '../readers/zip.ts';

/** Largest image file that is read into memory. */
const FILE_SIZE_LIMIT = 512 * 1024 * 1024;

/** Archives kept open: each holds a file descriptor and its directory in memory. */
const OPEN_ARCHIVES = 4;

const LOCAL_HEADER_SIZE = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;

const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

/**
 * The bytes of an image file, or of an entry of an archive, whose CRC is checked. Archives stay open for the next call;
 * `closeSources` closes them.
 *
 * @throws InputError where the file is gone, cannot be read or is larger than FILE_SIZE_LIMIT; the message is a reason.
 */
export async function readSource(source: Source): Promise<Buffer> {
  return source.kind === 'file' ? readImageFile(source.path) : readEntry(source.archive, source.entry);
}

async function readImageFile(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > FILE_SIZE_LIMIT) throw new Error(`${size} bytes, the limit is ${FILE_SIZE_LIMIT}`);
    return await readFile(path);
  } catch (error) {
    throw new InputError(`Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** An opened archive. It closes when it is retired and the last read of it is over. */
interface Archive {
  readonly handle: FileHandle;
  readonly size: number;
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readers: number;
  retired: boolean;
}

/** Opened archives by path, size and time, the least recently used first. */
const archives = new Map<string, Promise<Archive>>();

/** Closes every archive that `readSource` opened; reads under way end first. */
export async function closeSources(): Promise<void> {
  await Promise.all([...archives.keys()].map(retire));
}

async function readEntry(path: string, name: string): Promise<Buffer> {
  const archive = await openArchive(path);
  archive.readers++;
  try {
    const entry = archive.entries.get(name);
    if (entry === undefined) throw new Error('the archive has no such entry any more');
    const bytes = await unpack(archive, entry);
    if (bytes.length !== entry.size) throw new Error(`it unpacks to ${bytes.length} bytes instead of ${entry.size}`);
    if (crc32(bytes) !== entry.crc32) throw new Error('its checksum is wrong');
    return bytes;
  } catch (error) {
    throw new InputError(`Cannot read ${name} in ${path}: ${messageOf(error)}`, { cause: error });
  } finally {
    archive.readers--;
    await closeIfUnused(archive);
  }
}

async function unpack(archive: Archive, entry: ZipEntry): Promise<Buffer> {
  const header = await readExactly(archive, entry.offset, LOCAL_HEADER_SIZE);
  if (header.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE) throw new Error('its local header is damaged');
  const start = entry.offset + LOCAL_HEADER_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = await readExactly(archive, start, entry.packed);
  return entry.method === 0 ? packed : inflate(packed, { maxOutputLength: Math.max(entry.size, 1) });
}

async function readExactly({ handle, size }: Archive, position: number, length: number): Promise<Buffer> {
  if (position + length > size) throw new Error('the archive ends before it');
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw new Error('the archive ends before it');
    done += bytesRead;
  }
  return buffer;
}

async function openArchive(path: string): Promise<Archive> {
  const key = await archiveKey(path);
  let archive = archives.get(key);
  if (archive === undefined) {
    archive = indexArchive(path);
    archive.catch(() => archives.delete(key));
  }
  archives.delete(key);
  archives.set(key, archive);
  if (archives.size > OPEN_ARCHIVES) void retire(archives.keys().next().value!);
  return archive;
}

/** An archive that was written anew is another one. */
async function archiveKey(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${path}\0${size}\0${mtimeMs}`;
  } catch (error) {
    throw new InputError(`Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function indexArchive(path: string): Promise<Archive> {
  const entries = new Map<string, ZipEntry>();
  for await (const item of zipEntries(path)) if ('entry' in item) entries.set(item.entry.name, item.entry);
  const handle = await open(path);
  const { size } = await handle.stat();
  return { handle, size, entries, readers: 0, retired: false };
}

async function retire(key: string): Promise<void> {
  const opening = archives.get(key);
  archives.delete(key);
  // One that failed to open has told its own caller and holds nothing.
  const archive = await opening?.catch(() => undefined);
  if (archive === undefined) return;
  archive.retired = true;
  await closeIfUnused(archive);
}

async function closeIfUnused(archive: Archive): Promise<void> {
  if (archive.retired && archive.readers === 0) await archive.handle.close();
}
