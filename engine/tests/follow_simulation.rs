//! Random programs of file operations against the follower, judged by a model
//! that saw every write: no byte is lost without a word, doubled, out of order
//! or invented, whatever happens between two calls.

#![allow(clippy::unwrap_used, reason = "what panics in a test has failed it")]

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use engine::{
    follow::{FollowOptions, Follower, Planted},
    generation::{Generation, ReadFault},
    lineage::{Lineage, What},
};
use protocol::{line::GenerationId, source::SourceId};
use xxhash_rust::xxh3::xxh3_64;

use fake::{FakeFs, Inode};

#[path = "../src/follow/fake.rs"]
#[allow(dead_code, reason = "shared with the unit tests")]
mod fake;

/// What the shared fake is written against.
mod fs {
    pub(crate) use engine::fs::*;
}

const PATH: &str = "/logs/app.log";
const PROGRAMS: u64 = 4000;

#[derive(Clone, Debug)]
enum Op {
    Append(usize, bool),
    AppendLate(usize),
    Rotate { creates: bool },
    CopyTruncate { keeps: bool, between: usize },
    Truncate,
    Delete,
    Create,
    Rewrite { grows: usize },
    SwapLink,
    Close(bool),
    Look,
    LookAmid(Vec<(u64, Op)>),
    Read(usize),
    Pass(u64),
}

#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    /// Rises with each content that came to the path.
    turn: Option<u64>,
    /// How long it was when the path left it.
    left_at: Option<usize>,
}

struct World {
    fs: FakeFs,
    contents: Vec<Content>,
    inodes: Vec<(Weak<Inode>, usize)>,
    copies: Vec<(Weak<Inode>, usize, usize)>,
    /// Files that could not be opened at some time; they may be missed.
    closed: Vec<Weak<Inode>>,
    writers: Vec<Arc<Inode>>,
    backups: Vec<String>,
    is_dated: bool,
    is_linked: bool,
    count: u64,
    turn: u64,
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn size(&mut self, end: u64) -> usize {
        usize::try_from(self.below(end)).unwrap()
    }

    fn change(&mut self) -> Op {
        match self.below(22) {
            0..=6 => Op::Append(self.size(700), self.below(3) > 0),
            7..=8 => Op::AppendLate(self.size(300)),
            9..=11 => Op::Rotate {
                creates: self.below(4) > 0,
            },
            12..=13 => Op::CopyTruncate {
                keeps: self.below(4) > 0,
                between: self.size(2) * 50,
            },
            14 => Op::Truncate,
            15 => Op::Delete,
            16..=17 => Op::Create,
            18 => Op::Rewrite { grows: 0 },
            19 => Op::Rewrite {
                grows: self.size(900),
            },
            20 => Op::SwapLink,
            _ => Op::Close(self.below(2) == 0),
        }
    }

