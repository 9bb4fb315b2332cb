import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Names of the accuracy tables that ship with the page.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function shippedTables(root) {
  const folder = path.join(root, 'public/tables');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^scaled-bench.*\.json\.gz$/.test(name))
    .sort();
}
