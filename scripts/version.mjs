import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @param {string} root
 * @param {readonly string[]} args
 */
function git(root, args) {
  return execFileSync('git', ['-C', root, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** What the project's own commands write: a table that grows makes no other code of what it grows by. */
const WRITTEN = [':!public/tables', ':!public/recordings'];

/**
 * Which code a build was made from, as every trace records it: `0.1.0+1a2b3c4`, with `-dirty` when
 * files differ from that commit, recordings and tables of accuracies aside, or `0.1.0+unknown` outside
 * of a git checkout.
 *
 * @param {string} root
 * @returns {string}
 */
export function buildName(root) {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  const { version } = /** @type {{ version: string }} */ (JSON.parse(text));
  try {
    // A checkout of something else may lie around an unpacked archive of this project.
    if (git(root, ['rev-parse', '--show-prefix']) !== '') return `${version}+unknown`;
    const commit = git(root, ['rev-parse', '--short=7', 'HEAD']);
    const dirty = git(root, ['status', '--porcelain', '--', '.', ...WRITTEN]) !== '';
    return `${version}+${commit}${dirty ? '-dirty' : ''}`;
  } catch {
    return `${version}+unknown`;
  }
}
