// Measures in Chromium how soon the page paints, and how old stamped lines are
// when they stand in its log. Started by `bench`, with
//   MODULES CHROMIUM LARGE-URL LIVE-URL RUNS WARM-UP COUNTED
// Prints `ready` when lines may be written; takes the end of its input for the
// end of the lines; prints one JSON object of whole microseconds.
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, executablePath, large, live, runs, warmUp, counted] = process.argv.slice(2);
const require = createRequire(join(modules, "x.js"));
const { chromium } = require("playwright-core");

// Chromium refuses its sandbox to root.
const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
try {
  const paint_us = [];
  for (let run = 0; run < Number(runs); run += 1) paint_us.push(await firstPaint());
  const page = await browser.newPage();
  await page.addInitScript(listen);
  await page.goto(live);
  await page.getByRole("log").waitFor({ state: "attached" });
  // The page is alive when its live channel is quiet and nothing is loading.
  await page.waitForLoadState("networkidle");
  const clock_us = await page.evaluate(clockBehind);
  const frame_us = await page.evaluate(frames);
  await page.evaluate(observe);
  console.log("ready");
  for await (const _ of process.stdin) { /* nothing is said */ }
  const last = Number(warmUp) + Number(counted) - 1;
  await page.waitForFunction((number) => window.benchAges.has(number), last, { timeout: 5000 }).catch(() => {});
  const age_us = corrected(await page.evaluate(() => [...window.benchAges]));
  const message_us = corrected(await page.evaluate(() => [...window.benchMessages]));
  console.log(JSON.stringify({ paint_us, age_us, message_us, frame_us, clock_us: Math.round(clock_us) }));

  // The ages of the lines that count, by the system's clock.
  function corrected(ages) {
    return ages
      .filter(([number]) => number >= Number(warmUp))
      .map(([, age]) => Math.max(0, Math.round(age + clock_us)));
  }
} finally {
  await browser.close();
}

// From the start of the navigation, without anything in the cache.
async function firstPaint() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(large);
  await page.getByRole("log").waitFor({ state: "attached" });
  const paint = await page.evaluate(() => new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const entry = list.getEntriesByName("first-contentful-paint")[0];
      if (entry) resolve(entry.startTime);
    }).observe({ type: "paint", buffered: true });
  }));
  await context.close();
  return Math.round(paint * 1000);
}

// In the page: by how many microseconds its fine clock is behind the system's,
// seen where the system's goes to the next millisecond. The median of many.
function clockBehind() {
  const seen = [];
  for (let count = 0; count < 51; count += 1) {
    const before = Date.now();
    let after = before;
    while (after === before) after = Date.now();
    seen.push((after - performance.timeOrigin - performance.now()) * 1000);
  }
  return seen.sort((a, b) => a - b)[25];
}

// In the page: microseconds from frame to frame, before there is anything to do.
function frames() {
  return new Promise((resolve) => {
    const seen = [];
    requestAnimationFrame(function next(now) {
      seen.push(now);
      if (seen.length <= 61) requestAnimationFrame(next);
      else resolve(seen.slice(1).map((time, index) => Math.round((time - seen[index]) * 1000)));
    });
  });
}

// In the page, before its own scripts: notes the age of every stamped line
// when the live channel brings it. Finds nothing where frames are compressed.
function listen() {
  const ages = new Map();
  window.benchMessages = ages;
  const latin1 = new TextDecoder("latin1");
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", async ({ data }) => {
        const now = (performance.timeOrigin + performance.now()) * 1000;
        const bytes = data instanceof Blob ? await data.arrayBuffer() : data;
        const text = typeof bytes === "string" ? bytes : latin1.decode(bytes);
        for (const [, number, stamp] of text.matchAll(/stamp (\d{6}) (\d{16})\d{3}/g)) {
          const key = Number(number);
          if (!ages.has(key)) ages.set(key, now - Number(stamp));
        }
      });
    }
  };
}

// In the page: notes the age of every stamped line when it first stands there.
function observe() {
  const ages = new Map();
  window.benchAges = ages;
  const origin = performance.timeOrigin * 1000;
  const log = document.querySelector("[role=log]");
  const note = () => {
    const now = origin + performance.now() * 1000;
    for (const [, number, stamp] of log.textContent.matchAll(/stamp (\d{6}) (\d{16})\d{3}/g)) {
      const key = Number(number);
      if (!ages.has(key)) ages.set(key, now - Number(stamp));
    }
  };
  new MutationObserver(note).observe(log, { subtree: true, childList: true, characterData: true });
}
