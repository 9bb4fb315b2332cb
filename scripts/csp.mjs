/**
 * The content security policy of the app. A policy in a meta tag does not bind a worker that is
 * loaded from the network, so every file is served with it as a header; the page has the tag as
 * well, for hosts that cannot set headers.
 */
const DIRECTIVES = {
  'default-src': ["'none'"],
  // TensorFlow.js compiles its wasm kernels at run time.
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'connect-src': ["'self'"],
  'worker-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
};

/** @param {Record<string, string[]>} directives */
const print = (directives) =>
  Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(' '))
    .join('; ');

/** Policy of the built app: header and meta tag. */
export const POLICY = print(DIRECTIVES);

/** Policy of the development server: Vite puts styles into the page and talks over a web socket. */
export const DEV_POLICY = print({
  ...DIRECTIVES,
  'style-src': ["'self'", "'unsafe-inline'"],
  'connect-src': ["'self'", 'ws://localhost:*'],
});

/** Headers of every file of the built app, the same as in `public/_headers`. */
export const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** Files under `assets/` carry a hash of their content in the name. */
export const CACHE_HASHED = 'public, max-age=31536000, immutable';
/** Everything else is asked for again, and answered 304 when unchanged. */
export const CACHE_OTHER = 'no-cache';
