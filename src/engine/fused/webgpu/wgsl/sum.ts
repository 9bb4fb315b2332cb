/** How the rows of a table are shared out for sums over them: row r belongs to part r mod parts. */
export interface Parts {
  readonly parts: number;
  /** Rows of a part, at most. */
  readonly perPart: number;
}

/** Parts of a sum, at most: a last pass adds them up. */
const MOST_PARTS = 1024;

/**
 * Enough parts to keep the device busy with one thread for each part and vector of channels. Threads
 * that sum by themselves need no barrier, and those of a GPU have enough to do.
 */
export function partsOf(rows: number, vectors: number, threads: number): Parts {
  const wanted = Math.min(Math.ceil(threads / vectors), MOST_PARTS, Math.ceil(rows / 2));
  const perPart = Math.ceil(rows / Math.max(1, wanted));
  return { parts: Math.ceil(rows / perPart), perPart };
}

/** Threads that share the sum over the parts of one result. */
export function depthOf(parts: number): number {
  return parts >= 512 ? 32 : parts > 128 ? 16 : 1;
}

/** Results of a workgroup side by side; with `depth` threads for each of them. */
export function widthOf(depth: number): number {
  return depth === 1 ? 64 : 8;
}

/** Declarations for {@link totalOf}. */
export function totalHead(type: string, depth: number, names: readonly string[]): string {
  if (depth === 1) return '';
  const size = depth * widthOf(depth);
  return names.map((name) => `var<workgroup> ${name}: array<${type}, ${size}>;`).join('\n');
}

/**
 * Code that turns the variable `name`, which each thread has summed its share into, into the total of
 * the threads with equal `local.x`.
 */
export function totalOf(name: string, shared: string, depth: number): string {
  if (depth === 1) return '';
  const width = widthOf(depth);
  return `
  ${shared}[lane] = ${name};
  workgroupBarrier();
  ${name} = ${shared}[local.x];
  for (var y = 1u; y < ${depth}u; y++) { ${name} += ${shared}[y * ${width}u + local.x]; }`;
}
