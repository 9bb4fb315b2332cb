import { DEFAULT_SETTINGS, REGIMES } from '../../paper/regime';
import { validateSettings } from '../../paper/validate';
import { CONTROLS, formatLink, OWN_SEED, type Control } from '../link';

/** What a class can train within a lesson, on whatever it has brought. */
const SCALE = 'tiny';
const EPOCHS = '20';

/** The link that a teacher hands out: a regime, a seed for each tab, and the controls to show. */
export class ClassLink {
  regime = $state('baseline');
  scale = $state(SCALE);
  epochs = $state(EPOCHS);
  /** In the order of the controls. */
  show = $state.raw<readonly Control[]>([]);

  readonly #checked = $derived(
    validateSettings({ epochs: this.epochs, scale: this.scale.trim() }, DEFAULT_SETTINGS),
  );
  /** What is wrong; empty when the link can be handed out. */
  readonly problems: readonly string[] = $derived(
    this.#checked.problems.map(({ message }) => message),
  );
  /** The hash; null while something is wrong. */
  readonly hash: string | null = $derived.by(() => {
    if (this.problems.length > 0) return null;
    const regime = REGIMES.find(({ key }) => key === this.regime)!;
    const settings = regime.apply(this.#checked.settings);
    return formatLink(settings, OWN_SEED, 'auto', this.show);
  });

  toggle(control: Control): void {
    this.show = CONTROLS.filter((one) => (one === control) !== this.show.includes(one));
  }
}
