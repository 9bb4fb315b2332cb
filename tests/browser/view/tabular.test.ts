import { expect, test } from 'vitest';
import { inventedCsv } from '../../support/invented-table';
import { openPage, usePage, wrongForAxe } from './page';

/* Searches of a table in a real worker. What they do has its own tests in tests/node/paper. */

usePage();

async function openSection() {
  const opened = await openPage({ hash: '#/results' });
  const section = opened.screen
    .getByRole('region', { name: 'Table 1: searchers of a table' })
    .first();
  await expect.element(section).toBeVisible();
  return opened;
}

/** The cells of a searcher's row. */
function row(name: string): string[] {
  const section = document.querySelector('[aria-labelledby="results-tabular"]')!;
  const head = [...section.querySelectorAll('tbody th')].find((cell) => cell.textContent === name);
  return [...(head?.parentElement?.children ?? [])].map(({ textContent }) => textContent.trim());
}

const invented = () => new File([inventedCsv()], 'invented.csv', { type: 'text/csv' });

test('says what is missing without a complete table, beside the printed numbers', async () => {
  const { screen } = await openSection();
  await expect
    .element(screen.getByText(/Import one of all 15,625 cells at the side/))
    .toBeVisible();
  expect(row('REA').slice(0, 3)).toEqual(['REA', '93.92 ± 0.30', '']);
});

test('searches in a worker, fills its rows, and can be stopped', async () => {
  const { screen, app } = await openSection();
  await app.tables.import([invented()]);
  const field = (name: string) => screen.getByRole('textbox', { name, exact: true });
  await field('Repeats').fill('1');
  await expect
    .element(screen.getByText('must be a whole number from 2 to 10000', { exact: false }))
    .toBeVisible();
  const search = screen.getByRole('button', { name: 'Search the table' });
  await expect.element(search).toBeDisabled();

  await field('Repeats').fill('5');
  await field('Evaluations').fill('20');
  await search.click();
  await expect.poll(() => row('BOHB')[3], { timeout: 20_000 }).toBe('5');
  for (const name of ['REA', 'RS', 'REINFORCE', 'BOHB']) {
    expect(row(name)[2]).toMatch(/^\d\d\.\d\d ± \d\.\d\d$/);
    expect(row(name).slice(3, 5)).toEqual(['5', '20']);
  }
  await expect.element(search).toBeVisible();

  await field('Repeats').fill('10000');
  await field('Evaluations').fill('2000');
  await search.click();
  await expect
    .poll(() => document.querySelector('progress')?.value ?? 0, { timeout: 20_000 })
    .toBeGreaterThan(0);
  await screen.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect.element(search).toBeVisible();
  expect(row('BOHB')[3]).toBe('');

  expect(await wrongForAxe('[aria-labelledby="results-tabular"]')).toEqual([]);
});
