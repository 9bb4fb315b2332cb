import { describe, expect, test } from 'vitest';
import { METHOD_NAMES } from '../../../src/paper/config';
import { EXPLANATIONS } from '../../../src/paper/method/explanations';
import { METHOD_FACTS } from '../../../src/paper/method/registry';
import { openPage, usePage } from './page';

usePage();

/** The reason comes first; the field's hint may follow. */
function startingWith(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
}

describe('the contract for scripts', () => {
  test('every name is there before the start', async () => {
    const { screen } = await openPage();
    for (const name of ['Train', 'Export JSON', 'Import', 'Play trajectory']) {
      await expect.element(screen.getByRole('button', { name, exact: true })).toBeVisible();
    }
    for (const name of ['Warm-up epochs', 'Alpha L2', 'Epochs', 'Seeds']) {
      await expect.element(screen.getByRole('textbox', { name, exact: true })).toBeVisible();
    }
    await expect
      .element(screen.getByRole('switch', { name: 'Swap learning rates', exact: true }))
      .not.toBeChecked();
    await expect
      .element(screen.getByRole('combobox', { name: 'Scale', exact: true }))
      .toHaveValue('tiny');
    await expect
      .element(screen.getByRole('slider', { name: 'Timeline epoch', exact: true }))
      .toBeInTheDocument();
    const status = screen.getByRole('region', { name: 'Run status', exact: true });
    await expect.element(status).toHaveAttribute('data-state', 'idle');
    await expect.element(status).toHaveAttribute('data-epoch', '0');
  });

  test.each([
    ['Epochs', '0', 'Epochs: must be a whole number from 1 to 2000, not "0".'],
    ['Epochs', '2001', 'Epochs: must be a whole number from 1 to 2000, not "2001".'],
    ['Alpha L2', '-1', 'Alpha L2: must be a number of at least 0, not "-1".'],
    ['Alpha L2', 'NaN', 'Alpha L2: must be a number of at least 0, not "NaN".'],
    ['Warm-up epochs', '1.5', 'Warm-up epochs: must be a whole number from 0 to 2000, not "1.5".'],
    ['Seeds', '4-0', 'Seeds: the range 4-0 runs backwards; write 0-4.'],
  ])('%s = %s is refused by name', async (field, text, message) => {
    const { screen, app } = await openPage();
    const input = screen.getByRole('textbox', { name: field, exact: true });
    await input.fill(text);
    await expect.element(input).toHaveAttribute('aria-invalid', 'true');
    await expect.element(input).toHaveAccessibleDescription(startingWith(message));
    expect(screen.getByRole('alert').query()).toBeNull();

    await screen.getByRole('button', { name: 'Train', exact: true }).click();
    await expect.element(screen.getByRole('alert')).toHaveTextContent(message);
    expect(app.trainer.status.state).toBe('idle');

    await input.fill('1');
    await expect.poll(() => screen.getByRole('alert').query()).toBeNull();
    await expect.element(input).toHaveAttribute('aria-invalid', 'false');
  });

  test('fewer than two operations are refused', async () => {
    const { screen, app } = await openPage();
    for (const name of ['none', 'skip', '1×1', 'avg']) {
      await screen.getByRole('checkbox', { name, exact: true }).click();
    }
    await screen.getByRole('button', { name: 'Train', exact: true }).click();
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent('Operations: a search needs at least two, not 1.');
    expect(app.trainer.status.state).toBe('idle');
  });
});

