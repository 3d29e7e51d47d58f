// What is written to a log appears in the page.

import { canaries, canary, expect, range, test } from '../fixture';

test('appended lines appear as they are written', async ({ tailon }) => {
  tailon.write('app.log', canaries(1, 3));
  await tailon.start('app.log');
  await tailon.open();
  await expect(tailon.status).toHaveText('Following');
  for (const number of range(4, 12)) {
    tailon.append('app.log', [canary(number)]);
    await expect(tailon.line(canary(number))).toBeInViewport();
  }
  await tailon.expectCanaries(1, 12);
  await expect(tailon.count).toHaveText('12 lines');
});

test('the last line appears before it is complete, and completes in place', async ({ tailon }) => {
  tailon.write('app.log', ['before']);
  await tailon.start('app.log');
  await tailon.open();
  tailon.append('app.log', 'half a ');
  await expect(tailon.line(/^half a\s*$/)).toHaveCount(1);
  tailon.append('app.log', 'li');
  await expect(tailon.line('half a li')).toHaveCount(1);
  tailon.append('app.log', 'ne\n');
  await expect(tailon.line('half a line')).toHaveCount(1);
  tailon.append('app.log', ['after']);
  await expect(tailon.line('after')).toHaveCount(1);
  expect(await tailon.texts()).toEqual(['before', 'half a line', 'after']);
  await expect(tailon.count).toHaveText('3 lines');
});

test('a burst leaves the newest lines on the screen, and none out', async ({ tailon }) => {
  tailon.write('app.log', canaries(1, 10));
  await tailon.start('app.log');
  await tailon.open();
  for (const start of range(0, 9)) tailon.append('app.log', canaries(11 + start * 300, 310 + start * 300));
  await expect(tailon.line(canary(3010))).toBeInViewport();
  await expect(tailon.count).toHaveText('3,010 lines');
  await tailon.expectCanariesByScrolling(1, 3010);
});

test('an empty file says so, and its first line appears', async ({ tailon, page }) => {
  tailon.write('app.log', '');
  await tailon.start('app.log');
  await tailon.open();
  await expect(page.getByText('Nothing is written here yet.')).toBeVisible();
  tailon.append('app.log', ['the first']);
  await expect(tailon.line('the first')).toBeVisible();
  await expect(page.getByText('Nothing is written here yet.')).toBeHidden();
});

test('a file that is not there yet is waited for, and shown from its first byte', async ({ tailon, page }) => {
  await tailon.start('later.log');
  await tailon.open();
  await expect(page.getByText('later.log: waiting for it')).toBeVisible();
  tailon.write('later.log', canaries(1, 5));
  await tailon.expectCanaries(1, 5);
  tailon.append('later.log', [canary(6)]);
  await tailon.expectCanaries(1, 6);
});

test('the status line counts lines and bytes', async ({ tailon, page }) => {
  tailon.write('app.log', ['12345678', '12345678']);
  await tailon.start('app.log');
  await tailon.open();
  const footer = page.getByRole('contentinfo');
  await expect(footer.getByText('2 lines')).toBeVisible();
  await expect(footer.getByText('18 B')).toBeVisible();
  tailon.append('app.log', ['12345678']);
  await expect(footer.getByText('3 lines')).toBeVisible();
  await expect(footer.getByText('27 B')).toBeVisible();
});
