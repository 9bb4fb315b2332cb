/** What the keyboard can do to the clock. */
interface Playable {
  readonly length: number;
  toggle(): void;
  step(epochs: number): void;
  seek(epoch: number): void;
  pause(): void;
}

/** Elements that use these keys themselves. */
const OWN_KEYS =
  'input, textarea, select, button, summary, a[href], [contenteditable], [role="slider"], [tabindex]:not([tabindex="-1"])';

/**
 * Space plays and pauses, the arrows step by an epoch (by ten with Shift), Home and End go to the
 * ends. Keys pressed in a control, or with another modifier, are left alone.
 */
export function shortcut(event: KeyboardEvent, clock: Playable): void {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target instanceof Element && event.target.closest(OWN_KEYS) !== null) return;
  const stride = event.shiftKey ? 10 : 1;
  switch (event.key) {
    case ' ':
      clock.toggle();
      break;
    case 'ArrowLeft':
      clock.step(-stride);
      break;
    case 'ArrowRight':
      clock.step(stride);
      break;
    case 'Home':
    case 'End':
      clock.pause();
      clock.seek(event.key === 'Home' ? 0 : clock.length);
      break;
    default:
      return;
  }
  event.preventDefault();
}
