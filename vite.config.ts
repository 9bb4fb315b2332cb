import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { DEV_POLICY, HEADERS, POLICY } from './scripts/csp.mjs';
import { shippedTables } from './scripts/tables.mjs';
import { buildName } from './scripts/version.mjs';

/** Puts the policy into the built page, for hosts that cannot send headers. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** The page's code comes behind its styles: with those the browser draws what there is to read. */
function codeAfterStyles(): Plugin {
  return {
    name: 'code-after-styles',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html) =>
        html.replaceAll(
          /<(script type="module"|link rel="modulepreload")/g,
          '<$1 fetchpriority="low"',
        ),
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [svelte(), contentSecurityPolicy(), codeAfterStyles()],
  define: {
    __BUILD__: JSON.stringify(buildName(import.meta.dirname)),
    __TABLES__: JSON.stringify(shippedTables(import.meta.dirname)),
  },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // A data: URL would be refused by the policy.
    assetsInlineLimit: 0,
    manifest: true,
    // Every browser that can train has modulepreload.
    modulePreload: { polyfill: false },
    // scripts/size.mjs holds the page to its limit; the worker may be as large as TensorFlow.js is.
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { headers: { ...HEADERS, 'Content-Security-Policy': DEV_POLICY } },
  preview: { headers: HEADERS },
});
