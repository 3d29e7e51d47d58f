// All of a large file can be reached, and the page holds a bounded part of it.

import { expect, grouped, test, type Tailon } from '../fixture';

const LINES = 300_000;
const ROWS_MAX = 1500;

test.beforeEach(async ({ tailon }) => {
  const lines: string[] = [];
  for (let number = 1; number <= LINES; number += 1) lines.push(`row ${number} of a large file`);
  tailon.write('large.log', lines);
  await tailon.start('large.log');
  await tailon.open();
  await expect(tailon.line(row(LINES))).toBeInViewport();
});

test.afterEach(async ({ tailon }) => {
  expect((await tailon.rows()).length).toBeLessThan(ROWS_MAX);
});

function row(number: number): string {
  return `row ${number} of a large file`;
}

/** Waits until the first line that is seen is `number`, with its number. */
async function expectTop(tailon: Tailon, number: number): Promise<void> {
  await expect
    .poll(async () => {
      const top = await tailon.topLine();
      return top && [top.number, top.text];
    })
    .toEqual([grouped(number), row(number)]);
}

/** The number of the first line that is seen; checks that it is the line's own. */
async function top(tailon: Tailon): Promise<number> {
  const line = await tailon.topLine();
  return Number(/^row (\d+) of/.exec(line?.text ?? '')?.[1] ?? -1);
}

/** Checks that what is held is one run of lines, each with its number. */
async function expectRun(tailon: Tailon): Promise<void> {
  const rows = await tailon.rows();
  const numbers = rows.map((line) => Number(/^row (\d+) of/.exec(line.text)?.[1] ?? -1));
  numbers.forEach((number, index) => {
    if (index > 0) expect(number).toBe((numbers[index - 1] ?? 0) + 1);
    if (rows[index]?.number) expect(rows[index]?.number).toBe(grouped(number));
  });
}

test('it opens at its end, with the number of its lines', async ({ tailon }) => {
  await expect(tailon.count).toHaveText('300,000 lines');
  await expect(tailon.status).toHaveText('Following');
  await expectRun(tailon);
});

for (const [there, back] of [['Home', 'End'], ['g', 'G']] as const) {
  test(`${there} leads to the start, ${back} to the end`, async ({ tailon, page }) => {
    await page.keyboard.press(there);
    await expectTop(tailon, 1);
    await expect(tailon.status).toHaveText('Paused');
    await expectRun(tailon);
    await page.keyboard.press(back);
    await expect(tailon.line(row(LINES))).toBeInViewport();
    await expect(tailon.status).toHaveText('Following');
    await expectRun(tailon);
  });
}

for (const number of [123_456, 1, 2, 64, 299_000]) {
  test(`going to line ${number} shows that line`, async ({ tailon, page }) => {
    await page.keyboard.press(':');
    await expect(tailon.goto).toBeFocused();
    await page.keyboard.type(String(number));
    await page.keyboard.press('Enter');
    await expectTop(tailon, number);
    await expect(tailon.log).toBeFocused();
    await expectRun(tailon);
  });
}

test('going to a line near the end shows it', async ({ tailon }) => {
  await tailon.goto.fill('299995');
  await tailon.goto.press('Enter');
  await expect(tailon.line(row(299_995))).toBeInViewport();
});

test('going to 50 % shows the middle', async ({ tailon }) => {
  await tailon.goto.fill('50%');
  await tailon.goto.press('Enter');
  await expect.poll(() => top(tailon)).toBeGreaterThan(140_000);
  expect(await top(tailon)).toBeLessThan(165_000);
  await expectRun(tailon);
});

test('a place that is none is refused, and nothing moves', async ({ tailon }) => {
  await tailon.goto.fill('nowhere');
  await tailon.goto.press('Enter');
  await expect(tailon.goto).toHaveAttribute('aria-invalid', 'true');
  await expect(tailon.line(row(LINES))).toBeInViewport();
});

test('the keyboard reads on from line to line and screen to screen', async ({ tailon, page }) => {
  await page.keyboard.press('g');
  await expectTop(tailon, 1);
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('j');
  await expectTop(tailon, 4);
  await page.keyboard.press('k');
  await expectTop(tailon, 3);
  const screen = (await tailon.seen()).length;
  let before = 3;
  for (const key of ['Space', 'PageDown', 'Space', 'PageDown', 'Space', 'PageDown', 'Space', 'PageDown']) {
    await page.keyboard.press(key);
    await expect.poll(() => top(tailon)).toBeGreaterThan(before);
    const now = await top(tailon);
    expect(now - before, 'a screen at most is turned').toBeLessThanOrEqual(screen);
    before = now;
    await expectRun(tailon);
  }
  await page.keyboard.press('b');
  await expect.poll(() => top(tailon)).toBeLessThan(before);
  await page.keyboard.press('PageUp');
  await expectRun(tailon);
});

test('the wheel goes up from the end without a jump', async ({ tailon, page }) => {
  await tailon.log.hover();
  let before = await top(tailon);
  for (let turn = 0; turn < 40; turn += 1) {
    await page.mouse.wheel(0, -400);
    await expect.poll(() => top(tailon)).toBeLessThan(before);
    const now = await top(tailon);
    expect(before - now, 'lines that one turn skips').toBeLessThan(60);
    before = now;
  }
  await expectRun(tailon);
  expect(before).toBeLessThan(LINES - 500);
  for (let turn = 0; turn < 20; turn += 1) {
    await page.mouse.wheel(0, 400);
    await expect.poll(() => top(tailon)).toBeGreaterThan(before);
    before = await top(tailon);
  }
  await expectRun(tailon);
});

test('the scrollbar is dragged to the middle, to the start and to the end', async ({ tailon, page }) => {
  const box = await tailon.scrollbar.boundingBox();
  if (!box) throw new Error('the scrollbar is not seen');
  const x = box.x + box.width / 2;
  await page.mouse.move(x, box.y + box.height - 5);
  await page.mouse.down();
  await page.mouse.move(x, box.y + box.height * 0.8, { steps: 5 });
  await page.mouse.move(x, box.y + box.height * 0.5, { steps: 10 });
  await page.mouse.up();
  await expect.poll(() => top(tailon)).toBeLessThan(170_000);
  expect(await top(tailon)).toBeGreaterThan(130_000);
  await expect(tailon.scrollbar).toHaveAttribute('aria-valuenow', /^(4[5-9]|5[0-5])$/);
  await expectRun(tailon);
  await page.mouse.move(x, box.y + box.height * 0.5);
  await page.mouse.down();
  await page.mouse.move(x, box.y - 20, { steps: 10 });
  await page.mouse.up();
  await expectTop(tailon, 1);
  await page.mouse.move(x, box.y + 5);
  await page.mouse.down();
  await page.mouse.move(x, box.y + box.height + 20, { steps: 10 });
  await page.mouse.up();
  await expect(tailon.status).toHaveText('Following');
  await expect(tailon.line(row(LINES))).toBeInViewport();
});

test('the page stays bounded while thousands of lines come and a person jumps about', async ({ tailon, page }) => {
  for (let turn = 0; turn < 10; turn += 1) {
    tailon.append('large.log', Array.from({ length: 5000 }, (_, index) => row(LINES + turn * 5000 + index + 1)));
    await page.keyboard.press(turn % 2 ? 'G' : 'g');
    expect((await tailon.rows()).length).toBeLessThan(ROWS_MAX);
  }
  await page.keyboard.press('G');
  await expect(tailon.line(row(350_000))).toBeInViewport();
  await expect(tailon.count).toHaveText('350,000 lines');
  await expectRun(tailon);
});
