import { claimById } from '../../paper/claim/registry';
import type { BenchRun } from '../../paper/claim/runs';
import type { ReportedVerdict } from '../../paper/claim/verdicts';
import type { ArmKey } from '../../paper/experiment/arm';
import { armOf } from '../../paper/experiment/config';
import type { RunSummary } from '../../store/database';
import type { RecordingEntry } from '../../trace/recordings';
import { FIGURES } from '../experiments/figures';
import { verdictOn } from '../experiments/verdicts';
import { formatLessonLink } from '../link';
import type { App } from '../state/app.svelte';
import { Answers } from './answers.svelte';
import { evidenceOf, ownFirst, type Evidence } from './evidence';
import type { Answer, Lesson, Show, Step } from './lesson';
import { LESSONS } from './lessons';
import { Player, recordingOf, type Wanted } from './player.svelte';

/** A lesson at one of its steps: what is on screen, what was predicted, and what the runs say. */
export class LessonState {
  readonly #app: App;
  readonly answers = new Answers();
  readonly player: Player;
  presenting = $state(false);

  /** Null for the list, and where the link names no lesson. */
  readonly lesson: Lesson | null = $derived.by(
    () => LESSONS.find(({ number }) => number === this.#app.lessonRequest?.lesson) ?? null,
  );
  /** From 1; the last step where the link asks for one behind it. */
  readonly at: number = $derived.by(() =>
    Math.min(this.#app.lessonRequest?.step ?? 1, this.lesson?.steps.length ?? 1),
  );
  readonly step: Step | null = $derived(this.lesson?.steps[this.at - 1] ?? null);
  /** Key of the choice that was predicted; null without a question, or before it. */
  readonly chosen: string | null = $derived.by(() => {
    const question = this.step?.question;
    if (this.lesson === null || question === undefined) return null;
    const key = this.answers.of(this.lesson.number, question.key);
    return question.choices.some((choice) => choice.key === key) ? key : null;
  });
  /** Whether the learner still has to predict: until then nothing is given away. */
  readonly asks: boolean = $derived(this.step?.question !== undefined && this.chosen === null);
  /** Whether the whole trajectory may be looked through: not before the lesson's first prediction. */
  readonly isOpen: boolean = $derived.by(() => {
    if (this.lesson === null || this.asks) return false;
    const first = this.lesson.steps.findIndex(({ question }) => question !== undefined);
    const { question } = this.lesson.steps[first]!;
    return this.at > first + 1 || this.answers.of(this.lesson.number, question!.key) !== null;
  });
  readonly show: Show | null = $derived(
    this.step === null ? null : this.asks ? this.step.show : (this.step.reveal ?? this.step.show),
  );
  readonly wanted: Wanted | null = $derived.by(() => {
    if (this.lesson === null || this.show === null) return null;
    return this.player.wanted(`${this.lesson.number} ${this.at} ${this.asks}`, this.show);
  });

  /** Of the step after this one; null at the end. */
  readonly next: Wanted | null = $derived.by(() => {
    const step = this.lesson?.steps[this.at];
    return step === undefined ? null : this.player.wanted('', step.show);
  });

  /** Arms that the step's question, verdicts and figures rest on. */
  readonly #arms: readonly ArmKey[] = $derived.by(() => {
    const { step } = this;
    if (step === null) return [];
    const claims = step.claims ?? [];
    return [
      ...new Set([
        ...(step.question?.arms ?? []),
        ...claims.flatMap((id) => claimById(id).arms),
        ...[step.show, step.reveal].flatMap(figureArms),
      ]),
    ];
  });
  readonly entries: readonly RecordingEntry[] = $derived.by(() =>
    this.#arms.flatMap((arm) => recordingOf(arm, this.#app.recordings) ?? []),
  );
  /** Finished runs of the visitor, of the arms in question. */
  readonly heads: readonly RunSummary[] = $derived.by(() => {
    const { library, experiments } = this.#app;
    return library.runs.filter(({ config, state }) => {
      const arm = armOf(config);
      const here = config.effective.scale.name === experiments.scale;
      return here && state === 'finished' && arm !== null && this.#arms.includes(arm.key);
    });
  });
  /** Arms of the question without a recorded run. */
  readonly awaited: readonly ArmKey[] = $derived.by(() =>
    this.#arms.filter((arm) => recordingOf(arm, this.#app.recordings) === undefined),
  );
  readonly recorded: readonly BenchRun[] = $derived.by(() => {
    const { recorded } = this.#app.experiments.loaded;
    return this.entries.flatMap(({ file }) => recorded.get(file) ?? []);
  });
  readonly #own: readonly BenchRun[] = $derived.by(() => {
    const { own } = this.#app.experiments.loaded;
    return this.heads.flatMap(({ uid }) => own.get(uid) ?? []);
  });
  /** Whether all that is here has been read, or could not be. */
  readonly isRead: boolean = $derived.by(() => {
    const { loaded } = this.#app.experiments;
    return loaded.pending === 0 && this.entries.every(({ file }) => loaded.recorded.has(file));
  });
  readonly problems: readonly string[] = $derived.by(() => this.#app.experiments.loaded.problems);
  readonly evidence: Evidence = $derived.by(() => {
    const question = this.step?.question;
    return question?.own === true
      ? ownFirst(question.arms, this.#own, this.recorded)
      : evidenceOf(this.recorded);
  });
  /** What the runs say; null before a prediction, and while runs are missing. */
  readonly answer: Answer | null = $derived.by(() =>
    this.chosen === null ? null : this.step!.question!.answer(this.evidence),
  );
  /** By recorded runs alone, and only where they give nothing away. */
  readonly verdicts: readonly ReportedVerdict[] = $derived.by(() => {
    if (this.asks || !this.isRead) return [];
    return (this.step?.claims ?? []).map((id) =>
      verdictOn(this.#app.experiments, id, this.recorded),
    );
  });

  constructor(app: App) {
    this.#app = app;
    this.player = new Player(app);
  }

  /** Reads what the step's words rest on. Never rejects. */
  async read(): Promise<void> {
    await this.#app.experiments.loaded.load(this.heads, this.entries);
  }

  /** To another step of the lesson, if there is one; the address bar goes along. */
  go(step: number): void {
    if (this.lesson === null || step < 1 || step > this.lesson.steps.length) return;
    const hash = formatLessonLink(this.lesson.number, step);
    history.pushState(null, '', hash);
    this.#app.followLink(hash);
  }

  predict(choice: string): void {
    if (this.lesson === null || this.step?.question === undefined) return;
    this.answers.give(this.lesson.number, this.step.question.key, choice);
  }

  askAgain(): void {
    if (this.lesson === null || this.step?.question === undefined) return;
    this.answers.take(this.lesson.number, this.step.question.key);
  }

  /** Questions of a lesson, and how many of them were answered. */
  progress({ number, steps }: Lesson): { asked: number; answered: number } {
    const questions = steps.flatMap(({ question }) => question ?? []);
    const answered = questions.filter(({ key }) => this.answers.of(number, key) !== null);
    return { asked: questions.length, answered: answered.length };
  }
}

function figureArms(show: Show | undefined): readonly ArmKey[] {
  return (show?.panels ?? []).flatMap((panel) =>
    typeof panel === 'object' && 'figure' in panel
      ? (FIGURES.find(({ key }) => key === panel.figure)?.arms ?? [])
      : [],
  );
}
