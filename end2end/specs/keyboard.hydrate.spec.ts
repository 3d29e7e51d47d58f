// Everything can be done with the keyboard.

import { canaries, canary, expect, test } from '../fixture';

test.beforeEach(async ({ tailon }) => {
  tailon.write('a.log', canaries(1, 1000));
  tailon.write('b.log', ['from b']);
  await tailon.start('a.log', 'b.log');
  await tailon.open();
});

test('? lists the keys, Escape and the button close the list', async ({ page }) => {
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await page.keyboard.press('?');
  await expect(keys).toBeVisible();
  await expect(keys).toContainText('follow the end');
  await page.keyboard.press('Escape');
  await expect(keys).toBeHidden();
  await page.keyboard.press('?');
  await keys.getByRole('button', { name: 'Close' }).click();
  await expect(keys).toBeHidden();
  await page.getByRole('contentinfo').getByRole('button', { name: 'Keys' }).click();
  await expect(keys).toBeVisible();
});

test('/ is for the filter, Escape for the log', async ({ tailon, page }) => {
  await page.keyboard.press('/');
  await expect(tailon.filter).toBeFocused();
  await page.keyboard.type('000999');
  await expect(tailon.count).toHaveText('1 of 1,000');
  await page.keyboard.press('Escape');
  await expect(tailon.log).toBeFocused();
  await expect(tailon.filter).toHaveValue('000999');
  await expect(tailon.count).toHaveText('1 of 1,000');
});

test('letters in a field are letters', async ({ tailon, page }) => {
  await page.keyboard.press('/');
  await page.keyboard.type('gjkwt?sF :');
  await expect(tailon.filter).toHaveValue('gjkwt?sF :');
  await expect(page.getByRole('button', { name: 'Wrap long lines' })).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test(': is for a place', async ({ tailon, page }) => {
  await page.keyboard.press(':');
  await expect(tailon.goto).toBeFocused();
  await page.keyboard.type('500');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await tailon.topLine())?.text).toBe(canary(500));
  await page.keyboard.press(':');
  await page.keyboard.press('Escape');
  await expect(tailon.log).toBeFocused();
});

test('w wraps long lines, and wraps them no more', async ({ page }) => {
  const wrap = page.getByRole('button', { name: 'Wrap long lines' });
  await page.keyboard.press('w');
  await expect(wrap).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('w');
  await expect(wrap).toHaveAttribute('aria-pressed', 'false');
});

test('s is for the sources, which are then chosen by key', async ({ tailon, page }) => {
  await page.keyboard.press('s');
  await expect(tailon.source('a.log')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('checkbox', { name: /b\.log/ })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(tailon.source('b.log')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(tailon.line('from b')).toBeVisible();
});

test('a source is added with the space bar', async ({ tailon, page }) => {
  await page.getByRole('checkbox', { name: /b\.log/ }).focus();
  await page.keyboard.press('Space');
  await expect(page.getByRole('checkbox', { name: /b\.log/ })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: /a\.log/ })).toBeChecked();
  await expect(tailon.line('from b')).toHaveCount(1);
});

test('the log is the first stop of the skip link', async ({ tailon, page }) => {
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Log', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(tailon.log).toBeFocused();
});
