import { spawn } from 'node:child_process';
import { build } from './build.mjs';
import { endOnSignals } from './child.mjs';
import { ROOT, log } from './ensure.mjs';
import { readOptions, readPort } from './options.mjs';
import { serve, serveFrom } from './serve.mjs';

const DEFAULT_PORT = 4173;

const USAGE = `Usage: npm start -- [--port N] [--no-open]

Installs what is missing, builds the app, serves it and opens it in the browser.

  --port N    serve at http://localhost:N/ or fail (default: the first free port from ${DEFAULT_PORT};
              0: any free port)
  --no-open   do not open a browser`;

/** @param {string} url */
function openBrowser(url) {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '""', url]
        : ['xdg-open', url];
  // The browser belongs to the visitor: it may outlive the server. Without one the line with the
  // address is enough.
  spawn(/** @type {string} */ (command), args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

/** @param {unknown} error @param {number | undefined} port */
function explain(error, port) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'EADDRINUSE') {
    return port === undefined
      ? `No free port from ${DEFAULT_PORT} on. Choose one: npm start -- --port N`
      : `Port ${port} is taken by another program. Choose another: npm start -- --port N`;
  }
  if (code === 'EACCES') return `Port ${port ?? DEFAULT_PORT} may not be used by this user.`;
  return message;
}

const options = readOptions(USAGE, {
  port: { type: 'string' },
  'no-open': { type: 'boolean' },
});
const port = readPort(options.port, USAGE);

/** @type {Awaited<ReturnType<typeof serve>> | undefined} */
let server;
endOnSignals(
  () => server?.close(),
  () => (server === undefined ? 143 : 0),
);

try {
  // Told before the minutes of a first build, not after them.
  if (port !== undefined) await (await serve({ root: ROOT, port })).close();
  const root = await build(ROOT, { log });
  server = await (port === undefined
    ? serveFrom({ root, port: DEFAULT_PORT })
    : serve({ root, port }));
  console.log(`Ready ${server.url}`);
  if (options['no-open'] !== true) openBrowser(server.url);
} catch (error) {
  console.error(explain(error, port));
  process.exitCode = 1;
}
