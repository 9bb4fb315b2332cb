import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { constants, gzipSync } from 'node:zlib';

/** Writes a file so that whoever reads it, even after a crash, sees all of it or what was there before. */
export async function writeWhole(
  file: string,
  parts: readonly (string | Uint8Array)[],
): Promise<void> {
  const part = `${file}.part`;
  const handle = await open(part, 'w');
  try {
    for (const bytes of parts) await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
}

/**
 * Makes a folder and writes to it for a try: permissions alone do not tell whether that will work.
 *
 * @throws Error with the system's reason
 */
export async function requireWritable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const trial = path.join(folder, `.writable-${process.pid}`);
  await writeFile(trial, '');
  await rm(trial);
}

/** Whether a file operation failed because there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Names of all files below a folder, relative to it, sorted. @throws Error with the system's reason */
export async function namesBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

/** Whether a file is named as traces are. */
export function isTraceName(name: string): boolean {
  return /\.json(\.gz)?$/.test(name);
}

/** The same bytes on every system for the same content and version of zlib. */
export function pack(content: string | Uint8Array): Uint8Array {
  const bytes = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
  // The header's tenth byte names the operating system; 255 is none in particular.
  bytes[9] = 255;
  return bytes;
}
