import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { CACHE_HASHED, CACHE_OTHER, HEADERS } from './csp.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.gz': 'application/gzip',
};

/** Sent packed to whoever takes it, as static hosts do; the others are packed already. */
const PACKABLE = new Set([
  '.html',
  '.js',
  '.css',
  '.json',
  '.webmanifest',
  '.txt',
  '.md',
  '.svg',
  '.wasm',
]);

/** A browser may resolve `localhost` to either, so both are listened on. */
const LOOPBACKS = ['127.0.0.1', '::1'];
/** Errors of a machine without IPv6. */
const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * The file that a request path names, or null when it names none that may be served: outside of
 * `root`, hidden (a dot file), or not decodable.
 *
 * @param {string} root absolute path of the served folder
 * @param {string} target the request line's target, query included
 * @returns {string | null} absolute path; it need not exist
 */
export function resolveFile(root, target) {
  let name;
  try {
    name = decodeURIComponent(target.split(/[?#]/, 1)[0] ?? '');
  } catch {
    return null;
  }
  if (!name.startsWith('/') || /[\0\\]/.test(name)) return null;
  const segments = name.split('/').slice(1);
  if (segments.some((segment) => segment.startsWith('.'))) return null;
  const file = path.join(root, ...segments, name.endsWith('/') ? 'index.html' : '');
  return file.startsWith(root + path.sep) ? file : null;
}

/**
 * @param {string} root
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer(root, request, response) {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  /** @param {number} status @param {string} text */
  const refuse = (status, text) => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(request.method === 'HEAD' ? undefined : `${text}\n`);
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(405, 'Only GET and HEAD are answered.');
  }
  const file = resolveFile(root, request.url ?? '');
  const info = file === null ? null : await stat(file).catch(() => null);
  if (file === null || !info?.isFile()) return refuse(404, 'Not found.');

  const type = path.extname(file);
  const accepts = String(request.headers['accept-encoding'] ?? '');
  const isPacked = PACKABLE.has(type) && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepts);
  const version = `${info.size.toString(16)}-${info.mtimeMs.toString(16)}`;
  const tag = `"${version}${isPacked ? '-gzip' : ''}"`;
  const hashed = path.relative(root, file).startsWith(`assets${path.sep}`);
  response.setHeader('ETag', tag);
  if (PACKABLE.has(type)) response.setHeader('Vary', 'Accept-Encoding');
  response.setHeader('Cache-Control', hashed ? CACHE_HASHED : CACHE_OTHER);
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304);
    return void response.end();
  }
  response.writeHead(200, {
    'Content-Type': TYPES[type] ?? 'application/octet-stream',
    ...(isPacked ? { 'Content-Encoding': 'gzip' } : { 'Content-Length': info.size }),
  });
  if (request.method === 'HEAD') return void response.end();
  /** @param {Error | null | undefined} error */
  const end = (error) => {
    if (error) response.destroy();
  };
  if (isPacked) pipeline(createReadStream(file), createGzip(), response, end);
  else pipeline(createReadStream(file), response, end);
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {string} host
 * @returns {Promise<number>} the port it listens on
 */
function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}

/**
 * Serves a folder on localhost with the app's headers. Rejects with an error whose `code` is
 * `EADDRINUSE` when another program has the port on either loopback address.
 *
 * @param {object} options
 * @param {string} options.root folder to serve
 * @param {number} [options.port] 0 (default) takes any free port
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function serve({ root, port = 0 }) {
  const folder = path.resolve(root);
  /** @type {import('node:http').Server[]} */
  const servers = [];
  const close = async () => {
    await Promise.all(
      servers.map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
          }),
      ),
    );
  };
  let bound = port;
  for (const host of LOOPBACKS) {
    const server = createServer((request, response) => {
      answer(folder, request, response).catch(() => response.destroy());
    });
    try {
      bound = await listen(server, bound, host);
      servers.push(server);
    } catch (error) {
      const code = /** @type {NodeJS.ErrnoException} */ (error).code ?? '';
      if (servers.length > 0 && NO_SUCH_ADDRESS.has(code)) continue;
      await close();
      throw error;
    }
  }
  return { url: `http://localhost:${bound}/`, port: bound, close };
}

/**
 * Like {@link serve}, on the first free port from `port` on.
 *
 * @param {object} options
 * @param {string} options.root
 * @param {number} options.port
 */
export async function serveFrom({ root, port }) {
  for (let next = port; ; next++) {
    try {
      return await serve({ root, port: next });
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== 'EADDRINUSE' || next - port >= 100) throw error;
    }
  }
}
