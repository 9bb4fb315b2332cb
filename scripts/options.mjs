import { parseArgs } from 'node:util';

/**
 * Reads a script's flags. A flag or value it does not know is named on standard error and ends the
 * process with status 2; `--help` prints the usage and ends it with status 0.
 *
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} Options
 * @param {string} usage
 * @param {Options} options
 */
export function readOptions(usage, options) {
  try {
    const { values } = parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      strict: true,
      allowPositionals: false,
    });
    if ('help' in values && values.help === true) {
      console.log(usage);
      process.exit(0);
    }
    return values;
  } catch (error) {
    // Node's second sentence explains how to pass positional arguments, which are not taken here.
    const [what] = /** @type {Error} */ (error).message.split('. ');
    return refuse(what ?? 'Unknown argument', usage);
  }
}

/**
 * Ends the process with status 2.
 *
 * @param {string} what
 * @param {string} usage
 * @returns {never}
 */
export function refuse(what, usage) {
  console.error(`${what}\n\n${usage}`);
  process.exit(2);
}

/**
 * @param {string | undefined} text the value of `--port`
 * @param {string} usage
 */
export function readPort(text, usage) {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  return port <= 65_535
    ? port
    : refuse(`--port takes a number from 0 to 65535, not '${text}'`, usage);
}
