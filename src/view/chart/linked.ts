/** A curve with what lies between two of its values on the straight line through them. */
export function linked(values: readonly (number | null)[]): (number | null)[] {
  const known = values.flatMap((value, at) => (value === null ? [] : [{ at, value }]));
  return values.map((value, at) => {
    const after = known.findIndex((point) => point.at >= at);
    const [from, to] = [known[after - 1], known[after]];
    if (value !== null || !from || !to) return value;
    return from.value + ((to.value - from.value) * (at - from.at)) / (to.at - from.at);
  });
}
