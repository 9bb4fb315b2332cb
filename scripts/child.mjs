import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const POSIX = process.platform !== 'win32';
/** Milliseconds that a child has to end after SIGTERM. */
const PATIENCE = 3000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Signals a child and whatever it started: on POSIX every child leads a process group of its own.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalTree(child, signal) {
  if (child.pid === undefined) return;
  try {
    if (POSIX) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // Already gone.
  }
}

/**
 * Before it has threads or children, which take over what it has.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} niceness
 */
function giveWay({ pid }, niceness) {
  if (pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch {
    // Already gone.
  }
}

/**
 * Runs a command to its end. Nothing that it started outlives it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {number} [options.limit] milliseconds after which it is killed
 * @param {number} [options.niceness] how far it and its own children give way to others, 0 to 19
 * @param {'inherit' | 'stderr' | number} [options.output] where its standard output goes; a file
 *   descriptor takes standard error, too
 * @returns {Promise<number>} the exit status; 124 when it ran past the limit, 127 when not found
 */
export function runChild(
  command,
  args,
  { cwd, env, limit, niceness = 0, output = 'inherit' } = {},
) {
  return new Promise((resolve) => {
    const file = typeof output === 'number' ? output : undefined;
    const child = spawn(command, args, {
      cwd,
      env,
      detached: POSIX,
      stdio: ['ignore', output === 'stderr' ? 2 : (file ?? 'inherit'), file ?? 'inherit'],
    });
    running.add(child);
    if (niceness > 0) giveWay(child, niceness);
    let late = false;
    const timer =
      limit === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            signalTree(child, 'SIGKILL');
          }, limit);
    /** @param {number} status */
    const end = (status) => {
      clearTimeout(timer);
      signalTree(child, 'SIGKILL');
      running.delete(child);
      resolve(late ? 124 : status);
    };
    child.on('error', () => end(127));
    child.on('exit', (code) => end(code ?? 1));
  });
}

/**
 * Ends this process, and its children first, on SIGINT, SIGTERM and SIGHUP, and when npm, which
 * started it, is killed in a way that it cannot pass on. The scripts of package.json start with
 * `exec` because a shell between npm and Node would keep SIGINT to itself and die alone of SIGTERM.
 *
 * @param {() => Promise<void> | void} [cleanUp]
 * @param {() => number} [status] exit status for a signal; 0 is for a server that was asked to end
 */
export function endOnSignals(cleanUp = () => undefined, status = () => 143) {
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    for (const child of running) signalTree(child, 'SIGTERM');
    await cleanUp();
    // Time to close a browser; runChild kills what is left of each when it ends.
    const patience = Date.now() + PATIENCE;
    while (running.size > 0 && Date.now() < patience) await sleep(20);
    for (const child of running) signalTree(child, 'SIGKILL');
    process.exit(status());
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) void end();
    }, 100).unref();
  }
}
