//! What the specs name, how it is called, and how it comes and goes.

use super::*;

#[test]
fn a_file_that_is_not_there_yet_is_waited_for() {
    let mut shelf = Shelf::new(&[]);
    let scan = shelf.scan(&["logs/new.log"]);
    let id = shelf.entry("logs/new.log").id.clone();
    assert_eq!(scan.appeared, std::slice::from_ref(&id));
    assert_eq!(shelf.state("logs/new.log"), (SourceState::Missing, ""));
    assert_eq!(shelf.catalog.scan(), Scan::default());
    shelf.write("logs/new.log", b"hello\n");
    assert_eq!(
        shelf.catalog.scan(),
        Scan {
            changed: vec![id],
            ..Scan::default()
        }
    );
    let entry = shelf.entry("logs/new.log");
    assert_eq!((entry.state, entry.size), (SourceState::Following, 6));
    assert!(entry.modified.is_some());
}

#[test]
fn files_of_a_directory_appear_and_vanish() {
    let mut shelf = Shelf::new(&["logs/a.log", "logs/deep/er/b.log"]);
    assert_eq!(shelf.scan(&["logs/"]).appeared.len(), 2);
    assert_eq!(shelf.names(), ["logs/a.log", "logs/deep/er/b.log"]);
    let gone = shelf.entry("logs/a.log").id.clone();
    fs::remove_file(shelf.path("logs/a.log")).unwrap();
    shelf.write("logs/c.log", b"");
    let scan = shelf.catalog.scan();
    assert_eq!(scan.vanished, std::slice::from_ref(&gone));
    assert_eq!(scan.appeared, [shelf.entry("logs/c.log").id.clone()]);
    assert_eq!(shelf.catalog.by_id(&gone), None);

    // A whole directory that goes is no missing file, and it may come back.
    let mut shelf = Shelf::new(&["logs/a.log"]);
    shelf.scan(&["logs"]);
    fs::remove_dir_all(shelf.path("logs")).unwrap();
    assert_eq!(shelf.catalog.scan().vanished.len(), 1);
    assert_eq!(shelf.catalog.notices(), [Notice::Nothing("logs".into())]);
    shelf.write("logs/a.log", b"");
    assert_eq!(shelf.catalog.scan().appeared.len(), 1);
}

#[test]
fn a_glob_takes_what_matches_and_says_when_nothing_does() {
    let files = [
        "a.log",
        "b.log",
        "b.txt",
        "x/c.log",
        "x/y/d.log",
        "x/y/z/e.log",
    ];
    let table: &[(&str, &[&str])] = &[
        ("*.log", &["a.log", "b.log"]),
        ("[b-z].*", &["b.log", "b.txt"]),
        ("?.txt", &["b.txt"]),
        (
            "**/*.log",
            &["a.log", "b.log", "x/c.log", "x/y/d.log", "x/y/z/e.log"],
        ),
        ("x/**", &["x/c.log", "x/y/d.log", "x/y/z/e.log"]),
        ("x/*/*", &["x/y/d.log"]),
        ("x/**/y/*", &["x/y/d.log"]),
        ("*/y/**", &["x/y/d.log", "x/y/z/e.log"]),
        ("x/*/**", &["x/y/d.log", "x/y/z/e.log"]),
        ("*/c.log", &["x/c.log"]),
        ("**/**/e.log", &["x/y/z/e.log"]),
    ];
    let mut shelf = Shelf::new(&files);
    for (glob, expected) in table {
        shelf.scan(&[glob]);
        assert_eq!(shelf.names(), *expected, "{glob}");
        assert_eq!(shelf.catalog.notices(), [], "{glob}");
        shelf.check_no_file_twice();
    }
    for nothing in ["*.gz", "none/*.log", "none/"] {
        shelf.scan(&[nothing]);
        assert_eq!(shelf.names(), [""; 0]);
        assert_eq!(shelf.catalog.notices(), [Notice::Nothing(nothing.into())]);
        assert_eq!(
            shelf.catalog.notices()[0].to_string(),
            format!("nothing matches `{nothing}` yet")
        );
    }
}