    fn program(&mut self) -> Vec<Op> {
        let len = 5 + self.size(40);
        (0..len)
            .map(|_| match self.below(20) {
                0..=3 => Op::Look,
                4..=5 => {
                    let mut at = 0;
                    let changes = (0..=self.below(3))
                        .map(|_| {
                            at += self.below(12);
                            (at, self.change())
                        })
                        .collect();
                    Op::LookAmid(changes)
                }
                6..=8 => Op::Read(self.size(900)),
                9..=10 => Op::Pass([1, 3, 50, 1500, 3000, 61_000][self.size(6)]),
                _ => self.change(),
            })
            .collect()
    }
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            fs: FakeFs::new(seed.is_multiple_of(2)),
            contents: Vec::new(),
            inodes: Vec::new(),
            copies: Vec::new(),
            closed: Vec::new(),
            writers: Vec::new(),
            backups: Vec::new(),
            is_dated: seed.is_multiple_of(3),
            is_linked: seed.is_multiple_of(5),
            count: 0,
            turn: 0,
        }
    }

    fn record(&mut self, len: usize, is_whole: bool) -> Vec<u8> {
        self.count += 1;
        let mut bytes = format!("{:07}", self.count).into_bytes();
        bytes.resize(7 + len, b'x');
        if is_whole {
            bytes.push(b'\n');
        }
        bytes
    }

    fn content_of(&self, inode: &Arc<Inode>) -> Option<usize> {
        let mut inodes = self.inodes.iter().rev();
        let found = inodes.find(|(one, _)| one.as_ptr() == Arc::as_ptr(inode));
        found.map(|(_, content)| *content)
    }

    fn begin(&mut self, inode: &Arc<Inode>) {
        self.turn += 1;
        self.contents.push(Content {
            turn: Some(self.turn),
            ..Content::default()
        });
        self.inodes
            .push((Arc::downgrade(inode), self.contents.len() - 1));
    }

    fn write(&mut self, inode: &Arc<Inode>, bytes: &[u8]) {
        self.fs.append(inode, bytes);
        if let Some(content) = self.content_of(inode) {
            self.contents[content].bytes.extend_from_slice(bytes);
        }
    }

    fn create(&mut self) {
        let path = if self.is_linked {
            self.count += 1;
            let target = format!("/logs/target-{}", self.count);
            self.fs.link(PATH, &target);
            target
        } else {
            PATH.to_owned()
        };
        let inode = self.fs.create(&path);
        self.begin(&inode);
    }

    fn leave(&mut self) -> Option<Arc<Inode>> {
        let inode = self.fs.inode(PATH)?;
        if let Some(content) = self.content_of(&inode) {
            let content = &mut self.contents[content];
            content.left_at = Some(content.bytes.len());
        }
        self.writers.push(inode.clone());
        Some(inode)
    }

    /// Makes room for a backup and returns its name.
    fn shift(&mut self) -> String {
        self.count += 1;
        if self.is_dated {
            let name = format!("{PATH}-2026{:05}", self.count);
            self.backups.push(name.clone());
            return name;
        }
        for number in (1..=self.backups.len()).rev() {
            let (from, to) = (number, number + 1);
            self.fs
                .rename(&format!("{PATH}.{from}"), &format!("{PATH}.{to}"));
        }
        self.backups
            .push(format!("{PATH}.{}", self.backups.len() + 1));
        format!("{PATH}.1")
    }

    fn apply(&mut self, op: &Op) {
        let here = self.fs.inode(PATH);
        match (op, here) {
            (Op::Append(len, is_whole), Some(inode)) => {
                let bytes = self.record(*len, *is_whole);
                self.write(&inode, &bytes);
            }
            (Op::AppendLate(len), _) => {
                if let Some(inode) = self.writers.last().cloned() {
                    let bytes = self.record(*len, true);
                    self.write(&inode, &bytes);
                }
            }
            (Op::Rotate { creates }, Some(_)) if !self.is_linked => {
                self.leave();
                let name = self.shift();
                self.fs.rename(PATH, &name);
                if *creates {
                    self.create();
                }
            }
            (Op::CopyTruncate { keeps, between }, Some(inode)) if !self.is_linked => {
                self.copy_and_truncate(&inode, *keeps, *between);
            }
            (Op::Truncate, Some(inode)) => {
                self.fs.overwrite(&inode, b"");
                self.begin(&inode);
            }
            (Op::Delete, _) => {
                self.leave();
                self.fs.remove(PATH);
            }
            (Op::Create, None) => self.create(),
            (Op::Rewrite { grows }, Some(inode)) => {
                let len = FakeFs::bytes(&inode).len() + grows;
                if len >= 16 {
                    let bytes = self.record(len - 8, true);
                    self.begin(&inode);
                    self.fs.overwrite(&inode, &bytes);
                    self.contents.last_mut().unwrap().bytes = bytes;
                }
            }
            (Op::SwapLink, _) if self.is_linked => {
                self.leave();
                self.create();
            }
            (Op::Close(is_closed), Some(inode)) => {
                self.fs.set_closed(&inode, *is_closed);
                self.closed.push(Arc::downgrade(&inode));
            }
            (Op::Pass(milliseconds), _) => {
                if *milliseconds > 60_000 {
                    // What comes after so long may be abandoned.
                    self.writers.clear();
                }
                self.fs.pass(Duration::from_millis(*milliseconds));
            }
            _ => {}
        }
        if self.writers.len() > 2 {
            self.writers.remove(0);
        }
    }

    fn copy_and_truncate(&mut self, inode: &Arc<Inode>, keeps: bool, between: usize) {
        let Some(content) = self.content_of(inode) else {
            return;
        };
        if keeps {
            let name = self.shift();
            let copy = self.fs.create(&name);
            let bytes = FakeFs::bytes(inode);
            self.fs.append(&copy, &bytes);
            self.copies
                .push((Arc::downgrade(&copy), content, bytes.len()));
        }
        if between > 0 {
            let bytes = self.record(between, true);
            self.write(inode, &bytes);
        }
        self.fs.overwrite(inode, b"");
        self.begin(inode);
    }
}

