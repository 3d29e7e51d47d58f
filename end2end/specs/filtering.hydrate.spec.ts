// A filter is applied to what is shown, to what comes, and to the whole file.

import { expect, grouped, test } from '../fixture';

const LINES = 60_000;

/** The lines of a service, every kind of which can be counted. */
function line(number: number): string {
  const level = number % 1000 === 0 ? 'ERROR' : number % 100 === 0 ? 'WARN' : 'INFO';
  const what = number % 7 === 0 ? 'connection reset' : number % 11 === 0 ? 'reset connection' : 'request served';
  return `${level} id=${number} ${what} status=${200 + (number % 5) * 100} "GET /api/v1/users" (ok)`;
}

test.beforeEach(async ({ tailon }) => {
  tailon.write('app.log', Array.from({ length: LINES }, (_, index) => line(index + 1)));
  await tailon.start('app.log');
  await tailon.open();
  await expect(tailon.count).toHaveText('60,000 lines');
});

const table: [string, string[]][] = [
  ['ERROR', ['-F', 'ERROR']],
  ['error', ['-i', '-F', 'error']],
  ['"connection reset"', ['-i', '-F', 'connection reset']],
  ['connection reset', ['-i', '-E', 'connection reset|reset connection']],
  ['/status=5\\d\\d/', ['-P', 'status=5\\d\\d']],
  ['/STATUS=5\\d\\d/i', ['-P', 'status=5\\d\\d']],
  ['/STATUS=5\\d\\d/', ['-P', 'STATUS=5\\d\\d']],
  ['ERROR OR WARN', ['-E', 'ERROR|WARN']],
  ['-INFO', ['-v', '-F', 'INFO']],
  ['NOT INFO', ['-v', '-F', 'INFO']],
  ['(ERROR OR WARN) "connection reset"', ['-P', '^(ERROR|WARN).*connection reset']],
  ['(ERROR OR WARN) -"connection reset"', ['-P', '^(ERROR|WARN)(?!.*connection reset)']],
  ['ERROR OR WARN "connection reset"', ['-P', '^ERROR|^WARN.*connection reset']],
  ['/api/v1/users', ['-F', '/api/v1/users']],
  ['"(ok)"', ['-F', '(ok)']],
  ['"\\"GET"', ['-F', '"GET']],
  ['"id=12345 "', ['-F', 'id=12345 ']],
];

for (const [query, grep] of table) {
  test(`${query} finds what grep ${grep.join(' ')} finds`, async ({ tailon }) => {
    const wanted = tailon.grepCount('app.log', ...grep);
    await tailon.filter.fill(query);
    await expect(tailon.count).toHaveText(`${grouped(wanted)} of 60,000`);
    const shown = (await tailon.texts()).length;
    expect(shown).toBeGreaterThanOrEqual(Math.min(wanted, 20));
  });
}

test('the .* button takes all of it as one expression', async ({ tailon, page }) => {
  const button = page.getByRole('button', { name: 'The whole filter is one regular expression' });
  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  await tailon.filter.fill('^(ERROR|WARN) id=\\d+0 .*status=[23]00');
  const wanted = tailon.grepCount('app.log', '-P', '^(ERROR|WARN) id=\\d+0 .*status=[23]00');
  expect(wanted).toBeGreaterThan(0);
  await expect(tailon.count).toHaveText(`${grouped(wanted)} of 60,000`);
});

test('every match is marked, and what is shown are the lines that match', async ({ tailon }) => {
  await tailon.filter.fill('ERROR');
  await expect(tailon.count).toHaveText('60 of 60,000');
  await expect(tailon.log.getByRole('mark')).toHaveText(Array.from({ length: 60 }, () => 'ERROR'));
  expect(await tailon.texts()).toEqual(Array.from({ length: 60 }, (_, index) => line((index + 1) * 1000)));
  const last = (await tailon.rows()).at(-1);
  expect(last?.number).toBe('60,000');
});

test('a filter applies to what comes', async ({ tailon }) => {
  await tailon.filter.fill('ERROR');
  await expect(tailon.count).toHaveText('60 of 60,000');
  tailon.append('app.log', ['INFO not this', 'ERROR but this', 'INFO nor this']);
  await expect(tailon.line('ERROR but this')).toBeInViewport();
  await expect(tailon.line('INFO not this')).toHaveCount(0);
  await expect(tailon.count).toHaveText('61 of 60,003');
});

