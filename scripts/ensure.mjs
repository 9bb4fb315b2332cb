import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './child.mjs';
import { findChromium } from './chromium.mjs';

/** The repository's root, absolute. */
export const ROOT = path.resolve(fileURLToPath(new URL('..', import.meta.url)));

/** @typedef {(line: string) => void} Log */
/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} Locked */

/** Progress of a script; standard output is kept for what a caller may read.
 * @type {Log} */
export const log = (line) => console.error(line);

/** Oldest Node that the tools run on, as in package.json. */
const OLDEST_NODE = [20, 19];

/**
 * @param {string} version such as `20.19.0`
 * @returns {string | null} what is wrong with it
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantMajor = 0, wantMinor = 0] = OLDEST_NODE;
  if (major > wantMajor || (major === wantMajor && minor >= wantMinor)) return null;
  return `Alphascope needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${version}.`;
}

/**
 * @param {string} file
 * @returns {Record<string, Locked>}
 */
function lockedPackages(file) {
  const parsed = /** @type {{ packages?: Record<string, Locked> }} */ (
    JSON.parse(readFileSync(file, 'utf8'))
  );
  return parsed.packages ?? {};
}

/**
 * Why `node_modules` is not what package-lock.json says, by the list npm leaves after an install.
 *
 * @param {string} root
 * @returns {string | null} null when nothing has to be installed
 */
export function packageProblem(root) {
  const left = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(left)) return 'packages are not installed';
  let installed;
  try {
    installed = lockedPackages(left);
  } catch {
    return 'the list of installed packages cannot be read';
  }
  const wanted = lockedPackages(path.join(root, 'package-lock.json'));
  for (const [place, entry] of Object.entries(wanted)) {
    if (place === '') continue;
    const found = installed[place];
    if (found === undefined) {
      // For other systems (os, cpu, libc), or not installable here.
      if (entry.optional === true) continue;
      return `${place} is missing`;
    }
    if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return `${place} is ${found.version ?? 'unknown'}, wanted ${entry.version ?? 'unknown'}`;
    }
    if (!existsSync(path.join(root, place))) return `${place} is missing`;
  }
  const extra = Object.keys(installed).find((place) => wanted[place] === undefined);
  return extra === undefined ? null : `${extra} is not in package-lock.json`;
}

/**
 * Installs the packages of package-lock.json unless they are there.
 *
 * @param {string} root
 * @param {{ log: Log }} options
 * @throws {Error} when this Node is too old or the installation fails
 */
export async function ensurePackages(root, { log }) {
  const node = nodeProblem(process.versions.node);
  if (node !== null) throw new Error(node);
  const problem = packageProblem(root);
  if (problem === null) return;
  log(`Installing packages (${problem}) ...`);
  const npm = process.env.npm_execpath;
  // A machine set to production would leave out the build tools.
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, ...first] =
    npm !== undefined && /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm'];
  const status = await runChild(command, [...first, ...flags], { cwd: root, output: 'stderr' });
  if (status !== 0) {
    throw new Error(`Installing the packages failed: npm ci ended with status ${status}.`);
  }
}

/**
 * Makes sure that a Chromium or Chrome is there for the browser tests.
 *
 * @param {{ log: Log }} options
 * @returns {Promise<string>} its path
 * @throws {Error} saying how to get one
 */
export async function ensureChromium({ log }) {
  const found = findChromium();
  if (found !== undefined) return found;
  const advice =
    'Install Chromium or Google Chrome, or set CHROMIUM_PATH to one, and run the tests again.';
  if (!existsSync('/usr/bin/apt-get')) throw new Error(`No Chromium or Chrome found. ${advice}`);
  if (process.getuid?.() !== 0) {
    throw new Error(
      `No Chromium or Chrome found, and only root may install it: sudo apt-get install chromium. ${advice}`,
    );
  }
  await aptInstall('chromium', advice, log);
  const installed = findChromium();
  if (installed === undefined) {
    throw new Error(`apt-get installed chromium, but no browser was found. ${advice}`);
  }
  return installed;
}

/**
 * Python 3, which runs the readers of docs/trace-format.md in the tests; installed where it is missing.
 *
 * @param {{ log: (text: string) => void }} options
 */
export async function ensurePython({ log }) {
  const found = spawnSync('python3', ['--version']);
  if (found.status === 0) return;
  const advice = 'Install Python 3 and run the tests again.';
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    throw new Error(`No Python 3 found. ${advice}`);
  }
  await aptInstall('python3', advice, log);
}

/**
 * @param {string} name of a Debian package
 * @param {string} advice for when it fails
 * @param {(text: string) => void} log
 */
async function aptInstall(name, advice, log) {
  log(`Installing ${name} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', name],
  ]) {
    const status = await runChild('apt-get', args, { env, output: 'stderr' });
    if (status !== 0) throw new Error(`apt-get ${args[0]} ended with status ${status}. ${advice}`);
  }
}
