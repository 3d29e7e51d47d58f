//! Links inside, outside, round and round.

use super::*;

const OUT: &str = "a link that leads out of the configured directories";

#[test]
fn a_link_is_followed_within_the_configured_directories() {
    let mut shelf = Shelf::new(&["logs/pods/1/0.log", "logs2/x.log"]);
    shelf.link("logs/containers/web.log", "../pods/1/0.log");
    shelf.link("logs/out.log", shelf.path("logs2/x.log"));
    shelf.link("logs/etc", "/etc");
    shelf.scan(&["logs/containers", "logs/pods"]);
    assert_eq!(shelf.names(), ["logs/containers/web.log"]);
    assert_eq!(shelf.entry("logs/containers/web.log").size, 17);
    shelf.check_no_file_twice();
    assert!(matches!(shelf.catalog.notices(), [Notice::SameFile(1, _)]));

    // `logs2` begins like `logs` and is still another directory.
    shelf.scan(&["logs"]);
    assert_eq!(
        shelf.names(),
        ["logs/etc", "logs/out.log", "logs/pods/1/0.log"]
    );
    assert_eq!(shelf.state("logs/out.log"), (SourceState::Unreadable, OUT));
    assert_eq!(shelf.state("logs/etc"), (SourceState::Unreadable, OUT));
    assert_eq!(shelf.entry("logs/out.log").size, 0);

    shelf.scan(&["logs", "logs2"]);
    assert_eq!(shelf.state("logs/out.log").0, SourceState::Following);

    shelf.scan(&["logs/*/*.log"]);
    assert!(
        shelf
            .catalog
            .notices()
            .contains(&Notice::LeadsOut(shelf.path("logs/etc")))
    );
}

#[test]
fn a_file_named_literally_is_followed_anywhere() {
    let mut shelf = Shelf::new(&["far/x.log", "logs/a.log"]);
    shelf.link("logs/out.log", shelf.path("far/x.log"));
    shelf.scan(&["logs/out.log"]);
    assert_eq!(shelf.state("logs/out.log").0, SourceState::Following);
    shelf.scan(&["logs/", "logs/out.log"]);
    assert_eq!(shelf.state("logs/out.log").0, SourceState::Following);
    shelf.link("entry", "logs");
    shelf.scan(&["entry"]);
    assert_eq!(shelf.state("entry/a.log").0, SourceState::Following);
}

#[test]
fn links_in_a_circle_are_walked_once() {
    let mut shelf = Shelf::new(&["a/x.log", "b/y.log"]);
    shelf.link("a/b", "../b");
    shelf.link("b/a", "../a");
    shelf.link("a/self", ".");
    shelf.link("a/up", "..");
    shelf.scan(&["."]);
    assert_eq!(shelf.names(), ["./a/x.log", "./b/y.log"]);
    shelf.scan(&["**/*.log"]);
    assert_eq!(shelf.names(), ["a/x.log", "b/y.log"]);
    assert_eq!(shelf.catalog.notices(), []);
}

#[test]
fn hard_links_are_two_sources() {
    let mut shelf = Shelf::new(&["a.log"]);
    fs::hard_link(shelf.path("a.log"), shelf.path("b.log")).unwrap();
    shelf.scan(&["*.log"]);
    assert_eq!(shelf.names(), ["a.log", "b.log"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_link_into_a_process_is_never_followed() {
    let mut shelf = Shelf::new(&["x.log"]);
    let open = fs::File::open(shelf.path("x.log")).unwrap();
    let descriptor = std::os::fd::AsRawFd::as_raw_fd(&open);
    let magic = format!("/proc/self/fd/{descriptor}");
    shelf.link("sly.log", &magic);
    let root = format!("/proc/self/root{}", shelf.path("x.log").display());
    shelf.scan(&[&magic, "sly.log", &root, "x.log"]);
    for name in [magic.as_str(), "sly.log", root.as_str()] {
        let (state, detail) = shelf.state(name);
        assert_eq!(state, SourceState::Unreadable, "{name}");
        assert!(detail.contains("/proc"), "{detail}");
    }
    assert_eq!(shelf.state("x.log").0, SourceState::Following);
}
