// Logs hold anything; the page shows it, and is not moved by it.

import { expect, test } from '../fixture';

test('CRLF endings leave nothing behind', async ({ tailon }) => {
  tailon.write('app.log', 'one\r\ntwo\r\nthree\nfour\r\n');
  await tailon.start('app.log');
  await tailon.open();
  await expect(tailon.line('four')).toBeVisible();
  expect(await tailon.texts()).toEqual(['one', 'two', 'three', 'four']);
});

test('an empty line is a line', async ({ tailon }) => {
  tailon.write('app.log', 'one\n\nthree\n');
  await tailon.start('app.log');
  await tailon.open();
  await expect(tailon.line('three')).toBeVisible();
  expect(await tailon.texts()).toEqual(['one', '', 'three']);
  expect((await tailon.rows()).map((row) => row.number)).toEqual(['1', '2', '3']);
});

test('bytes that are no UTF-8 are replaced, and their neighbours stay', async ({ tailon }) => {
  tailon.write('app.log', ['before']);
  await tailon.start('app.log');
  await tailon.open();
  tailon.append('app.log', Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9, 0xff]), Buffer.from(' ok\nafter ü 日志\n')]));
  await expect(tailon.line('after ü 日志')).toBeVisible();
  await expect(tailon.line(/^caf\ufffd+ ok$/)).toHaveCount(1);
});

test('a NUL byte does not end a line', async ({ tailon }) => {
  tailon.write('app.log', ['before']);
  await tailon.start('app.log');
  await tailon.open();
  tailon.append('app.log', 'left\0right\nafter\n');
  await expect(tailon.line('after')).toBeVisible();
  await expect(tailon.line(/^left.?right$/)).toHaveCount(1);
});

test('colours of a terminal are shown, and their codes are not', async ({ tailon }) => {
  tailon.write('app.log', ['\x1b[31mred\x1b[0m plain \x1b[1;32mgreen\x1b[m end', '\x1b]8;;http://evil.example/\x07link\x1b]8;;\x07 \x1b[2Jtail']);
  await tailon.start('app.log');
  await tailon.open();
  await expect(tailon.line('red plain green end')).toBeVisible();
  const red = tailon.log.getByText('red', { exact: true });
  await expect(red).toHaveClass(/ansi-fg-1\b/);
  await expect(tailon.log.getByText('green', { exact: true })).toHaveClass(/ansi-bold ansi-fg-2\b/);
  const plain = await tailon.line('red plain green end').evaluate((line) => getComputedStyle(line).color);
  await expect(red).not.toHaveCSS('color', plain);
  await expect(tailon.line('link tail')).toBeVisible();
  await expect(tailon.log.getByRole('link')).toHaveCount(0);
});

test('a line of 5 MB shows its head, and more of it on demand', async ({ tailon, page }) => {
  tailon.write('app.log', ['before', `head-${'x'.repeat(5_000_000)}-tail`, 'after']);
  await tailon.start('app.log');
  await tailon.open();
  await expect(tailon.line('before')).toBeVisible();
  await expect(tailon.line('after')).toBeVisible();
  const head = tailon.line(/^head-x+$/);
  await expect(head).toHaveCount(1);
  expect(((await head.textContent()) ?? '').length).toBeLessThan(10_000);
  await tailon.log.getByRole('button', { name: /^\+ [45]\.\d MB$/ }).click();
  const dialog = page.getByRole('dialog', { name: 'The whole line' });
  await expect(dialog).toContainText(/head-x{100000}/);
  await expect(dialog).toContainText('more are not shown');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.keyboard.press('j');
  tailon.append('app.log', ['still alive']);
  await expect(tailon.line('still alive')).toBeVisible();
});

test('a long line of 100 kB is shown whole on demand', async ({ tailon, page }) => {
  tailon.write('app.log', [`head-${'y'.repeat(100_000)}-tail`]);
  await tailon.start('app.log');
  await tailon.open();
  await tailon.log.getByRole('button', { name: /^\+ / }).click();
  const dialog = page.getByRole('dialog', { name: 'The whole line' });
  await expect(dialog).toContainText(/head-y{100000}-tail/);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
});

const hostile = [
  '<script>window.hacked = 1</script>',
  '<img src=x onerror="window.hacked = 1">',
  '"><svg/onload=window.hacked=1>',
  '</div></main><h1>fake</h1>',
  '&lt;b&gt; &amp; <b>bold</b>',
  "javascript:window.hacked=1 'quoted' \"quoted\"",
  '</script><script>window.hacked=1</script>',
  '<!-- comment',
];

test('HTML in a log is text, on the first page and live', async ({ tailon, page }) => {
  tailon.write('app.log', hostile);
  await tailon.start('app.log');
  await tailon.open();
  await expect(tailon.line('<!-- comment')).toBeVisible();
  expect(await tailon.texts()).toEqual(hostile);
  tailon.append('app.log', hostile.map((line) => `live ${line}`));
  await expect(tailon.line('live <!-- comment')).toBeVisible();
  expect(await tailon.texts()).toEqual([...hostile, ...hostile.map((line) => `live ${line}`)]);
  await expect(tailon.log.getByRole('heading')).toHaveCount(0);
  await expect(tailon.log.getByRole('img')).toHaveCount(0);
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
});

test('HTML in a name, a filter and an address is text', async ({ tailon, page }) => {
  const name = '<img src=x onerror=window.hacked=1>.log';
  tailon.write(name, ['a <b>line</b> of it']);
  tailon.write('b.log', ['from b']);
  await tailon.start(name, 'b.log');
  await tailon.open(`?q=${encodeURIComponent('<b>')}`);
  await expect(tailon.log.getByRole('mark')).toHaveText(['<b>']);
  await expect(tailon.tree.getByText(name)).toBeVisible();
  await page.goto(tailon.url(`?source=${encodeURIComponent('<script>window.hacked=1</script>')}`));
  await expect(page.getByText('No source is called “<script>')).toBeVisible();
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
});

test('levels and long, wide and mixed text keep each line one row', async ({ tailon, page }) => {
  tailon.write('app.log', ['ERROR failed', 'מזל טוב WARN 日志 🎉', `wide ${'w'.repeat(1000)}`, 'last']);
  await tailon.start('app.log');
  await tailon.open();
  await expect(tailon.line('last')).toBeVisible();
  const heights = await tailon.log.evaluate((log) =>
    [...(log.firstElementChild?.children ?? [])].map((row) => row.getBoundingClientRect().height),
  );
  expect(new Set(heights)).toEqual(new Set([20]));
  await page.keyboard.press('w');
  await expect(page.getByRole('button', { name: 'Wrap long lines' })).toHaveAttribute('aria-pressed', 'true');
  await expect
    .poll(() =>
      tailon.log.evaluate((log) => log.firstElementChild?.children[2]?.getBoundingClientRect().height ?? 0),
    )
    .toBeGreaterThan(30);
  await expect(tailon.line('last')).toBeInViewport();
});
