/** A place in a JSON document: object keys and array positions, outermost first. */
export type Path = readonly (string | number)[];

/** `$.runs[0].epochs[3].alpha`; keys that are no plain names are quoted and cut short. */
function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (/^[A-Za-z]\w{0,39}$/.test(step)) return `${text}.${step}`;
    return `${text}[${JSON.stringify(step.slice(0, 40))}]`;
  }, '$');
}

/** A trace that cannot be accepted: where, and why, in words for a reader. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  /** JSON path from the root `$` of the document or record that was checked. */
  readonly path: string;
  readonly reason: string;

  constructor(path: Path, reason: string) {
    const place = formatPath(path);
    super(`${place} ${reason}`);
    this.path = place;
    this.reason = reason;
  }
}
