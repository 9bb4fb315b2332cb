import { endOnSignals } from './child.mjs';
import { ROOT, ensurePackages, log } from './ensure.mjs';
import { readOptions, readPort } from './options.mjs';

const USAGE = `Usage: npm run dev -- [--port N]

Serves the sources with hot reloading, for developers.

  --port N    serve at http://localhost:N/ or fail (default: the first free port from 5173)`;

const options = readOptions(USAGE, { port: { type: 'string' } });
const port = readPort(options.port, USAGE);

/** @type {import('vite').ViteDevServer | undefined} */
let server;
endOnSignals(
  () => server?.close(),
  () => (server === undefined ? 143 : 0),
);

try {
  await ensurePackages(ROOT, { log });
  const { prepareData } = await import('./prepare-data.mjs');
  await prepareData(ROOT, { log });
  const vite = await import('vite');
  server = await vite.createServer({
    root: ROOT,
    server: port === undefined ? {} : { port, strictPort: true },
  });
  await server.listen();
  server.printUrls();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
