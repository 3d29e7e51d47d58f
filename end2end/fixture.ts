// What every spec starts from: a server of its own over files of its own, and
// a page that may not complain.

import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { test as base, expect, type Locator, type Page } from '@playwright/test';

export { expect };

const START_MAX_MS = 15_000;
const STOP_MAX_MS = 10_000;

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** A program that a test started, and ends by its process id. */
export class Program {
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  output = '';

  constructor(command: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) {
    this.child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    this.exited = new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', (error) => {
        this.output += String(error);
        resolve();
      });
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it, and waits until it has ended; true when it needed no force. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<boolean> {
    if (!this.isRunning) return true;
    let forced = false;
    const force = setTimeout(() => {
      forced = true;
      this.child.kill('SIGKILL');
    }, STOP_MAX_MS);
    this.child.kill(signal);
    await this.exited;
    clearTimeout(force);
    return !forced;
  }
}

/** Waits until `url` answers with success. */
async function answers(url: string, program: Program): Promise<void> {
  const end = Date.now() + START_MAX_MS;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    if (!program.isRunning) throw new Error(`it ended at once: ${program.output}`);
    if (Date.now() > end) throw new Error(`${url} does not answer: ${program.output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One row of the log, as it stands in the page. */
export interface Row {
  number: string;
  text: string;
  isMark: boolean;
  /** Whether any of it is inside the log's frame. */
  isSeen: boolean;
}

/** A server, its files, and the parts of its page. */
export class Tailon {
  readonly directory = fs.mkdtempSync(path.join(tmpdir(), 'tailon-end2end-'));
  port = 0;
  program: Program | undefined;
  /** Everything that any server of this test wrote. */
  output = '';
  private args: string[] = [];

  constructor(readonly page: Page) {}

  // Files.

  at(name: string): string {
    return path.join(this.directory, name);
  }

  write(name: string, content: string | Buffer | string[]): string {
    const file = this.at(name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, Array.isArray(content) ? content.map((line) => `${line}\n`).join('') : content);
    return file;
  }

  append(name: string, content: string | Buffer | string[]): void {
    fs.appendFileSync(
      this.at(name),
      Array.isArray(content) ? content.map((line) => `${line}\n`).join('') : content,
    );
  }

  rename(from: string, to: string): void {
    fs.renameSync(this.at(from), this.at(to));
  }

  remove(name: string): void {
    fs.rmSync(this.at(name), { recursive: true });
  }

  /** What `grep -c` counts in a file. */
  grepCount(name: string, ...args: string[]): number {
    try {
      return Number(execFileSync('grep', ['-c', ...args, this.at(name)], { encoding: 'utf8' }));
    } catch (error) {
      // It ends with 1 where it finds nothing.
      if ((error as { status?: number }).status === 1) return 0;
      throw error;
    }
  }

  // The server.

  /** Starts it with `args`, in the directory of the files. */
  async start(...args: string[]): Promise<void> {
    this.port ||= await freePort();
    this.args = args;
    const binary = process.env['TAILON_BINARY'];
    if (!binary) throw new Error('TAILON_BINARY names no program; start the tests with end2end/run');
    this.program = new Program(binary, ['-b', `127.0.0.1:${this.port}`, ...args], {
      cwd: this.directory,
      env: {
        PATH: process.env['PATH'],
        HOME: this.directory,
        XDG_STATE_HOME: this.at('.state'),
        XDG_CACHE_HOME: this.at('.cache'),
      },
    });
    await answers(this.url('readyz'), this.program);
  }

  /** Starts it again as it was started. */
  async startAgain(): Promise<void> {
    await this.start(...this.args);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const program = this.program;
    this.program = undefined;
    if (!program) return;
    const isDone = await program.end(signal);
    this.output += program.output;
    expect.soft(isDone, `the server ends by itself on ${signal}`).toBe(true);
  }

  url(rest = ''): string {
    return `http://127.0.0.1:${this.port}/${rest}`;
  }

  // The page.

  /** Opens the page, and waits until it is alive. */
  async open(query = ''): Promise<void> {
    await this.page.goto(this.url(query));
    await expect(this.status).toHaveText(/Following|Paused/);
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: 'Log' });
  }

  get status(): Locator {
    return this.page.getByRole('contentinfo').getByRole('status');
  }

  get filter(): Locator {
    return this.page.getByRole('searchbox', { name: 'Filter', exact: true });
  }

  /** What the filter found. */
  get count(): Locator {
    return this.page.getByRole('search').getByRole('status');
  }

  get problem(): Locator {
    return this.page.getByRole('alert');
  }

  get goto(): Locator {
    return this.page.getByRole('textbox', { name: 'Go to' });
  }

  get pill(): Locator {
    return this.page.getByRole('button', { name: /^(Follow|[≈ ]*[\d,]+ new (lines|matches))/ });
  }

  get scrollbar(): Locator {
    return this.page.getByRole('scrollbar', { name: 'Position in the log' });
  }

  get tree(): Locator {
    return this.page.getByRole('navigation', { name: 'Sources' });
  }

  source(name: string): Locator {
    // Marks of direction may stand around the name.
    const plain = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return this.tree.getByRole('link', { name: new RegExp(`^\\u200e?(\\./)?${plain}\\u200e?$`) });
  }

  line(text: string | RegExp): Locator {
    return this.log.getByText(text, { exact: true });
  }

  /** A mark between the lines, such as the one of a rotation. */
  mark(text: RegExp): Locator {
    return this.log.getByText(text);
  }

  /** Every row that the page holds. Rows have no role of their own: they are
   * the children of the one element in the log. */
  async rows(): Promise<Row[]> {
    return this.log.evaluate((log) => {
      const frame = log.getBoundingClientRect();
      return [...(log.firstElementChild?.children ?? [])].map((row) => {
        const cells = [...row.children].map((cell) => cell.textContent ?? '');
        const isMark = cells.length === 1;
        const box = row.getBoundingClientRect();
        return {
          number: isMark ? '' : (cells[1] ?? ''),
          text: (isMark ? cells[0] : cells[3]) ?? '',
          isMark,
          isSeen: box.bottom > frame.top + 1 && box.top < frame.bottom - 1,
        };
      });
    });
  }

  async seen(): Promise<Row[]> {
    return (await this.rows()).filter((row) => row.isSeen);
  }

  async texts(): Promise<string[]> {
    return (await this.rows()).filter((row) => !row.isMark).map((row) => row.text);
  }

  /** The first line that is seen. */
  async topLine(): Promise<Row | undefined> {
    return (await this.seen()).find((row) => !row.isMark);
  }

  /** The canaries that the page holds, in its order. */
  async canaries(): Promise<number[]> {
    const texts = await this.texts();
    return texts.map(canaryIn).filter((number) => number >= 0);
  }

  /** Waits until exactly the canaries `first` to `last` are in the page. */
  async expectCanaries(first: number, last: number): Promise<void> {
    await expect(this.line(canary(last))).toHaveCount(1);
    await expect.poll(() => this.canaries()).toEqual(range(first, last));
  }

  /** Reads the whole log from its start with Page Down, as a person would, and
   * checks that it is the canaries `first` to `last`: none lost, none doubled. */
  async expectCanariesByScrolling(first: number, last: number): Promise<void> {
    await this.log.focus();
    await this.page.keyboard.press('Home');
    await expect(this.line(canary(first))).toHaveCount(1);
    const faults: string[] = [];
    const found = new Set<number>();
    await expect
      .poll(
        async () => {
          const held = await this.canaries();
          held.forEach((number, index) => {
            const before = held[index - 1];
            if (before !== undefined && number !== before + 1) faults.push(`${number} after ${before}`);
            found.add(number);
          });
          await this.page.keyboard.press('PageDown');
          return found.has(last);
        },
        { timeout: 40_000, intervals: [10] },
      )
      .toBe(true);
    expect.soft([...new Set(faults)].slice(0, 10), 'canaries that do not follow each other').toEqual([]);
    const lost = range(first, last).filter((number) => !found.has(number));
    expect.soft(lost.slice(0, 10), `${lost.length} canaries that were never shown`).toEqual([]);
  }
}

