/**
 * @typedef {object} Result what a stage of the tests came to, in test cases
 * @property {string} name
 * @property {number} seconds
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/**
 * Counts the test cases of a Vitest run. A run counts as one failure at least when Vitest says so:
 * a file that cannot be loaded, an error outside of any test or an empty run have no failed case.
 *
 * @param {string} text Vitest's JSON report; empty when there is none
 * @param {number} status Vitest's exit status
 * @returns {Pick<Result, 'passed' | 'failed' | 'skipped'>}
 */
export function countReport(text, status) {
  /** @type {{ numPassedTests?: number, numFailedTests?: number, numPendingTests?: number, numTodoTests?: number }} */
  let report = {};
  try {
    report = /** @type {typeof report} */ (JSON.parse(text));
  } catch {
    // Cut off or never written: nothing is known to have passed.
  }
  const passed = report.numPassedTests ?? 0;
  const failed = report.numFailedTests ?? 0;
  const broken = status !== 0 || passed + failed === 0;
  return {
    passed,
    failed: Math.max(failed, broken ? 1 : 0),
    skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
  };
}

/**
 * The table at the end of the tests and, as its last line, `N passed, N failed`.
 *
 * @param {readonly Result[]} results
 */
export function summary(results) {
  /** @param {'passed' | 'failed'} key */
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  const rows = results.map(({ name, seconds, passed, failed, skipped }) =>
    [
      name.padEnd(10),
      `${seconds.toFixed(1)} s`.padStart(9),
      failed === 0 ? '  pass' : '  FAIL',
      `  ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    ].join(''),
  );
  const failed = total('failed');
  return { lines: ['', ...rows, '', `${total('passed')} passed, ${failed} failed`], failed };
}
