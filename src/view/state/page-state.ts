import type { App } from './app.svelte';
import { rooted } from './rooted.svelte';

/**
 * State of a page whose code comes later than the app. It is made at the first look at the page and
 * kept with the app, so that nothing is lost when the visitor looks elsewhere meanwhile.
 */
export function pageState<State>(make: (app: App) => State): (app: App) => State {
  const states = new WeakMap<App, State>();
  return (app) => {
    let state = states.get(app);
    if (state === undefined) states.set(app, (state = rooted(() => make(app))));
    return state;
  };
}
