import { describe, expect, test } from 'vitest';
import { closePage, openPage, theStore, usePage } from './page';

usePage();

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const button = (screen: Screen, name: string) => screen.getByRole('button', { name, exact: true });
const status = (screen: Screen) => screen.getByRole('region', { name: 'Run status', exact: true });

async function reaches(screen: Screen, state: string): Promise<void> {
  await expect.element(status(screen)).toHaveAttribute('data-state', state);
}

describe('a run', () => {
  test('trains seed after seed, and every panel follows', async () => {
    const { screen, app } = await openPage({ hash: '#epochs=3&seeds=0-1' });
    await button(screen, 'Train').click();
    await reaches(screen, 'training');
    await reaches(screen, 'finished');
    await expect.element(status(screen)).toHaveAttribute('data-epoch', '3');
    await expect.element(button(screen, 'Train')).toBeEnabled();
    await expect
      .element(screen.getByText(/baseline · mean of seeds 0-1 · epoch 3 of 3/))
      .toBeVisible();
    await expect
      .element(screen.getByRole('slider', { name: 'Timeline epoch' }))
      .toHaveAttribute('aria-valuetext', expect.stringMatching(/^epoch 3 of 3/));
    await expect
      .poll(() => app.library.runs.map(({ state, epochCount }) => [state, epochCount]))
      .toEqual([
        ['finished', 3],
        ['finished', 3],
      ]);
  });

  test('pauses, steps, resumes and stops', async () => {
    const { screen, app } = await openPage({ hash: '#epochs=200' });
    await button(screen, 'Train').click();
    await reaches(screen, 'training');
    await button(screen, 'Pause').click();
    await reaches(screen, 'paused');
    const { step } = app.trainer.status;
    await button(screen, 'Step').click();
    await expect.poll(() => app.trainer.status.step).toBe(step + 1);
    await button(screen, 'Resume').click();
    await reaches(screen, 'training');
    await button(screen, 'Stop').click();
    await reaches(screen, 'idle');
    await expect.poll(() => app.library.runs[0]?.state).toBe('stopped');
  });

  test('swap, L2 and the freeze wait for the next epoch; the rest is fixed, with the reason', async () => {
    const { screen, app } = await openPage({ hash: '#epochs=200' });
    await button(screen, 'Train').click();
    await reaches(screen, 'training');
    await button(screen, 'Pause').click();
    await reaches(screen, 'paused');

    for (const name of ['Warm-up epochs', 'Epochs', 'Seeds']) {
      const field = screen.getByRole('textbox', { name, exact: true });
      await expect.element(field).toBeDisabled();
      await expect.element(field).toHaveAccessibleDescription(/Fixed while a run trains/);
    }
    await expect.element(screen.getByRole('combobox', { name: 'Scale' })).toBeDisabled();
    await expect.element(button(screen, 'Baseline')).toBeDisabled();

    const swap = screen.getByRole('switch', { name: 'Swap learning rates' });
    await swap.click();
    await expect.element(swap).toBeChecked();
    await expect.element(swap).toHaveAccessibleDescription('at next epoch');
    await screen.getByRole('switch', { name: 'Freeze alpha' }).click();
    const l2 = screen.getByRole('textbox', { name: 'Alpha L2', exact: true });
    await l2.fill('-3');
    await expect.element(l2).toHaveAttribute('aria-invalid', 'true');
    await l2.fill('0.05');
    // Leaving the field commits it.
    swap.element().focus();
    await expect
      .poll(() => app.trainer.status.pending)
      .toEqual({ swap: true, frozen: true, l2: 0.05 });

    await button(screen, 'Resume').click();
    await expect
      .poll(() => app.trainer.status.live)
      .toEqual({ swap: true, l2: 0.05, frozen: true });
    await expect.element(swap).toHaveAccessibleDescription('');
    await expect.poll(() => app.library.shown?.heads[0]?.toggles).toHaveLength(1);
    await expect
      .element(
        screen.getByText(/seed 0 · epoch .* · rates swapped, L2 \.05, alpha frozen from epoch/),
      )
      .toBeVisible();
    await button(screen, 'Stop').click();
    await reaches(screen, 'idle');
    await expect.element(swap).not.toBeChecked();
  });

  test('the clock follows until the visitor scrubs, and again when asked', async () => {
    const { screen, app } = await openPage({ hash: '#epochs=200' });
    await button(screen, 'Train').click();
    await expect.poll(() => app.clock.position).toBeGreaterThan(3);
    const slider = screen.getByRole('slider', { name: 'Timeline epoch' });
    await slider.fill('1');
    const before = app.clock.length;
    await expect.poll(() => app.clock.length).toBeGreaterThan(before);
    expect(app.clock.position).toBe(1);
    await button(screen, 'Follow live').click();
    await expect.poll(() => app.clock.position).toBeGreaterThan(before);
    expect(button(screen, 'Follow live').query()).toBeNull();
  });
});

describe('what goes wrong', () => {
  test('a trainer that dies is told once; the run is offered and goes on', async () => {
    const { screen, app } = await openPage({ hash: '#epochs=4', manner: 'crash' });
    await button(screen, 'Train').click();
    await reaches(screen, 'error');
    const alert = screen.getByRole('alert');
    await expect
      .element(alert)
      .toHaveTextContent(/The trainer stopped.*the engine room is flooded/);
    await expect.element(screen.getByText(/seed 0, was cut off after epoch 1 of 4/)).toBeVisible();
    await button(screen, 'Resume').click();
    await expect.poll(() => screen.getByRole('alert').query()).toBeNull();
    await reaches(screen, 'finished');
    await expect.poll(() => app.library.runs[0]?.epochCount).toBe(4);
  });

  test('a loss that is no number is named, with what is kept', async () => {
    const { screen } = await openPage({ hash: '#epochs=4', manner: 'nan' });
    await button(screen, 'Train').click();
    await reaches(screen, 'error');
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(
        /The loss is not a number.*The loss of epoch 2 is NaN.*Every finished epoch is kept/,
      );
    await screen.getByRole('button', { name: 'Dismiss: The loss is not a number' }).click();
    await expect.poll(() => screen.getByRole('alert').query()).toBeNull();
  });

  test('a backend that is not there leaves the page usable', async () => {
    const { screen } = await openPage({ hash: '#backend=webgpu&epochs=2', manner: 'no-webgpu' });
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/No adapter was found/);
    await screen.getByRole('combobox', { name: 'Backend' }).selectOptions('wasm');
    await button(screen, 'Train').click();
    await reaches(screen, 'finished');
  });

  test('a run cut off by a reload is offered and ends with all its epochs', async () => {
    const first = await openPage({ hash: '#epochs=30' });
    await button(first.screen, 'Train').click();
    await expect.poll(() => first.app.library.runs[0]?.epochCount).toBeGreaterThan(1);
    await closePage(first);

    const { screen, app } = await openPage();
    await expect.element(screen.getByText(/was cut off after epoch \d+ of 30/)).toBeVisible();
    await expect.element(screen.getByText(/baseline · seed 0 · epoch \d+ of 30/)).toBeVisible();
    await button(screen, 'Resume').click();
    await reaches(screen, 'finished');
    await expect.poll(() => app.library.runs.map(({ epochCount }) => epochCount)).toEqual([30]);
    const store = await theStore();
    const epochs = await store.readEpochs(app.library.runs[0]!.uid);
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
    expect(button(screen, 'Resume').query()).toBeNull();
  });
});