struct SeenGap {
    sequence: u64,
    generation: GenerationId,
    from: u64,
    to: Option<u64>,
}

struct Run {
    world: Arc<Mutex<World>>,
    fs: FakeFs,
    follower: Follower,
    lineage: Arc<Lineage>,
    seen: Vec<Arc<Generation>>,
    contents: HashMap<GenerationId, usize>,
    /// How much of each generation arrived; it is read from its start.
    arrived: HashMap<GenerationId, u64>,
    gaps: Vec<SeenGap>,
    from_copies: HashMap<GenerationId, usize>,
}

impl Run {
    fn new(seed: u64, planted: Option<Planted>) -> Self {
        let world = World::new(seed);
        let fs = world.fs.clone();
        let source = SourceId("s".to_owned());
        let lineage = Arc::new(Lineage::new(source.clone()));
        let options = FollowOptions {
            planted,
            ..FollowOptions::default()
        };
        let follower = Follower::new(
            source,
            PathBuf::from(PATH),
            lineage.clone(),
            Arc::new(fs.clone()),
            Arc::new(fs.clone()),
            options,
        );
        Self {
            world: Arc::new(Mutex::new(world)),
            fs,
            follower,
            lineage,
            seen: Vec::new(),
            contents: HashMap::new(),
            arrived: HashMap::new(),
            gaps: Vec::new(),
            from_copies: HashMap::new(),
        }
    }

    fn look(&mut self) -> Result<(), String> {
        for _ in 0..100 {
            let looked = self.follower.look();
            self.observe()?;
            if !looked.again {
                return Ok(());
            }
        }
        Err("it looks for ever".to_owned())
    }

    fn observe(&mut self) -> Result<(), String> {
        for mark in self.lineage.marks().iter() {
            if let What::Gap(gap) = &mark.what
                && self.gaps.iter().all(|gap| gap.sequence != mark.sequence)
            {
                self.gaps.push(SeenGap {
                    sequence: mark.sequence,
                    generation: gap.generation,
                    from: gap.from,
                    to: gap.to,
                });
            }
        }
        let generations = self.lineage.generations();
        for one in generations.iter() {
            if self.seen.iter().all(|old| !Arc::ptr_eq(old, one)) {
                self.seen.push(one.clone());
            }
            if one.frontier() > 0 && !self.contents.contains_key(&one.id()) {
                self.recognize(one)?;
            }
        }
        self.check_order(&generations)
    }

    /// Finds the content that a generation stands for; no two share one.
    fn recognize(&mut self, one: &Generation) -> Result<(), String> {
        let world = self.world.lock().unwrap();
        let print = one.fingerprint();
        let len = usize::from(print.head_len);
        let is_it = |content: &Content| {
            let head = content.bytes.get(..len);
            head.is_some_and(|head| xxh3_64(head) == print.head_hash)
        };
        let Some(found) = world.contents.iter().position(is_it) else {
            return Err(format!("nothing like {one:?} was ever written"));
        };
        if let Some((other, _)) = self.contents.iter().find(|(_, other)| **other == found) {
            return Err(format!(
                "{other} and {one:?} are the same content {found}: {:?}",
                self.lineage
            ));
        }
        self.contents.insert(one.id(), found);
        let copy = world.copies.iter().find(|(copy, of, _)| {
            *of == found
                && copy
                    .upgrade()
                    .is_some_and(|copy| copy.number() == print.ino)
        });
        if let Some((.., len)) = copy {
            // Only the copy was ever seen; nothing can tell what came after it.
            self.from_copies.insert(one.id(), *len);
        }
        Ok(())
    }