#[test]
fn an_existing_name_wins_over_the_glob() {
    let mut shelf = Shelf::new(&["app[1].log", "app1.log", "logs[1]/x"]);
    shelf.scan(&["app[1].log"]);
    assert_eq!(shelf.names(), ["app[1].log"]);
    assert_eq!(shelf.entry("app[1].log").path, shelf.path("app[1].log"));
    fs::remove_file(shelf.path("app[1].log")).unwrap();
    shelf.catalog.scan();
    assert_eq!(shelf.names(), ["app1.log"]);
    shelf.scan(&["logs[1]"]);
    assert_eq!(shelf.names(), ["logs[1]/x"]);
}

#[test]
fn a_glob_that_cannot_be_read_is_a_file_to_wait_for() {
    let mut shelf = Shelf::new(&["a"]);
    shelf.scan(&["app[1.log"]);
    assert_eq!(shelf.state("app[1.log").0, SourceState::Missing);
    assert!(matches!(shelf.catalog.notices(), [Notice::BadGlob(..)]));
}

#[test]
fn the_first_spec_that_leads_to_a_file_has_it() {
    let mut shelf = Shelf::new(&["logs/a.log", "logs/b.log"]);
    let first = FileSpec {
        tail_lines: Some(7),
        ..FileSpec::parse("alias=A,logs/a.log").unwrap()
    };
    shelf.scan_specs(vec![
        first,
        FileSpec::new("logs"),
        FileSpec::new("logs/./b.log"),
    ]);
    assert_eq!(shelf.names(), ["A", "logs/b.log"]);
    assert_eq!(shelf.entry("A").tail_lines, Some(7));
    assert_eq!(shelf.entry("logs/b.log").tail_lines, None);
    let absent = ["no.log", "no.log"];
    shelf.scan(&absent);
    assert_eq!(shelf.names(), ["no.log"]);
}

#[test]
fn a_name_replaces_a_file_or_the_leading_directory() {
    let mut shelf = Shelf::new(&["logs/a.log", "logs/sub/b.log", "other/a.log"]);
    let table: &[(&str, &[&str])] = &[
        ("alias=web,logs/a.log", &["web"]),
        ("alias=web,logs/*.log", &["web/a.log"]),
        ("alias=web,logs", &["web/a.log", "web/sub/b.log"]),
        ("alias=web,logs/**/*.log", &["web/a.log", "web/sub/b.log"]),
        ("alias=web,*/a.log", &["web/logs/a.log", "web/other/a.log"]),
    ];
    for (spec, names) in table {
        shelf.scan_specs(vec![FileSpec::parse(spec).unwrap()]);
        assert_eq!(shelf.names(), *names, "{spec}");
    }
    let clash = ["alias=x,other", "alias=x,logs"].map(|spec| FileSpec::parse(spec).unwrap());
    shelf.scan_specs(clash.into());
    assert_eq!(shelf.names(), ["x/a.log (2)", "x/a.log", "x/sub/b.log"]);
}

#[test]
fn groups_and_labels_come_from_the_spec_or_the_path() {
    let mut shelf = Shelf::new(&["nginx/a.log", "logs/my-shop-prod/access.log", "lone.log"]);
    shelf.scan(&["nginx", "logs", "lone.log"]);
    assert_eq!(shelf.entry("nginx/a.log").group, "nginx");
    assert_eq!(shelf.entry("lone.log").group, "");
    let found = shelf.entry("logs/my-shop-prod/access.log");
    assert_eq!(found.group, "my-shop-prod");
    let labels: Vec<_> = found
        .labels
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(
        labels,
        [("env", "prod"), ("service", "my-shop"), ("type", "access")]
    );

    let spec = FileSpec {
        labels: [("env".to_owned(), "test".to_owned())].into(),
        layout: Some(Layout::parse("{team}-{rest}/{type}.log").unwrap()),
        ..FileSpec::parse("group=G,logs").unwrap()
    };
    shelf.scan_specs(vec![spec]);
    let found = shelf.entry("logs/my-shop-prod/access.log");
    assert_eq!(found.group, "G");
    assert_eq!(found.labels["env"], "test");
    assert_eq!(found.labels["team"], "my-shop");
    assert!(!found.labels.contains_key("service"));
}

