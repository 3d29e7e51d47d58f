//! The configuration as its users meet it: files, variables and command lines together.

use std::path::Path;

use proptest::prelude::*;

use super::keys::{FILE, LIMITS, Standing, TOP};
use super::load::load_text;
use super::resolve::resolve_with;
use super::*;
use crate::args::{Command, parse};

pub(super) fn yaml(text: &str) -> Result<File, Vec<Fault>> {
    load_text(text, Path::new("tailon.yml"))
}

pub(super) fn toml(text: &str) -> Result<File, Vec<Fault>> {
    load_text(text, Path::new("tailon.toml"))
}

pub(super) fn shown<T: std::fmt::Debug>(result: Result<T, Vec<Fault>>) -> Vec<String> {
    let faults = result.expect_err("a fault");
    faults.iter().map(ToString::to_string).collect()
}

fn args(line: &[&str]) -> Args {
    let words = ["tailon"].iter().chain(line);
    match parse(words.copied()) {
        Ok(Command::Serve(args)) => args,
        other => panic!("{other:?}"),
    }
}

/// What counts, as a release build has it.
fn resolved(
    line: &[&str],
    variables: &[(&str, &str)],
    file: Option<&str>,
) -> Result<(Config, Warnings), Vec<Fault>> {
    let environment = Environment::from_pairs(variables.iter().copied());
    let file = file.map(|text| yaml(text).expect("a file without faults"));
    resolve_with(&args(line), &environment, file.as_ref(), false)
}

fn binds(config: &Config) -> Vec<String> {
    config.bind.value.iter().map(ToString::to_string).collect()
}

