// The tree shows what there is, as it comes and goes.

import { expect, test } from '../fixture';

test('a new file in a watched directory appears by itself', async ({ tailon }) => {
  tailon.write('logs/a.log', ['from a']);
  await tailon.start('logs');
  await tailon.open();
  await expect(tailon.tree.getByRole('link')).toHaveCount(1);
  tailon.write('logs/b.log', ['from b']);
  await expect(tailon.tree.getByRole('link')).toHaveCount(2, { timeout: 4000 });
  await tailon.tree.getByRole('link', { name: /b\.log/ }).click();
  await expect(tailon.line('from b')).toBeVisible();
});

test('a new directory, and what is in it, appears too', async ({ tailon }) => {
  tailon.write('logs/a.log', ['from a']);
  await tailon.start('logs/**/*.log');
  await tailon.open();
  tailon.write('logs/deep/er/b.log', ['from b']);
  await expect(tailon.tree.getByRole('link', { name: /b\.log/ })).toBeVisible({ timeout: 4000 });
});

test('a file that vanishes leaves the tree, or is said to be gone', async ({ tailon }) => {
  tailon.write('logs/a.log', ['from a']);
  tailon.write('logs/b.log', ['from b']);
  await tailon.start('logs');
  await tailon.open('?source=a.log');
  const vanishing = tailon.tree.getByRole('listitem').filter({ hasText: 'b.log' });
  await expect(vanishing).toHaveCount(1);
  tailon.remove('logs/b.log');
  await expect(vanishing.filter({ hasNotText: 'waiting for it' })).toHaveCount(0, { timeout: 5000 });
});

test('groups have headings, in the tree and in their order', async ({ tailon, page }) => {
  tailon.write('one.log', ['one']);
  tailon.write('two.log', ['two']);
  tailon.write('three.log', ['three']);
  await tailon.start('group=backend,one.log', 'alias=second,group=backend,two.log', 'group=web,three.log');
  await tailon.open();
  await expect(tailon.tree.getByRole('heading')).toHaveText(['backend', 'web']);
  await expect(tailon.source('second')).toBeVisible();
  await tailon.source('second').click();
  await expect(tailon.line('two')).toBeVisible();
  await expect(page).toHaveURL(/source=second/);
});

test('a binary file is marked, and not shown by accident', async ({ tailon }) => {
  const bytes = Buffer.alloc(20_000);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = (index * 7919) % 256;
  tailon.write('logs/a.bin', bytes);
  tailon.write('logs/b.log', ['from b']);
  await tailon.start('logs');
  await tailon.open();
  await expect(tailon.line('from b')).toBeVisible();
  await expect(tailon.tree.getByRole('listitem').filter({ hasText: 'a.bin' })).toContainText('binary');
});

test('a source that is chosen is marked as the one that is shown', async ({ tailon }) => {
  tailon.write('a.log', ['from a']);
  tailon.write('b.log', ['from b']);
  await tailon.start('a.log', 'b.log');
  await tailon.open();
  await expect(tailon.source('a.log')).toHaveAttribute('aria-current', 'true');
  await tailon.source('b.log').click();
  await expect(tailon.source('b.log')).toHaveAttribute('aria-current', 'true');
  await expect(tailon.source('a.log')).not.toHaveAttribute('aria-current', /.*/);
});

test('many sources are found by a part of their name', async ({ tailon, page }) => {
  for (let index = 10; index < 30; index += 1) tailon.write(`logs/service-${index}.log`, [`from ${index}`]);
  await tailon.start('logs');
  await tailon.open();
  await page.keyboard.press('s');
  const find = page.getByRole('searchbox', { name: 'Find a source' });
  await expect(find).toBeFocused();
  await page.keyboard.type('ce-17');
  await expect(tailon.tree.getByRole('link')).toHaveCount(1);
  await tailon.tree.getByRole('link').click();
  await expect(tailon.line('from 17')).toBeVisible();
});
