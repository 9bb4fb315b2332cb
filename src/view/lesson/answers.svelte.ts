const KEY = 'alphascope-lessons';

type Kept = Readonly<Record<string, string>>;

function stored(): Kept {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, choice]) => isText(choice)));
  } catch {
    // Storage may be forbidden, or hold what another version wrote: then nothing was answered.
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** What the learner has predicted. Kept in this browser and sent nowhere. */
export class Answers {
  #kept = $state.raw<Kept>(stored());

  /** Key of the choice; null before the question was answered. */
  of(lesson: number, question: string): string | null {
    return this.#kept[nameOf(lesson, question)] ?? null;
  }

  get none(): boolean {
    return Object.keys(this.#kept).length === 0;
  }

  give(lesson: number, question: string, choice: string): void {
    this.#keep({ ...this.#kept, [nameOf(lesson, question)]: choice });
  }

  /** Asks a question again. */
  take(lesson: number, question: string): void {
    const name = nameOf(lesson, question);
    this.#keep(Object.fromEntries(Object.entries(this.#kept).filter(([key]) => key !== name)));
  }

  forget(): void {
    this.#keep({});
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // See stored(): answers then last until the reload.
    }
  }
}

function nameOf(lesson: number, question: string): string {
  return `${lesson} ${question}`;
}
