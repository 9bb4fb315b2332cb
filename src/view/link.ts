import { officialNames, SHORT_ALIAS } from '../paper/alias';
import type { Settings } from '../paper/config';
import { OPERATIONS } from '../paper/operation';
import { DEFAULT_SETTINGS } from '../paper/regime';
import { formatSeeds, parseSeeds } from '../paper/seeds';
import { SCHEDULE_KEYS, type ScheduleKey } from '../paper/stand-alone';
import { formatEarlyStop } from '../paper/stop/early-stop';
import { validateSettings } from '../paper/validate';
import type { BackendChoice } from '../trainer/protocol';
import { PAGES, type Place } from './pages';

/** Backends that a visitor may ask for; `cpu` is the slow truth of the tests only. */
export const BACKEND_CHOICES = ['auto', 'webgpu', 'wasm'] as const satisfies BackendChoice[];

/** Controls of the playground that a link can leave on show, in their order there. */
export const CONTROLS = [
  'regime',
  'method',
  'swap',
  'l2',
  'warmup',
  'epochs',
  'stop',
  'seeds',
  'scale',
  'ops',
  'backend',
] as const;
export type Control = (typeof CONTROLS)[number];

/** In place of seeds: each tab takes one of its own. */
export const OWN_SEED = 'own';
/** In place of controls: none of them. */
const NONE = 'none';

/** What a link asks for; keys that it does not name are absent. */
export interface LinkRequest {
  readonly settings: Partial<Settings>;
  readonly seeds?: readonly number[] | typeof OWN_SEED;
  readonly backend?: BackendChoice;
  /** A cell as written: the page of cells says what is wrong with it and keeps the text. */
  readonly arch?: string;
  readonly schedule?: ScheduleKey;
  /** Uid of a stored run. */
  readonly run?: string;
  /** Controls to show; the others are hidden until the visitor asks for them. */
  readonly show?: readonly Control[];
  /** A lesson and its step, both from 1; there may be no such lesson. */
  readonly lesson?: number;
  readonly step?: number;
  /** Of the glossary, as written. */
  readonly term?: string;
}

export interface Link extends LinkRequest {
  readonly place: Place;
  /** One sentence for every key or value that was refused. The rest applies. */
  readonly problems: readonly string[];
}

/** Longest hash that is read at all. */
const LENGTH_LIMIT = 2000;

/** The method comes before what only some methods have. */
const SETTING_KEYS = [
  'method',
  'eta',
  'options',
  'scale',
  'epochs',
  'swap',
  'warmup',
  'l2',
  'ops',
  'stop',
  'hessian',
  'stages',
] as const;
type SettingKey = (typeof SETTING_KEYS)[number];
/** What some methods refuse. */
const OF_METHODS: readonly SettingKey[] = ['eta', 'options', 'stages'];

const KEYS = [
  ...SETTING_KEYS,
  'seeds',
  'backend',
  'arch',
  'schedule',
  'run',
  'show',
  'step',
  'term',
] as const;
/** `lesson`, or `lesson/2`. */
const LESSON_PATH = /^lesson(?:\/([1-9]\d?))?$/;

/**
 * Reads a location hash: `#/?scale=tiny&epochs=5&seeds=0-4`, `#/runs`, or the keys alone as in
 * `#scale=tiny`. Never throws, whatever the text; unknown, repeated or invalid parts become
 * {@link Link.problems} that name them.
 */
export function parseLink(hash: string): Link {
  const text = hash.startsWith('#') ? hash.slice(1) : hash;
  if (text.length > LENGTH_LIMIT) {
    const problem = `The link is too long: ${text.length} characters, at most ${LENGTH_LIMIT}.`;
    return { place: 'playground', settings: {}, problems: [problem] };
  }
  const { path, query } = split(text);
  const problems: string[] = [];
  const lesson = LESSON_PATH.exec(path);
  const place = lesson === null ? placeOf(path) : 'lessons';
  if (place === undefined) problems.push(`The link names no part of this page: "${path}".`);

  const values = collect(query, problems);
  return {
    place: place ?? 'playground',
    ...(lesson?.[1] === undefined ? {} : { lesson: Number(lesson[1]) }),
    ...read(values, problems),
    problems,
  };
}

/** The hash of these settings, readable and complete: `#/?scale=tiny&epochs=50&seeds=0-4&...`. */
export function formatLink(
  settings: Settings,
  seeds: readonly number[] | typeof OWN_SEED,
  backend: BackendChoice,
  show: readonly Control[] | null = null,
): string {
  const parts: [string, string][] = [
    ...(settings.method === DEFAULT_SETTINGS.method
      ? []
      : [['method', settings.method] satisfies [string, string]]),
    ...(settings.eta === undefined
      ? []
      : [['eta', String(settings.eta)] satisfies [string, string]]),
    ...(settings.options === undefined
      ? []
      : [['options', settings.options.join(',')] satisfies [string, string]]),
    ['scale', settings.scale],
    ['epochs', String(settings.epochs)],
    ['seeds', seeds === OWN_SEED ? seeds : formatSeeds(seeds)],
    ['swap', settings.swap ? '1' : '0'],
    ['warmup', String(settings.warmup)],
    ['l2', String(settings.l2)],
  ];
  if (settings.ops.length < OPERATIONS.length) {
    parts.push(['ops', settings.ops.map((operation) => SHORT_ALIAS[operation]).join(',')]);
  }
  if (settings.stop !== undefined) parts.push(['stop', formatEarlyStop(settings.stop)]);
  if (settings.hessian && settings.stop?.rule !== 'es') parts.push(['hessian', '1']);
  if (settings.stages) parts.push(['stages', '1']);
  if (backend !== 'auto') parts.push(['backend', backend]);
  if (show !== null) parts.push(['show', show.length === 0 ? NONE : show.join(',')]);
  return `#/?${parts.map(([key, value]) => `${key}=${value}`).join('&')}`;
}