describe('regimes', () => {
  test('a named regime sets its fields and leaves the frame alone', async () => {
    const { screen } = await openPage();
    await screen.getByRole('textbox', { name: 'Epochs', exact: true }).fill('7');
    await screen.getByRole('button', { name: 'Warm-up 30' }).click();
    await expect
      .element(screen.getByRole('textbox', { name: 'Warm-up epochs', exact: true }))
      .toHaveValue('30');
    await expect
      .element(screen.getByRole('textbox', { name: 'Epochs', exact: true }))
      .toHaveValue('7');
    await expect
      .element(screen.getByRole('button', { name: 'Warm-up 30' }))
      .toHaveAttribute('aria-pressed', 'true');
  });

  test('the fields say which regime they are, whatever is wrong elsewhere', async () => {
    const { screen } = await openPage();
    const swapped = screen.getByRole('button', { name: 'Swapped rates' });
    await screen.getByRole('switch', { name: 'Swap learning rates', exact: true }).click();
    await expect.element(swapped).toHaveAttribute('aria-pressed', 'true');
    await screen.getByRole('textbox', { name: 'Epochs', exact: true }).fill('0');
    await expect.element(swapped).toHaveAttribute('aria-pressed', 'true');
    await screen.getByRole('textbox', { name: 'Alpha L2', exact: true }).fill('0.02');
    await expect.element(swapped).toHaveAttribute('aria-pressed', 'false');
  });

  test('the rates of the paper and the effective ones stand side by side', async () => {
    const { screen } = await openPage();
    const table = screen.getByRole('table', { name: /Learning rates of the paper/ });
    const row = (name: string) => table.getByRole('row', { name, exact: true });
    await expect.element(row('weights .025 ↘ .001 .1 ↘ .004')).toBeVisible();
    await expect.element(row('alpha .0003 .00367')).toBeVisible();
    await screen.getByRole('button', { name: 'Swapped rates' }).click();
    await expect.element(row('weights .0003 .0012')).toBeVisible();
    await expect.element(row('alpha .025 .305')).toBeVisible();
  });

  test('a custom scale starts from the one before and names the wrong part', async () => {
    const { screen } = await openPage();
    await screen.getByRole('combobox', { name: 'Scale', exact: true }).selectOptions('custom');
    const images = screen.getByRole('textbox', { name: 'Images', exact: true });
    await expect.element(images).toHaveValue('2048');
    await images.fill('3');
    await expect.element(images).toHaveAttribute('aria-invalid', 'true');
    await expect
      .element(screen.getByRole('textbox', { name: 'Channels', exact: true }))
      .toHaveAttribute('aria-invalid', 'false');
    await screen.getByRole('button', { name: 'Train', exact: true }).click();
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/Scale: Images of a scale/);
  });
});

describe('the cost before the start', () => {
  test('is measured after a change, for all seeds', async () => {
    const { screen } = await openPage();
    const known = screen.getByText(/About 1 min 30 s for 1 seed, 140 MB/);
    await expect.element(known).toBeVisible();
    await screen.getByRole('textbox', { name: 'Epochs', exact: true }).fill('40');
    await expect.element(screen.getByText(/^Measuring time and memory/)).toBeVisible();
    await expect.element(known).toBeVisible();
    await screen.getByRole('textbox', { name: 'Seeds', exact: true }).fill('0-4');
    await expect.element(screen.getByText(/About 7 min 30 s for 5 seeds/)).toBeVisible();
  });

  test('tells why a scale cannot run here', async () => {
    const { screen } = await openPage();
    await screen.getByRole('combobox', { name: 'Scale', exact: true }).selectOptions('paper');
    await expect.element(screen.getByText('It needs about 9 GB of memory.')).toBeVisible();
  });

  test('says which backend runs and why', async () => {
    const { screen } = await openPage();
    await expect
      .element(screen.getByText(/Runs on wasm with/))
      .toHaveTextContent(/passed their self-test. WebGPU is not available in this browser.$/);
  });
});

describe('the honesty panel', () => {
  async function panelOf(hash: string) {
    const { screen } = await openPage({ hash });
    await screen.getByRole('button', { name: 'Paper against this run' }).click();
    const panel = screen.container.querySelector('dialog')!;
    expect(panel.open).toBe(true);
    await expect.poll(() => panel.querySelectorAll('tr').length).toBeGreaterThan(20);
    const rows = [...panel.querySelectorAll('tr')].map(({ cells }) =>
      [...cells].map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim()).join(' '),
    );
    return { panel, rows };
  }

  test('tells every setting beside the paper’s, the cost, the self-test and what is judged', async () => {
    const { panel, rows } = await panelOf('#/?swap=1&scale=tiny&seeds=0-4');
    expect(rows).toContain('Channels of the first stage, C 16 8 ≠ other than in the paper');
    expect(rows).toContain('Weights: momentum 0.9 0.9 = as in the paper');
    await expect.poll(() => panel.textContent).toMatch(/About 7 min 30 s for 5 seeds/);
    expect(panel.textContent).toMatch(/passed their self-test/);
    expect(panel.textContent).toMatch(/swapped rates of Exp\.5; it counts for OS\.4, OS\.6/);
    panel.querySelector('button')!.click();
    expect(panel.open).toBe(false);
  });

  test('says that settings of no experiment are not judged', async () => {
    const { panel } = await panelOf('#/?epochs=7');
    expect(panel.textContent).toContain('no arm of the paper’s experiments');
    panel.close();
  });
});

