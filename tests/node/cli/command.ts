import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../../scripts/ensure.mjs';

export interface Ended {
  /** 128 + the signal's number when a signal ended it, as a shell reports it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of standard output, and the process, to send it signals. */
  readonly line?: (line: string, child: ChildProcess) => void;
}

const SIGNALS = { SIGINT: 130, SIGKILL: 137, SIGTERM: 143 } as const;

function run(args: readonly string[], { env, line }: Options = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    let heard = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const lines = stdout.split('\n').slice(0, -1);
      for (const whole of lines.slice(heard)) line?.(whole, child);
      heard = lines.length;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const status = code ?? SIGNALS[signal as keyof typeof SIGNALS];
      resolve({ status, stdout, stderr });
    });
  });
}

/** A command of cli/, bundled as `npm run NAME` does it. */
export async function bundled(
  name: string,
): Promise<(args: readonly string[], options?: Options) => Promise<Ended>> {
  const made = await run([path.join(ROOT, 'scripts/cli.mjs'), name, '--help']);
  if (made.status !== 0) throw new Error(`${name} was not bundled: ${made.stderr}`);
  const file = path.join(ROOT, '.cache/cli', `${name}.mjs`);
  return (args, options) => run([file, ...args], options);
}
