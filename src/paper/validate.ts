import {
  METHOD_NAMES,
  METHOD_OPTIONS,
  type EarlyStop,
  type MethodName,
  type MethodOption,
  type Settings,
} from './config';
import { optionsOf } from './method/recipe';
import { METHOD_FACTS } from './method/registry';
import { isProgressive, stageProblems } from './method/stages';
import { ONE_SHOT_OPERATIONS, OPERATIONS, isOperation, type Operation } from './operation';
import { DEFAULT_SETTINGS } from './regime';
import { scaleByName } from './scale';
import {
  CELL_SPACE_KEYS,
  isOneShot,
  ONE_SHOT_KEYS,
  type OneShotKey,
  type SpaceKey,
} from './space/space';
import { parseEarlyStop } from './stop/early-stop';

/** One thing wrong with the input. The message is a sentence that begins with the field's name. */
export interface Problem {
  /** The name the field bears on the page: `Epochs`, `Alpha L2`. */
  readonly field: string;
  readonly message: string;
}

/** Values as they come from a form, a link or a file: typed, or their text. */
export type SettingsInput = { readonly [Key in keyof Settings]?: unknown };

const EPOCHS_LIMIT = 2000;

/** The field's name and how a value or its text becomes a setting; throws a plain sentence. */
interface Field<T> {
  readonly name: string;
  readonly read: (value: unknown) => T;
}

type Always = Omit<Required<Settings>, 'eta' | 'options' | 'stop' | 'hessian' | 'stages'>;

const FIELDS: { readonly [Key in keyof Always]: Field<Settings[Key]> } = {
  method: { name: 'Method', read: readMethod },
  space: { name: 'Search space', read: readSpace },
  ops: { name: 'Operations', read: readOperations },
  swap: { name: 'Swap learning rates', read: readSwitch },
  warmup: { name: 'Warm-up epochs', read: (value) => readWhole(value, 0, EPOCHS_LIMIT) },
  epochs: { name: 'Epochs', read: (value) => readWhole(value, 1, EPOCHS_LIMIT) },
  l2: { name: 'Alpha L2', read: readWeight },
  scale: { name: 'Scale', read: (value) => scaleByName(String(value)).name },
};

/** Null: the method's own. */
const ETA: Field<number | null> = {
  name: 'Eta',
  read: (value) => (value === null ? null : readWeight(value)),
};
const OPTIONS: Field<readonly MethodOption[]> = { name: 'Options', read: readOptions };
const STOP: Field<EarlyStop | undefined> = { name: 'Stop early', read: readStop };
const HESSIAN: Field<boolean> = { name: 'Measure the Hessian', read: readSwitch };
const STAGES: Field<boolean> = { name: 'Alphas for each stage', read: readSwitch };
const WHOLE_SPACE: Field<readonly Operation[]> = {
  name: FIELDS.ops.name,
  read: () => {
    throw new RangeError('those of NAS-Bench-1Shot1 are searched all together.');
  },
};

/**
 * Settings from untrusted values. What is missing or wrong keeps the fallback's value, what is wrong
 * is also reported, so the rest applies. Operations may be a list or a text with commas, and come
 * out in the benchmark's order; the spaces of NAS-Bench-1Shot1 are searched over all of theirs.
 */
export function validateSettings(
  input: SettingsInput,
  fallback: Settings = DEFAULT_SETTINGS,
): { settings: Settings; problems: Problem[] } {
  const problems: Problem[] = [];
  const attempt = <T>({ name, read }: Field<T>, value: unknown, otherwise: T): T => {
    if (value === undefined) return otherwise;
    try {
      return read(value);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push({ field: name, message: `${name}: ${reason}` });
      return otherwise;
    }
  };
  const take = <Key extends Exclude<keyof Always, 'space'>>(key: Key): Settings[Key] =>
    attempt<Settings[Key]>(FIELDS[key], input[key], fallback[key]);
  const space = attempt(FIELDS.space, input.space, fallback.space);
  const otherOps = space === fallback.space ? fallback.ops : operationsOf(space);
  const method = take('method');
  const eta = attempt(ETA, input.eta, fallback.eta ?? null);
  const own = METHOD_FACTS[method].eta;
  const asked = attempt(OPTIONS, input.options, fallback.options ?? []);
  const options = optionsOf(method).filter((option) => asked.includes(option));
  const settings: Settings & { hessian?: true; stages?: true } = {
    method,
    ...(space && { space }),
    ops: attempt(space ? WHOLE_SPACE : FIELDS.ops, input.ops, otherOps),
    swap: take('swap'),
    warmup: take('warmup'),
    epochs: take('epochs'),
    l2: take('l2'),
    scale: take('scale'),
    ...(eta !== null && own !== undefined && eta !== own && { eta }),
    ...(options.length > 0 && { options }),
  };
  if (settings.space && settings.method !== 'darts-v1') {
    const message = `${FIELDS.method.name}: ${settings.method} searches NAS-Bench-201 alone.`;
    problems.push({ field: FIELDS.method.name, message });
  }
  if (own === undefined && input.eta !== undefined && input.eta !== null) {
    const message = `${ETA.name}: ${settings.method} has no second-order term that it would weigh.`;
    problems.push({ field: ETA.name, message });
  }
  const foreign = asked.find((option) => !options.includes(option));
  if (input.options !== undefined && foreign !== undefined) {
    const message = `${OPTIONS.name}: ${settings.method} has no ${foreign}.`;
    problems.push({ field: OPTIONS.name, message });
  }
  const { channels } = scaleByName(settings.scale);
  for (const { setting, reason } of stageProblems({ ...settings, channels })) {
    const { name: field } = FIELDS[setting];
    problems.push({ field, message: `${field}: ${reason}` });
  }
  const measures = attempt(HESSIAN, input.hessian, fallback.hessian === true);
  const stop = attempt(STOP, input.stop, fallback.stop);
  if (measures || stop?.rule === 'es') {
    const field = measures ? HESSIAN.name : STOP.name;
    const reason = whyNoHessian(settings);
    if (reason) problems.push({ field, message: `${field}: ${reason}` });
    else settings.hessian = true;
  }
  if (attempt(STAGES, input.stages, fallback.stages === true)) {
    const reason = whyNoStages({ ...settings, ...(stop && { stop }) });
    if (reason === null) settings.stages = true;
    else problems.push({ field: STAGES.name, message: `${STAGES.name}: ${reason}` });
  }
  if (stop === undefined) return { settings, problems };
  if (stop.rule === 'es' && !settings.hessian) return { settings, problems };
  if (stop.rule === 'ss' && !settings.ops.includes(stop.operation)) {
    problems.push({
      field: STOP.name,
      message: `${STOP.name}: ${stop.operation} is not one of the operations searched.`,
    });
    return { settings, problems };
  }
  return { settings: { ...settings, stop }, problems };
}