/// The example of the contract, section 2, as far as its keys are supported.
const EXAMPLE: &str = r#"
title: Shop logs
bind: 0.0.0.0:8080              # or a list
relative-root: /logs/           # behind a proxy, under a path
public-urls: [https://logs.example.com/logs/]   # how people reach it
trusted-proxies: [127.0.0.1, 10.0.0.0/8]        # whose Forwarded, X-Forwarded-*, X-Real-IP count
allow-origin: https://ops.example.com   # or a list, or "*"
allow-download: true
insecure-no-auth: false
tail-lines: 10
timezone: Asia/Shanghai         # of timestamps that name none
state-dir: /var/lib/tailon
cache-dir: /var/cache/tailon
files:
  - name: nginx-access
    path: /var/log/nginx/access.log   # file, glob or directory
    group: nginx
    tail-lines: 10
    follow: true
    rotated: true
    encoding: utf-8
    timezone: UTC
    labels: { env: prod, service: web }
  - /var/log/syslog             # a plain FILESPEC is fine too
  - { path: /logs, layout: "{service}-{env}/{type}.log" }
"#;

#[test]
fn the_example_of_the_contract_loads() {
    let (config, warnings) = resolved(&[], &[], Some(EXAMPLE)).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(config.title.value, "Shop logs");
    assert_eq!(config.title.origin, Origin::File(2));
    assert_eq!(binds(&config), ["0.0.0.0:8080"]);
    assert_eq!(config.relative_root.value, "/logs/");
    assert_eq!(
        config.public_urls.value[0].to_string(),
        "https://logs.example.com/logs/"
    );
    assert!(config.trusted_proxies.value[1].contains("10.2.3.4".parse().unwrap()));
    assert_eq!(config.timezone.value.as_deref(), Some("Asia/Shanghai"));
    assert_eq!(config.files.len(), 3);
    let first = &config.files[0].value;
    assert_eq!(first.name.as_deref(), Some("nginx-access"));
    assert_eq!(first.labels["env"], "prod");
    assert_eq!(first.rotated, Some(true));
    assert_eq!(config.files[1].value, FileEntry::new("/var/log/syslog"));
    assert_eq!(
        config.files[2].value.layout.as_deref(),
        Some("{service}-{env}/{type}.log")
    );
    assert_eq!(config.limit("connections"), Some(10_000));
}

#[test]
fn command_line_counts_before_environment_before_file() {
    let file = Some("title: from file\ntail-lines: 1\nallow-download: no\nfiles: [/f]\n");
    let variables = [
        ("TAILON_TITLE", "from env"),
        ("TAILON_TAIL_LINES", "2"),
        ("TAILON_FILE", "/e;/e2"),
    ];
    let (config, _) = resolved(&["-t", "from line", "/l"], &variables, file).unwrap();
    assert_eq!(
        (config.title.value.as_str(), &config.title.origin),
        ("from line", &Origin::CommandLine)
    );
    assert_eq!(config.tail_lines.value, 2);
    assert_eq!(
        config.tail_lines.origin,
        Origin::Environment("TAILON_TAIL_LINES".to_owned())
    );
    assert!(!config.allow_download.value);
    assert_eq!(config.allow_download.origin, Origin::File(3));
    assert_eq!(config.open.origin, Origin::Default);
    let paths: Vec<&str> = config
        .files
        .iter()
        .map(|file| file.value.path.as_str())
        .collect();
    assert_eq!(paths, ["/f", "/e", "/e2", "/l"]);
}

#[test]
fn the_halves_of_an_address_change_what_lies_below_them() {
    for (line, variables, file, expected) in [
        (&["/a"][..], &[][..], None, &["127.0.0.1:8080"][..]),
        (&["/a", "--port", "9"], &[], None, &["127.0.0.1:9"]),
        (&["/a", "--host=0.0.0.0"], &[], None, &["0.0.0.0:8080"]),
        (
            &["/a", "-b", ":80,[::1]:81", "-b", "90"],
            &[],
            None,
            &["*:80", "[::1]:81", "127.0.0.1:90"],
        ),
        (
            &["/a", "-b", "1.2.3.4:80", "--port", "9"],
            &[],
            None,
            &["1.2.3.4:9"],
        ),
        (
            &["/a"],
            &[("TAILON_BIND", "0.0.0.0:1;:2\n3")],
            None,
            &["0.0.0.0:1", "*:2", "127.0.0.1:3"],
        ),
        (
            &["/a", "--port", "9"],
            &[("TAILON_BIND", "0.0.0.0:1")],
            None,
            &["0.0.0.0:9"],
        ),
        (
            &["/a", "-b", "1.2.3.4:5"],
            &[("TAILON_HOST", "::1")],
            None,
            &["1.2.3.4:5"],
        ),
        (
            &["/a"],
            &[("TAILON_PORT", "9")],
            Some("bind: ':7'"),
            &["*:9"],
        ),
        (
            &["/a"],
            &[("TAILON_PORT", "tcp://10.0.0.1:80")],
            None,
            &["127.0.0.1:8080"],
        ),
        (&["/a", "-b", ":1,:2", "--port", "3"], &[], None, &["*:3"]),
    ] {
        let (config, warnings) = resolved(line, variables, file).unwrap();
        assert_eq!(binds(&config), expected, "{line:?} {variables:?}");
        assert!(warnings.is_empty());
    }
}

#[test]
fn faults_of_line_and_environment_are_all_reported() {
    let found = shown(resolved(
        &["alias=x", "--port", "x", "-n", "-1"],
        &[
            ("TAILON_BIND", "nowhere"),
            ("TAILON_OPEN", "perhaps"),
            ("TAILON_TOKEN", "a b"),
        ],
        None,
    ));
    let places: Vec<&str> = found
        .iter()
        .filter_map(|fault| fault.split(": ").next())
        .collect();
    for place in [
        "TAILON_BIND",
        "--port",
        "--tail-lines",
        "FILESPEC",
        "TAILON_TOKEN",
        "TAILON_OPEN",
    ] {
        assert!(places.contains(&place), "{place}: {found:?}");
    }
    assert_eq!(found.len(), 6);
}

#[test]
fn no_source_is_wrong_usage_except_for_the_demonstration() {
    let found = shown(resolved(&[], &[], None));
    assert!(found[0].starts_with("tailon: expected at least one source, got none, name a file"));
    assert!(resolved(&["--demo"], &[], None).unwrap().0.demo.value);
    assert!(!resolved(&["/a"], &[], None).unwrap().0.demo.value);
    let environment = Environment::default();
    let (config, _) = resolve_with(&Args::default(), &environment, None, true).unwrap();
    assert!(config.demo.value);
}

#[test]
fn a_title_of_digits_is_tail_lines_with_a_warning() {
    let (config, warnings) = resolved(&["-t", "50", "/a"], &[], None).unwrap();
    assert_eq!(
        (config.title.value.as_str(), config.tail_lines.value),
        ("Tailon", 50)
    );
    assert!(warnings[0].contains("write `-n 50`"), "{warnings:?}");
    let (config, _) = resolved(&["/a"], &[("TAILON_TITLE", "2026")], None).unwrap();
    assert_eq!(config.title.value, "2026");
}

#[test]
fn a_token_comes_from_its_variable_or_from_a_private_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    std::fs::write(&path, "0123456789abcdef0123\n").unwrap();
    let path = path.to_str().unwrap();
    let with = |variables: &[(&str, &str)]| resolved(&["/a"], variables, None);
    let mode = |mode: &str| {
        let status = std::process::Command::new("chmod")
            .args([mode, path])
            .status();
        assert!(status.unwrap().success());
    };
    mode("600");
    let (config, warnings) = with(&[("TAILON_TOKEN_FILE", path)]).unwrap();
    assert_eq!(
        config.token.value.as_ref().unwrap().expose(),
        "0123456789abcdef0123"
    );
    assert!(warnings.is_empty());
    assert!(!check_report(&config).contains("0123456789"));
    mode("644");
    assert!(shown(with(&[("TAILON_TOKEN_FILE", path)]))[0].contains("read by everybody"));
    let both = [("TAILON_TOKEN_FILE", path), ("TAILON_TOKEN", "x")];
    assert!(shown(with(&both))[0].contains("got both"));
    assert!(with(&[("TAILON_TOKEN", "short")]).unwrap().1[0].contains("can be guessed"));
}

