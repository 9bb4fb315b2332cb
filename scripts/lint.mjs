import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import * as typescript from 'typescript-eslint';
import { ROOT } from './ensure.mjs';

/*
 * ESLint over the whole project, by eslint.config.js: node scripts/lint.mjs [file or folder ...]
 *
 * Finds what `eslint .` finds, sooner. By itself the parser opens one component after
 * the other in a TypeScript project; what it opens there is the component as TypeScript and not what
 * lies on the disk, so the project changes with each, and the types of all files are worked out anew
 * as often as there are components. Here the components are made into TypeScript first, and one
 * program with one type checker serves all files.
 */

/** @typedef {import('eslint').Linter.ParserOptions & { filePath?: string }} Options */
/** @typedef {{ parseForESLint: (code: string, options: Options) => import('eslint').Linter.ESLintParseResult }} Parser */

const typed = /** @type {Parser} */ (/** @type {unknown} */ (typescript.parser));

/** Files that the Svelte parser rewrites before the type checker sees them. */
const REWRITTEN = /\.svelte(\.ts)?$/;

/**
 * What the type checker has to see of a component or of a module with runes: the parser's own
 * rewriting of it.
 *
 * @param {ESLint} eslint
 * @param {string} file
 * @returns {Promise<string | undefined>} undefined for one that cannot be parsed, which is then
 * reported when its turn comes
 */
async function rewrite(eslint, file) {
  const { languageOptions } =
    /** @type {{ languageOptions: { parser: Parser, parserOptions: Options } }} */ (
      await eslint.calculateConfigForFile(file)
    );
  const { parser, parserOptions } = languageOptions;
  /** @type {string | undefined} */
  let text;
  const recorder = {
    ...typed,
    /** @type {Parser['parseForESLint']} */
    parseForESLint(code, options) {
      text = code;
      return typed.parseForESLint(code, options);
    },
  };
  try {
    parser.parseForESLint(readFileSync(file, 'utf8'), {
      ...parserOptions,
      projectService: false,
      filePath: file,
      // The last text is the rewritten one: those before only serve to find what to rewrite.
      parser: recorder,
    });
  } catch {
    return undefined;
  }
  return text;
}

/**
 * The program of tsconfig.json with the components in it.
 *
 * @param {ESLint} eslint
 */
async function makeProgram(eslint) {
  const config = ts.getParsedCommandLineOfConfigFile(
    path.join(ROOT, 'tsconfig.json'),
    // Components end in what TypeScript does not know.
    { allowNonTsExtensions: true },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
      },
    },
    undefined,
    undefined,
    [{ extension: '.svelte', isMixedContent: false, scriptKind: ts.ScriptKind.Deferred }],
  );
  if (config === undefined) throw new Error('There is no tsconfig.json.');
  /** @type {Map<string, string>} */
  const rewritten = new Map();
  for (const file of config.fileNames.filter((name) => REWRITTEN.test(name))) {
    const text = await rewrite(eslint, file);
    if (text !== undefined) rewritten.set(file, text);
  }
  const host = ts.createCompilerHost(config.options, true);
  const readFile = host.readFile.bind(host);
  host.readFile = (file) => rewritten.get(file) ?? readFile(file);
  return ts.createProgram(config.fileNames, config.options, host);
}

/**
 * The TypeScript parser on a program's files. One that the program has otherwise goes the usual way.
 *
 * @param {ts.Program} program
 */
const parserOn = (program) => ({
  ...typed,
  /** @type {Parser['parseForESLint']} */
  parseForESLint(code, options) {
    const file = options.filePath;
    const known = file !== undefined && program.getSourceFile(file)?.text === code;
    // A parse without types asks for no project.
    return typed.parseForESLint(
      code,
      known && options.projectService === true
        ? { ...options, projectService: false, programs: [program] }
        : options,
    );
  },
});

const plain = new ESLint({ cwd: ROOT });
const parser = parserOn(await makeProgram(plain));
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: [
    { files: ['**/*.{ts,js,mjs}'], ignores: ['**/*.svelte.ts'], languageOptions: { parser } },
    { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser } } },
  ],
});
const patterns = process.argv.slice(2);
const results = await eslint.lintFiles(patterns.length > 0 ? patterns : ['.']);
const formatter = await eslint.loadFormatter();
const text = await formatter.format(results);
if (text !== '') console.log(text);
process.exitCode = results.some(({ messages }) => messages.length > 0) ? 1 : 0;
