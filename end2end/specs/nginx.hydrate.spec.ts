// The logs of a real nginx, rotated by the real logrotate.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { expect, freePort, Program, range, test, type Tailon } from '../fixture';

/** An nginx that writes below the directory of the test. */
class Nginx {
  private readonly program: Program;

  private constructor(
    private readonly tailon: Tailon,
    private readonly port: number,
  ) {
    const config = tailon.write(
      'nginx/nginx.conf',
      `
      daemon off;
      master_process on;
      worker_processes 1;
      pid ${tailon.at('nginx/nginx.pid')};
      error_log ${tailon.at('nginx/error.log')} notice;
      events { worker_connections 64; }
      http {
        access_log ${tailon.at('nginx/access.log')} combined;
        client_body_temp_path ${tailon.at('nginx/body')};
        proxy_temp_path ${tailon.at('nginx/proxy')};
        fastcgi_temp_path ${tailon.at('nginx/fastcgi')};
        uwsgi_temp_path ${tailon.at('nginx/uwsgi')};
        scgi_temp_path ${tailon.at('nginx/scgi')};
        server {
          listen 127.0.0.1:${port};
          location / { return 200 "ok\\n"; }
          location /missing { root ${tailon.at('nginx')}; }
        }
      }
      ${process.getuid?.() === 0 ? 'user root;' : ''}
      `,
    );
    this.program = new Program(
      'nginx',
      ['-p', tailon.at('nginx'), '-e', tailon.at('nginx/error.log'), '-c', config],
      { cwd: tailon.directory, env: { PATH: `${process.env['PATH']}:/usr/sbin` } },
    );
  }

  static async start(tailon: Tailon): Promise<Nginx> {
    const nginx = new Nginx(tailon, await freePort());
    await expect
      .poll(async () => {
        if (!nginx.program.isRunning) throw new Error(`nginx ended: ${nginx.program.output}`);
        const answer = await fetch(`http://127.0.0.1:${nginx.port}/ready`).catch(() => undefined);
        return answer?.status;
      })
      .toBe(200);
    return nginx;
  }

  async request(first: number, last: number): Promise<void> {
    for (const number of range(first, last)) {
      await fetch(`http://127.0.0.1:${this.port}/canary/${number}?x=<b>`, {
        headers: { 'user-agent': `tester/${number} "quoted"` },
      });
    }
  }

  async stop(): Promise<void> {
    await this.program.end('SIGTERM');
  }

  /** Rotates the access log as Debian's logrotate does. */
  rotate(how: 'create' | 'copytruncate'): void {
    const log = this.tailon.at('nginx/access.log');
    const pid = fs.readFileSync(this.tailon.at('nginx/nginx.pid'), 'utf8').trim();
    const user = process.getuid?.() === 0 ? 'su root root' : '';
    const config = this.tailon.write(
      'logrotate.conf',
      how === 'create'
        ? `${log} {\n rotate 5\n size 1\n create 0644\n ${user}\n postrotate\n kill -USR1 ${pid}\n endscript\n}\n`
        : `${log} {\n rotate 5\n size 1\n copytruncate\n ${user}\n}\n`,
    );
    fs.chmodSync(config, 0o644);
    execFileSync('logrotate', ['-f', '-s', this.tailon.at('logrotate.state'), config], {
      env: { PATH: `${process.env['PATH']}:/usr/sbin` },
    });
  }
}

async function requests(tailon: Tailon): Promise<number[]> {
  return (await tailon.texts())
    .map((text) => Number(/\/canary\/(\d+)/.exec(text)?.[1] ?? -1))
    .filter((number) => number > 0);
}

for (const how of ['create', 'copytruncate'] as const) {
  test(`requests appear as they are served, across a rotation with ${how}`, async ({ tailon }) => {
    const nginx = await Nginx.start(tailon);
    try {
      await tailon.start('nginx/access.log', 'nginx/error.log');
      await tailon.open();
      await tailon.source('nginx/access.log').click();
      await nginx.request(1, 5);
      await expect(tailon.log.getByText('/canary/5?')).toBeInViewport();
      for (const turn of range(1, 3)) {
        nginx.rotate(how);
        // nginx opens its log again some time after it was told to.
        await expect.poll(() => fs.existsSync(tailon.at('nginx/access.log'))).toBe(true);
        await nginx.request(turn * 5 + 1, turn * 5 + 5);
        await expect(tailon.log.getByText(`/canary/${turn * 5 + 5}?`)).toBeInViewport();
      }
      expect(fs.existsSync(tailon.at('nginx/access.log.3'))).toBe(true);
      await expect.poll(() => requests(tailon)).toEqual(range(1, 20));
      await expect(tailon.mark(/rotated|truncated/).first()).toBeAttached();
    } finally {
      await nginx.stop();
    }
  });
}

test('its error log is a source too, with its levels', async ({ tailon }) => {
  const nginx = await Nginx.start(tailon);
  try {
    await tailon.start('nginx/access.log', 'nginx/error.log');
    await tailon.open();
    await tailon.source('nginx/error.log').click();
    await nginx.request(1, 1);
    await fetch(`http://127.0.0.1:${await freePort()}/`).catch(() => undefined);
    await expect(tailon.log.getByText(/\[notice\].*start worker process/).first()).toBeVisible();
  } finally {
    await nginx.stop();
  }
});
