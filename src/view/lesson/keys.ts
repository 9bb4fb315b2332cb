/** What the keyboard can do to a lesson. */
interface Steerable {
  readonly at: number;
  /** Whether the clock may be played. */
  readonly isOpen: boolean;
  presenting: boolean;
  readonly player: { readonly clock: { toggle(): void } };
  go(step: number): void;
}

/** Elements that use the arrows themselves. */
const ARROW_KEYS =
  'input, textarea, select, [contenteditable], [role="slider"], [tabindex]:not([tabindex="-1"])';
/** Elements that use the space bar themselves. */
const PRESSED = 'button, summary, a[href]';

/**
 * The arrows go a step back or on, space plays and pauses, p presents. Keys pressed in a control that
 * uses them, or with a modifier, are left alone. Escape is the presenter's own.
 */
export function steer(event: KeyboardEvent, lesson: Steerable): void {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.shiftKey) return;
  const within = (selector: string) =>
    event.target instanceof Element && event.target.closest(selector) !== null;
  if (within(ARROW_KEYS)) return;
  if (event.key === 'ArrowLeft') lesson.go(lesson.at - 1);
  else if (event.key === 'ArrowRight') lesson.go(lesson.at + 1);
  else if (event.key === 'p') lesson.presenting = !lesson.presenting;
  else if (event.key === ' ' && !within(PRESSED) && lesson.isOpen) lesson.player.clock.toggle();
  else return;
  event.preventDefault();
}
