/**
 * What is made here belongs to no component: its derived values outlive the one that asked for it
 * first.
 */
export function rooted<Made>(make: () => Made): Made {
  let made: Made | undefined;
  $effect.root(() => {
    made = make();
  });
  return made as Made;
}