/** Why the Hessian by alpha cannot be measured; null where it can. */
function whyNoHessian(settings: Settings): string | null {
  const { method, space } = settings;
  if (space) return 'the Hessian is measured in NAS-Bench-201 alone.';
  if (isProgressive(settings)) {
    return 'a progressive search changes its supernet on the way, so that eigenvalues before and after cannot be compared.';
  }
  return METHOD_FACTS[method].trainsAlpha ? null : `${method} has no gradient of alpha.`;
}

/** Why stages cannot have alphas of their own; null where they can. */
export function whyNoStages({
  method,
  space,
  stop,
  hessian,
}: Pick<Settings, 'method' | 'stop' | 'hessian'> & { readonly space?: SpaceKey }): string | null {
  if (isOneShot(space)) return 'only the cells of NAS-Bench-201 can have them.';
  if (method !== 'darts-v1') return `only darts-v1 searches with them, not ${method}.`;
  if (hessian) return 'the Hessian is measured for one alpha alone, not for three.';
  return stop ? 'a stop rule reads one cell, and there are three.' : null;
}

function readWhole(value: unknown, least: number, most: number): number {
  const number = numberOf(value);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new RangeError(`must be a whole number from ${least} to ${most}, not ${shown(value)}.`);
  }
  return number;
}

function readWeight(value: unknown): number {
  const number = numberOf(value);
  if (!Number.isFinite(number) || number < 0) {
    throw new RangeError(`must be a number of at least 0, not ${shown(value)}.`);
  }
  return number;
}

function readSwitch(value: unknown): boolean {
  if (value === true || value === 'true' || value === '1') return true;
  if (value === false || value === 'false' || value === '0') return false;
  throw new RangeError(`must be true or false, not ${shown(value)}.`);
}

/** Null: no early stop. */
function readStop(value: unknown): EarlyStop | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'string') {
    throw new RangeError(`must be a text such as ss:nor_conv_3x3:10 or es, not ${shown(value)}.`);
  }
  return parseEarlyStop(value);
}

function readMethod(value: unknown): MethodName {
  const method = METHOD_NAMES.find((known) => known === value);
  if (method === undefined) {
    throw new RangeError(`must be one of ${METHOD_NAMES.join(', ')}, not ${shown(value)}.`);
  }
  return method;
}

/** A list, or a text with commas; null: none. */
function readOptions(value: unknown): readonly MethodOption[] {
  if (value === null || value === '') return [];
  const names: unknown =
    typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value;
  if (!Array.isArray(names)) {
    throw new RangeError(`must be a list of options, not ${shown(value)}.`);
  }
  return names.map((name: unknown) => {
    const option = METHOD_OPTIONS.find((known) => known === name);
    if (option !== undefined) return option;
    throw new RangeError(`${shown(name)} is not one of ${METHOD_OPTIONS.join(', ')}.`);
  });
}

/** Undefined for NAS-Bench-201, which configurations do not name. */
function readSpace(value: unknown): OneShotKey | undefined {
  const space = CELL_SPACE_KEYS.find((known) => known === value);
  if (space === undefined) {
    throw new RangeError(`must be one of ${CELL_SPACE_KEYS.join(', ')}, not ${shown(value)}.`);
  }
  return ONE_SHOT_KEYS.find((known) => known === space);
}

function operationsOf(space: OneShotKey | undefined): readonly Operation[] {
  return space ? ONE_SHOT_OPERATIONS : OPERATIONS;
}

function readOperations(value: unknown): readonly Operation[] {
  const names: readonly unknown[] =
    typeof value === 'string' ? value.split(',').map((name) => name.trim()) : listOf(value);
  for (const [at, name] of names.entries()) {
    if (!isOperation(name)) {
      throw new RangeError(`${shown(name)} is not one of ${OPERATIONS.join(', ')}.`);
    }
    if (names.indexOf(name) < at) throw new RangeError(`${shown(name)} is listed twice.`);
  }
  if (names.length < 2) {
    throw new RangeError(`a search needs at least two, not ${names.length}.`);
  }
  return OPERATIONS.filter((operation) => names.includes(operation));
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new RangeError(`must be a list of operations, not ${shown(value)}.`);
}

/** NaN for anything that is neither a number nor the decimal text of one. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  const decimal = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
  return typeof value === 'string' && decimal.test(value) ? Number(value) : NaN;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value.trim() === '' ? 'empty' : `"${value}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null ? 'null' : `a value of type ${typeof value}`;
}
