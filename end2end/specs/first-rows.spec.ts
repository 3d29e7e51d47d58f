// The page is readable before, and without, its script.

import { canaries, canary, expect, test } from '../fixture';

test('the newest lines stand in the page', async ({ tailon, page }) => {
  tailon.write('app.log', canaries(1, 200));
  await tailon.start('app.log');
  await page.goto(tailon.url());
  await expect(tailon.line(canary(200))).toHaveCount(1);
  await expect(tailon.line(canary(170))).toHaveCount(1);
  await expect(page).toHaveTitle(/tailon/i);
  await expect(tailon.source('app.log')).toBeVisible();
});

test('a link of the tree leads to another log', async ({ tailon, page }) => {
  tailon.write('a.log', ['from a']);
  tailon.write('b.log', ['from b']);
  await tailon.start('a.log', 'b.log');
  await page.goto(tailon.url());
  await expect(tailon.line('from a')).toBeVisible();
  await tailon.source('b.log').click();
  await expect(tailon.line('from b')).toBeVisible();
  await expect(tailon.line('from a')).toHaveCount(0);
});

test('an address with a filter shows what matches, marked', async ({ tailon, page }) => {
  tailon.write('app.log', ['one apple', 'two pears', 'three apples']);
  await tailon.start('app.log');
  await page.goto(tailon.url('?q=apple'));
  await expect(tailon.line('three apples')).toBeVisible();
  await expect(tailon.line('two pears')).toHaveCount(0);
  await expect(tailon.log.getByRole('mark')).toHaveText(['apple', 'apple']);
});

test('a filter is sent with Enter, and keeps the log that is shown', async ({ tailon, page }) => {
  tailon.write('a.log', ['an apple of a']);
  tailon.write('b.log', ['an apple of b', 'a pear of b']);
  await tailon.start('a.log', 'b.log');
  await page.goto(tailon.url('?source=b.log'));
  await tailon.filter.fill('apple');
  await tailon.filter.press('Enter');
  await expect(tailon.line('a pear of b')).toHaveCount(0);
  await expect(tailon.line('an apple of b')).toBeVisible();
  await expect(tailon.line('an apple of a')).toHaveCount(0);
});

test('a name that no log has is said to be unknown', async ({ tailon, page }) => {
  tailon.write('app.log', ['a line']);
  await tailon.start('app.log');
  await page.goto(tailon.url('?source=other.log'));
  await expect(page.getByText('No source is called “other.log”')).toBeVisible();
});

test('a wrong filter in the address is explained, and the log stays', async ({ tailon, page }) => {
  tailon.write('app.log', ['a line']);
  await tailon.start('app.log');
  await page.goto(tailon.url('?q=(a'));
  await expect(tailon.problem).toContainText('At character');
  await expect(tailon.line('a line')).toBeVisible();
  await expect(tailon.filter).toHaveValue('(a');
});

test('the page allows no script, style or frame but its own', async ({ tailon, page }) => {
  tailon.write('app.log', ['a line']);
  await tailon.start('app.log');
  const answer = await page.goto(tailon.url());
  const policy = answer?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src [^;]*'nonce-/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/'unsafe-inline'|'unsafe-eval'/);
});