    fn check_order(&self, generations: &[Arc<Generation>]) -> Result<(), String> {
        let world = self.world.lock().unwrap();
        let mut last = 0;
        for (index, one) in generations.iter().enumerate() {
            let Some(content) = self.contents.get(&one.id()) else {
                continue;
            };
            let content = &world.contents[*content];
            // A copy of what was never seen has no place that anything tells.
            if let Some(turn) = content
                .turn
                .filter(|_| !self.from_copies.contains_key(&one.id()))
            {
                if turn < last {
                    return Err(format!("{} stands too late: {generations:?}", one.id()));
                }
                last = turn;
            }
            let is_whole =
                one.lost_from().is_none() && self.gaps.iter().all(|gap| gap.generation != one.id());
            if let (true, Some(left_at)) =
                (is_whole && index + 1 < generations.len(), content.left_at)
                && usize::try_from(one.frontier()).unwrap() < left_at
            {
                return Err(format!(
                    "{} was left at {} of {left_at}",
                    one.id(),
                    one.frontier()
                ));
            }
        }
        Ok(())
    }

    fn read(&mut self, mut budget: usize) -> Result<(), String> {
        let mut buffer = vec![0; 257];
        'all: for one in self.lineage.generations().iter() {
            let mut faults = 0;
            while budget > 0 {
                let offset = *self.arrived.entry(one.id()).or_default();
                let want = budget.min(buffer.len());
                match one.read_at(&mut buffer[..want], offset) {
                    Ok(0) | Err(ReadFault::Lost) => continue 'all,
                    Ok(got) => {
                        budget -= got;
                        self.check_bytes(one.id(), offset, &buffer[..got])?;
                        let end = offset + u64::try_from(got).unwrap();
                        self.arrived.insert(one.id(), end);
                    }
                    Err(ReadFault::Changed) => {
                        faults += 1;
                        if faults > 5 {
                            return Err(format!("{one:?} stays changed"));
                        }
                        self.look()?;
                    }
                    Err(ReadFault::Io(error)) => {
                        if error.kind() == std::io::ErrorKind::PermissionDenied {
                            continue 'all;
                        }
                        return Err(error.to_string());
                    }
                }
            }
        }
        Ok(())
    }

    fn check_bytes(&self, id: GenerationId, offset: u64, bytes: &[u8]) -> Result<(), String> {
        let Some(at) = self.contents.get(&id) else {
            return Err(format!("{id} has bytes that no look showed"));
        };
        let world = self.world.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        let truth = world.contents[*at].bytes.get(start..start + bytes.len());
        if truth == Some(bytes) {
            return Ok(());
        }
        Err(format!("{id} gave wrong bytes at {offset}"))
    }

    fn step(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::Look => self.look(),
            Op::LookAmid(changes) => {
                for (calls, change) in changes {
                    let (world, change) = (self.world.clone(), change.clone());
                    let apply = move |_: &FakeFs| world.lock().unwrap().apply(&change);
                    self.fs.after(*calls, Box::new(apply));
                }
                let looked = self.look();
                self.fs.settle();
                looked
            }
            Op::Read(budget) => self.read(*budget),
            change => {
                self.world.lock().unwrap().apply(change);
                Ok(())
            }
        }
    }

    fn finish(&mut self) -> Result<(), String> {
        let closed = self.world.lock().unwrap().closed.clone();
        for inode in closed.iter().filter_map(Weak::upgrade) {
            self.fs.set_closed(&inode, false);
        }
        for _ in 0..4 {
            self.fs.pass(Duration::from_millis(2500));
            self.look()?;
        }
        self.read(usize::MAX)?;
        let world = self.world.lock().unwrap();
        for (index, content) in world.contents.iter().enumerate() {
            match self.contents.iter().find(|(_, at)| **at == index) {
                Some((id, _)) => self.check_account(*id, content)?,
                None => self.check_unseen(&world, index, content)?,
            }
        }
        Ok(())
    }

    /// What did not arrive is lost and said to be.
    fn check_account(&self, id: GenerationId, content: &Content) -> Result<(), String> {
        let one = self.seen.iter().rev().find(|one| one.id() == id).unwrap();
        let written = self.from_copies.get(&id).copied();
        let written = u64::try_from(written.unwrap_or(content.bytes.len())).unwrap();
        let mut hole = self.arrived.get(&id).copied().unwrap_or(0);
        if one.lost_from().is_some() {
            hole = hole.max(one.frontier());
        }
        let is_told = |gap: &SeenGap| {
            gap.generation == id && gap.from <= hole && gap.to.is_none_or(|to| to >= written)
        };
        if hole < written && !self.gaps.iter().any(is_told) {
            return Err(format!("only {hole} of {written} bytes of {one:?}"));
        }
        Ok(())
    }

    /// Nobody knows of a content that came and went unseen; one that is still
    /// there has to be found.
    fn check_unseen(&self, world: &World, index: usize, content: &Content) -> Result<(), String> {
        let names = world.backups.iter().map(String::as_str).chain([PATH]);
        for inode in names.filter_map(|name| self.fs.inode(name)) {
            let is_it = world.content_of(&inode) == Some(index);
            let is_copy = world.copies.iter().any(|(copy, of, len)| {
                copy.as_ptr() == Arc::as_ptr(&inode) && *of == index && *len > 0
            });
            let was_closed = world
                .closed
                .iter()
                .any(|one| one.as_ptr() == Arc::as_ptr(&inode));
            if (is_it || is_copy) && !was_closed && !content.bytes.is_empty() {
                return Err(format!(
                    "content {index} is there and was not found: {:?}",
                    self.lineage
                ));
            }
        }
        Ok(())
    }
}

