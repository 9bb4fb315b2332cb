// Compiles src/engine/fused/wasm/assembly/ into the module that carries its bytes.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FOLDER = new URL('../src/engine/fused/wasm/', import.meta.url);
const TARGET = new URL('binary.ts', FOLDER);
const LINE = 96;

/** The compiled code as a TypeScript module. */
export async function compileModule() {
  /** @type {Uint8Array | null} */
  let binary = null;
  let messages = '';
  const { error } = await asc.main(
    [
      'assembly/index.ts',
      ...['--outFile', 'binary.wasm', '--baseDir', fileURLToPath(FOLDER)],
      ...['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub'],
      // It runs on the memory of tfjs, so it must not bring any data of its own.
      ...['--importMemory', '--noExportMemory'],
      // Vectors are passed between our own functions only.
      ...['--disableWarning', '112'],
    ],
    {
      stderr: {
        write: (text) => {
          messages += String(text);
        },
      },
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = contents;
      },
    },
  );
  if (error || !binary) throw new Error(`${messages}\n${error?.message ?? 'No output.'}`);
  const text = Buffer.from(binary).toString('base64');
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
