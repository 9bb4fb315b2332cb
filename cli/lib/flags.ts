import { parseArgs } from 'node:util';

/** A command line that cannot be carried out; the message names the flag. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `value` is what stands behind the flag in the help; null makes it a switch. */
export interface Flag {
  readonly value: string | null;
  readonly help: string;
}

export interface Command<Name extends string> {
  /** `npm run NAME`. */
  readonly name: string;
  /** What stands before the flags in the usage line, such as `TRACE`; null for nothing. */
  readonly operand: string | null;
  readonly summary: string;
  readonly flags: Readonly<Record<Name, Flag>>;
  /** What follows the list of flags. */
  readonly notes: string;
}

export interface Given<Name extends string> {
  /** What was written behind each flag; true for a switch; absent when not given. */
  readonly values: Partial<Record<Name, string | true>>;
  readonly operand: string | null;
}

/** Flags that mean the same to every command. */
export const SHARED = {
  scale: {
    value: 'NAME',
    help: 'tiny, bench, small, medium, paper, or a size such as c8-n1-r16-i2048-b32',
  },
} as const satisfies Record<string, Flag>;

/**
 * The flags of a command line; null when help was asked for.
 *
 * @throws UsageError naming the flag
 */
export function readFlags<Name extends string>(
  { flags, operand }: Command<Name>,
  argv: readonly string[],
): Given<Name> | null {
  const names = Object.keys(flags) as Name[];
  const options = Object.fromEntries(
    names.map((name) => [
      name,
      { type: flags[name].value === null ? 'boolean' : 'string' } as const,
    ]),
  );
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      tokens: true,
    });
  } catch (error) {
    // Node's second sentence explains how to pass what looks like a flag as something else.
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw new UsageError(what.endsWith('.') ? what : `${what}.`);
  }
  if (parsed.values.help === true) return null;
  const seen = new Set<string>();
  for (const token of parsed.tokens) {
    if (token.kind !== 'option') continue;
    if (seen.has(token.name)) throw new UsageError(`--${token.name} is given twice.`);
    seen.add(token.name);
  }
  const spare = parsed.positionals[operand === null ? 0 : 1];
  if (spare !== undefined) {
    throw new UsageError(`"${spare}" is no flag; flags begin with --, such as --${names[0]}.`);
  }
  const values: Partial<Record<Name, string | true>> = {};
  for (const name of names) {
    const value = (parsed.values as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string' || value === true) values[name] = value;
  }
  return { values, operand: parsed.positionals[0] ?? null };
}

/** What `--help` prints. */
export function helpText<Name extends string>(command: Command<Name>): string {
  const { name, operand, summary, flags, notes } = command;
  const entries: [string, Flag][] = [
    ...Object.entries<Flag>(flags),
    ['help', { value: null, help: 'print this' }],
  ];
  const heads = entries.map(([flag, { value }]) => `--${flag}${value === null ? '' : ` ${value}`}`);
  const width = Math.max(...heads.map((head) => head.length));
  const lines = entries.map(([, { help }], at) => {
    const [first, ...rest] = help.split('\n');
    const indent = ' '.repeat(width + 4);
    return [`  ${heads[at]!.padEnd(width)}  ${first}`, ...rest.map((line) => indent + line)].join(
      '\n',
    );
  });
  const usage = `usage: npm run ${name} -- ${operand === null ? '' : `${operand} `}[flags]`;
  return [usage, summary, lines.join('\n'), notes].filter((part) => part !== '').join('\n\n');
}

/** @throws UsageError */
export function wholeNumber(source: string, text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `${source}: must be a whole number from ${least} to ${most}, not "${text}".`,
  );
}

/** @throws UsageError */
export function oneOf<const Choice extends string>(
  source: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw new UsageError(`${source}: must be one of ${choices.join(', ')}, not "${text}".`);
}

/**
 * Runs a command and turns its end into an exit status: 0, or what `body` returns; 2 for a wrong
 * command line; 1 for any other failure.
 */
export async function carryOut<Name extends string>(
  command: Command<Name>,
  body: (given: Given<Name>) => Promise<number>,
): Promise<void> {
  let status: number;
  try {
    const given = readFlags(command, process.argv.slice(2));
    if (given === null) {
      console.log(helpText(command));
      return;
    }
    status = await body(given);
  } catch (error) {
    status = error instanceof UsageError ? 2 : 1;
    const message = error instanceof Error ? error.message : String(error);
    const hint = status === 2 ? `\nnpm run ${command.name} -- --help lists the flags.` : '';
    console.error(message + hint);
  }
  process.exitCode = status;
}
