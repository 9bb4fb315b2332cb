import type { Claim } from './claim';
import type { Effect, Findings } from './verdict';

/** A verdict in words, complete in itself: outcome, statement, seeds, effect, ground, notes. */
export function verdictSentence(claim: Claim, findings: Findings): string {
  const { outcome, n, seeds, excluded, notes } = findings;
  const parts = [`${capital(outcome)} (n = ${n}): ${claim.statement}.`];
  if (outcome === 'not comparable') parts.push(`${capital(findings.reason ?? '')}.`);
  if (outcome === 'too few seeds') parts.push('A verdict needs at least three seeds of every arm.');
  if (seeds.length > 0) {
    const agreeing = seeds.filter((seed) => seed.holds).length;
    const average =
      findings.mean === null ? '' : ` and ${findings.mean ? '' : 'not '}for their mean`;
    parts.push(`The predicate holds for ${agreeing} of ${n} ${plural('seed', n)}${average}.`);
  }
  const { effect } = findings;
  if (effect !== null) parts.push(`${capital(effect.what)}: ${effectSize(effect)}.`);
  if (claim.accuracy !== 'none' && seeds.length > 0) {
    parts.push(
      findings.table === null
        ? 'No accuracies: judged on cells and magnitudes alone.'
        : `Accuracies: ${findings.table}.`,
    );
  }
  parts.push(...notes);
  if (excluded.length > 0) {
    parts.push(`${excluded.length} ${plural('run', excluded.length)} left out.`);
  }
  return parts.join(' ');
}

/** `5.40 ± 0.55 edges`, with a minus that is none of a hyphen. */
export function effectSize({ mean, std, unit }: Effect): string {
  const spread = std === null ? '' : ` ± ${std.toFixed(2)}`;
  return `${mean.toFixed(2).replace('-', '−')}${spread} ${unit}`;
}

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