#[test]
fn faults_of_the_file_do_not_hide_those_of_the_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tailon.yml");
    std::fs::write(&path, "tite: x\n").unwrap();
    let args = args(&["-c", path.to_str().unwrap(), "-b", "nowhere"]);
    let found = shown(gather(&args, &Environment::default()));
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn the_report_names_origins_and_loads_again() {
    let file = format!("{EXAMPLE}limits: {{pattern-bytes: 8KiB}}\n");
    let variables = [("TAILON_TITLE", "a \"b\" \\ # c")];
    let (config, _) = resolved(&["-b", ":80", "alias=x: y,/l"], &variables, Some(&file)).unwrap();
    let report = check_report(&config);
    for (value, origin) in [
        ("title: \"a \\\"b\\\" \\\\ # c\"", "# TAILON_TITLE"),
        ("bind: [\"*:80\"]", "# command line"),
        ("tail-lines: 10", "# tailon.yml:10"),
        ("  - path: /l ", "# command line"),
        ("  pattern-bytes: 8192", "# tailon.yml:26"),
        ("# open: false", "# default"),
    ] {
        let line = report.lines().find(|line| line.starts_with(value));
        let line = line.unwrap_or_else(|| panic!("{value} in {report}"));
        assert!(line.ends_with(origin), "{line}");
    }
    let (again, _) = resolved(&[], &[], Some(&report)).unwrap();
    assert_eq!(again.title.value, config.title.value);
    assert_eq!(again.bind.value, config.bind.value);
    let values = |config: &Config| -> Vec<FileEntry> {
        config.files.iter().map(|file| file.value.clone()).collect()
    };
    assert_eq!(values(&again), values(&config));
    assert_eq!(again.limit("pattern-bytes"), Some(8192));
}

#[test]
fn the_reference_names_every_key_and_no_other() {
    let file = yaml(REFERENCE).unwrap();
    for (key, standing) in TOP {
        let line = format!("{key}:");
        let is_documented = match standing {
            Standing::Used => REFERENCE.lines().any(|text| text.starts_with(&line)),
            _ => REFERENCE.contains(key),
        };
        assert!(is_documented, "{key}");
    }
    for key in FILE {
        assert!(REFERENCE.contains(&format!(" {key}: ")), "{key}");
    }
    for limit in LIMITS {
        let setting = file.limits.get(limit.name);
        let named = setting.unwrap_or_else(|| panic!("{}", limit.name));
        assert_eq!(named.value, limit.default, "{}", limit.name);
    }
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(
        lines in proptest::collection::vec("(title|bind|files|limits|allow-origin|x|  - path|  - )?(: |= )?[-\\[\\]{}\"'*&a1 ./:,#~<]{0,12}", 0..12)
    ) {
        let text = lines.join("\n");
        let _ = yaml(&text);
        let _ = toml(&text);
    }

    #[test]
    fn no_command_line_makes_the_reader_panic(
        words in proptest::collection::vec("(-[a-zA-Z]|--[a-z-]{1,12}|serve|check)?=?[ -~]{0,8}", 0..6)
    ) {
        let words = std::iter::once("tailon".to_owned()).chain(words);
        if let Ok(Command::Serve(args) | Command::Check(args)) = parse(words) {
            let _ = resolve_with(&args, &Environment::default(), None, false);
        }
    }
}
