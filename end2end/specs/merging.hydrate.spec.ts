// Several logs in one view, in the order of time, told apart by colour.

import { expect, test } from '../fixture';

test.beforeEach(async ({ tailon }) => {
  const at = (second: number, text: string) => `2026-11-01T10:00:${String(second).padStart(2, '0')}Z INFO ${text}`;
  tailon.write('a.log', [1, 3, 5, 7, 9].map((second) => at(second, `a${second}`)));
  tailon.write('b.log', [2, 4, 6, 8].map((second) => at(second, `b${second}`)));
  await tailon.start('a.log', 'b.log');
});

const merged = ['a1', 'b2', 'a3', 'b4', 'a5', 'b6', 'a7', 'b8', 'a9'];

async function order(texts: Promise<string[]>): Promise<string[]> {
  return (await texts).map((text) => text.split(' ').at(-1) ?? '');
}

test('the box beside a source adds it, in the order of time', async ({ tailon, page }) => {
  await tailon.open();
  await expect(tailon.line(/ a9$/)).toBeVisible();
  await page.getByRole('checkbox', { name: 'Show together with the others: b.log' }).click();
  await expect.poll(() => order(tailon.texts())).toEqual(merged);
  await expect(page).toHaveURL(/source=a\.log&source=b\.log/);
});

test('Ctrl and a click add a source, and take it away', async ({ tailon }) => {
  await tailon.open();
  await expect(tailon.line(/ a9$/)).toBeVisible();
  await tailon.source('b.log').click({ modifiers: ['Control'] });
  await expect.poll(() => order(tailon.texts())).toEqual(merged);
  await tailon.source('a.log').click({ modifiers: ['Control'] });
  await expect.poll(() => order(tailon.texts())).toEqual(['b2', 'b4', 'b6', 'b8']);
});

test('each source has its colour, in the tree and beside its lines', async ({ tailon }) => {
  await tailon.open('?source=a.log&source=b.log');
  await expect.poll(() => order(tailon.texts())).toEqual(merged);
  const colours = await tailon.log.evaluate((log) =>
    [...(log.firstElementChild?.children ?? [])].map((row) => {
      const bar = row.firstElementChild;
      return bar ? getComputedStyle(bar).backgroundColor + getComputedStyle(bar).backgroundImage : '';
    }),
  );
  expect(new Set(colours).size).toBe(2);
  expect(new Set(colours.filter((_, index) => index % 2 === 0)).size).toBe(1);
});

test('what is new comes from all of them', async ({ tailon }) => {
  await tailon.open('?source=a.log&source=b.log');
  await expect.poll(() => order(tailon.texts())).toEqual(merged);
  tailon.append('b.log', ['2026-11-01T10:00:10Z INFO b10']);
  await expect(tailon.line(/ b10$/)).toBeInViewport();
  tailon.append('a.log', ['2026-11-01T10:00:11Z INFO a11']);
  await expect(tailon.line(/ a11$/)).toBeInViewport();
  await expect.poll(() => order(tailon.texts())).toEqual([...merged, 'b10', 'a11']);
  await expect(tailon.count).toHaveText('11 lines');
});

test('a filter applies to all of them', async ({ tailon }) => {
  await tailon.open('?source=a.log&source=b.log');
  await tailon.filter.fill('/[ab][45]$/');
  await expect(tailon.count).toHaveText('2 of 9');
  expect(await order(tailon.texts())).toEqual(['b4', 'a5']);
});

test('a large merged view is in order from its start to its end', async ({ tailon, page }) => {
  const start = Date.parse('2026-10-01T00:00:00Z');
  const at = (index: number) => new Date(start + index * 1000).toISOString();
  tailon.write('c.log', Array.from({ length: 2000 }, (_, index) => `${at(index * 2)} INFO n${index * 2} of c`));
  tailon.write('d.log', Array.from({ length: 2000 }, (_, index) => `${at(index * 2 + 1)} INFO n${index * 2 + 1} of d`));
  await tailon.stop();
  await tailon.start('c.log', 'd.log');
  await tailon.open('?source=c.log&source=d.log');
  await expect(tailon.count).toHaveText('4,000 lines');
  await tailon.log.focus();
  await page.keyboard.press('Home');
  await expect(tailon.line(/ n0 of c$/)).toBeInViewport();
  const found = new Set<number>();
  const faults: string[] = [];
  await expect
    .poll(
      async () => {
        const held = (await tailon.texts()).map((text) => Number(/ n(\d+) of/.exec(text)?.[1] ?? -1));
        held.forEach((number, index) => {
          found.add(number);
          if (index > 0 && number !== (held[index - 1] ?? 0) + 1) faults.push(`${number} after ${held[index - 1]}`);
        });
        await page.keyboard.press('PageDown');
        return found.has(3999);
      },
      { timeout: 40_000, intervals: [10] },
    )
    .toBe(true);
  expect([...new Set(faults)].slice(0, 5)).toEqual([]);
  expect(found.size).toBe(4000);
});
