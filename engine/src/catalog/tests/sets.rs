//! Rotated files and the one source they are (F17).

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[test]
fn a_set_is_one_source_with_the_oldest_first() {
    let mut shelf = Shelf::new(&[
        "app.log",
        "app.log.1",
        "app.log.2.gz",
        "app.log.10.gz",
        "app.log.9",
        "other.log.1x",
    ]);
    for spec in ["app.log", "app.log*", "*.log", "."] {
        shelf.scan(&[spec]);
        let name = if spec == "." { "./app.log" } else { "app.log" };
        assert_eq!(
            shelf.older(name),
            ["app.log.10.gz", "app.log.9", "app.log.2.gz", "app.log.1"],
            "{spec}"
        );
        shelf.check_no_file_twice();
    }
    assert_eq!(shelf.names(), ["./app.log", "./other.log.1x"]);
}

#[test]
fn dated_files_are_in_order_of_their_dates() {
    let mut shelf = Shelf::new(&[
        "a.log",
        "a.log-20261103",
        "a.log-20261101.gz",
        "a.log-20261103-1200.gz",
        "b.log",
        "b-2026-11-02.log",
        "b-2026-11-01.log.gz",
        "c.log",
        "c.log.2026-01-02",
        "c.log.2025-12-31.gz",
        "d-20261101.log",
        "d-20261102.log",
    ]);
    shelf.scan(&["*"]);
    assert_eq!(
        shelf.names(),
        [
            "a.log",
            "b.log",
            "c.log",
            "d-20261101.log",
            "d-20261102.log"
        ]
    );
    assert_eq!(
        shelf.older("a.log"),
        [
            "a.log-20261101.gz",
            "a.log-20261103",
            "a.log-20261103-1200.gz"
        ]
    );
    assert_eq!(
        shelf.older("b.log"),
        ["b-2026-11-01.log.gz", "b-2026-11-02.log"]
    );
    assert_eq!(
        shelf.older("c.log"),
        ["c.log.2025-12-31.gz", "c.log.2026-01-02"]
    );
    shelf.check_no_file_twice();
}

#[test]
fn a_set_without_its_live_file_waits_for_it() {
    let mut shelf = Shelf::new(&["app.log.1", "app.log.3"]);
    for spec in [".", "app.log*", "app.log"] {
        shelf.scan(&[spec]);
        assert_eq!(shelf.catalog.entries().len(), 1, "{spec}");
        let entry = &shelf.catalog.entries()[0];
        assert_eq!(entry.path, shelf.path("app.log"));
        assert_eq!(entry.state, SourceState::Missing);
        assert_eq!(entry.older.len(), 2);
    }
    let id = shelf.entry("app.log").id.clone();
    shelf.write("app.log", b"back\n");
    let scan = shelf.catalog.scan();
    assert_eq!(
        scan,
        Scan {
            changed: vec![id],
            ..Scan::default()
        }
    );
}

#[test]
fn one_number_in_two_forms_is_kept_unless_it_is_one_file() {
    let mut shelf = Shelf::new(&["app.log", "app.log.1", "app.log.1.gz"]);
    shelf.touch("app.log.1", 200);
    shelf.touch("app.log.1.gz", 100);
    shelf.scan(&["app.log"]);
    assert_eq!(shelf.older("app.log"), ["app.log.1.gz", "app.log.1"]);

    fs::remove_file(shelf.path("app.log.1.gz")).unwrap();
    fs::hard_link(shelf.path("app.log.1"), shelf.path("app.log.1.gz")).unwrap();
    shelf.catalog.scan();
    assert_eq!(shelf.older("app.log"), ["app.log.1"]);

    // copytruncate by a link: the live file is no older generation of itself.
    fs::hard_link(shelf.path("app.log"), shelf.path("app.log.2")).unwrap();
    shelf.catalog.scan();
    assert_eq!(shelf.older("app.log"), ["app.log.1"]);
}

#[test]
fn compression_is_what_the_bytes_say() {
    let mut shelf = Shelf::new(&["app.log", "app.log.1.gz"]);
    shelf.write("app.log.2.gz", b"\x1f\x8b\x08\0");
    shelf.write("app.log.3", b"\x28\xb5\x2f\xfd\0");
    shelf.scan(&["app.log"]);
    let found: Vec<_> = shelf
        .entry("app.log")
        .older
        .iter()
        .map(|older| older.compression)
        .collect();
    assert_eq!(
        found,
        [Compression::Zstd, Compression::Gzip, Compression::None]
    );
}

