//! What `tailon --help-config` prints.

/// Every key of the configuration file, explained, as a YAML file that loads.
pub const REFERENCE: &str = r#"# The configuration of tailon, every key with an example.
# The same keys may be written in TOML, in a file that ends in .toml. Without -c FILE,
# $XDG_CONFIG_HOME/tailon/tailon.yml and /etc/tailon/tailon.yml are read where they exist
# (also .yaml and .toml). The command line counts before TAILON_* variables, these before the
# file; sources add up. `tailon check` shows what counts and where it comes from.

# The title of the page. [Tailon]
title: Shop logs

# What to listen on: host:port, :port (every interface), port, or a list of these. Beyond this
# machine every visitor is asked for a token. Also spelled listen-addr. [127.0.0.1:8080]
bind: 127.0.0.1:8080

# The path under which everything is served, for a proxy that forwards it. [/]
relative-root: /logs/

# How people reach the server; needed where a proxy on this machine forwards to it. [none]
public-urls: [https://logs.example.com/logs/]

# Addresses and ranges whose Forwarded, X-Forwarded-* and X-Real-IP headers count. [none]
trusted-proxies: [127.0.0.1, 10.0.0.0/8]

# Other origins that may call the API: one, a list, or "*" (bearer tokens only). [none]
allow-origin: https://ops.example.com

# Whether files may be downloaded. Also spelled allow-transfers. [true]
allow-download: true

# Lets the whole network read the logs without token or login. [false]
insecure-no-auth: false

# How many lines `tail` shows, at most 10000. Also spelled lines-to-tail. [10]
tail-lines: 10

# The time zone of timestamps that name none. [the system's]
timezone: Asia/Shanghai

# Where state is kept. [$XDG_STATE_HOME/tailon or /var/lib/tailon]
state-dir: /var/lib/tailon

# Where counts and copies are kept that are safe to delete. [chosen by the program]
cache-dir: /var/cache/tailon

# The sources. An entry is a FILESPEC as on the command line, a map, or a group of entries.
files:
  - /var/log/syslog
  - "alias=web,group=prod,/logs/web-prod/*.log"
  - name: nginx-access                # shown in the page [the path as found]
    path: /var/log/nginx/access.log   # a file, a glob, a directory, or "-"; the only key needed
    group: nginx                      # [Ungrouped]
    tail-lines: 10                    # [tail-lines above]
    follow: true                      # false for a file that never grows [true]
    rotated: true                     # access.log, access.log.1, access.log.2.gz are one source
    encoding: utf-8                   # [utf-8]
    timezone: UTC                     # [timezone above]
    labels: { env: prod, service: web }
  - path: /logs
    layout: "{service}-{env}/{type}.log"   # groups and labels from the path
  - databases:
      - "/var/log/postgresql/*.log"

# Limits; sizes in bytes may be written as 64KiB. The values here are the defaults.
limits:
  connections: 10000                  # open at once
  connections-per-ip: 256             # beyond trusted proxies
  streams-per-session: 16             # live streams
  views-per-socket: 32                # panes of one page
  requests-per-second: 200            # of one session
  request-burst: 400
  searches: 16                        # running at once
  searches-per-session: 4
  search-stall-seconds: 30            # without progress, then a search ends
  rows-per-answer: 10000              # lines in one answer of the API
  pattern-bytes: 4KiB                 # length of a regular expression
  pattern-nest: 50                    # groups inside groups
  regex-bytes: 1MiB                   # a compiled regular expression
  regex-dfa-bytes: 8MiB               # its cache
  body-bytes: 64KiB                   # of a request
  head-bytes: 16KiB                   # all header fields
  head-fields: 100
  head-seconds: 10                    # to arrive
  api-seconds: 30                     # to answer
  keep-alive-seconds: 75
  download-bytes-per-second: 1024     # slower downloads end
  message-bytes: 64KiB                # from a page, on its socket
  messages-per-second: 200
  message-burst: 400
  queries-per-second: 20              # new queries on one socket
  write-buffer-bytes: 1MiB            # towards one page
  stall-seconds: 20                   # a page that takes nothing is cut off and resumes
  ping-seconds: 20
  dead-seconds: 60                    # without a sign of life
  decompressed-bytes: 2GiB            # from one archive
  decompression-ratio: 200

# Known, and not supported yet: commands, allow-commands, auth, http-auth, users, roles, tls,
# register, peers, redact, audit, spool, extra-files-dir, input-encoding.
# Accepted from other Tailons without effect: follow-names, wrap-lines, debug,
# lines-of-history, output-encoding.
"#;
