export interface Toast {
  readonly id: number;
  readonly text: string;
  /** A way back, offered for as long as the toast stands. */
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

const SECONDS = 8;
const SECONDS_WITH_ACTION = 15;

/** Short messages that go away by themselves. Problems do not belong here: see Notices. */
export class Toasts {
  #nextId = 1;
  list = $state.raw<readonly Toast[]>([]);

  show(text: string, action: Toast['action'] = null): void {
    const id = this.#nextId++;
    this.list = [...this.list.slice(-2), { id, text, action }];
    setTimeout(() => this.dismiss(id), (action === null ? SECONDS : SECONDS_WITH_ACTION) * 1000);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
