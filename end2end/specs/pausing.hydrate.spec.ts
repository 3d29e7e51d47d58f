// A reader who scrolls up is left in peace, told what comes, and led back.

import { canaries, canary, expect, test } from '../fixture';

test.beforeEach(async ({ tailon, page }) => {
  tailon.write('app.log', canaries(1, 500));
  await tailon.start('app.log');
  await tailon.open();
  await expect(tailon.line(canary(500))).toBeInViewport();
  await expect(tailon.count).toHaveText('500 lines');
  await tailon.log.hover();
  await page.mouse.wheel(0, -300);
  await expect(tailon.status).toHaveText(/^Paused/);
});

test('scrolling up stops following, and new lines are counted', async ({ tailon }) => {
  const before = (await tailon.topLine())?.text;
  await expect(tailon.pill).toHaveText(/^Follow/);
  tailon.append('app.log', canaries(501, 507));
  await expect(tailon.status).toHaveText('Paused, 7 new');
  await expect(tailon.pill).toHaveText(/^7 new lines/);
  tailon.append('app.log', canaries(508, 1507));
  await expect(tailon.status).toHaveText('Paused, 1,007 new');
  expect((await tailon.topLine())?.text).toBe(before);
});

test('F follows again', async ({ tailon, page }) => {
  tailon.append('app.log', canaries(501, 507));
  await expect(tailon.status).toHaveText('Paused, 7 new');
  await page.keyboard.press('f');
  await expect(tailon.status).toHaveText('Following');
  await expect(tailon.line(canary(507))).toBeInViewport();
  await expect(tailon.pill).toBeHidden();
  tailon.append('app.log', [canary(508)]);
  await expect(tailon.line(canary(508))).toBeInViewport();
});

test('the button follows again', async ({ tailon }) => {
  tailon.append('app.log', canaries(501, 507));
  await tailon.pill.click();
  await expect(tailon.status).toHaveText('Following');
  await expect(tailon.line(canary(507))).toBeInViewport();
});

test('scrolling down to the end follows again', async ({ tailon, page }) => {
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, 600);
      return tailon.status.textContent();
    })
    .toBe('Following');
  tailon.append('app.log', [canary(501)]);
  await expect(tailon.line(canary(501))).toBeInViewport();
});

test('a rotation while the reader is away moves nothing', async ({ tailon }) => {
  const before = (await tailon.topLine())?.text;
  tailon.rename('app.log', 'app.log.1');
  tailon.write('app.log', canaries(501, 520));
  await expect(tailon.status).toHaveText(/^Paused, 2[01] new$/);
  expect((await tailon.topLine())?.text).toBe(before);
  await tailon.pill.click();
  await expect(tailon.line(canary(520))).toBeInViewport();
  await tailon.expectCanariesByScrolling(1, 520);
});

test('a selection and the place stay while lines come', async ({ tailon, page }) => {
  await tailon.goto.fill('100');
  await tailon.goto.press('Enter');
  await expect.poll(async () => (await tailon.topLine())?.text).toBe(canary(100));
  for (let turn = 0; turn < 20; turn += 1) tailon.append('app.log', canaries(501 + turn, 501 + turn));
  await expect(tailon.status).toHaveText('Paused, 20 new');
  expect((await tailon.topLine())?.text).toBe(canary(100));
  await page.keyboard.press('j');
  await expect.poll(async () => (await tailon.topLine())?.text).toBe(canary(101));
});
