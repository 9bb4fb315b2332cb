import type { ReportedVerdict } from '../../paper/claim/verdicts';
import { SENTENCE_NAME, type Operation } from '../../paper/operation';
import { mean } from '../../paper/statistics';
import type { ArmEvidence } from './evidence';
import type { Answer, Choice, Question } from './lesson';

/** Means over seeds that differ by less are told as equal, in edges. */
const HALF_AN_EDGE = 0.5;

export const FEWER_SAME_MORE: readonly Choice[] = [
  { key: 'fewer', label: 'fewer skip-connects' },
  { key: 'same', label: 'about as many' },
  { key: 'more', label: 'more skip-connects' },
];

/** The key of {@link FEWER_SAME_MORE} for two means over seeds. */
export function compareSkips(here: number, there: number): string {
  if (Math.abs(here - there) < HALF_AN_EDGE) return 'same';
  return here < there ? 'fewer' : 'more';
}

/** `4.6 skip-connects in the mean (6, 5, 3, 4 and 5)`, of one cell a seed. */
export function skipWords(counts: readonly number[]): string {
  const value = mean(counts);
  const noun = value === 1 ? 'skip-connect' : 'skip-connects';
  const each = counts.length > 1 ? ` in the mean (${listed(counts.map(String))})` : '';
  return `${figure(value)} ${noun}${each}`;
}

export function operationWords(operation: Operation): string {
  return SENTENCE_NAME[operation];
}

/** `, in the mean of 5 seeds`; nothing for one. */
export function inMean({ seeds }: Pick<ArmEvidence, 'seeds'>): string {
  return seeds.length > 1 ? `, in the mean of ${seeds.length} seeds` : '';
}

/** `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
}

/** One decimal where there is one: `4.6`, `6`. */
export function figure(value: number): string {
  return String(Number(value.toFixed(1)));
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** What the prediction was worth. */
export function predictionWords(
  { choices, arms }: Pick<Question, 'choices'> & Partial<Pick<Question, 'arms'>>,
  chosen: string,
  answer: Answer,
): string {
  const said = `You predicted: ${labelOf(choices, chosen)}.`;
  if (answer.choices.length === 0) return `${said} None of the choices fits these runs.`;
  if (answer.choices.includes(chosen)) {
    const others = answer.choices.length - 1;
    return `${said} So it is${others > 0 ? `, though the runs do not tell it from ${others === 1 ? 'one other choice' : `${others} other choices`}` : ''}.`;
  }
  const who = arms?.length === 0 ? 'The computation says' : 'These runs say';
  return `${said} ${who}: ${listed(answer.choices.map((key) => labelOf(choices, key)))}.`;
}

/**
 * What the paper reports, and whether the same is found here where a choice says the same; null where
 * the paper has no answer to the question.
 */
export function paperWords({ paper }: Pick<Question, 'paper'>, answer: Answer): string | null {
  if (paper?.choice === undefined) return paper?.text ?? null;
  const same = answer.choices.includes(paper.choice);
  return `${paper.text} ${same ? 'The same is found here.' : 'Something else is found here.'}`;
}

/** How a verdict stands to the paper, in a word before its sentence. */
export function verdictLead({ outcome }: Pick<ReportedVerdict, 'outcome'>): string {
  switch (outcome) {
    case 'seen':
      return 'Here as in the paper';
    case 'not seen':
      return 'Here unlike in the paper';
    default:
      return 'Open here';
  }
}

function labelOf(choices: readonly Choice[], key: string): string {
  return choices.find((choice) => choice.key === key)?.label ?? key;
}
