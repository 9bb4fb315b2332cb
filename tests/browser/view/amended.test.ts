import { expect, test } from 'vitest';
import { openPage, usePage, wrongForAxe } from './page';

/* The toy of Amended-DARTS, live. What it computes has its own tests in tests/node/paper. */

usePage();

async function openToy() {
  const opened = await openPage({ hash: '#/amended' });
  await expect
    .element(opened.screen.getByRole('region', { name: 'Amended gradient' }))
    .toBeVisible();
  return opened;
}

test('shows figure 4, what eta .1 does, and where the boundary lies', async () => {
  const { screen } = await openToy();
  await expect
    .element(screen.getByText(/First order falls to a validation loss of 2\.59/))
    .toHaveTextContent(/then rises to 348\. Amended, with η = 0\.1, /);
  const stability = screen.getByText(/a’s gradient is −0\.4 \(2w − a\)/);
  await expect.element(stability).toHaveTextContent(/points away from the solution/);
  await expect.element(stability).toHaveTextContent(/η above 0\.125 and below 2\.44/);

  await screen.getByRole('button', { name: 'Figure 4, η = 1/4' }).click();
  await expect
    .element(screen.getByText(/a’s gradient is 2 \(2w − a\); it points to the solution/))
    .toBeVisible();
  await expect
    .element(screen.getByRole('textbox', { name: 'Eta', exact: true }))
    .toHaveValue('0.25');
  await expect.element(screen.getByRole('row', { name: /^0\.125 0 1\.0000/ })).toBeVisible();
});

test('follows what is entered, and names what is wrong', async () => {
  const { screen } = await openToy();
  const field = (name: string) => screen.getByRole('textbox', { name, exact: true });
  await field('Eta').fill('0.125');
  await expect.element(screen.getByText(/it vanishes, and a stays where it is/)).toBeVisible();
  await field('Eta').fill('3');
  await expect.element(screen.getByText(/but goes too far/)).toBeVisible();
  await field('Rate of a').fill('x');
  await expect
    .element(screen.getByText('must be a number from 0.00001 to 2, not "x".', { exact: false }))
    .toBeVisible();
  await field('Rate of a').fill('1');
  await expect
    .element(screen.getByText(/First order runs away and is lost at epoch/))
    .toBeVisible();
});

test('is free of what axe finds, and its formulas are MathML', async () => {
  const { screen } = await openToy();
  const region = screen.getByRole('region', { name: 'Equations at the start' }).element();
  const inside = [...region.querySelectorAll('math, math *')];
  expect(inside.length).toBeGreaterThan(50);
  for (const element of inside) {
    expect(element.namespaceURI).toBe('http://www.w3.org/1998/Math/MathML');
  }
  expect(await wrongForAxe('#amended')).toEqual([]);
});
