//! Single cases of following, on files in memory.

use std::{path::PathBuf, sync::Arc, time::Duration};

use protocol::{
    event::EventKind,
    source::{SourceId, SourceState},
};

use super::{FollowOptions, Follower, fake::FakeFs};
use crate::{
    generation::ReadFault,
    lineage::{Lineage, What},
};

const PATH: &str = "/logs/app.log";

fn follow(fs: &FakeFs) -> Follower {
    let source = SourceId("s".to_owned());
    let mut follower = Follower::new(
        source.clone(),
        PathBuf::from(PATH),
        Arc::new(Lineage::new(source)),
        Arc::new(fs.clone()),
        Arc::new(fs.clone()),
        FollowOptions::default(),
    );
    follower.look();
    follower
}

fn events(follower: &Follower) -> Vec<EventKind> {
    let marks = follower.lineage().marks();
    let kinds = marks.iter().filter_map(|mark| match &mark.what {
        What::Event(event) => Some(event.kind),
        What::Gap(_) => None,
    });
    kinds.collect()
}

#[test]
fn a_rewrite_to_the_same_size_in_the_same_tick_is_noticed() {
    let fs = FakeFs::new(true);
    let file = fs.create(PATH);
    fs.append(&file, b"old");
    let mut follower = follow(&fs);
    fs.overwrite(&file, b"new");
    let generations = follower.lineage().generations();
    let read = generations[0].read_at(&mut [0; 3], 0);
    assert!(matches!(read, Err(ReadFault::Changed)), "{read:?}");
    follower.look();
    assert_eq!(events(&follower), [EventKind::Rewritten]);
    let generations = follower.lineage().generations();
    assert!(generations[0].is_lost() && generations[0].is_sealed());
    let mut bytes = [0; 3];
    assert_eq!(generations[1].read_at(&mut bytes, 0).unwrap(), 3);
    assert_eq!(&bytes, b"new");
}

#[test]
fn a_copy_that_ends_early_gives_back_what_it_has() {
    let fs = FakeFs::new(true);
    let file = fs.create(PATH);
    fs.append(&file, b"one\n");
    let mut follower = follow(&fs);
    let copy = fs.create("/logs/app.log.1");
    fs.append(&copy, b"one\n");
    fs.append(&file, b"two\n");
    follower.look();
    fs.overwrite(&file, b"");
    follower.look();
    let old = follower.lineage().generations()[0].clone();
    assert_eq!((old.frontier(), old.lost_from()), (8, Some(4)));
    let mut bytes = [0; 8];
    assert_eq!(old.read_at(&mut bytes, 0).unwrap(), 4);
    assert!(matches!(old.read_at(&mut bytes, 4), Err(ReadFault::Lost)));
}

#[test]
fn a_file_that_may_not_be_read_for_a_while_loses_nothing() {
    let fs = FakeFs::new(true);
    let file = fs.create(PATH);
    let mut follower = follow(&fs);
    fs.pass(Duration::from_secs(5));
    fs.set_closed(&file, true);
    follower.look();
    assert_eq!(follower.lineage().state().0, SourceState::Unreadable);
    fs.append(&file, b"one\n");
    fs.set_closed(&file, false);
    fs.pass(Duration::from_secs(5));
    follower.look();
    assert_eq!(
        events(&follower),
        [EventKind::Unreadable, EventKind::Readable]
    );
    assert_eq!(follower.lineage().generations()[0].frontier(), 4);
}

#[test]
fn a_binary_file_is_named_once_and_stays_readable() {
    let fs = FakeFs::new(true);
    let file = fs.create(PATH);
    fs.append(&file, b"\0\x01");
    let mut follower = follow(&fs);
    fs.append(&file, b"more");
    follower.look();
    assert_eq!(events(&follower), [EventKind::Binary]);
    assert_eq!(follower.lineage().state().0, SourceState::Binary);
    assert_eq!(follower.lineage().generations()[0].frontier(), 6);
}

#[test]
fn an_idle_file_is_not_read() {
    let fs = FakeFs::new(true);
    let file = fs.create(PATH);
    fs.append(&file, b"one\n");
    let mut follower = follow(&fs);
    fs.pass(Duration::from_secs(5));
    follower.look();
    let looked = follower.look();
    assert!(!looked.changed && !looked.again && looked.next.is_none());
}

#[test]
fn what_is_no_file_is_refused_with_a_reason() {
    let fs = FakeFs::new(true);
    fs.directory(PATH);
    let mut follower = follow(&fs);
    let (state, reason) = follower.lineage().state();
    assert_eq!(
        (state, reason.as_str()),
        (SourceState::Unreadable, "it is a directory")
    );
    fs.remove(PATH);
    let file = fs.create(PATH);
    fs.append(&file, b"one\n");
    follower.look();
    assert_eq!(follower.lineage().generations()[0].frontier(), 4);
}

#[test]
fn a_file_that_is_let_go_is_read_through_its_name() {
    let fs = FakeFs::new(true);
    let file = fs.create(PATH);
    fs.append(&file, b"one\n");
    let mut follower = follow(&fs);
    fs.rename(PATH, "/logs/app.log.1");
    fs.create(PATH);
    follower.look();
    fs.pass(Duration::from_secs(61));
    follower.look();
    let old = follower.lineage().generations()[0].clone();
    assert!(old.is_sealed() && old.is_named());
    fs.rename("/logs/app.log.1", "/logs/app.log.2");
    let mut bytes = [0; 4];
    let read = old.read_at(&mut bytes, 0);
    assert!(matches!(read, Err(ReadFault::Changed)), "{read:?}");
    follower.look();
    assert_eq!(old.read_at(&mut bytes, 0).unwrap(), 4);
    assert_eq!(old.path(), PathBuf::from("/logs/app.log.2"));
}