describe('methods', () => {
  test('a method is chosen, explained, and kept by a link', async () => {
    const { screen, app } = await openPage({ hash: '#/?method=drnas' });
    const choice = screen.getByRole('combobox', { name: 'Method', exact: true });
    await expect.element(choice).toHaveValue('drnas');
    await screen.getByText('What DrNAS does').click();
    const equations = screen.getByRole('region', { name: 'Equations of DrNAS' });
    await expect.element(equations).toHaveTextContent(/θ\s*∼\s*Dirichlet\s*\(\s*β\s*\)/);
    await expect.element(equations).toHaveAttribute('tabindex', '0');

    await choice.selectOptions('GAEA, bilevel');
    expect(app.form.settings?.method).toBe('gaea-bilevel');
    await expect
      .element(screen.getByText('An exponentiated gradient', { exact: false }))
      .toBeVisible();
    // Theta has a rate of its own and no L2.
    expect(app.form.config?.paper.alpha).toMatchObject({ rate: 0.1, l2: 0 });
    await expect
      .element(screen.getByRole('textbox', { name: 'Alpha L2', exact: true }))
      .toBeDisabled();

    // Every equation is MathML, with a sentence that says what it says.
    for (const method of METHOD_NAMES) {
      const { title } = METHOD_FACTS[method];
      const { equations } = EXPLANATIONS[method];
      await choice.selectOptions(title);
      const region = screen.getByRole('region', { name: `Equations of ${title}` });
      await expect.element(region).toBeVisible();
      const items = [...region.element().querySelectorAll('li')];
      expect(items.map((item) => item.querySelector('span')!.textContent)).toEqual(
        equations.map(({ words }) => words),
      );
      for (const item of items) {
        const nodes = item.querySelectorAll('math, math *');
        expect(nodes.length).toBeGreaterThan(5);
        for (const node of nodes) {
          expect(node.namespaceURI).toBe('http://www.w3.org/1998/Math/MathML');
        }
      }
    }
  });

  test('Amended-DARTS has a field for eta, and its own weight leaves the configuration as it was', async () => {
    const { screen, app } = await openPage({ hash: '#/?method=amended-darts&eta=0.01' });
    const field = screen.getByRole('textbox', { name: 'Eta', exact: true });
    await expect.element(field).toHaveValue('0.01');
    expect(app.form.config?.effective.eta).toBe(0.01);

    await field.fill('-1');
    await expect.element(screen.getByText('must be a number of at least 0')).toBeVisible();
    expect(app.form.config).toBeNull();
    await field.fill('0.1');
    expect(app.form.config?.effective).not.toHaveProperty('eta');

    const option = screen.getByRole('switch', { name: 'Second difference rescaled' });
    await expect.element(option).not.toBeChecked();
    await option.click();
    expect(app.form.config?.effective.options).toEqual(['rescaled']);

    await field.fill('1');
    const methods = screen.getByRole('combobox', { name: 'Method', exact: true });
    await methods.selectOptions('DrNAS');
    const progressive = screen.getByRole('switch', { name: 'Progressive' });
    await expect.element(option).not.toBeInTheDocument();
    await progressive.click();
    expect(app.form.config?.effective.options).toEqual(['progressive']);
    const epochs = screen.getByRole('textbox', { name: 'Epochs', exact: true });
    await epochs.fill('3');
    await expect.element(screen.getByText('needs at least 4, not 3')).toBeVisible();
    expect(app.form.config).toBeNull();
    await epochs.fill('50');

    await methods.selectOptions('DARTS-V1');
    await expect.element(field).not.toBeInTheDocument();
    await expect.element(option).not.toBeInTheDocument();
    expect(app.form.config?.effective).not.toHaveProperty('eta');
    expect(app.form.config?.effective).not.toHaveProperty('options');
  });
});
