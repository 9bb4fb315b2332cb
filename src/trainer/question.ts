/**
 * A question to a worker that may never answer: one promise at a time, which always settles. Asking
 * again rejects the earlier promise.
 */
export class Question<Answer> {
  #waiting: {
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: Error) => void;
    readonly timer: ReturnType<typeof setTimeout>;
  } | null = null;

  /**
   * @param replaced what an earlier, unanswered question rejects with.
   * @param late called once `milliseconds` have passed without an answer; it must settle the question.
   */
  ask(replaced: Error, milliseconds: number, late: () => void): Promise<Answer> {
    this.reject(replaced);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject, timer: setTimeout(late, milliseconds) };
    });
  }

  /** Nothing happens when nobody waits. */
  resolve(answer: Answer): void {
    this.#end()?.resolve(answer);
  }

  reject(error: Error): void {
    this.#end()?.reject(error);
  }

  #end() {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) clearTimeout(waiting.timer);
    return waiting;
  }
}
