// What happens to a file shows in the page, and costs no line.

import * as fs from 'node:fs';
import { canaries, canary, expect, range, test } from '../fixture';

test('a log that is renamed and created again goes on', async ({ tailon }) => {
  tailon.write('app.log', canaries(1, 10));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.expectCanaries(1, 10);
  tailon.rename('app.log', 'app.log.1');
  tailon.write('app.log', canaries(11, 15));
  await expect(tailon.line(canary(15))).toBeVisible();
  await expect(tailon.mark(/rotated/)).toBeVisible();
  tailon.append('app.log', canaries(16, 20));
  await tailon.expectCanaries(1, 20);
});

test('what is still written to the renamed file is shown too', async ({ tailon }) => {
  tailon.write('app.log', canaries(1, 5));
  await tailon.start('app.log');
  await tailon.open();
  const old = fs.openSync(tailon.at('app.log'), 'a');
  tailon.rename('app.log', 'app.log.1');
  tailon.write('app.log', '');
  fs.writeSync(old, canaries(6, 8).map((line) => `${line}\n`).join(''));
  await expect(tailon.line(canary(8))).toBeVisible();
  fs.closeSync(old);
  tailon.append('app.log', canaries(9, 12));
  await tailon.expectCanaries(1, 12);
});

test('ten rotations in a row lose and double nothing', async ({ tailon }) => {
  tailon.write('app.log', canaries(1, 20));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.expectCanaries(1, 20);
  for (const turn of range(1, 10)) {
    for (const backup of range(1, turn - 1).reverse()) tailon.rename(`app.log.${backup}`, `app.log.${backup + 1}`);
    tailon.rename('app.log', 'app.log.1');
    tailon.write('app.log', canaries(turn * 20 + 1, turn * 20 + 20));
    await expect(tailon.line(canary(turn * 20 + 20))).toBeVisible();
  }
  await tailon.expectCanariesByScrolling(1, 220);
});

test('a log that is copied and truncated goes on', async ({ tailon }) => {
  tailon.write('app.log', canaries(1, 10));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.expectCanaries(1, 10);
  fs.copyFileSync(tailon.at('app.log'), tailon.at('app.log.1'));
  fs.truncateSync(tailon.at('app.log'), 0);
  tailon.append('app.log', canaries(11, 14));
  await expect(tailon.line(canary(14))).toBeVisible();
  await expect(tailon.mark(/truncated|rotated/)).toBeVisible();
  await tailon.expectCanaries(1, 14);
});

test('a truncated log says so, and goes on', async ({ tailon }) => {
  tailon.write('app.log', canaries(1, 10));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.expectCanaries(1, 10);
  fs.truncateSync(tailon.at('app.log'), 0);
  await expect(tailon.mark(/truncated/)).toBeVisible();
  tailon.append('app.log', canaries(11, 14));
  await expect(tailon.line(canary(14))).toBeVisible();
  await expect(tailon.line(canary(11))).toHaveCount(1);
  // What was there before is either still shown, or said to be gone.
  const shown = await tailon.canaries();
  expect([range(1, 14), range(11, 14)]).toContainEqual(shown);
});

test('a log that is written anew says so, and shows every new line once', async ({ tailon }) => {
  tailon.write('app.log', canaries(1, 10));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.expectCanaries(1, 10);
  fs.writeFileSync(tailon.at('app.log'), canaries(101, 130).map((line) => `${line}\n`).join(''));
  await expect(tailon.line(canary(130))).toBeVisible();
  await expect(tailon.mark(/rewritten|truncated/).first()).toBeVisible();
  const shown = (await tailon.canaries()).filter((number) => number > 100);
  expect(shown).toEqual(range(101, 130));
});

test('a log that is deleted and created again says both, and goes on', async ({ tailon }) => {
  tailon.write('app.log', canaries(1, 10));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.expectCanaries(1, 10);
  tailon.remove('app.log');
  await expect(tailon.mark(/removed/)).toBeVisible();
  await expect(tailon.tree.getByText('waiting for it')).toBeVisible();
  tailon.write('app.log', canaries(11, 14));
  await expect(tailon.line(canary(14))).toBeVisible();
  await expect(tailon.mark(/appeared|rotated|replaced/).first()).toBeVisible();
  const shown = await tailon.canaries();
  expect([range(1, 14), range(11, 14)]).toContainEqual(shown);
  await expect(tailon.tree.getByText('waiting for it')).toBeHidden();
});

test('a link that points elsewhere is followed there', async ({ tailon }) => {
  tailon.write('one.txt', canaries(1, 5));
  tailon.write('two.txt', canaries(6, 9));
  fs.symlinkSync('one.txt', tailon.at('current.log'));
  await tailon.start('current.log');
  await tailon.open();
  await tailon.expectCanaries(1, 5);
  fs.symlinkSync('two.txt', tailon.at('next'));
  tailon.rename('next', 'current.log');
  await expect(tailon.line(canary(9))).toBeVisible();
  await expect(tailon.mark(/replaced|rotated/)).toBeVisible();
  tailon.append('two.txt', canaries(10, 12));
  await tailon.expectCanaries(1, 12);
});

test('backups of before the start are part of the log, compressed ones too', async ({ tailon }) => {
  const { gzipSync } = await import('node:zlib');
  const text = (first: number, last: number) => canaries(first, last).map((line) => `${line}\n`).join('');
  tailon.write('app.log.2.gz', gzipSync(text(1, 30)));
  tailon.write('app.log.1', text(31, 60));
  tailon.write('app.log', text(61, 90));
  const old = new Date('2026-01-01T00:00:00Z');
  fs.utimesSync(tailon.at('app.log.2.gz'), old, old);
  fs.utimesSync(tailon.at('app.log.1'), new Date('2026-01-02T00:00:00Z'), new Date('2026-01-02T00:00:00Z'));
  await tailon.start('.');
  await tailon.open();
  await expect(tailon.tree.getByRole('link')).toHaveText([/app\.log$/]);
  await expect(tailon.line(canary(90))).toBeVisible();
  await tailon.expectCanariesByScrolling(1, 90);
});
