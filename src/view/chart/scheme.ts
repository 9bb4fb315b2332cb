import { createSubscriber } from 'svelte/reactivity';

const subscribe = createSubscriber((update) => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const choice = new MutationObserver(update);
  system.addEventListener('change', update);
  choice.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', update);
    choice.disconnect();
  };
});

/**
 * What CSS makes of a colour where an element stands, as a canvas understands it. Inside an effect or
 * a derived value it is asked again when the page changes from light to dark or back.
 */
export function resolveColour(element: HTMLElement, colour: string): string {
  subscribe();
  const { style } = element;
  // Where every change is a transition, however short, its start would be read.
  style.setProperty('transition', 'none', 'important');
  style.color = colour;
  const resolved = getComputedStyle(element).color;
  style.removeProperty('color');
  style.removeProperty('transition');
  return resolved;
}
