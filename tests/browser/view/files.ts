import { expect, vi } from 'vitest';

/** The one file that a press downloads. */
export async function downloaded(press: () => Promise<void>): Promise<File> {
  const files: Promise<File>[] = [];
  const clicks = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    const { download: name } = this;
    files.push(fetch(this.href).then(async (answer) => new File([await answer.blob()], name)));
  });
  try {
    await press();
    await expect.poll(() => files.length).toBe(1);
  } finally {
    clicks.mockRestore();
  }
  return files[0]!;
}

/** As from the visitor's desktop, anywhere on the page. */
export function drop(file: File): void {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
}
