// The page can be used by everyone: what axe can check, and its outline.

import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../fixture';

test.use({ bypassCSP: true });

test.beforeEach(async ({ tailon }) => {
  tailon.write('a.log', ['a line', 'ERROR another', '\x1b[31mred\x1b[0m']);
  tailon.write('b.log', ['2026-11-01T10:00:00Z WARN from b']);
  await tailon.start('group=one,a.log', 'group=two,b.log');
});

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing in the ${colorScheme} page`, async ({ tailon, page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await tailon.open('?source=a.log&source=b.log');
    const check = async (what: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect
        .soft(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.any[0]?.message}`).join(' ')}`), what)
        .toEqual([]);
    };
    await check('a merged view');
    await tailon.filter.fill('a');
    await expect(tailon.log.getByRole('mark').first()).toBeVisible();
    await check('a filter');
    await tailon.filter.fill('(');
    await expect(tailon.problem).toBeVisible();
    await check('a wrong filter');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeVisible();
    await check('the keys');
  });
}

test('the outline of the page', async ({ tailon, page }) => {
  await tailon.open('?source=a.log');
  await expect(tailon.count).toHaveText('3 lines');
  await expect(page.getByRole('banner')).toMatchAriaSnapshot(`
    - banner:
      - heading "Tailon" [level=1]
      - textbox "Go to"
      - button "Wrap long lines"
      - button /Theme/
  `);
  await expect(page.getByRole('search')).toMatchAriaSnapshot(`
    - search:
      - searchbox "Filter"
      - button "The whole filter is one regular expression"
      - status: 3 lines
  `);
  await expect(page.getByRole('contentinfo')).toMatchAriaSnapshot(`
    - contentinfo:
      - status: Following
      - text: /3 lines/
      - button "中文"
      - button "Keys": "?"
  `);
});
