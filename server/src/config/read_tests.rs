//! What a file may say, and what is said about a wrong one.

use super::keys::{Standing, TOP};
use super::tests::{shown, toml, yaml};
use super::*;

#[test]
fn three_faults_are_three_reports_in_both_languages() {
    let found = shown(yaml(
        "tite: x\nbind: 0.0.0.0:99999\nfiles:\n  - path: /a\n    tail-lines: many\n",
    ));
    assert_eq!(
        found,
        [
            "tailon.yml:1:1: unknown key `tite`, did you mean `title`?",
            "tailon.yml:2:7: `bind`: expected a port from 0 to 65535, got `99999`",
            "tailon.yml:5:17: `files[0].tail-lines`: expected a number of lines from 0 to 10000, got `many`",
        ]
    );
    let found = shown(toml(
        "tite = 'x'\nbind = '0.0.0.0:99999'\n[[files]]\npath = '/a'\ntail-lines = 'many'\n",
    ));
    assert_eq!(
        found,
        [
            "tailon.toml:1:1: unknown key `tite`, did you mean `title`?",
            "tailon.toml:2:8: `bind`: expected a port from 0 to 65535, got `99999`",
            "tailon.toml:5:14: `files[0].tail-lines`: expected a number of lines from 0 to 10000, got `many`",
        ]
    );
}

#[test]
fn each_wrong_value_is_named() {
    for (text, expected) in [
        ("title: [a]", "1:8: `title`: expected one value, got a list"),
        ("title:", "`title`: expected a value, got nothing"),
        ("bind: []", "1:7: `bind`: expected at least one address"),
        (
            "bind: [8080, unix:/x]",
            "1:14: `bind[1]`: a socket, as `unix:/x`, is not supported yet",
        ),
        (
            "relative-root: /../",
            "1:16: `relative-root`: expected a path",
        ),
        (
            "public-urls: [logs.example.com]",
            "1:15: `public-urls[0]`: expected an address",
        ),
        (
            "trusted-proxies: nginx",
            "1:18: `trusted-proxies`: expected an address or a range",
        ),
        ("allow-origin: https://a/b", "write `https://a`"),
        (
            "allow-download: maybe",
            "1:17: `allow-download`: expected true or false, got `maybe`",
        ),
        ("allow-download: 'true'", "expected a value without quotes"),
        ("insecure-no-auth: 2", "expected true or false"),
        ("tail-lines: -1", "expected a number of lines"),
        ("timezone: Asia/Shangai", "expected a time zone"),
        ("state-dir: ''", "expected a path"),
        (
            "limits: {conections: 1}",
            "1:10: unknown key `conections` in `limits`, did you mean `connections`?",
        ),
        (
            "limits: {connections: 0}",
            "`limits.connections`: expected a number from 1",
        ),
        ("limits: 3", "`limits`: expected keys and values, got `3`"),
        (
            "files: [{name: a}]",
            "1:9: `files[0]`: expected the key `path`",
        ),
        ("files: [{path: ''}]", "`files[0].path`: expected a file"),
        (
            "files: [{path: /a, pth: /b}]",
            "unknown key `pth` in `files[0]`, did you mean `path`?",
        ),
        (
            "files: [{path: /a, labels: {'a b': c}}]",
            "expected a label's name",
        ),
        ("files: [{path: /a, layout: /x}]", "expected a layout"),
        ("files: [{path: /a, follow: 'no'}]", "without quotes"),
        (
            "files: ['alias=x']",
            "`files[0]`: expected a comma and a source",
        ),
        ("files: [[~]]", "expected a value, got nothing"),
        ("auth: {htpasswd: /x}", "1:1: `auth` is not supported yet"),
        (
            "bind: 1\nlisten-addr: 2",
            "2:1: `listen-addr` means the same as `bind` in line 1",
        ),
        ("- a", "1:1: expected keys and values, got a list"),
    ] {
        let found = shown(yaml(text));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains(expected), "{text}: {}", found[0]);
    }
}

#[test]
fn each_key_of_later_work_is_known_and_refused() {
    for (key, standing) in TOP {
        let found = yaml(&format!("{key}: [x]"));
        if *standing == Standing::Later {
            assert_eq!(
                shown(found),
                [format!("tailon.yml:1:1: `{key}` is not supported yet")]
            );
        } else if *standing == Standing::Unchanging {
            assert!(found.is_ok(), "{key}");
        }
    }
}

#[test]
fn files_of_the_python_tailon_keep_their_groups() {
    let file = yaml(
        "files:\n  - '/var/log/messages'\n  - cron: ['/var/log/cron*']\n  - web:\n      - /a\n      - db: [/b, 'group=own,/c']\n",
    )
    .unwrap();
    let found: Vec<_> = file
        .files
        .iter()
        .map(|file| {
            (
                file.value.path.as_str(),
                file.value.group.as_deref(),
                file.origin.clone(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("/var/log/messages", None, Origin::File(2)),
            ("/var/log/cron*", Some("cron"), Origin::File(3)),
            ("/a", Some("web"), Origin::File(5)),
            ("/b", Some("web/db"), Origin::File(6)),
            ("/c", Some("own"), Origin::File(6)),
        ]
    );
    let file = yaml("files:\n  web: [/a]\n  one: /b\n").unwrap();
    assert_eq!(file.files[0].value.group.as_deref(), Some("web"));
    assert_eq!(file.files[1].value.name.as_deref(), Some("one"));
    assert!(yaml("files:\ntitle: x\n").unwrap().files.is_empty());
}

#[test]
fn the_toml_of_the_go_tailon_loads_as_far_as_it_is_supported() {
    let file = toml(
        "title = \"Tailon file viewer\"\nrelative-root = \"/\"\nlisten-addr = [\":8080\"]\nallow-download = true\nfiles = ['/var/log/*.log']\n",
    )
    .unwrap();
    assert_eq!(file.bind.unwrap().value[0].to_string(), "*:8080");
    let found = shown(toml(
        "allow-commands = ['tail']\n[commands]\n[commands.tail]\naction = ['tail', '-F', '$path']\n",
    ));
    assert_eq!(
        found,
        [
            "tailon.toml:1:1: `allow-commands` is not supported yet",
            "tailon.toml:2:2: `commands` is not supported yet",
        ]
    );
}

#[test]
fn text_in_braces_is_left_alone() {
    let file = yaml("title: ${HOME}\nfiles: ['/logs/${NAME}.log']\n").unwrap();
    assert_eq!(file.title.unwrap().value, "${HOME}");
    assert_eq!(file.files[0].value.path, "/logs/${NAME}.log");
}
