//! Names and files that break things (I27, I28).

use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn every_nasty_name_is_listed_inert_and_found_again() {
    let longest = "x".repeat(255);
    let names: &[&[u8]] = &[
        b"new\nline.log",
        b"esc\x1b[2J.log",
        b"quote'\".log",
        b"not-utf8-\xff\xfe.log",
        "rtl-\u{202e}gol.exe".as_bytes(),
        "שלום.log".as_bytes(),
        b"<script>alert(1)</script\\>",
        b"-rf",
        b" spaces ",
        b"$(reboot)`id`",
        b"%2e%2e%2f",
        b"[a]*.log",
        longest.as_bytes(),
    ];
    let mut shelf = Shelf::new(&[]);
    for name in names {
        shelf.write(OsStr::from_bytes(name), b"x\n");
    }
    shelf.scan(&["."]);
    assert_eq!(shelf.catalog.entries().len(), names.len());
    for name in names {
        let path = shelf.path(".").join(OsStr::from_bytes(name));
        let entry = shelf
            .catalog
            .entries()
            .iter()
            .find(|entry| entry.path == path)
            .unwrap();
        assert_eq!(entry.state, SourceState::Following, "{}", entry.name);
        assert!(
            !entry.name.chars().any(char::is_control),
            "{:?}",
            entry.name
        );
        assert!(!entry.name.contains('\u{202e}'));
        assert_eq!(fs::read(&entry.path).unwrap(), b"x\n");
        assert_eq!(shelf.catalog.by_id(&entry.id), Some(entry));
        assert_eq!(shelf.catalog.by_name(&entry.name), Some(entry));
        // Each of them named literally is that file and no other.
        let mut other = Catalog::new(vec![FileSpec::new(&path)], CatalogOptions::new("/"));
        other.scan();
        assert_eq!(other.entries().len(), 1);
        assert_eq!(other.entries()[0].state, SourceState::Following);
        assert_eq!(other.entries()[0].id, entry.id);
    }
}

#[test]
fn names_that_look_equal_are_told_apart() {
    let mut shelf = Shelf::new(&[]);
    shelf.write(OsStr::from_bytes(b"a\xfe"), b"1");
    shelf.write(OsStr::from_bytes(b"a\xff"), b"2");
    shelf.scan(&["*"]);
    assert_eq!(shelf.names(), ["a\u{fffd}", "a\u{fffd} (2)"]);
}

#[test]
fn what_cannot_be_read_is_listed_with_the_reason() {
    let mut shelf = Shelf::new(&["file"]);
    shelf.link("broken", "nowhere");
    shelf.link("loop", "loop");
    let long = "y".repeat(256);
    let socket = std::os::unix::net::UnixListener::bind(shelf.path("socket")).unwrap();
    shelf.scan(&["broken", "loop", &long, "socket", "/dev/null", "file/below"]);
    assert_eq!(
        shelf.state("broken"),
        (
            SourceState::Missing,
            "a link to `nowhere`, which is not there"
        )
    );
    let (state, detail) = shelf.state("loop");
    assert_eq!(state, SourceState::Unreadable);
    assert!(detail.contains("links"), "{detail}");
    assert_eq!(
        shelf.state(&long),
        (SourceState::Unreadable, "file name too long")
    );
    assert_eq!(
        shelf.state("socket"),
        (SourceState::Unreadable, "not a file but a socket")
    );
    assert_eq!(
        shelf.state("/dev/null"),
        (SourceState::Unreadable, "not a file but a device")
    );
    assert_eq!(shelf.state("file/below"), (SourceState::Missing, ""));

    // In a directory only what could be a log is listed.
    shelf.scan(&["."]);
    assert_eq!(shelf.names(), ["./broken", "./file", "./loop"]);
    assert_eq!(shelf.state("./broken").0, SourceState::Missing);
    assert_eq!(shelf.state("./loop").0, SourceState::Unreadable);
    drop(socket);
}

#[test]
fn a_file_without_permission_is_listed_until_it_has_it() {
    if rustix::process::geteuid().is_root() {
        return;
    }
    let mut shelf = Shelf::new(&["app.log"]);
    shelf.scan(&["app.log"]);
    fs::set_permissions(shelf.path("app.log"), fs::Permissions::from_mode(0o000)).unwrap();
    shelf.catalog.scan();
    assert_eq!(
        shelf.state("app.log"),
        (SourceState::Unreadable, "permission denied")
    );
    fs::set_permissions(shelf.path("app.log"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(shelf.catalog.scan().changed.len(), 1);
    assert_eq!(shelf.state("app.log").0, SourceState::Following);
}

#[test]
fn a_binary_file_is_marked_and_a_packed_one_is_not() {
    let mut shelf = Shelf::new(&["text"]);
    shelf.write("binary", b"\x7fELF\0\0");
    shelf.write("utf16", b"\xff\xfea\0");
    shelf.write("late", &[&[b'x'; 1024][..], b"\0"].concat());
    shelf.write("a.gz", b"\x1f\x8b\x08\0\0");
    shelf.write("empty", b"");
    shelf.scan(&["*"]);
    assert_eq!(
        shelf.state("binary"),
        (SourceState::Binary, "byte 4 is NUL, so this is no text")
    );
    for name in ["text", "utf16", "late", "a.gz", "empty"] {
        assert_eq!(shelf.state(name), (SourceState::Following, ""), "{name}");
    }
    assert_eq!(shelf.entry("a.gz").compression, Compression::Gzip);
    assert_eq!(shelf.entry("text").compression, Compression::None);

    let wide = FileSpec {
        encoding: Some("UTF-16LE".into()),
        ..FileSpec::new("binary")
    };
    shelf.scan_specs(vec![wide]);
    assert_eq!(shelf.state("binary").0, SourceState::Following);
}

#[test]
fn an_unchanged_file_is_opened_once() {
    let mut shelf = Shelf::new(&["a", "b", "b.1"]);
    shelf.scan(&["."]);
    assert_eq!(shelf.catalog.heads.read_count, 3);
    shelf.catalog.scan();
    assert_eq!(shelf.catalog.heads.read_count, 3);
    shelf.write("a", b"longer than before");
    shelf.catalog.scan();
    assert_eq!(shelf.catalog.heads.read_count, 4);
}

#[test]
fn hidden_files_and_backups_in_directories_are_skipped() {
    let mut shelf = Shelf::new(&["a", ".a", "a~", "a.swp", "#a#", ".git/x", "b/.c", "b/c"]);
    shelf.scan(&["."]);
    assert_eq!(shelf.names(), ["./a", "./b/c"]);
    shelf.scan(&[".*", ".git/*"]);
    assert_eq!(shelf.names(), [".a", ".git/x"]);
    shelf.scan(&[".a", "a~"]);
    assert_eq!(shelf.names(), [".a", "a~"]);
}
