import { lines } from './vector';

/**
 * Outputs of convolutions on the edges that leave one node, of which those whose weight in p is 0 are left
 * out. The numbers are places in p: for each convolution those of the edges, whose outputs lie side by side.
 */
export type DrawnPlaces = readonly (readonly number[])[];

/**
 * Declares `drawn0`, `drawn1`, ...: whether the edge that vector `o` of the outputs belongs to has a weight.
 * Without places all of them have.
 *
 * @param vectors of the outputs of all edges
 */
export function drawnOf(places: DrawnPlaces | null, convs: number, vectors: number): string {
  return lines(convs, (j) => {
    if (!places) return `let drawn${j} = true;`;
    const edges = places[j]!;
    const each = vectors / edges.length;
    const weight = edges
      .slice(1)
      .reduce(
        (rest, place, e) => `select(${rest}, p[${place}], o >= ${(e + 1) * each}u)`,
        `p[${edges[0]!}]`,
      );
    return `let drawn${j} = ${weight} != 0f;`;
  });
}
