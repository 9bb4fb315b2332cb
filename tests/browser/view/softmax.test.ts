import { afterEach, describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import { expectAccessible, openPage, usePage } from './page';

/* The study of section 2.2, live. What it computes has its own tests in tests/node/paper. */

usePage();
afterEach(() => {
  delete document.documentElement.dataset.theme;
});

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const button = (screen: Screen, name: string) => screen.getByRole('button', { name, exact: true });
const field = (screen: Screen, name: string) => screen.getByRole('textbox', { name, exact: true });
const choice = (screen: Screen, name: string) =>
  screen.getByRole('combobox', { name, exact: true });

async function openStudy() {
  const opened = await openPage({ hash: '#/softmax' });
  await expect
    .element(opened.screen.getByRole('region', { name: 'Softmax inertia' }))
    .toBeVisible();
  return opened;
}

describe('the paper’s study', () => {
  test('is what a visitor finds, and lands on the printed 34 and 44', async () => {
    const { screen } = await openStudy();
    await expect
      .element(screen.getByText(/These are the paper’s settings/))
      .toHaveTextContent(
        /At rate \.001 it prints 34 epochs; computed here: 34\. At rate \.01 it prints 44 epochs; computed here: 44\./,
      );
    await expect
      .element(screen.getByText(/It is back where it began after 34 epochs/))
      .toBeVisible();
    await expect.element(screen.getByRole('row', { name: '.001 34 27 34' })).toBeVisible();
    await expect.element(screen.getByRole('row', { name: '.01 44 27 44' })).toBeVisible();
    await button(screen, 'Paper, rate .01').click();
    await expect
      .element(
        screen.getByText(
          /after 44 epochs. Momentum alone would take 34; the other 10 are softmax’s/,
        ),
      )
      .toBeVisible();
    await expect.element(field(screen, 'Learning rate')).toHaveValue('0.01');
  });

  test('says that with Adam the inertia vanishes', async () => {
    const { screen } = await openStudy();
    await expect
      .element(screen.getByText(/With Adam at rate \.001, x₁ is back after 27 epochs/))
      .toHaveTextContent(/the inertia vanishes/);
    await choice(screen, 'Optimiser').selectOptions('Adam (.5, .999)');
    await expect
      .element(screen.getByText(/It is back where it began after 27 epochs/))
      .toBeVisible();
    await expect.element(choice(screen, 'Momentum convention')).toBeDisabled();
  });
});

describe('settings of one’s own', () => {
  test('are computed at once, and the paper’s come back at a press', async () => {
    const { screen } = await openStudy();
    await choice(screen, 'Momentum convention').selectOptions('Nesterov');
    await expect.element(screen.getByText(/after 33 epochs/)).toBeVisible();
    await expect.element(screen.getByText(/Settings of your own/)).toBeVisible();
    await choice(screen, 'Momentum convention').selectOptions('heavy ball');
    await screen.getByRole('switch', { name: 'Empty momentum at the flip' }).click();
    await expect.element(screen.getByText(/after 26 epochs/)).toBeVisible();
    await choice(screen, 'Dimension').selectOptions('d = 5');
    await field(screen, 'Flip epoch').fill('10');
    await expect.element(screen.getByText(/The gradient turns after epoch 10/)).toBeVisible();
    await button(screen, 'Paper, rate .001').click();
    await expect.element(screen.getByText(/after 34 epochs/)).toBeVisible();
    await expect.element(field(screen, 'Flip epoch')).toHaveValue('25');
    await expect.element(choice(screen, 'Dimension')).toHaveValue('2');
  });

  test.each([
    ['Initial x', '11', 'Initial x: must be a number from -10 to 10, not "11".'],
    ['Gradient', '0', 'Gradient: must be a number from 0.001 to 100, not "0".'],
    ['Flip epoch', '2.5', 'Flip epoch: must be a whole number from 1 to 200, not "2.5".'],
    ['Learning rate', 'fast', 'Learning rate: must be a number from 0.00001 to 10, not "fast".'],
  ])('%s %s is refused in words and the last study stays', async (name, text, message) => {
    const { screen } = await openStudy();
    await field(screen, name).fill(text);
    await expect.element(screen.getByText(message)).toBeVisible();
    await expect.element(field(screen, name)).toHaveAttribute('aria-invalid', 'true');
    await expect.element(screen.getByText(/after 34 epochs/)).toBeVisible();
  });

  test('a softmax that saturates for good does not come back, and the page says so', async () => {
    const { screen } = await openStudy();
    await field(screen, 'Learning rate').fill('5');
    await expect.element(screen.getByText(/not back where it began within 2,000/)).toBeVisible();
  });
});

describe('the equations', () => {
  test('show the numbers of the epoch under the slider', async () => {
    const { screen } = await openStudy();
    const slider = screen.getByRole('slider', { name: 'Epoch', exact: true });
    await slider.fill('1');
    const numbers = () =>
      [...document.querySelectorAll('[aria-label^="Equations"] li')].map((line) =>
        line.textContent.replaceAll(/\s+/g, ''),
      );
    await expect.poll(() => numbers()[5]).toContain('(0.001,0.001)−0.001vt=(0.0005,0.0015)');
    expect(numbers()[2]).toContain('=(1,−1)');
    expect(numbers()[3]).toContain('=(0.5,−0.5)');
    expect(numbers()[6]).toContain('=34');
    (slider.element() as HTMLInputElement).focus();
    await userEvent.keyboard('{End}');
    await expect.poll(() => numbers()[2]).toContain('=(−1,1)');
    expect(document.querySelectorAll('[aria-label^="Equations"] math')).toHaveLength(14);
    for (const node of document.querySelectorAll('math *')) {
      expect(node.namespaceURI).toBe('http://www.w3.org/1998/Math/MathML');
    }
  });

  test('have five entries where the softmax has', async () => {
    const { screen } = await openStudy();
    await choice(screen, 'Dimension').selectOptions('d = 5');
    await expect
      .poll(() => document.querySelectorAll('math mtable:not(.lines) mtd').length)
      .toBe(25);
    await screen.getByText('Numbers', { exact: true }).click();
    await expect.element(screen.getByRole('columnheader', { name: 'x5' })).toBeVisible();
  });
});

describe('accessibility', () => {
  test('axe finds nothing in light and dark, wide and narrow', async () => {
    const { screen } = await openStudy();
    await choice(screen, 'Dimension').selectOptions('d = 5');
    await field(screen, 'Flip epoch').fill('0');
    await expect.element(screen.getByText(/must be a whole number/)).toBeVisible();
    await expectAccessible([
      ['light', 1440, 900],
      ['dark', 1024, 768],
      ['light', 390, 844],
      ['dark', 390, 844],
    ]);
    expect(document.title).toBe('Softmax inertia · Alphascope');
  });
});
