import type { ClaimId } from '../../paper/claim/claim';
import type { ArmKey } from '../../paper/experiment/arm';
import type { Operation } from '../../paper/operation';
import type { Evidence } from './evidence';

/** Equations that a step may show beside its text; Equation.svelte writes them. */
export type EquationKey =
  | 'share'
  | 'mixture'
  | 'bilevel'
  | 'weights'
  | 'alpha'
  | 'derive'
  | 'magnitude'
  | 'decay'
  | 'jacobian'
  | 'skips'
  | 'stop';

/** The parts of one bilevel step, in their order. */
export const STAGES = ['batch', 'weights', 'validation', 'alpha'] as const;
export type Stage = (typeof STAGES)[number];

/** A part of the instrument beside the text. */
export type Panel =
  | 'cell'
  | 'magnitude'
  | 'shares'
  | 'over-time'
  | 'derived'
  | 'losses'
  | 'rates'
  /** Stop rules on the arm's recording. */
  | 'stops'
  /** The softmax study of section 2.2, at this learning rate. */
  | { readonly inertia: number }
  /** A bilevel step in slow motion: this part of it, at the first snapshot of this epoch. */
  | { readonly stage: Stage; readonly epoch: number }
  /** A panel of the paper's figures, by its key. */
  | { readonly figure: string };

/** What stands beside a step's text, and where the clock goes. */
export interface Show {
  readonly arm: ArmKey;
  /** Drawn over it, for comparison. */
  readonly against?: ArmKey;
  /** One seed alone; without it the mean. */
  readonly seed?: number;
  /** The epoch it stands at, or from which to which it plays; those of the whole run. */
  readonly clock: number | 'end' | readonly [from: number, to: number | 'end'];
  /** The first is the one that the presenter shows. */
  readonly panels: readonly [Panel, ...Panel[]];
  /** What the text speaks of, so that it stands out. */
  readonly edge?: number;
  readonly operation?: Operation;
  /** The visitor's own runs of the arm where there are any. */
  readonly own?: boolean;
}

export interface Choice {
  readonly key: string;
  readonly label: string;
}

/** What the runs say to a question. */
export interface Answer {
  /** Keys of the choices that the runs bear out: none where no choice fits, several where equal. */
  readonly choices: readonly string[];
  /** The numbers behind it, in sentences. */
  readonly text: string;
}

/** Asked before anything is revealed; answered by runs and never by the author of the lesson. */
export interface Question {
  /** Unique in its lesson: answers are kept under it. */
  readonly key: string;
  readonly ask: string;
  readonly choices: readonly Choice[];
  /** Arms whose runs answer it. */
  readonly arms: readonly ArmKey[];
  /** What the paper reports, and the choice that says the same where one does. */
  readonly paper?: { readonly text: string; readonly choice?: string };
  /** Answered by the visitor's own runs where there are any. */
  readonly own?: boolean;
  /** Null when runs of the arms are missing. */
  readonly answer: (evidence: Evidence) => Answer | null;
}

export interface Step {
  readonly title: string;
  /** Paragraphs; `[[term]]` and `[[term|as written]]` open the glossary (rich-text.ts). */
  readonly text: readonly string[];
  readonly equations?: readonly EquationKey[];
  readonly show: Show;
  readonly question?: Question;
  /** In place of `show` once the question is answered. */
  readonly reveal?: Show;
  /** Verdicts to read: with the answer where there is a question, else at once. */
  readonly claims?: readonly ClaimId[];
  /** What the rule of a verdict asks for beyond the question. Read before it, after the answer. */
  readonly ruling?: string;
  /** An arm to train here by choice. */
  readonly run?: ArmKey;
  /** Where to go on with it. */
  readonly link?: { readonly hash: string; readonly label: string };
}

/** One idea in steps. One file and one registry entry each (lessons.ts). */
export interface Lesson {
  /** From 1; its place in the course and in the link. */
  readonly number: number;
  readonly title: string;
  /** What it is about, in a sentence. */
  readonly idea: string;
  readonly steps: readonly Step[];
}
