// How the page looks is the reader's choice.

import { expect, test } from '../fixture';

test.beforeEach(async ({ tailon }) => {
  tailon.write('app.log', ['a line', 'ERROR another']);
  await tailon.start('app.log');
});

test('the theme is chosen with a button, and kept', async ({ tailon, page }) => {
  await tailon.open();
  const html = page.locator('html');
  const ground = () => html.evaluate((root) => getComputedStyle(root.ownerDocument.body).backgroundColor);
  const dark = await ground();
  await page.getByRole('button', { name: 'Theme' }).click();
  await expect(html).toHaveAttribute('data-theme', 'light');
  expect(await ground()).not.toBe(dark);
  await page.reload();
  await expect(html).toHaveAttribute('data-theme', 'light');
  await expect(tailon.status).toHaveText('Following');
  await page.keyboard.press('t');
  await expect(html).toHaveAttribute('data-theme', 'dark');
  expect(await ground()).toBe(dark);
  await page.keyboard.press('t');
  await expect(html).not.toHaveAttribute('data-theme');
  await page.reload();
  await expect(html).not.toHaveAttribute('data-theme');
});

test('without a choice the theme is the system\'s', async ({ tailon, page }) => {
  await tailon.open();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await ground()).not.toBe(dark);
});

test('the language is changed with a button, and kept', async ({ tailon, page }) => {
  await tailon.open();
  await page.getByRole('button', { name: '中文' }).click();
  await expect(page.getByRole('contentinfo').getByRole('status')).toHaveText('实时跟随');
  await expect(page.getByRole('searchbox', { name: '过滤' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('log', { name: '日志' })).toContainText('a line');
  await page.getByRole('button', { name: 'English' }).click();
  await expect(tailon.status).toHaveText('Following');
});

test.describe('in Chinese', () => {
  test.use({ locale: 'zh-CN' });

  test('a Chinese browser is shown a Chinese page', async ({ tailon, page }) => {
    await page.goto(tailon.url());
    await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
    await expect(page.getByRole('contentinfo').getByRole('status')).toHaveText('实时跟随');
    await expect(page.getByRole('log', { name: '日志' })).toContainText('a line');
    await page.getByRole('searchbox', { name: '过滤' }).fill('ERROR');
    await expect(page.getByRole('search').getByRole('status')).toHaveText('1，共 2');
    await page.getByRole('searchbox', { name: '过滤' }).fill('(');
    const problem = page.getByRole('alert');
    await expect(problem).toContainText('个字符');
    await expect(problem).not.toContainText(/[A-Za-z]{3}/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: '快捷键' })).toBeVisible();
  });
});
