// A server that goes and comes back costs nothing.

import { canaries, canary, expect, test } from '../fixture';

const refused = /ERR_CONNECTION|WebSocket connection to|ERR_INCOMPLETE|ERR_EMPTY/;

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`the view goes on after ${signal} and a restart`, async ({ tailon, expected }) => {
    expected.push(refused);
    tailon.write('app.log', canaries(1, 30));
    await tailon.start('app.log');
    await tailon.open();
    await tailon.expectCanaries(1, 30);
    await tailon.stop(signal);
    await expect(tailon.status).toHaveText(/Connection lost|restarting/);
    await expect(tailon.line(canary(30))).toBeVisible();
    tailon.append('app.log', canaries(31, 40));
    await tailon.startAgain();
    await expect(tailon.status).toHaveText('Following', { timeout: 15_000 });
    await expect(tailon.line(canary(40))).toBeInViewport();
    tailon.append('app.log', canaries(41, 45));
    await tailon.expectCanaries(1, 45);
  });
}

test('a rotation while the server is away costs no line', async ({ tailon, expected }) => {
  expected.push(refused);
  tailon.write('app.log', canaries(1, 30));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.expectCanaries(1, 30);
  await tailon.stop('SIGKILL');
  tailon.append('app.log', canaries(31, 35));
  tailon.rename('app.log', 'app.log.1');
  tailon.write('app.log', canaries(36, 40));
  await tailon.startAgain();
  await expect(tailon.status).toHaveText('Following', { timeout: 15_000 });
  await expect(tailon.line(canary(40))).toBeInViewport();
  await tailon.expectCanariesByScrolling(1, 40);
});

test('a reader in the middle stays there', async ({ tailon, expected }) => {
  expected.push(refused);
  tailon.write('app.log', canaries(1, 20_000));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.goto.fill('9000');
  await tailon.goto.press('Enter');
  await expect.poll(async () => (await tailon.topLine())?.text).toBe(canary(9000));
  await tailon.stop('SIGKILL');
  await expect(tailon.status).toHaveText(/Connection lost/);
  tailon.append('app.log', canaries(20_001, 20_010));
  await tailon.startAgain();
  await expect(tailon.status).toHaveText('Paused, 10 new', { timeout: 15_000 });
  expect((await tailon.topLine())?.text).toBe(canary(9000));
});

test('a filter stays', async ({ tailon, expected }) => {
  expected.push(refused);
  tailon.write('app.log', canaries(1, 100));
  await tailon.start('app.log');
  await tailon.open();
  await tailon.filter.fill('/0 of/');
  await expect(tailon.count).toHaveText('10 of 100');
  await tailon.stop('SIGKILL');
  tailon.append('app.log', canaries(101, 110));
  await tailon.startAgain();
  await expect(tailon.count).toHaveText('11 of 110', { timeout: 15_000 });
  expect(await tailon.canaries()).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110]);
});