#[test]
fn a_source_that_is_not_followed_has_ended() {
    let mut shelf = Shelf::new(&["a.log"]);
    shelf.scan_specs(vec![FileSpec {
        follow: false,
        ..FileSpec::new("a.log")
    }]);
    assert_eq!(shelf.state("a.log").0, SourceState::Ended);
    assert!(!shelf.entry("a.log").follow);
}

#[test]
fn an_id_is_the_same_in_another_catalog() {
    let mut shelf = Shelf::new(&["logs/a.log"]);
    shelf.scan(&["logs"]);
    let id = shelf.entry("logs/a.log").id.clone();
    shelf.scan(&["alias=x,logs/../logs//a.log"]);
    shelf.scan_specs(vec![FileSpec::new(shelf.path("logs/../logs/./a.log"))]);
    assert_eq!(shelf.catalog.entries()[0].id, id);
}

#[test]
fn a_limit_that_is_reached_is_told() {
    let mut shelf = Shelf::new(&["a", "b", "c", "1/2/3/x"]);
    shelf.catalog.options.files_max = 2;
    shelf.scan(&["*"]);
    assert_eq!(shelf.names(), ["a", "b"]);
    assert_eq!(shelf.catalog.notices(), [Notice::TooManyFiles(2)]);
    shelf.catalog.options.depth_max = 2;
    shelf.scan(&["1"]);
    assert_eq!(shelf.names(), ["1/2/3/x"]);
    shelf.scan(&["."]);
    let too_deep = Notice::TooDeep(shelf.path("./1/2"), 2);
    assert!(shelf.catalog.notices().contains(&too_deep));
    shelf.catalog.options.watches_max = 1;
    shelf.scan(&["1"]);
    assert_eq!(shelf.catalog.watch_directories().len(), 1);
    assert_eq!(shelf.catalog.notices(), [Notice::TooManyWatches(1)]);
}

#[test]
fn directories_in_which_something_may_change_are_watched() {
    let mut shelf = Shelf::new(&["logs/a/x.log", "one/file", "far/y"]);
    shelf.link("one/link", "../far/y");
    shelf.scan(&["logs", "one/file", "one/link", "none/yet/z", "gone/*.log"]);
    let watched: Vec<_> = shelf.catalog.watch_directories().cloned().collect();
    let expected = ["", "far", "logs", "logs/a", "one"].map(|name| shelf.path(name));
    assert_eq!(watched, expected);
}

#[test]
fn a_catalog_can_be_given_to_a_thread() {
    fn check<T: Send + Sync>() {}
    check::<Catalog>();
}

#[test]
fn thousands_of_files_are_scanned_at_once() {
    let mut shelf = Shelf::new(&[]);
    for number in 0..3000 {
        shelf.write(format!("d{}/app{number}.log", number % 20), b"x\n");
    }
    assert_eq!(shelf.scan(&["."]).appeared.len(), 3000);
    let begin = std::time::Instant::now();
    assert_eq!(shelf.catalog.scan(), Scan::default());
    println!("3000 files scanned again in {:?}", begin.elapsed());
    assert_eq!(shelf.catalog.heads.read_count, 3000);
}

#[test]
fn a_directory_that_looks_like_a_glob_is_gone_into() {
    let mut shelf = Shelf::new(&["logs[1]/x.log", "logs1/y.log"]);
    shelf.scan(&["logs[1]/*"]);
    assert_eq!(shelf.names(), ["logs[1]/x.log"]);
    shelf.scan(&["logs[1]/later.log"]);
    assert_eq!(shelf.state("logs[1]/later.log").0, SourceState::Missing);
    shelf.scan(&["logs[2]/*", "logs[12]/*"]);
    assert_eq!(shelf.names(), ["logs1/y.log"]);
}
