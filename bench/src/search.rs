//! Counting and searching the whole file, beside ripgrep, grep and `wc`.
//!
//! Every round starts a fresh server, so that nothing it measures was kept
//! from the round before. The lines are counted first, as they are for whoever
//! has the file open; one more server answers a search with nothing known yet.

use std::{path::Path, time::Duration};

use crate::{
    data::{Data, UNIQUE},
    fault::{Fault, failed},
    http::Client,
    open::{self, Opened},
    peers::{Peers, run},
    probe::{self, Work},
    queries::{QUERIES, Query},
    report::{Report, progress},
    server::{Launch, Server, count},
    table::{Measured, Row, Target},
};

/// A search that was answered before is answered again within.
const AGAIN: Duration = Duration::from_millis(5);

/// Hits of such a query are compared one by one, not only counted.
const COMPARED_MAX: u64 = 100_000;

/// How the peers search.
struct Greps<'a> {
    peers: &'a Peers,
    file: &'a Path,
}

impl Greps<'_> {
    /// Every way to count the lines of `query`: its name, whether we know it,
    /// and what has to be run.
    fn counts(&self, query: &Query) -> [(&'static str, Option<&Path>, Vec<&'static str>); 3] {
        let rg = [&["--no-config", "-c", "--no-mmap"], query.rg].concat();
        let default = [&["--no-config", "-c"], query.rg].concat();
        let grep = [&["-c"], query.grep].concat();
        [
            ("rg -c", self.peers.rg.as_deref(), default),
            ("rg -c --no-mmap", self.peers.rg.as_deref(), rg),
            ("grep -c", self.peers.grep.as_deref(), grep),
        ]
    }

    /// How many lines match, as the first program that is there says.
    fn truth(&self, query: &Query) -> Result<u64, Fault> {
        for (_, program, arguments) in self.counts(query) {
            if let Some(program) = program {
                return number(program, &arguments, self.file);
            }
        }
        Err(Fault::Failed(
            "neither rg nor grep is there to compare with".to_owned(),
        ))
    }

    /// The matching lines themselves.
    fn lines(&self, query: &Query) -> Result<Option<Vec<u8>>, Fault> {
        let Some(rg) = &self.peers.rg else {
            return Ok(None);
        };
        let arguments = [&["--no-config", "--no-line-number"], query.rg].concat();
        run(rg, &arguments, self.file).map(|ran| Some(ran.output))
    }
}

/// What has to come out.
struct Truth {
    lines: u64,
    matches: Vec<u64>,
}

/// Everything that is measured in the rounds.
#[derive(Default)]
struct Times {
    probes: [Measured; 2],
    index: Measured,
    wc: Measured,
    ours: [Measured; 5],
    theirs: [[Measured; 3]; 5],
    again: Measured,
    unprepared: Measured,
    opened: Opened,
    memory: [u64; 2],
}

/// Runs all rounds.
pub(crate) fn measure(
    launch: &Launch,
    data: &Data,
    peers: &Peers,
    runs: usize,
    report: &mut Report,
) -> Result<(), Fault> {
    let greps = Greps {
        peers,
        file: &data.path,
    };
    progress("comparing every answer with ripgrep's or grep's");
    let truth = check(launch, data, &greps, report)?;
    if !report.wrong.is_empty() {
        return Ok(());
    }
    let mut times = Times::default();
    for round in 1..=runs {
        progress(&format!("round {round} of {runs}"));
        prepared(launch, data, &greps, &truth, &mut times, report)?;
        let server = launch.start(&[&data.path])?;
        open::first(&server, data, peers, &mut times.opened, report)?;
        drop(server);
        let server = launch.start(&[&data.path])?;
        let source = server.name_of(&data.path)?;
        ask(
            &server,
            &source,
            &QUERIES[0].asked(),
            truth.matches[0],
            &mut times.unprepared,
            report,
        )?;
    }
    rows(&times, peers, report);
    Ok(())
}

/// One round on a server that has the lines counted first.
fn prepared(
    launch: &Launch,
    data: &Data,
    greps: &Greps<'_>,
    truth: &Truth,
    times: &mut Times,
    report: &mut Report,
) -> Result<(), Fault> {
    let server = launch.start(&[&data.path])?;
    let source = server.name_of(&data.path)?;
    times.memory[0] = times.memory[0].max(server.memory());
    for (work, measured) in [Work::Read, Work::CountLines]
        .into_iter()
        .zip(&mut times.probes)
    {
        let (wall, lines) = probe::run(&data.path, work).map_err(failed("cannot read the log"))?;
        measured.wall.add(wall);
        if matches!(work, Work::CountLines) {
            report.expect("lines of the probe", &lines, &truth.lines);
        }
    }
    ask(&server, &source, "", truth.lines, &mut times.index, report)?;
    if let Some(wc) = &greps.peers.wc {
        let ran = run(wc, &["-l"], &data.path)?;
        report.expect("wc -l", &ran.number(), &Some(truth.lines));
        times.wc.wall.add(ran.wall);
        times.wc.cpu.add(ran.cpu);
    }
    open::again(&server, data, &mut times.opened, report)?;
    for (index, query) in QUERIES.iter().enumerate() {
        let expected = truth.matches[index];
        ask(
            &server,
            &source,
            &query.asked(),
            expected,
            &mut times.ours[index],
            report,
        )?;
        for ((name, program, arguments), measured) in
            greps.counts(query).iter().zip(&mut times.theirs[index])
        {
            if let Some(program) = program {
                let ran = run(program, arguments, &data.path)?;
                report.expect(
                    &format!("{name}, {}", query.name),
                    &ran.number(),
                    &Some(expected),
                );
                measured.wall.add(ran.wall);
                measured.cpu.add(ran.cpu);
            }
        }
    }
    ask(
        &server,
        &source,
        &QUERIES[1].asked(),
        truth.matches[1],
        &mut times.again,
        report,
    )?;
    times.memory[1] = times.memory[1].max(server.memory());
    Ok(())
}

