import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { TraceError } from '../../src/trace/error';
import { check } from '../../src/trace/check';
import { UsageError } from './flags';

const text = v.string();
const number = v.pipe(v.number(), v.finite());

/** What a settings file may hold: the flags of the same names. */
const SettingsFileSchema = v.strictObject({
  exp: v.exactOptional(v.union([number, text])),
  arm: v.exactOptional(v.array(text)),
  scale: v.exactOptional(text),
  seeds: v.exactOptional(v.union([text, v.array(number)])),
  epochs: v.exactOptional(number),
  swap: v.exactOptional(v.boolean()),
  hessian: v.exactOptional(v.boolean()),
  stages: v.exactOptional(v.boolean()),
  warmup: v.exactOptional(number),
  l2: v.exactOptional(number),
  ops: v.exactOptional(v.array(text)),
  stop: v.exactOptional(text),
  method: v.exactOptional(text),
  eta: v.exactOptional(number),
  options: v.exactOptional(v.array(text)),
  backend: v.exactOptional(text),
  half: v.exactOptional(v.boolean()),
  workers: v.exactOptional(number),
  out: v.exactOptional(text),
});

export type SettingsFile = v.InferOutput<typeof SettingsFileSchema>;

/** @throws UsageError with the path of what is wrong in the file */
export async function readSettingsFile(file: string): Promise<SettingsFile> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--config: ${file} cannot be read: ${reasonOf(error)}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new UsageError(`--config: ${file} is not JSON: ${reasonOf(error)}`);
  }
  // To the schema a list is an object without keys.
  if (Array.isArray(value)) throw new UsageError(`--config: ${file}: $ must be an object.`);
  try {
    return check(SettingsFileSchema, value, []);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new UsageError(`--config: ${file}: ${error.message}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
