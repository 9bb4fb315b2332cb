import * as v from 'valibot';
import { spaceByKey, spaceOf } from '../paper/space/registry';
import { ONE_SHOT_KEYS, type SpaceKey } from '../paper/space/space';
import { SCHEDULE_KEYS, type StandAloneConfig } from '../paper/stand-alone';
import { canonicalJson } from './canonical';
import { check } from './check';
import { sha256 as digestOf, SCIENCE_VERSION } from './digest';
import { TraceError, type Path } from './error';
import {
  arch,
  DataIdentitySchema,
  EnvironmentSchema,
  epochNumber,
  fraction,
  instant,
  label,
  LIMITS,
  list,
  nonNegative,
  seed,
  sha256,
  size,
  UnclippedSchema,
} from './schema';
import type { DataIdentity, Environment } from './types';

/* What the stand-alone training of a cell leaves behind. */

export const StandAloneConfigSchema = v.strictObject({
  schedule: v.picklist(SCHEDULE_KEYS),
  /** Of the cell; NAS-Bench-201 where it is left out. */
  space: v.exactOptional(v.picklist(ONE_SHOT_KEYS)),
  scale: label,
  channels: size,
  cells: size,
  resolution: v.picklist([8, 16, 32]),
  images: size,
  epochs: epochNumber,
  batch: size,
  weights: UnclippedSchema,
});

export const StandAloneEpochSchema = v.strictObject({
  /** From 1. */
  epoch: epochNumber,
  /** Mean cross-entropy and accuracy (0..1) over the epoch's steps, training mode. */
  loss: nonNegative,
  accuracy: fraction,
});

export const ResultSchema = v.strictObject({
  arch,
  seed,
  config: StandAloneConfigSchema,
  /** See {@link standAloneDigest}. */
  configDigest: sha256,
  data: DataIdentitySchema,
  environment: EnvironmentSchema,
  /** When it was finished. */
  createdAt: instant,
  /** Wall clock of the training and its test. */
  seconds: nonNegative,
  /** All of them, in order. */
  epochs: list(StandAloneEpochSchema, LIMITS.epochs),
  /** Mean cross-entropy and accuracy (0..1) on the test images, running statistics. */
  testLoss: nonNegative,
  testAccuracy: fraction,
});

export type StandAloneEpoch = Readonly<v.InferOutput<typeof StandAloneEpochSchema>>;
/** One cell trained with one seed. */
export type StandAloneResult = Readonly<Omit<v.InferOutput<typeof ResultSchema>, 'environment'>> & {
  readonly environment: Environment;
};

/**
 * Identity of what a cell and a seed are trained under: SHA-256 (lower-case hex) over the canonical
 * JSON of configuration, data digest and science version. Results with equal digests may be compared
 * and pooled.
 */
export function standAloneDigest(config: StandAloneConfig, data: DataIdentity): Promise<string> {
  return digestOf(
    canonicalJson({ standAlone: config, data: data.digest, science: SCIENCE_VERSION }),
  );
}

/**
 * A result of another session or machine.
 *
 * @param path where the value stands in its document, for error messages
 * @throws TraceError at the first thing wrong
 */
export async function validateResult(value: unknown, path: Path = []): Promise<StandAloneResult> {
  const result = check(ResultSchema, value, path);
  checkArch(result.arch, [...path, 'arch'], spaceOf(result.config).key);
  const { config, data, epochs } = result;
  if (epochs.length !== config.epochs) {
    const reason = `has ${epochs.length} epochs; its schedule has ${config.epochs}`;
    throw new TraceError([...path, 'epochs'], reason);
  }
  const wrong = epochs.findIndex(({ epoch }, at) => epoch !== at + 1);
  if (wrong >= 0) {
    const reason = `must be ${wrong + 1}: the epochs in their order`;
    throw new TraceError([...path, 'epochs', wrong, 'epoch'], reason);
  }
  await checkConfigDigest(result.configDigest, config, data, [...path, 'configDigest']);
  return result;
}

/** @returns the cell's form. @throws TraceError when the string is no cell of the space */
export function checkArch(text: string, path: Path, space: SpaceKey): string {
  try {
    return spaceByKey(space).form(text);
  } catch (error) {
    throw new TraceError(path, error instanceof Error ? error.message : String(error));
  }
}

/** @throws TraceError when the digest is another one */
export async function checkConfigDigest(
  digest: string,
  config: StandAloneConfig,
  data: DataIdentity,
  path: Path,
): Promise<void> {
  if ((await standAloneDigest(config, data)) === digest) return;
  throw new TraceError(path, 'does not match the configuration');
}