fn run(seed: u64, program: &[Op], planted: Option<Planted>) -> Result<(), String> {
    let mut run = Run::new(seed, planted);
    run.world.lock().unwrap().apply(&Op::Create);
    run.look()?;
    for op in program {
        run.step(op)?;
    }
    run.finish()
}

/// Drops operations for as long as the program still fails.
fn shrink(seed: u64, mut program: Vec<Op>, planted: Option<Planted>) -> (Vec<Op>, String) {
    let mut reason = run(seed, &program, planted).unwrap_err();
    loop {
        let before = program.len();
        let mut index = 0;
        while index < program.len() {
            let mut less = program.clone();
            less.remove(index);
            match run(seed, &less, planted) {
                Err(new) => (program, reason) = (less, new),
                Ok(()) => index += 1,
            }
        }
        if program.len() == before {
            return (program, reason);
        }
    }
}

fn find_failure(planted: Option<Planted>, programs: u64) -> Option<(u64, Vec<Op>)> {
    let only: Option<u64> = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let mut seeds = only.map_or(1..=programs, |seed| seed..=seed);
    seeds.find_map(|seed| {
        let program = Random(seed).program();
        let failed = run(seed, &program, planted).is_err();
        failed.then_some((seed, program))
    })
}

#[test]
fn no_program_of_file_operations_loses_doubles_or_invents_a_byte() {
    let programs = std::env::var("PROGRAMS").ok().and_then(|n| n.parse().ok());
    if let Some((seed, program)) = find_failure(None, programs.unwrap_or(PROGRAMS)) {
        let (program, reason) = shrink(seed, program, None);
        panic!("SEED={seed}: {reason}\n{program:?}");
    }
}

#[test]
fn planted_faults_are_noticed() {
    for planted in [
        Planted::SizeOnly,
        Planted::Undrained,
        Planted::LateDropped,
        Planted::Unhunted,
        Planted::SilentGap,
        Planted::SameGeneration,
    ] {
        let found = find_failure(Some(planted), PROGRAMS);
        assert!(found.is_some(), "{planted:?} was not noticed");
    }
}
