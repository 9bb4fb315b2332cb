/** How far below or above the window something may stand to count as near it. */
const MARGIN = '400px';

/** Calls `body` once, when the element comes near the window. For `{@attach}`. */
export function whenNear(body: () => void): (element: Element) => () => void {
  return (element) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        body();
      },
      { rootMargin: MARGIN },
    );
    observer.observe(element);
    return () => observer.disconnect();
  };
}
