// The address holds sources, filter and place.

import { canaries, canary, expect, test } from '../fixture';

test('a reload shows the same sources, filter and place', async ({ tailon, page }) => {
  tailon.write('a.log', ['from a']);
  tailon.write('b.log', canaries(1, 5000));
  await tailon.start('a.log', 'b.log');
  await tailon.open('?source=b.log');
  await tailon.filter.fill('/canary 00[0-9]{2}[05]5 of/');
  await expect(tailon.count).toHaveText('100 of 5,000');
  await tailon.log.focus();
  await page.keyboard.press('Home');
  await expect(tailon.line(canary(5))).toBeInViewport();
  await page.keyboard.press('PageDown');
  await expect(tailon.line(canary(5))).not.toBeInViewport();
  const top = (await tailon.topLine())?.text;
  await expect(page).toHaveURL(/source=b\.log.*q=.*at=/);
  await page.reload();
  await expect(tailon.status).toHaveText(/^Paused/);
  await expect(tailon.filter).toHaveValue('/canary 00[0-9]{2}[05]5 of/');
  await expect(tailon.count).toHaveText('100 of 5,000');
  await expect.poll(async () => (await tailon.topLine())?.text).toBe(top);
});

test('a line in the middle is found again, in another window too', async ({ tailon, page, browser }) => {
  tailon.write('app.log', canaries(1, 50_000));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.goto.fill('31,234');
  await tailon.goto.press('Enter');
  await expect.poll(async () => (await tailon.topLine())?.text).toBe(canary(31_234));
  await expect(page).toHaveURL(/at=/);
  const address = page.url();
  tailon.append('app.log', canaries(50_001, 50_100));
  const other = await browser.newPage();
  await other.goto(address);
  const log = other.getByRole('log', { name: 'Log' });
  await expect(log.getByText(canary(31_234))).toBeInViewport();
  await expect(log.getByText(canary(31_233))).not.toBeInViewport();
  await other.close();
});

test('the expression button is kept', async ({ tailon, page }) => {
  tailon.write('app.log', ['a1', 'b2', 'c3']);
  await tailon.start('app.log');
  await tailon.open('?regex=true&q=%5E%5Bab%5D');
  await expect(tailon.count).toHaveText('2 of 3');
  await page.reload();
  await expect(tailon.status).toHaveText('Following');
  await expect(page.getByRole('button', { name: 'The whole filter is one regular expression' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await expect(tailon.count).toHaveText('2 of 3');
});

test('sources in a merged view are kept, in their order', async ({ tailon, page }) => {
  tailon.write('a.log', ['2026-11-01T10:00:01Z a']);
  tailon.write('b.log', ['2026-11-01T10:00:02Z b']);
  tailon.write('with space & co.log', ['2026-11-01T10:00:03Z c']);
  await tailon.start('a.log', 'b.log', 'with space & co.log');
  await tailon.open();
  await tailon.source('b.log').click();
  await expect(tailon.line(/ b$/)).toBeVisible();
  await tailon.source('with space & co.log').click({ modifiers: ['Control'] });
  await expect(tailon.line(/ c$/)).toBeVisible();
  await expect(page).toHaveURL(/source=b\.log&source=with/);
  await page.reload();
  await expect(tailon.line(/ b$/)).toBeVisible();
  await expect(tailon.line(/ c$/)).toBeVisible();
  await expect(tailon.line(/ a$/)).toHaveCount(0);
});
