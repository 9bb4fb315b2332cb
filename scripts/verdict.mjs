/**
 * @typedef {object} Result what a stage of the tests came to, in test cases
 * @property {string} name
 * @property {number} seconds
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} failures what is known of each failure: where it is and what it says
 */

/**
 * The part of Vitest's JSON report that is read here.
 *
 * @typedef {object} Report
 * @property {number} [numPassedTests]
 * @property {number} [numFailedTests]
 * @property {number} [numPendingTests]
 * @property {number} [numTodoTests]
 * @property {ReportedFile[]} [testResults]
 *
 * @typedef {object} ReportedFile
 * @property {string} name its path
 * @property {string} status
 * @property {string} [message] why it could not be loaded
 * @property {ReportedCase[]} [assertionResults]
 *
 * @typedef {object} ReportedCase
 * @property {string} fullName
 * @property {string} status
 * @property {string[] | null} [failureMessages]
 */

/** Lines of a failure's message that are told again at the end. */
const MESSAGE_LINES = 12;

/** @param {string} text */
const beginning = (text) => text.trim().split('\n').slice(0, MESSAGE_LINES).join('\n');

/**
 * What a command said last: why it failed, where no report tells.
 *
 * @param {string} text
 */
export const ending = (text) => text.trim().split('\n').slice(-MESSAGE_LINES).join('\n');

/**
 * The failures of a file, each as its name and the beginning of its message.
 *
 * @param {ReportedFile} file
 */
function failuresOf({ name, status, message = '', assertionResults = [] }) {
  const failed = assertionResults.filter((result) => result.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${name}\n${beginning(message)}`] : [];
  return failed.map(
    ({ fullName, failureMessages }) =>
      `${name} > ${fullName}\n${beginning((failureMessages ?? []).join('\n'))}`,
  );
}

/**
 * Counts the test cases of a Vitest run. A run counts as one failure at least when Vitest says so:
 * a file that cannot be loaded, an error outside of any test or an empty run have no failed case.
 *
 * @param {string} text Vitest's JSON report; empty when there is none
 * @param {number} status Vitest's exit status
 * @returns {Omit<Result, 'name' | 'seconds'>}
 */
export function countReport(text, status) {
  /** @type {Report} */
  let report = {};
  try {
    report = /** @type {Report} */ (JSON.parse(text));
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
    failures: (report.testResults ?? []).flatMap(failuresOf),
  };
}

/**
 * What failed, the table at the end of the tests and, as its last line, `N passed, N failed`.
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
  const failures = results.flatMap(({ name, failures }) =>
    failures.flatMap((failure) => ['', `--- ${name} failed: ${failure}`]),
  );
  return {
    lines: [...failures, '', ...rows, '', `${total('passed')} passed, ${failed} failed`],
    failed,
  };
}
