import { expect, test } from 'vitest';
import { openPage, usePage } from './page';

usePage();

test('a link fills the form, names what it cannot use, and starts nothing', async () => {
  const { screen, app } = await openPage({
    hash: '#/?scale=small&epochs=5&seeds=0-2&swap=1&warmup=10&l2=0.01&ops=skip,3x3&colour=red&backend=cuda',
  });
  const value = (name: string) => screen.getByRole('textbox', { name, exact: true });
  await expect.element(value('Epochs')).toHaveValue('5');
  await expect.element(value('Seeds')).toHaveValue('0-2');
  await expect.element(value('Warm-up epochs')).toHaveValue('10');
  await expect.element(value('Alpha L2')).toHaveValue('0.01');
  await expect.element(screen.getByRole('combobox', { name: 'Scale' })).toHaveValue('small');
  await expect.element(screen.getByRole('switch', { name: 'Swap learning rates' })).toBeChecked();
  await expect.element(screen.getByRole('checkbox', { name: 'avg' })).not.toBeChecked();
  const alert = screen.getByRole('alert');
  await expect.element(alert).toHaveTextContent(/unknown key "colour"/);
  await expect.element(alert).toHaveTextContent(/Backend: must be one of .* not "cuda"/);
  await new Promise((done) => setTimeout(done, 300));
  expect(app.trainer.status.state).toBe('idle');
});

test('the plain form of a hash works, and a changed hash is followed', async () => {
  const { screen } = await openPage({ hash: '#scale=tiny&epochs=5' });
  const epochs = screen.getByRole('textbox', { name: 'Epochs', exact: true });
  await expect.element(epochs).toHaveValue('5');
  location.hash = '#l2=0.005';
  await expect
    .element(screen.getByRole('textbox', { name: 'Alpha L2', exact: true }))
    .toHaveValue('0.005');
  await expect.element(epochs).toHaveValue('50');
  location.hash = '#/runs';
  await expect
    .element(screen.getByRole('link', { name: 'Runs' }))
    .toHaveAttribute('aria-current', 'page');
  await expect
    .element(screen.getByRole('textbox', { name: 'Alpha L2', exact: true }))
    .toHaveValue('0.005');
});

test('a link is not followed while a run trains', async () => {
  const { screen } = await openPage({ hash: '#epochs=40' });
  await screen.getByRole('button', { name: 'Train', exact: true }).click();
  await expect.element(screen.getByRole('button', { name: 'Pause', exact: true })).toBeEnabled();
  location.hash = '#epochs=3';
  await expect.element(screen.getByRole('alert')).toHaveTextContent(/A run is in training/);
  await expect
    .element(screen.getByRole('textbox', { name: 'Epochs', exact: true }))
    .toHaveValue('40');
});
