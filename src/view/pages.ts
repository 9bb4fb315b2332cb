/** What a link can lead to, in the order of the navigation. */
export const PAGES = [
  { place: 'playground', path: '', label: 'Playground' },
  { place: 'lessons', path: 'lessons', label: 'Lessons' },
  { place: 'runs', path: 'runs', label: 'Runs' },
  { place: 'experiments', path: 'experiments', label: 'Experiments' },
  { place: 'results', path: 'results', label: 'Results' },
  { place: 'stop-rules', path: 'stop-rules', label: 'Stop rules' },
  { place: 'cell', path: 'cell', label: 'Cells' },
  { place: 'softmax', path: 'softmax', label: 'Softmax inertia' },
  { place: 'amended', path: 'amended', label: 'Amended gradient' },
  { place: 'class', path: 'class', label: 'Class' },
  { place: 'bench', path: 'bench', label: 'Benchmark' },
] as const;

export type Place = (typeof PAGES)[number]['place'];

/** Playground and runs share a page; the others stand alone. */
export function isOnPlayground(place: Place): boolean {
  return place === 'playground' || place === 'runs';
}

/** Of the browser's tab. */
export function titleOf(place: Place): string {
  if (isOnPlayground(place)) return 'Alphascope';
  return `${labelOf(place)} · Alphascope`;
}

/** What the first link of the page skips to: `playground`, `stop rules`. */
export function contentName(place: Place): string {
  return labelOf(isOnPlayground(place) ? 'playground' : place).toLowerCase();
}

function labelOf(place: Place): string {
  return PAGES.find((page) => page.place === place)!.label;
}
