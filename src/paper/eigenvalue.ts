/** Rotations stop when what lies beside the diagonal is this small beside it. */
const SMALL = 1e-13;
const MOST_SWEEPS = 60;

/**
 * The largest eigenvalue of a symmetric matrix, by Jacobi's rotations. Of another matrix the symmetric
 * part counts.
 */
export function largestEigenvalue(matrix: readonly (readonly number[])[]): number {
  const n = matrix.length;
  const a = matrix.map((row, i) => row.map((value, j) => (value + matrix[j]![i]!) / 2));
  for (let sweep = 0; sweep < MOST_SWEEPS && !isDiagonal(a); sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, p, q);
    }
  }
  return Math.max(...a.map((row, i) => row[i]!));
}

/** Makes the entry (p, q) zero. */
function rotate(a: number[][], p: number, q: number): void {
  const beside = a[p]![q]!;
  if (beside === 0) return;
  const half = (a[q]![q]! - a[p]![p]!) / (2 * beside);
  const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.hypot(half, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const turn = (x: number, y: number) => [cosine * x - sine * y, sine * x + cosine * y] as const;
  for (const row of a) [row[p], row[q]] = turn(row[p]!, row[q]!);
  const [first, second] = [a[p]!, a[q]!];
  first.forEach((x, j) => ([first[j], second[j]] = turn(x, second[j]!)));
}

function isDiagonal(a: readonly (readonly number[])[]): boolean {
  let [on, beside] = [0, 0];
  a.forEach((row, i) =>
    row.forEach((value, j) => {
      if (i === j) on += value ** 2;
      else beside += value ** 2;
    }),
  );
  return beside <= SMALL ** 2 * on;
}
