/** Width of a column in a two-column paper, in points: 3.33 inches. */
const PAPER_WIDTH = 240;
/** Pixels of a PNG to an inch of paper: what journals ask of line art. */
const PNG_DENSITY = 600;
const POINTS_PER_INCH = 72;

const NAMESPACE = 'http://www.w3.org/2000/svg';

/** What the page's style sheets decide about a picture. */
const PROPERTIES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linejoin',
  'paint-order',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'font-variant-numeric',
] as const;

/** How properties begin that are computed for every shape and mean something to text alone. */
const ON_TEXT_ALONE = 'font-';

/**
 * The drawn picture as a document of its own at paper width: the same shapes with their styles written
 * out, in the light theme, whatever the page shows. The drawn one is left as it is.
 *
 * @param drawn has to stand in the page, since its styles are computed there.
 */
export function svgOf(drawn: SVGSVGElement, title: string, description: string): string {
  const { width, height } = drawn.getBoundingClientRect();
  const copy = drawn.cloneNode(true) as SVGSVGElement;
  // Beside the drawn one, so that inherited styles are the same.
  const stage = document.createElement('div');
  stage.style.position = 'absolute';
  stage.style.visibility = 'hidden';
  stage.style.colorScheme = 'light';
  stage.append(copy);
  drawn.parentElement!.append(stage);
  try {
    for (const element of [copy, ...copy.querySelectorAll<SVGElement>('*')]) writeStyles(element);
  } finally {
    stage.remove();
  }
  for (const name of ['role', 'aria-label']) copy.removeAttribute(name);
  copy.setAttribute('xmlns', NAMESPACE);
  copy.setAttribute('viewBox', `0 0 ${width} ${height}`);
  copy.setAttribute('width', `${PAPER_WIDTH}pt`);
  copy.setAttribute('height', `${(PAPER_WIDTH * height) / width}pt`);
  copy.prepend(textElement('title', title), textElement('desc', description));
  // Svelte marks its places with comments.
  const text = new XMLSerializer().serializeToString(copy).replace(/<!--.*?-->/g, '');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
}

/**
 * Such a document as pixels on white.
 *
 * @throws Error when the browser cannot draw it.
 */
export async function pngOf(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = (PAPER_WIDTH / POINTS_PER_INCH) * PNG_DENSITY;
    canvas.height = Math.round((canvas.width * image.naturalHeight) / image.naturalWidth);
    const context = canvas.getContext('2d')!;
    context.fillStyle = 'white';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((resolve, reject) => {
      canvas.toBlob((blob) => {
        if (blob === null) reject(new Error('This browser cannot write the picture as PNG.'));
        else resolve(blob);
      }, 'image/png');
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

function writeStyles(element: SVGElement): void {
  const style = getComputedStyle(element);
  const isText = element instanceof SVGTextElement;
  const isShape = element instanceof SVGGeometryElement || isText;
  for (const property of PROPERTIES) {
    if (!isShape || (property.startsWith(ON_TEXT_ALONE) && !isText)) continue;
    element.setAttribute(property, style.getPropertyValue(property));
  }
  element.removeAttribute('class');
  element.removeAttribute('style');
}

function textElement(name: 'title' | 'desc', text: string): Element {
  const element = document.createElementNS(NAMESPACE, name);
  element.textContent = text;
  return element;
}
