// A log is read on a phone.

import { canaries, canary, expect, test } from '../fixture';

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

test.beforeEach(async ({ tailon }) => {
  tailon.write('a.log', canaries(1, 500));
  tailon.write('b.log', ['from b']);
  await tailon.start('a.log', 'b.log');
  await tailon.open();
});

test('the log fills the screen, and nothing is wider than it', async ({ tailon, page }) => {
  await expect(tailon.line(canary(500))).toBeInViewport();
  const box = await tailon.log.boundingBox();
  expect(box?.width).toBeGreaterThan(330);
  expect(box?.height).toBeGreaterThan(450);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await expect(tailon.filter).toBeInViewport();
  await expect(tailon.tree).not.toBeInViewport();
  tailon.append('a.log', [canary(501)]);
  await expect(tailon.line(canary(501))).toBeInViewport();
});

test('the sources open as a sheet, which a choice closes', async ({ tailon, page }) => {
  const button = page.getByRole('button', { name: 'Sources' });
  await expect(button).toHaveAttribute('aria-expanded', 'false');
  await button.tap();
  await expect(button).toHaveAttribute('aria-expanded', 'true');
  await expect(tailon.tree).toBeInViewport();
  await tailon.source('b.log').tap();
  await expect(tailon.line('from b')).toBeInViewport();
  await expect(tailon.tree).not.toBeInViewport();
  await expect(button).toHaveAttribute('aria-expanded', 'false');
});

test('the sheet is closed with Escape', async ({ tailon, page }) => {
  await page.getByRole('button', { name: 'Sources' }).tap();
  await expect(tailon.tree).toBeInViewport();
  await page.keyboard.press('Escape');
  await expect(tailon.tree).not.toBeInViewport();
});

test('what is tapped is as large as a finger', async ({ page }) => {
  for (const button of await page.getByRole('banner').getByRole('button').all()) {
    const box = await button.boundingBox();
    expect.soft(Math.min(box?.width ?? 0, box?.height ?? 0), await button.getAttribute('aria-label') ?? '').toBeGreaterThanOrEqual(24);
  }
});