#[test]
fn a_rotated_file_named_literally_is_a_source_of_its_own() {
    let mut shelf = Shelf::new(&["app.log", "app.log.1", "app.log.2"]);
    for specs in [
        ["*", "app.log.1"],
        ["app.log.1", "*"],
        ["app.log.1", "app.log"],
    ] {
        shelf.scan(&specs);
        let mut names = shelf.names();
        names.sort_unstable();
        assert_eq!(names, ["app.log", "app.log.1"], "{specs:?}");
        assert_eq!(shelf.older("app.log"), ["app.log.2"]);
        shelf.check_no_file_twice();
    }
}

#[test]
fn a_glob_of_rotated_files_alone_does_not_show_the_live_one() {
    let mut shelf = Shelf::new(&["app.log", "app.log.1", "app.log.2"]);
    shelf.scan(&["*.[0-9]"]);
    assert_eq!(shelf.names(), ["app.log.1", "app.log.2"]);
    shelf.check_no_file_twice();
}

#[test]
fn without_rotated_every_file_stands_alone() {
    let mut shelf = Shelf::new(&["app.log", "app.log.1"]);
    let alone = |path| FileSpec {
        rotated: false,
        ..FileSpec::new(path)
    };
    shelf.scan_specs(vec![alone("*")]);
    assert_eq!(shelf.names(), ["app.log", "app.log.1"]);
    // What the first spec leaves is not lost for the second.
    shelf.scan_specs(vec![alone("app.log"), FileSpec::new("*")]);
    assert_eq!(shelf.names(), ["app.log", "app.log.1"]);
    shelf.check_no_file_twice();
}

#[test]
fn hosts_and_versions_are_no_rotation() {
    let mut shelf = Shelf::new(&["10.0.0.1", "10.0.0.2", "app-1.2.3", "app-1.2.4"]);
    shelf.scan(&["*"]);
    assert_eq!(shelf.catalog.entries().len(), 4);
}

#[test]
fn a_set_with_numbers_and_dates_goes_by_time() {
    let mut shelf = Shelf::new(&["a", "a.1", "a.2", "a-20261101"]);
    for (name, seconds) in [("a.1", 30), ("a.2", 10), ("a-20261101", 20)] {
        shelf.touch(name, seconds);
    }
    shelf.scan(&["a"]);
    assert_eq!(shelf.older("a"), ["a.2", "a-20261101", "a.1"]);
}

#[test]
fn a_live_link_to_todays_file_shows_it_once() {
    let mut shelf = Shelf::new(&["app-20261101.log", "app-20261102.log"]);
    shelf.link("app.log", "app-20261102.log");
    for spec in ["*", "app.log"] {
        shelf.scan(&[spec]);
        assert_eq!(shelf.names(), ["app.log"]);
        assert_eq!(shelf.older("app.log"), ["app-20261101.log"]);
        shelf.check_no_file_twice();
    }
}

#[test]
fn a_directory_is_no_live_file() {
    let mut shelf = Shelf::new(&["app/x", "app.1"]);
    shelf.scan(&["."]);
    assert_eq!(shelf.names(), ["./app/x", "./app.1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_file_is_shown_exactly_once(
        files in proptest::collection::btree_set(
            "(a|b)(\\.log)?([-.](1|2|20261101|2026-11-02|3\\.gz)){0,2}(\\.log|\\.gz)?", 0..12),
        specs in proptest::collection::vec((0_usize..6, any::<bool>()), 0..4),
    ) {
        let mut shelf = Shelf::new(&[]);
        for file in &files {
            shelf.write(file, b"x");
        }
        let paths = ["a", "a.log", "a.log.1", "*.log", "a*", "b.log-20261101"];
        let mut specs: Vec<_> = specs
            .into_iter()
            .map(|(path, rotated)| FileSpec { rotated, ..FileSpec::new(paths[path]) })
            .collect();
        specs.push(FileSpec::new("."));
        shelf.scan_specs(specs);
        shelf.check_no_file_twice();
        let shown: BTreeSet<String> = shelf
            .catalog
            .entries()
            .iter()
            .filter(|entry| entry.state != SourceState::Missing)
            .map(|entry| &entry.path)
            .chain(shelf.catalog.entries().iter().flat_map(|entry| entry.older.iter().map(|older| &older.path)))
            .map(|path| display_name(Path::new(path.file_name().unwrap())))
            .collect();
        prop_assert_eq!(shown, files);
    }
}
