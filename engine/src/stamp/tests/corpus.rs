//! Lines as real programs write them, and what they say.

use protocol::line::Level::{self, Debug, Error, Fatal, Info, Trace, Warn};

/// The time with milliseconds that most lines show.
const M: Option<&str> = Some("2026-11-22T10:46:33.117Z");
/// The time in whole seconds.
const S: Option<&str> = Some("2026-11-22T10:46:33Z");

type Case = (&'static str, Option<&'static str>, Option<Level>);

pub(super) const LINES: &[Case] = &[
    // ISO 8601 and RFC 3339.
    ("2026-11-22T10:46:33.117Z INFO started", M, Some(Info)),
    ("2026-11-22T10:46:33.117123456Z started", M, None),
    (
        "2026-11-22 10:46:33,117 WARN  [main] c.e.Pool - exhausted",
        M,
        Some(Warn),
    ),
    ("2026-11-22T11:46:33.117+01:00 ERROR x", M, Some(Error)),
    ("2026-11-22T05:46:33-0500 x", S, None),
    (
        "2026-11-22 10:46:33 +0000 [INFO]: fluentd worker is now running",
        S,
        Some(Info),
    ),
    (
        "2026-11-22 10:46 backup done",
        Some("2026-11-22T10:46:00Z"),
        None,
    ),
    (
        "\u{feff}2026-11-22 10:46:33 INFO first line of a file",
        S,
        Some(Info),
    ),
    // Java: Spring, logback, log4j, java.util.logging.
    (
        "2026-11-22T10:46:33.117Z  INFO 1 --- [nio-8080-exec-1] c.e.shop.Orders : placed",
        M,
        Some(Info),
    ),
    (
        "2026-11-22 10:46:33.117 [http-nio-8080-exec-10] DEBUG com.example.shop.OrderService - id=7",
        M,
        Some(Debug),
    ),
    (
        "[2026-11-22T10:46:33,117][WARN ][o.e.d.z.ZenDiscovery] [node-1] not enough nodes",
        M,
        Some(Warn),
    ),
    (
        "ERROR 2026-11-22 10:46:33,117 [main] com.example.Main: failed",
        M,
        Some(Error),
    ),
    ("Nov 22, 2026 10:46:33 AM com.example.Main run", S, None),
    (
        "Nov 22, 2026 12:46:33 AM com.example.Main run",
        Some("2026-11-22T00:46:33Z"),
        None,
    ),
    ("SEVERE: cannot open the pool", None, Some(Error)),
    (
        "22-Nov-2026 10:46:33.117 INFO [main] org.apache.catalina.startup.Catalina.start Server startup",
        M,
        Some(Info),
    ),
    (
        "10:46:33.117 [main] INFO  com.example.Main - no date",
        None,
        Some(Info),
    ),
    // Python: logging, Django, gunicorn, Celery, Jupyter.
    (
        "2026-11-22 10:46:33,117 - django.request - ERROR - Internal Server Error: /cart",
        M,
        Some(Error),
    ),
    ("INFO:root:plain", None, Some(Info)),
    (
        "WARNING 2026-11-22 10:46:33,117 autoreload 7 140 x",
        M,
        Some(Warn),
    ),
    (
        "[2026-11-22 10:46:33 +0000] [7] [INFO] Booting worker with pid: 7",
        S,
        Some(Info),
    ),
    (
        "[2026-11-22 10:46:33,117: ERROR/ForkPoolWorker-1] Task raised",
        M,
        Some(Error),
    ),
    (
        "[W 2026-11-22 10:46:33.117 ServerApp] 404 GET /x",
        M,
        Some(Warn),
    ),
    // Ruby, PHP, .NET, Rust, Go.
    (
        "W, [2026-11-22T10:46:33.117456 #1]  WARN -- : deprecated",
        M,
        Some(Warn),
    ),
    ("E, [2026-11-22T10:46:33.117456 #1] failed", M, Some(Error)),
    (
        "[2026-11-22 10:46:33] production.ERROR: Undefined variable",
        S,
        Some(Error),
    ),
    (
        "[22-Nov-2026 10:46:33 UTC] PHP Warning:  Undefined index",
        S,
        Some(Warn),
    ),
    ("[2026-11-22 10:46:33.117 +00:00 WRN] slow", M, Some(Warn)),
    ("info: Microsoft.Hosting.Lifetime[14]", None, Some(Info)),
    (
        "\x1b[2m2026-11-22T10:46:33.117Z\x1b[0m \x1b[31mERROR\x1b[0m \x1b[2mshop\x1b[0m: failed",
        M,
        Some(Error),
    ),
    (
        "[2026-11-22T10:46:33Z INFO  shop::orders] placed",
        S,
        Some(Info),
    ),
    (
        "2026/11/22 10:46:33 http: panic serving 10.0.0.7:4711",
        S,
        None,
    ),
    ("2026/11/22 10:46:33.117000 main.go:12: ready", M, None),
    (
        "panic: runtime error: index out of range",
        None,
        Some(Fatal),
    ),
    (
        "time=2026-11-22T10:46:33.117Z level=WARN msg=\"pool is full\" n=3",
        M,
        Some(Warn),
    ),
    (
        "level=info ts=2026-11-22T10:46:33.117Z caller=main.go:1 msg=\"ERROR in name\"",
        M,
        Some(Info),
    ),
    ("ts=1795344393.117 lvl=eror msg=x", M, Some(Error)),
    // Web servers and proxies.
    (
        "10.0.0.7 - - [22/Nov/2026:10:46:33 +0000] \"GET /ERROR HTTP/1.1\" 500 12 \"-\" \"curl\"",
        S,
        None,
    ),
    (
        "example.com:443 10.0.0.7 - zoe [22/Nov/2026:11:46:33 +0100] \"GET / HTTP/1.1\" 200 1",
        S,
        None,
    ),
    (
        "::1 - 李雷 [22/Nov/2026:10:46:33 +0000] \"POST /cart level=error HTTP/1.1\" 200 1",
        S,
        None,
    ),
    (
        "E [22/Nov/2026:10:46:33 +0000] cupsd: stopped",
        S,
        Some(Error),
    ),
    (
        "2026/11/22 10:46:33 [error] 12#12: *5 upstream timed out (110: Connection timed out)",
        S,
        Some(Error),
    ),
    (
        "[Sun Nov 22 10:46:33.117456 2026] [core:error] [pid 7:tid 1] AH00124: x",
        M,
        Some(Error),
    ),
    (
        "[Sun Nov 22 10:46:33 2026] [notice] caught SIGTERM",
        S,
        Some(Info),
    ),
    (
        "1795344393.117    123 10.0.0.7 TCP_MISS/200 4711 GET http://example.com/ - DIRECT",
        M,
        None,
    ),
    // syslog, systemd, klog, containers.
    (
        "Nov 22 10:46:33 web-1 sshd[811]: Accepted publickey for zoe",
        S,
        None,
    ),
    (
        "Nov  2 10:46:33 web-1 kernel: [12.5] error: bad block",
        Some("2026-11-02T10:46:33Z"),
        Some(Error),
    ),
    (
        "<34>Nov 22 10:46:33 web-1 su: 'su root' failed",
        S,
        Some(Fatal),
    ),
    (
        "<165>1 2026-11-22T10:46:33.117Z web-1 app 7 ID47 - ready",
        M,
        Some(Info),
    ),
    (
        "<30>1 2026-11-22T10:46:33.117Z web-1 app 7 - - WARN slow",
        M,
        Some(Warn),
    ),
    (
        "I1122 10:46:33.117000       1 server.go:42] listening",
        M,
        Some(Info),
    ),
    ("E20261122 10:46:33.117000 7 x.cc:1] failed", M, Some(Error)),
    (
        "2026-11-22T10:46:33.117Z stdout F {\"level\":\"error\",\"msg\":\"x\"}",
        M,
        Some(Error),
    ),
    ("web-1  | 2026-11-22T10:46:33.117Z DEBUG x", M, Some(Debug)),
    (
        "\x1b[36mpostgres  | \x1b[0m2026-11-22 10:46:33.117 UTC [1] FATAL:  role does not exist",
        M,
        Some(Fatal),
    ),
    (
        "[pod/shop-7d9/api] 2026-11-22T10:46:33.117Z info starting",
        M,
        Some(Info),
    ),
    (
        "api_1 | {\"time\":\"2026-11-22T10:46:33.117Z\",\"level\":\"INFO\"}",
        M,
        Some(Info),
    ),
    ("Sun Nov 22 10:46:33 UTC 2026 cron ran", S, None),
    (
        "Nov 22 2026 10:46:33 fw-1 : %ASA-6-302013: Built connection",
        S,
        None,
    ),
    // Stores.
    (
        "1:M 22 Nov 2026 10:46:33.117 * Ready to accept connections",
        M,
        None,
    ),
    (
        "2026-11-22T10:46:33.117+0000 I  NETWORK  [conn1] end connection",
        M,
        Some(Info),
    ),
    (
        "{\"t\":{\"$date\":\"2026-11-22T10:46:33.117+00:00\"},\"s\":\"W\",\"c\":\"NETWORK\"}",
        M,
        Some(Warn),
    ),
    ("# Time: 2026-11-22T10:46:33.117Z", M, None),
    // JSON lines.
    (
        "{\"time\":\"2026-11-22T10:46:33.117Z\",\"level\":\"INFO\",\"msg\":\"a\"}",
        M,
        Some(Info),
    ),
    (
        "{\"level\":30,\"time\":1795344393117,\"pid\":7,\"msg\":\"level\"}",
        M,
        Some(Info),
    ),
    (
        "{\"level\":60,\"time\":\"2026-11-22T10:46:33.117Z\"}",
        M,
        Some(Fatal),
    ),
    (
        "{\"level\":\"warn\",\"ts\":1795344393.117456,\"logger\":\"x\"}",
        M,
        Some(Warn),
    ),
    (
        "{\"ts\":1795344393117456,\"severity\":\"CRITICAL\"}",
        M,
        Some(Fatal),
    ),
    (
        "{\"timestamp\":1795344393117456789,\"levelname\":\"DEBUG\"}",
        M,
        Some(Debug),
    ),
    (
        "{ \"@timestamp\" : \"2026-11-22T10:46:33.117Z\", \"log.level\" : \"error\" }",
        M,
        Some(Error),
    ),
    (
        "{\"nested\":{\"level\":\"error\",\"a\":[1,\"]}\"]},\"msg\":\"say \\\"level\\\":\",\"level\":\"trace\"}",
        None,
        Some(Trace),
    ),
    (
        "{\"version\":\"1.1\",\"timestamp\":1795344393.117,\"level\":4}",
        M,
        Some(Warn),
    ),
    // Level without a time, in several clothes.
    ("[ERROR] cannot read the configuration", None, Some(Error)),
    ("warning: unused variable", None, Some(Warn)),
    ("1795344393 tick", S, None),
];

pub(super) const SILENT: &[&str] = &[
    "",
    " ",
    "plain words",
    "    at com.example.shop.OrderService.place(OrderService.java:42)",
    "\tat java.base/java.lang.Thread.run(Thread.java:840)",
    "Caused by: java.sql.SQLException: ERROR at 2026-11-22 10:46:33",
    "Caused by: com.example.Fault: {\"level\":\"error\"}",
    "  File \"/app/cart.py\", line 7, in total",
    "    \"level\": \"error\",",
    "        ... 12 more",
    "java.lang.IllegalStateException: no order",
    "goroutine 7 [running]:",
    "error in the middle",
    "delivered on the way, at 2026-11-22 10:46:33",
    "4711",
    "9999999999 is no time",
    "2026-02-30T10:00:00Z",
    "2026-13-01 10:00:00",
    "MY_ERROR=5",
    "{",
    "{\"level\":",
    "{\"level\":null,\"time\":\"\"}",
    "{not json}",
];
