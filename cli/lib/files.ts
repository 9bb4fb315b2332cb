import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

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