/** The line that carries a number, to be found again. */
export function canary(number: number): string {
  return `canary ${String(number).padStart(6, '0')} of the mine`;
}

/** The lines `first` to `last`. */
export function canaries(first: number, last: number): string[] {
  return range(first, last).map(canary);
}

export function canaryIn(text: string): number {
  const match = /canary (\d{6}) of the mine/.exec(text);
  return match ? Number(match[1]) : -1;
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** A number as the page writes it. */
export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

interface Fixtures {
  tailon: Tailon;
  /** Complaints of the browser that a test provokes on purpose. */
  expected: RegExp[];
}

export const test = base.extend<Fixtures>({
  expected: async ({}, use) => use([]),
  page: async ({ page, expected, javaScriptEnabled }, use) => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      const isWarning = message.type() === 'warning' && javaScriptEnabled;
      if (message.type() === 'error' || isWarning) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    if (javaScriptEnabled) {
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
    }
    await use(page);
    const unexpected = complaints.filter((text) => !expected.some((pattern) => pattern.test(text)));
    expect.soft(unexpected, 'what the browser complained of').toEqual([]);
  },
  tailon: async ({ page }, use, testInfo) => {
    const tailon = new Tailon(page);
    await use(tailon);
    // The page goes first, so that it does not complain of the server's end.
    await page.goto('about:blank');
    await tailon.stop();
    fs.rmSync(tailon.directory, { recursive: true, force: true });
    expect.soft(tailon.output, 'what the server wrote').not.toMatch(/panicked/);
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('server', { body: tailon.output, contentType: 'text/plain' });
    }
  },
});