/// Asks once, as a viewer who is new, and keeps the time.
fn ask(
    server: &Server,
    source: &str,
    query: &str,
    expected: u64,
    measured: &mut Measured,
    report: &mut Report,
) -> Result<(), Fault> {
    let mut client = server.client()?;
    let before = server.cpu();
    let counted = count(&mut client, source, query)?;
    measured.cpu.add(server.cpu().saturating_sub(before));
    measured.wall.add(counted.wall);
    report.expect(&format!("/count?{query}"), &counted.matches, &expected);
    Ok(())
}

/// Compares every answer with a peer's before a time counts.
fn check(
    launch: &Launch,
    data: &Data,
    greps: &Greps<'_>,
    report: &mut Report,
) -> Result<Truth, Fault> {
    let server = launch.start(&[&data.path])?;
    let source = server.name_of(&data.path)?;
    let mut client = server.client()?;
    let all = count(&mut client, &source, "")?;
    let lines = match &greps.peers.wc {
        Some(wc) => number(wc, &["-l"], &data.path)?,
        None => all.lines,
    };
    report.expect("lines", &all.lines, &lines);
    report.expect("lines without a query", &all.matches, &lines);
    report.expect("bytes", &all.bytes, &data.bytes);
    for id in UNIQUE {
        let found = count(&mut client, &source, &format!("q={id}"))?;
        report.expect(&format!("`{id}`"), &found.matches, &1);
    }
    let mut matches = Vec::new();
    for query in &QUERIES {
        let expected = greps.truth(query)?;
        let found = count(&mut client, &source, &query.asked())?;
        report.expect(query.name, &found.matches, &expected);
        if expected <= COMPARED_MAX {
            compare(&mut client, &source, query, greps, report)?;
        }
        matches.push(expected);
    }
    Ok(Truth { lines, matches })
}

/// Compares the hits themselves, as `/download` gives them.
fn compare(
    client: &mut Client,
    source: &str,
    query: &Query,
    greps: &Greps<'_>,
    report: &mut Report,
) -> Result<(), Fault> {
    let Some(expected) = greps.lines(query)? else {
        return Ok(());
    };
    let hits = client
        .get(
            &format!("/api/v1/download?source={source}&{}", query.asked()),
            &[],
        )?
        .body;
    if hits != expected {
        let sizes = format!("expected {} bytes, got {}", expected.len(), hits.len());
        report.wrong.push(format!(
            "the hits of {} are not ripgrep's: {sizes}",
            query.name
        ));
    }
    Ok(())
}

fn number(program: &Path, arguments: &[&str], file: &Path) -> Result<u64, Fault> {
    let number = run(program, arguments, file)?.number();
    number.ok_or_else(|| Fault::Failed(format!("expected a number from `{}`", program.display())))
}

fn rows(times: &Times, peers: &Peers, report: &mut Report) {
    open::rows(&times.opened, report);
    let rows = &mut report.rows;
    let probes = [
        "probe: the file read by 2 threads",
        "probe: and its newlines counted",
    ];
    for (name, measured) in probes.into_iter().zip(&times.probes) {
        rows.push(Row::spread(name, measured, None, Target::None));
    }
    let wc = peers.wc.as_ref().map_or("wc is absent", |_| "wc -l");
    rows.push(Row::spread(
        "index of all lines",
        &times.index,
        Some((wc, &times.wc)),
        Target::Faster(2.0),
    ));
    for ((query, ours), theirs) in QUERIES.iter().zip(&times.ours).zip(&times.theirs) {
        let [default, no_mmap] = query.targets.map(Target::Faster);
        let row =
            |name, measured, target| Row::spread(query.name, ours, Some((name, measured)), target);
        match peers.rg {
            Some(_) => {
                rows.push(row("rg -c", &theirs[0], default));
                rows.push(row("rg -c --no-mmap", &theirs[1], no_mmap).continued());
            }
            None => rows.push(row("rg is absent", &theirs[0], default)),
        }
        if peers.grep.is_some() {
            rows.push(row("LC_ALL=C grep -c", &theirs[2], Target::None).continued());
        }
    }
    rows.push(Row::spread(
        "  no hits, lines not counted yet",
        &times.unprepared,
        None,
        Target::None,
    ));
    rows.push(Row::spread(
        "  1e-4 again, second viewer",
        &times.again,
        None,
        Target::P95(AGAIN),
    ));
    let [idle, searched] = times.memory;
    let idle_text = format!("{:.1} MB", mega(idle));
    rows.push(Row::figure(
        "memory, idle",
        idle_text,
        "< 30 MB".to_owned(),
        mega(idle) < 30.0,
    ));
    rows.push(Row::plain(
        "memory, after all of it",
        format!("{:.1} MB", mega(searched)),
    ));
}

/// kB of `/proc`, which are 1024 bytes, in MB.
fn mega(kilobytes: u64) -> f64 {
    f64::from(u32::try_from(kilobytes).unwrap_or(u32::MAX)) * 1024.0 / 1e6
}
