// Compiles src/engine/fused/wasm/assembly/ into the module that carries its bytes.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tool } from './stages.mjs';

const run = promisify(execFile);

const FOLDER = new URL('../src/engine/fused/wasm/', import.meta.url);
const TARGET = new URL('binary.ts', FOLDER);
const LINE = 96;

/**
 * The compiled code as a TypeScript module.
 *
 * @throws Error with the compiler's messages
 */
export async function compileModule() {
  const folder = await mkdtemp(path.join(tmpdir(), 'alphascope-wasm-'));
  const file = path.join(folder, 'binary.wasm');
  // The compiler's program, not its module: that one's types add to Array for the whole project.
  const compiler = tool('assemblyscript', 'bin/asc.js');
  try {
    await run(process.execPath, [
      ...[compiler, 'assembly/index.ts', '--outFile', file],
      ...['--baseDir', fileURLToPath(FOLDER)],
      ...['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub'],
      // It runs on the memory of tfjs, so it must not bring any data of its own.
      ...['--importMemory', '--noExportMemory'],
      // Vectors are passed between our own functions only.
      ...['--disableWarning', '112'],
    ]);
    return moduleOf(await readFile(file));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {Buffer} binary */
function moduleOf(binary) {
  const text = binary.toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [
    '// Compiled from assembly/ by `npm run wasm`; a test compares the two.',
    'export const BINARY =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await compileModule();
  const before = await readFile(TARGET, 'utf8').catch(() => null);
  if (text !== before) await writeFile(TARGET, text);
  console.log(before === text ? 'binary.ts is up to date.' : 'binary.ts is written.');
}