test('new matches are counted while the reader is away', async ({ tailon, page }) => {
  await tailon.filter.fill('ERROR');
  await expect(tailon.count).toHaveText('60 of 60,000');
  await tailon.log.hover();
  await page.mouse.wheel(0, -300);
  await expect(tailon.status).toHaveText(/^Paused/);
  tailon.append('app.log', ['INFO not this', 'ERROR but this', 'ERROR and this']);
  await expect(tailon.pill).toHaveText(/^2 new matches/);
});

test('a filter that finds nothing says so, and lines that match then appear', async ({ tailon, page }) => {
  await tailon.filter.fill('unheard-of');
  await expect(page.getByText('No line matches this filter.')).toBeVisible();
  await expect(tailon.count).toHaveText('0 of 60,000');
  tailon.append('app.log', ['an unheard-of line']);
  await expect(tailon.line('an unheard-of line')).toBeVisible();
  await expect(tailon.count).toHaveText('1 of 60,001');
});

test('a wrong filter is explained where it is wrong, and the view stays', async ({ tailon }) => {
  await tailon.filter.fill('ERROR');
  await expect(tailon.count).toHaveText('60 of 60,000');
  const before = await tailon.texts();
  for (const [wrong, position] of [['ERROR (', 7], ['/a(/', 3], ['ERROR OR', 7], ['"open', 1]] as const) {
    await tailon.filter.fill(wrong);
    await expect.soft(tailon.problem, wrong).toHaveText(new RegExp(`^At character ${position}:`));
    await expect(tailon.filter).toHaveAttribute('aria-invalid', 'true');
    expect(await tailon.texts()).toEqual(before);
    await expect(tailon.count).toHaveText('60 of 60,000');
  }
  await tailon.filter.fill('WARN');
  await expect(tailon.problem).toBeHidden();
  await expect(tailon.count).toHaveText('540 of 60,000');
});

test('a wrong expression behind the .* button is explained, and the view stays', async ({ tailon, page }) => {
  await page.getByRole('button', { name: 'The whole filter is one regular expression' }).click();
  await tailon.filter.fill('ERROR');
  await expect(tailon.count).toHaveText('60 of 60,000');
  await tailon.filter.fill('ERROR (');
  await expect(tailon.problem).toContainText('At character');
  await expect(tailon.line(line(60_000))).toBeVisible();
  await tailon.filter.fill('ERROR');
  await expect(tailon.problem).toBeHidden();
  await expect(tailon.count).toHaveText('60 of 60,000');
});

test('clearing the filter shows everything again', async ({ tailon, page }) => {
  await tailon.filter.fill('ERROR');
  await expect(tailon.count).toHaveText('60 of 60,000');
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await expect(tailon.filter).toHaveValue('');
  await expect(tailon.count).toHaveText('60,000 lines');
  await expect(tailon.line(line(59_999))).toBeInViewport();
});

test('all matches are scrolled through, each once', async ({ tailon, page }) => {
  await tailon.filter.fill('WARN');
  await expect(tailon.count).toHaveText('540 of 60,000');
  await tailon.log.focus();
  await page.keyboard.press('Home');
  await expect(tailon.line(line(100))).toBeInViewport();
  const found = new Set<string>();
  await expect
    .poll(
      async () => {
        for (const text of await tailon.texts()) found.add(text);
        await page.keyboard.press('PageDown');
        return found.size;
      },
      { timeout: 30_000, intervals: [10] },
    )
    .toBe(540);
});

test('the place stays when a filter is set and taken away', async ({ tailon }) => {
  await tailon.goto.fill('30000');
  await tailon.goto.press('Enter');
  await expect.poll(async () => (await tailon.topLine())?.text).toBe(line(30_000));
  await tailon.filter.fill('ERROR OR WARN');
  await expect(tailon.count).toHaveText('600 of 60,000');
  await expect.poll(async () => (await tailon.topLine())?.text).toBe(line(30_000));
  await tailon.filter.fill('');
  await expect(tailon.count).toHaveText('60,000 lines');
  await expect.poll(async () => (await tailon.topLine())?.text).toBe(line(30_000));
});
