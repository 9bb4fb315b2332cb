// Draws the icons of the installed app from public/favicon.svg: node scripts/icons.mjs. Systems cut
// the maskable one to shapes of their own, so its drawing keeps to the middle and its paper has no edge.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from './chromium.mjs';
import { ROOT } from './ensure.mjs';

const PAPER = '#fbfaf7';
const folder = path.join(ROOT, 'public', 'icons');
const drawing = readFileSync(path.join(ROOT, 'public', 'favicon.svg')).toString('base64');

const executablePath = findChromium();
if (executablePath === undefined) throw new Error('No Chromium was found to draw with.');
const browser = await chromium.launch({ executablePath });
mkdirSync(folder, { recursive: true });
for (const { name, size, part } of [
  { name: 'icon-192', size: 192, part: 1 },
  { name: 'icon-512', size: 512, part: 1 },
  { name: 'maskable-512', size: 512, part: 0.7 },
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const side = size * part;
  const margin = (size - side) / 2;
  await page.setContent(
    `<body style="margin:0;background:${part === 1 ? 'transparent' : PAPER}">` +
      `<img width="${side}" height="${side}" style="display:block;margin:${margin}px" ` +
      `src="data:image/svg+xml;base64,${drawing}">`,
  );
  await page.screenshot({ path: path.join(folder, `${name}.png`), omitBackground: part === 1 });
  await page.close();
}
await browser.close();
