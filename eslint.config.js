import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const TFJS_RANDOM =
  '/^(randomNormal|randomUniform|randomUniformInt|randomGamma|randomStandardNormal|truncatedNormal|multinomial|rand|dropout)$/';

/** Text becomes text, never markup or code. */
const INJECTION = [
  {
    selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]',
    message: 'Markup from strings is not used here: set text, or write a component.',
  },
  {
    selector: "CallExpression[callee.object.name='document'][callee.property.name=/^write(ln)?$/]",
    message: 'Markup from strings is not used here: set text, or write a component.',
  },
];

/** Every random number comes from a named, seeded stream, so that a run can be repeated. */
const RANDOMNESS = [
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Not seeded. Take numbers from a stream of src/data/random.',
  },
  {
    selector: `MemberExpression[object.name=/^tfc?$/][property.name=${TFJS_RANDOM}]`,
    message:
      'TensorFlow.js ignores seeds in places. Take numbers from a stream of src/data/random.',
  },
  {
    selector: `ImportDeclaration[source.value=/^@tensorflow/] ImportSpecifier[imported.name=${TFJS_RANDOM}]`,
    message:
      'TensorFlow.js ignores seeds in places. Take numbers from a stream of src/data/random.',
  },
];

const SOURCE_RULES = [
  ...INJECTION,
  ...RANDOMNESS,
  {
    selector:
      "MemberExpression[property.name='nextFrame'], ImportDeclaration[source.value=/^@tensorflow/] ImportSpecifier[imported.name='nextFrame']",
    message: 'Animation frames stop in a hidden tab. Yield by a message channel.',
  },
];

const STYLE_ATTRIBUTE = {
  selector: "SvelteAttribute[key.name='style']",
  message: 'The policy blocks style attributes. Use a class or a style: directive.',
};

/** Names that a pure layer has no business with. */
const IMPURE = [
  'document',
  'window',
  'self',
  'navigator',
  'location',
  'localStorage',
  'sessionStorage',
  'indexedDB',
  'fetch',
  'Worker',
  'postMessage',
  'setTimeout',
  'setInterval',
  'requestAnimationFrame',
].map((name) => ({ name, message: 'This layer is pure: values in, values out.' }));

/**
 * For files that the compiler checks (tsc by JSDoc, svelte-check by the markup), but whose types the
 * rules do not see: casts in JSDoc, the parameters of handlers and bindings in markup.
 *
 * @type {Record<string, 'off'>}
 */
const UNSAFE_OFF = Object.fromEntries(
  ['argument', 'assignment', 'call', 'member-access', 'return'].map((name) => [
    `@typescript-eslint/no-unsafe-${name}`,
    'off',
  ]),
);

export default defineConfig(
  globalIgnores([
    'dist/',
    'public/',
    '.cache/',
    'test-results/',
    'tests/planted/',
    'tests/fixtures/',
    // AssemblyScript, which has a compiler of its own.
    'src/engine/fused/wasm/assembly/',
    'src/engine/fused/wasm/binary.ts',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ts.configs.recommendedTypeChecked,
  ts.configs.stylisticTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: {
        ...globals.browser,
        ...globals.node,
        __BUILD__: 'readonly',
        __FILES__: 'readonly',
        __LATER__: 'readonly',
      },
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-eval': 'error',
      'no-implied-eval': 'off',
      'no-new-func': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // With noUncheckedIndexedAccess every index into a matrix is asserted; the bounds are the loop's.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Arrow functions that only call: `onclick={() => stop()}`.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.svelte'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...SOURCE_RULES],
    },
  },
  {
    files: ['src/paper/**/*.ts', 'src/trace/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', ...IMPURE] },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // State is $state.raw, replaced as a whole; maps and sets are only used to work it out.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['**/*.svelte'],
    rules: {
      'no-restricted-syntax': ['error', ...SOURCE_RULES, STYLE_ATTRIBUTE],
      'svelte/no-at-html-tags': 'error',
      'svelte/button-has-type': 'error',
      'svelte/no-target-blank': 'error',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.svelte'],
    rules: UNSAFE_OFF,
  },
  prettier,
  svelte.configs.prettier,
);