/** The hash of a cell by itself, and of how it is trained: `#/cell?arch=...&scale=tiny&seeds=0-2`. */
export function formatCellLink({
  arch,
  scale,
  schedule,
  seeds,
}: {
  readonly arch: string;
  readonly scale?: string;
  readonly schedule?: string;
  readonly seeds?: string;
}): string {
  const parts = Object.entries({ arch, scale, schedule, seeds }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  return `#/cell?${parts.join('&')}`;
}

/** The hash of a step of a lesson: `#/lesson/2?step=3`, `#/lesson/2` for the first. */
export function formatLessonLink(lesson: number, step = 1): string {
  return `#/lesson/${lesson}${step === 1 ? '' : `?step=${step}`}`;
}

/** The hash of a term of the glossary. */
export function formatTermLink(term: string): string {
  return `#/lessons?term=${encodeURIComponent(term)}`;
}

function placeOf(path: string): Place | undefined {
  return path === 'playground' ? path : PAGES.find((page) => page.path === path)?.place;
}

function split(text: string): { path: string; query: string } {
  const mark = text.indexOf('?');
  if (mark >= 0) return { path: trimmed(text.slice(0, mark)), query: text.slice(mark + 1) };
  if (!text.startsWith('/') && text.includes('=')) return { path: '', query: text };
  return { path: trimmed(text), query: '' };
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

/** Keys and values as written; the last of a repeated key is refused, its alias included. */
function collect(query: string, problems: string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const written = decode(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : decode(part.slice(equals + 1));
    if (written === null || value === null) {
      problems.push(`The link has a broken % code in "${part}".`);
      continue;
    }
    const key = written === 'seed' ? 'seeds' : written;
    if (!(KEYS as readonly string[]).includes(key)) {
      problems.push(`The link has an unknown key "${written}"; known are ${KEYS.join(', ')}.`);
    } else if (values.has(key)) {
      problems.push(`The link has the key "${written}" twice; the first one applies.`);
    } else values.set(key, value);
  }
  return values;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

function read(values: ReadonlyMap<string, string>, problems: string[]): LinkRequest {
  const settings: { -readonly [Key in SettingKey]?: Settings[Key] } = {};
  for (const key of SETTING_KEYS) {
    const text = values.get(key);
    if (text === undefined) continue;
    // One key at a time: a value that is wrong is then absent and not the default's.
    const checked = validateSettings({
      ...(OF_METHODS.includes(key) && { method: settings.method }),
      [key]: key === 'ops' ? officialNames(text) : text,
    });
    if (checked.problems.length === 0) assign(settings, key, checked.settings);
    else problems.push(...checked.problems.map(({ message }) => `In the link, ${message}`));
  }

  let seeds: LinkRequest['seeds'];
  const seedsText = values.get('seeds');
  if (seedsText === OWN_SEED) seeds = OWN_SEED;
  else if (seedsText !== undefined) {
    try {
      seeds = parseSeeds(seedsText);
    } catch (error) {
      problems.push(`In the link, ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  const backendText = values.get('backend');
  const backend = BACKEND_CHOICES.find((choice) => choice === backendText);
  if (backendText !== undefined && backend === undefined) {
    problems.push(
      `In the link, Backend: must be one of ${BACKEND_CHOICES.join(', ')}, not "${backendText}".`,
    );
  }

  const schedule = SCHEDULE_KEYS.find((key) => key === values.get('schedule'));
  if (values.has('schedule') && schedule === undefined) {
    problems.push(
      `In the link, Schedule: must be one of ${SCHEDULE_KEYS.join(', ')}, not "${values.get('schedule')}".`,
    );
  }
  const show = readControls(values.get('show'), problems);
  // A plus sign that nobody encoded has come as a space, which no cell has.
  const arch = values.get('arch')?.replaceAll(' ', '+');
  const run = values.get('run');
  const stepText = values.get('step');
  const step = stepText !== undefined && /^[1-9]\d?$/.test(stepText) ? Number(stepText) : undefined;
  if (stepText !== undefined && step === undefined) {
    problems.push(`In the link, Step: must be a whole number from 1 to 99, not "${stepText}".`);
  }
  const term = values.get('term');
  return {
    settings,
    ...(seeds === undefined ? {} : { seeds }),
    ...(backend === undefined ? {} : { backend }),
    ...(arch === undefined ? {} : { arch }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(run === undefined ? {} : { run }),
    ...(show === undefined ? {} : { show }),
    ...(step === undefined ? {} : { step }),
    ...(term === undefined ? {} : { term }),
  };
}

function readControls(
  text: string | undefined,
  problems: string[],
): readonly Control[] | undefined {
  if (text === undefined) return undefined;
  const named = text === NONE ? [] : text.split(',').map((name) => name.trim());
  const unknown = named.filter((name) => !(CONTROLS as readonly string[]).includes(name));
  if (unknown.length === 0) return CONTROLS.filter((control) => named.includes(control));
  problems.push(
    `In the link, Show: must be ${NONE} or some of ${CONTROLS.join(', ')}, not "${unknown[0]}".`,
  );
  return undefined;
}

function assign<Key extends SettingKey>(
  target: { -readonly [K in SettingKey]?: Settings[K] },
  key: Key,
  source: Settings,
): void {
  // Absent where the value is the method's own.
  if (key in source) target[key] = source[key];
}
