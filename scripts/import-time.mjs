import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PATIENCE, withTrace } from './built-page.mjs';
import { endOnSignals } from './child.mjs';
import { ROOT } from './ensure.mjs';
import { readOptions, refuse } from './options.mjs';

/** Five runs, to which the table is joined. */
const RUNS = 'public/recordings/baseline-bench.json.gz';
/** By which the page calls the table, whatever its file says. */
const NAME = 'imported for its time';

const USAGE = `Usage: npm run import-time -- [--table FILE]

Drops a table of all 15,625 cells on the built page, which shows five recorded runs, and prints the time
from the drop until their accuracies are drawn, and the longest time that the page drew no frame
meanwhile.

  --table  CSV as in docs/tables.md; a table of invented numbers by default`;

const options = readOptions(USAGE, { table: { type: 'string' } });
const file = options.table === undefined ? null : path.resolve(options.table);
if (file !== null && !existsSync(file)) refuse(`--table: ${file} does not exist`, USAGE);
const table = file === null ? inventedTable() : readFileSync(file, 'utf8');
const text = `# name: ${NAME}\n${table.replace(/^# name:.*\n/m, '')}`;

endOnSignals();
const { total, longest } = await withTrace(path.join(ROOT, RUNS), (page) =>
  page.evaluate(dropped, { text, name: NAME, limit: PATIENCE }),
);
const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
// The first is the header.
const rows = lines.length - 1;
console.log(
  `${rows} rows: ${total.toFixed(0)} ms from the drop to the curves, longest frame ${longest.toFixed(0)} ms`,
);

/**
 * In the page: drops the file, then looks at every frame whether the chart's words name the table.
 *
 * @param {{ text: string, name: string, limit: number }} given
 * @returns {Promise<{ total: number, longest: number }>} milliseconds
 */
function dropped({ text: content, name, limit }) {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([content], 'table.csv', { type: 'text/csv' }));
  return new Promise((resolve, reject) => {
    requestAnimationFrame((begun) => {
      const start = performance.now();
      let before = begun;
      let longest = 0;
      const look = (/** @type {number} */ now) => {
        longest = Math.max(longest, now - before);
        before = now;
        const chart = [...document.querySelectorAll('figure')].find((figure) =>
          figure.textContent.includes(`${name}, `),
        );
        if (chart?.querySelector('svg path, canvas')) {
          resolve({ total: performance.now() - start, longest });
        } else if (now - begun > limit) {
          reject(new Error(`No chart names the table: ${document.body.innerText.slice(0, 500)}`));
        } else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
      document.body.dispatchEvent(
        new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
      );
    });
  });
}

/** INVENTED accuracies of every cell, six columns as of the benchmark. */
function inventedTable() {
  const operations = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'];
  const columns = ['cifar10', 'cifar100', 'in16'].flatMap((set) => [`${set}_valid`, `${set}_test`]);
  const rows = Array.from({ length: operations.length ** 6 }, (_, rank) => {
    const op = [0, 1, 2, 3, 4, 5].map((edge) => operations[Math.floor(rank / 5 ** edge) % 5]);
    const [a, b, c, d, e, f] = op;
    const arch = `|${a}~0|+|${b}~0|${c}~1|+|${d}~0|${e}~1|${f}~2|`;
    const accuracies = columns.map((_column, at) =>
      (10 + ((rank * (at + 7)) % 8500) / 100).toFixed(2),
    );
    return [arch, ...accuracies].join(',');
  });
  return [['arch', ...columns].join(','), ...rows, ''].join('\n');
}
