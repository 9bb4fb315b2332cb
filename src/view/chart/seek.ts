/**
 * Makes an element seek the clock: press or drag along it. The keyboard's way is the timeline's
 * slider, so the element itself takes no focus.
 *
 * @param epochAt epoch at a horizontal distance from the element's left edge, in pixels.
 */
export function seekable(
  epochAt: (x: number) => number,
  onseek: ((epoch: number) => void) | undefined,
): (element: HTMLElement) => () => void {
  return (element) => {
    if (onseek === undefined) return () => undefined;
    const seek = (event: PointerEvent) => {
      onseek(Math.round(epochAt(event.clientX - element.getBoundingClientRect().left)));
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      seek(event);
    };
    const move = (event: PointerEvent) => {
      if (element.hasPointerCapture(event.pointerId)) seek(event);
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
    };
  };
}
