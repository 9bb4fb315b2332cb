/** What an entered number must be. */
export interface Bounds {
  /** In the sentence that refuses another. */
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

/** Numbers that a visitor enters as text. A field that is wrong leaves its last valid number in force. */
export class NumberFields<Name extends string> {
  readonly #bounds: Readonly<Record<Name, Bounds>>;
  readonly #texts: Record<Name, string>;
  readonly #values: Record<Name, number>;

  constructor(bounds: Readonly<Record<Name, Bounds>>, start: Readonly<Record<Name, number>>) {
    this.#bounds = bounds;
    this.#texts = $state(textsOf(start));
    this.#values = $state({ ...start });
  }

  /** As entered. */
  get texts(): Readonly<Record<Name, string>> {
    return this.#texts;
  }

  /** Those in force. */
  get values(): Readonly<Record<Name, number>> {
    return this.#values;
  }

  enter(field: Name, text: string): void {
    this.#texts[field] = text;
    if (this.problemOf(field) === undefined) this.#values[field] = Number(text);
  }

  /** Every field at once. */
  set(values: Readonly<Record<Name, number>>): void {
    Object.assign(this.#texts, textsOf(values));
    Object.assign(this.#values, values);
  }

  /** A sentence when what is entered is no such number. */
  problemOf(field: Name): string | undefined {
    const { name, least, most, whole } = this.#bounds[field];
    const text = this.#texts[field].trim();
    const value = text === '' ? NaN : Number(text);
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return undefined;
    const kind = whole ? 'a whole number' : 'a number';
    return `${name}: must be ${kind} from ${least} to ${most}, not "${text}".`;
  }
}

function textsOf<Name extends string>(
  values: Readonly<Record<Name, number>>,
): Record<Name, string> {
  return Object.fromEntries(
    Object.entries(values).map(([field, value]) => [field, String(value)]),
  ) as Record<Name, string>;
}
