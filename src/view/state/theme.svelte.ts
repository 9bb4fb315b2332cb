export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'alphascope-theme';

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === value) ?? 'auto';
  } catch {
    // Storage may be forbidden altogether; the page still works in the system's colours.
    return 'auto';
  }
}

/** Light, dark or the system's choice; written to `data-theme` on the root element. */
export class ThemeState {
  current = $state<Theme>(stored());

  constructor() {
    this.#apply();
  }

  next(): void {
    this.current = THEMES[(THEMES.indexOf(this.current) + 1) % THEMES.length]!;
    try {
      localStorage.setItem(KEY, this.current);
    } catch {
      // See stored(): the choice then lasts until the reload.
    }
    this.#apply();
  }

  #apply(): void {
    if (this.current === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.current;
  }
}
